"""The verifier of exports: it needs no database and no service."""
