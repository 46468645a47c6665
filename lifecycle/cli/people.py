"""Settings of how people sign in by OpenID Connect; off unless an issuer is given."""

from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.cli.settings import setting
from lifecycle.people.tokens import GRANTS

if TYPE_CHECKING:
    from api.openid.sign_in import OpenId

Issuer = Annotated[
    str | None,
    setting("LIFECYCLE_OIDC_ISSUER", "People sign in at this OpenID Connect provider, as it calls itself."),
]
ClientId = Annotated[str | None, setting("LIFECYCLE_OIDC_CLIENT_ID", "What the provider calls this service.")]
ClientSecret = Annotated[
    str | None, setting("LIFECYCLE_OIDC_CLIENT_SECRET", "The service's secret there, if it has one.")
]
Scope = Annotated[str, setting("LIFECYCLE_OIDC_SCOPE", "What is asked for; openid is always among it.")]
RolesClaim = Annotated[
    str, setting("LIFECYCLE_OIDC_ROLES_CLAIM", "The claim that holds roles; a.b goes into an object.")
]
RolesMap = Annotated[
    str | None,
    setting(
        "LIFECYCLE_OIDC_ROLES",
        "What its values grant: value=role,value=role; without it they are our roles' names.",
    ),
]
NameClaim = Annotated[
    str,
    setting(
        "LIFECYCLE_OIDC_NAME_CLAIM",
        "The claim that the history names people by; nobody may have another's, or change it.",
    ),
]
PublicUrl = Annotated[
    str | None, setting("LIFECYCLE_PUBLIC_URL", "The pages' address as browsers know it; needed with a provider.")
]


def openid_of(
    oidc_issuer: Issuer = None, oidc_client_id: ClientId = None, oidc_client_secret: ClientSecret = None,
    oidc_scope: Scope = "openid", oidc_roles_claim: RolesClaim = "roles", oidc_roles: RolesMap = None,
    oidc_name_claim: NameClaim = "sub", public_url: PublicUrl = None,
) -> "OpenId | None":  # fmt: skip
    """The settings put together, None where there is no issuer. Raises BadParameter."""
    from api.openid.sign_in import OpenId, is_safe

    if oidc_issuer is None:
        return None
    for option, value in (("--oidc-client-id", oidc_client_id), ("--public-url", public_url)):
        if not value:
            raise typer.BadParameter("is needed with --oidc-issuer", param_hint=option)
    for option, value in (("--oidc-issuer", oidc_issuer), ("--public-url", public_url)):
        if not is_safe(value):
            raise typer.BadParameter("is not an https:// address", param_hint=option)
    if "openid" not in oidc_scope.split():
        raise typer.BadParameter("does not hold openid", param_hint="--oidc-scope")
    assert oidc_client_id is not None and public_url is not None
    return OpenId(
        oidc_issuer, oidc_client_id, public_url.rstrip("/"), oidc_client_secret, oidc_scope, oidc_roles_claim,
        oidc_name_claim, _roles(oidc_roles),
    )  # fmt: skip


def _roles(text: str | None) -> dict[str, frozenset[str]] | None:
    if text is None:
        return None
    found: dict[str, frozenset[str]] = {}
    for pair in text.split(","):
        value, _, role = (part.strip() for part in pair.rpartition("="))
        if not value or role not in GRANTS:
            raise typer.BadParameter(
                f"is not value=role,…, with a role of {', '.join(GRANTS)}", param_hint="--oidc-roles"
            )
        found[value] = found.get(value, frozenset()) | {role}
    return found
