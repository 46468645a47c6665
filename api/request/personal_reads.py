"""Puts on record who looked at whose personal data, once the answer is out."""

from starlette.types import ASGIApp, Receive, Scope, Send

from api.request.context import Context
from lifecycle.people.reads import Read
from lifecycle.records.looking import looking

NAMELESS = "page"


class ReadsOnRecord:
    """Notes what each request looked at, under the name of its route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        with looking() as look:
            try:
                await self.app(scope, receive, send)
            finally:
                if look.actor is not None and look.ids:
                    context: Context = scope["app"].state.context
                    context.reads.add(Read(context.wall(), look.actor, _name(scope), tuple(look.ids)))


def _name(scope: Scope) -> str:
    route = scope.get("route")
    tags, name = getattr(route, "tags", None), getattr(route, "name", NAMELESS)
    return f"{tags[0] if tags else NAMELESS}-{name}"[:80]
