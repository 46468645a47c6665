"""`lifecycle …`: start the service, migrate, look ahead. Every setting is an option and a variable."""

# isort: off
from lifecycle.cli.root import app
from lifecycle.cli import running, roles, scheduling, looking, intake, token, sessions, webhooks  # noqa: F401  in the order in which --help lists them
from lifecycle.cli import erase, audit, ask, exporting  # noqa: F401
# isort: on

__all__ = ["app"]
