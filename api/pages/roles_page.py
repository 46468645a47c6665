"""The permissions of each role: every form, page and file."""

from fastapi import Request
from fastapi.responses import Response

from api.access.roles import PERMITTED
from api.pages.form_table import FORMS
from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession
from lifecycle.people.tokens import ROLES

router = pages()
LOOKING = (
    "contracts-get", "contracts-list_notes", "files-list_contracts", "files-paper", "money-list_statements",
    "approvals-get", "webhooks-list_webhooks", "tokens-list_tokens", "audit-actions", "audit-reads",
    "files-export_history",
)  # fmt: skip
DECIDING = ("approvals-approve", "approvals-decline", "imports-import_rows")


@router.get("/roles")
def roles_page(request: Request, visit: SignedInSession) -> Response:
    """A table: operations and roles."""
    doing = dict.fromkeys(form.name for form in FORMS)
    groups = {"looking": LOOKING, "doing": tuple(doing), "deciding": DECIDING}
    return page(request, visit, "roles.html", groups=groups, roles=ROLES, permitted=PERMITTED)
