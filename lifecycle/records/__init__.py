"""Storage: tables, engine, migrations, and the conversion between facts and rows."""
