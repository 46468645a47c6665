"""`lifecycle …`: start the service, migrate, forecast. Every setting is an option and a variable."""

# isort: off
from lifecycle.cli.root import app
from lifecycle.cli import running, roles, scheduling, reports, import_files, token, sessions, webhooks  # noqa: F401
from lifecycle.cli import erase, audit, ask, exporting, checking, stamping, terms, rehearsing, resettling  # noqa: F401
from lifecycle.cli import archiving, finding_issued, mail, partitioning  # noqa: F401
# isort: on

__all__ = ["app"]
