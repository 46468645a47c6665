"""What is kept: tables, engine, migrations, and how facts become rows and rows facts."""
