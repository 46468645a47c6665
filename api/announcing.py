"""The messages at a start: the address of the service, and how the first person signs in."""

from collections.abc import Callable

from api.request.context import Context
from lifecycle.people.sessions import LINK_LASTS, make_link
from lifecycle.people.shown_once import ShownOnce
from lifecycle.people.tokens import ROLES, any_token, issue_token, token_hash
from lifecycle.records.engine import writing
from scheduler.clock import system_clock

Announce = Callable[[str], object]
FIRST_TOKEN = "first administrator"  # noqa: S105 - a name, not a token


def _credentials(context: Context, shown_once: ShownOnce) -> tuple[str | None, str | None]:
    """Create a first token if there is none, and a sign-in link for its owner or the administrator.

    Whoever sees the link can use it, so it is never for the owner of a token that an earlier start has shown.
    """
    if not shown_once.possible:
        return None, None
    with writing(context.engine) as conn:
        token = None
        if not context.admin_token and not any_token(conn):
            token = issue_token(conn, FIRST_TOKEN, ROLES, system_clock())
        holder = context.admin_token or token
        return token, make_link(conn, context.wall(), token_hash(holder)) if holder else None


def announce(context: Context, address: str, say: Announce, shown_once: ShownOnce) -> None:
    """Print the address and the credentials.

    Secrets go to the terminal or the credentials file, never to the log.
    """
    say(f"Contract lifecycle service on {address} (API: {address}/docs)")
    token, link = _credentials(context, shown_once)
    shown = [f"Token, shown this once: {token}"] if token else []
    if link:
        minutes = LINK_LASTS.seconds // 60
        shown.append(f"Pages: {address}/sign-in?link={link} (signs in once, within {minutes} minutes)")
    if shown and (file := shown_once.show(shown)) is not None:
        say(f"{'A first token and a' if token else 'A'} sign-in link: in {file}; remove it when you have read it")
    elif not shown:
        say(f"Pages: {address}/sign-in (with a token)")
    if context.admin_token:
        say("Token: the one in LIFECYCLE_ADMIN_TOKEN")
    elif not token:
        say("Token: lifecycle token create --name NAME --role ROLE makes one")
    variable = "$LIFECYCLE_ADMIN_TOKEN" if context.admin_token else "$TOKEN"
    say(f'Try: curl -H "Authorization: Bearer {variable}" {address}/v1/clock')
