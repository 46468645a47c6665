"""Signing in again while filling in a form: the typed text is kept and restored, also without scripts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from api.pages.layout import page
from api.pages.session import MOST_FIELDS, PageSession, is_sent_from_here
from api.request.context import context_of

OF = "of"  # the mark of the person who opened the form
_PLAIN = "application/x-www-form-urlencoded"
_LEFT_OUT = (
    "csrf",
    "part",
    "key",
    "agreed",
    "shown",
    "version",
    "seen",
)  # fields of the old session and preview


@dataclass(frozen=True, slots=True)
class TypedBefore:
    """The text typed into a form. address: the target of the form."""

    address: str
    fields: Sequence[tuple[str, str]]

    @property
    def packed(self) -> str:
        """Return the fields as one text."""
        return urlencode(self.fields)

    @property
    def looks(self) -> bool:
        """Whether sending it again only shows a preview."""
        return any(name == "step" for name, _ in self.fields)

    def belongs_to(self, mark: str) -> bool:
        """Whether the person with that mark typed it; a form without a name may be anybody's."""
        return dict(self.fields).get(OF, mark) == mark


def unpacked(address: str, packed: str) -> TypedBefore | None:
    """Return the draft on the sign-in page, None for none."""
    try:
        fields = parse_qsl(packed, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return None
    return TypedBefore(address, fields) if fields else None


def draft_of(request: Request, form: FormData) -> TypedBefore:
    """Return the draft of a form.

    It is previewed before anything is stored, because a new session has confirmed nothing.
    """
    texts = [(name, text) for name, text in form.multi_items() if isinstance(text, str) and name not in _LEFT_OUT]
    return TypedBefore(request.url.path, [(name, "look" if name == "step" else text) for name, text in texts])


async def typed_before(request: Request) -> TypedBefore | None:
    """Return the draft of a form that arrived without a session; None for files and for other sites' forms."""
    kind = request.headers.get("content-type", "").partition(";")[0]
    if request.method != "POST" or kind != _PLAIN or not is_sent_from_here(request):
        return None
    async with request.form(max_fields=MOST_FIELDS) as form:
        draft = draft_of(request, form)
    return draft if draft.fields else None


def ask(request: Request, visit: PageSession, *, status: int = 200, **values: Any) -> Response:
    """Show the sign-in page. draft: what was typed meanwhile."""
    openid = context_of(request).openid is not None and not values.get("link")
    asked = request.query_params if request.method == "GET" else {}
    out = asked.get("out") or asked.get("state")
    values = {"link": None, "draft": None, "failed": None, **values}
    return page(request, visit, "sign_in.html", status=status, openid=openid, out=out, **values)


def ask_again(request: Request, visit: PageSession, draft: TypedBefore) -> Response:
    """Do the same in answer to a form."""
    response = ask(request, visit, status=401, next=draft.address, draft=draft)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response
