"""Renders pages: templates with everything escaped, the texts of the language, the headers of every page."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from importlib.resources import files
from itertools import groupby
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.messages import format
from api.messages.catalogue import find_message, language_name, languages, translator
from api.pages.fields import Field
from api.pages.session import COOKIE, PageSession, keep_secret
from api.request.context import context_of
from lifecycle.terms.calendar import TOKYO
from lifecycle.terms.default_service import DEFAULT_SERVICE

# Each with the operation that a visitor must be allowed, None where every role may.
NAVIGATION = (
    ("today", "/", None), ("contracts", "/contracts", None), ("intake", "/import", "imports-import_rows"),
    ("outages", "/outages", None), ("statements", "/statements", None), ("pictures", "/pictures", None),
    ("terms", "/terms", None), ("audit", "/audit", "audit-actions"),
)  # fmt: skip
WITHIN = {
    "/months": "/pictures", "/refunds": "/statements", "/customers": "/contracts", "/options": "/contracts",
    "/item_changes": "/contracts", "/measures": "/contracts", "/waiting": "/", "/proposals": "/",
}  # fmt: skip
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; object-src 'self'; "
        "frame-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Vary": "Cookie",
}


def page(request: Request, visit: PageSession, template: str, *, status: int = 200, **values: Any) -> Response:
    """Render a template in the visitor's language. values: the data of the template."""
    response = HTMLResponse(drawn(request, visit, template, **values), status, headers=dict(HEADERS))
    if COOKIE not in request.cookies:
        keep_secret(request, response, visit.secret)
    return response


def drawn(request: Request, visit: PageSession, template: str, **values: Any) -> str:
    """Render the text of a template, for a page or a part of one."""
    context = context_of(request)
    return (
        _environment()
        .get_template(template)
        .render(
            say=translator(visit.language),
            said=lambda key: find_message(visit.language, key),
            language=visit.language,
            other_language=(found := languages())[(found.index(visit.language) + 1) % len(found)],
            visit=visit,
            sandbox=context.sandbox,
            now=values.pop("now", None) or context.clock(),
            navigation=[one[:2] for one in NAVIGATION if one[2] is None or visit.may(one[2])],
            lit=WITHIN.get(first := f"/{request.url.path.split('/')[1]}", first),
            here=values.pop("here", request.url.path),
            address=quote(request.url.path + (f"?{request.url.query}" if request.url.query else ""), safe=""),
            show=format.Formatter(visit.language),
            **values,
        )
    )


def groups(fields: Sequence[Field]) -> Iterator[dict[str, Any]]:
    """Group neighbouring fields of the same object. again: not the first group of that name."""
    before = set()
    for name, own in groupby(fields, key=lambda one: one.group):
        yield {"name": name, "fields": list(own), "again": name in before}
        before.add(name)


@cache
def static_address(name: str) -> str:
    """Return the address of a static file; it changes whenever the file changes."""
    content = files("api.pages").joinpath("static", name).read_bytes()
    return f"/static/{name}?v={sha256(content).hexdigest()[:12]}"


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("api.pages"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    found.globals.update(
        static=static_address, tokyo=TOKYO, default_service=DEFAULT_SERVICE, language_name=language_name
    )
    found.filters.update(anchor=format.anchor, groups=groups)
    return found
