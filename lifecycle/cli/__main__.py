"""`python -m lifecycle.cli`."""

from lifecycle.cli import app

app()
