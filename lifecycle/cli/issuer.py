"""Settings of the sender of papers."""

from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.cli.settings import setting

if TYPE_CHECKING:
    from api.request.issuer import Issuer

IssuerName = Annotated[
    str | None,
    setting("LIFECYCLE_ISSUER_NAME", "Name of the sender on papers; without it a live service writes none."),
]
IssuerAddress = Annotated[str | None, setting("LIFECYCLE_ISSUER_ADDRESS", "The sender's address on papers.")]
IssuerContact = Annotated[
    str | None, setting("LIFECYCLE_ISSUER_CONTACT", "Contact for customers on papers: telephone, e-mail.")
]


def issuer_of(
    issuer_name: IssuerName = None, issuer_address: IssuerAddress = None, issuer_contact: IssuerContact = None
) -> "Issuer | None":  # fmt: skip
    """Return the sender of papers, None for none. Raises BadParameter if a part of it is missing."""
    from api.request.issuer import Issuer

    given = {
        "--issuer-name": issuer_name, "--issuer-address": issuer_address, "--issuer-contact": issuer_contact
    }  # fmt: skip
    if not any(given.values()):
        return None
    for option, value in given.items():
        if not value:
            raise typer.BadParameter("is needed: a paper shows name, address and contact", param_hint=option)
    return Issuer(str(issuer_name), str(issuer_address), str(issuer_contact))
