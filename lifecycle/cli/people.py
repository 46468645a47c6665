"""Settings of how people sign in by OpenID Connect; off unless an issuer is given."""

from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.cli.settings import setting
from lifecycle.people.tokens import GRANTS, is_grant

if TYPE_CHECKING:
    from api.openid.sign_in import OpenId

Issuer = Annotated[
    str | None,
    setting("LIFECYCLE_OIDC_ISSUER", "Issuer of the OpenID Connect provider at which people sign in."),
]
ClientId = Annotated[str | None, setting("LIFECYCLE_OIDC_CLIENT_ID", "Client id of this service at the provider.")]
ClientSecret = Annotated[
    str | None, setting("LIFECYCLE_OIDC_CLIENT_SECRET", "Client secret of this service, if it has one.")
]
Scope = Annotated[str, setting("LIFECYCLE_OIDC_SCOPE", "Scopes to request; always include openid.")]
RolesClaim = Annotated[
    str, setting("LIFECYCLE_OIDC_ROLES_CLAIM", "Claim with the roles; a.b means a field of an object.")
]
RolesMap = Annotated[
    str | None,
    setting(
        "LIFECYCLE_OIDC_ROLES",
        "Roles for claim values: value=role,value=role@service; by default the values are role names.",
    ),
]
NameClaim = Annotated[
    str,
    setting(
        "LIFECYCLE_OIDC_NAME_CLAIM",
        "Claim for the names in the history; it must be unique and must never change.",
    ),
]
PublicUrl = Annotated[
    str | None,
    setting(
        "LIFECYCLE_PUBLIC_URL",
        "Public address of the pages, so that cookies go over TLS only; required with a provider.",
    ),
]


def openid_of(
    oidc_issuer: Issuer = None, oidc_client_id: ClientId = None, oidc_client_secret: ClientSecret = None,
    oidc_scope: Scope = "openid", oidc_roles_claim: RolesClaim = "roles", oidc_roles: RolesMap = None,
    oidc_name_claim: NameClaim = "sub", public_url: PublicUrl = None,
) -> "tuple[OpenId | None, str | None]":  # fmt: skip
    """The settings put together, None where there is no issuer; and where the pages are. Raises BadParameter."""
    from api.openid.sign_in import OpenId, is_safe

    if oidc_issuer is None:
        if public_url is not None and not is_safe(public_url):
            raise typer.BadParameter("is not an https:// address", param_hint="--public-url")
        return None, public_url
    for option, value in (("--oidc-client-id", oidc_client_id), ("--public-url", public_url)):
        if not value:
            raise typer.BadParameter("is required with --oidc-issuer", param_hint=option)
    for option, value in (("--oidc-issuer", oidc_issuer), ("--public-url", public_url)):
        if not is_safe(value):
            raise typer.BadParameter("is not an https:// address", param_hint=option)
    if "openid" not in oidc_scope.split():
        raise typer.BadParameter("does not hold openid", param_hint="--oidc-scope")
    assert oidc_client_id is not None and public_url is not None
    openid = OpenId(
        oidc_issuer, oidc_client_id, public_url.rstrip("/"), oidc_client_secret, oidc_scope, oidc_roles_claim,
        oidc_name_claim, _roles(oidc_roles),
    )  # fmt: skip
    return openid, public_url


def _roles(text: str | None) -> dict[str, frozenset[str]] | None:
    if text is None:
        return None
    found: dict[str, frozenset[str]] = {}
    for pair in text.split(","):
        value, _, role = (part.strip() for part in pair.rpartition("="))
        if not value or not is_grant(role):
            raise typer.BadParameter(
                f"is not value=role,…, with a role of {', '.join(GRANTS)}, or role@service",
                param_hint="--oidc-roles",
            )
        found[value] = found.get(value, frozenset()) | {role}
    return found
