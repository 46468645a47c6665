"""What an application for a contract holds, as it is sent (Art. 3, 4, 5, 7)."""

from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from lifecycle.machines.body import Day, DomainName, Examples, Input, ItemName, Received, Reference
from lifecycle.machines.events.filing import FiledBody
from lifecycle.machines.other_references import OtherReferences
from lifecycle.machines.person_body import CustomerBody, PersonBody


class DeclarationsBody(Input):
    """Art. 3(3) and 3(4)."""

    laws_accepted: bool = False
    rights_cleared: bool = False


class CustomDomainBody(Input):
    """Art. 3(1)(1) and (2): a domain of the customer's own."""

    name: DomainName
    acquired: bool = False
    dns_registered: bool = False


class DeliveryBody(Input):
    """Domain and HTTPS. certificate_obtained is used with https (Art. 3(1)(3))."""

    custom_domain: CustomDomainBody | None = None
    https: bool = False
    certificate_obtained: bool | None = None

    @model_validator(mode="after")
    def _certificate_with_https(self) -> Self:
        if self.certificate_obtained is not None and not self.https:
            raise ValueError("certificate_obtained goes with https: true only")
        return self


class OptionWishedBody(Input):
    """An option applied for together with the contract."""

    kind: Literal["drm"]
    reference: Reference


class ContractApplicationBody(Received, FiledBody):
    """An application for a contract. in_form: whether it came in the company's form (R44)."""

    reference: Reference
    other_references: OtherReferences = []  # noqa: RUF012  each model gets its own copy
    customer: CustomerBody
    administrator: PersonBody | None = None
    item: ItemName
    requested_billing_start_on: Day | None = None
    declarations: DeclarationsBody = DeclarationsBody()
    delivery: DeliveryBody = DeliveryBody()
    in_form: bool = True
    terms_shown: Day | None = None
    options: Annotated[list[OptionWishedBody], Field(max_length=1)] = []  # noqa: RUF012  each model gets its own copy
    examples: ClassVar[Examples] = [
        {
            "reference": "OD-2022-0001",
            "received_on": "2022-04-20",
            "customer": {"name": "株式会社サンプル配信", "email": "keiyaku@example.co.jp"},
            "administrator": {"name": "山田太郎", "email": "yamada@example.co.jp"},
            "item": "premium",
            "requested_billing_start_on": "2022-05-01",
            "declarations": {"laws_accepted": True, "rights_cleared": True},
            "delivery": {"custom_domain": None, "https": False},
            "options": [{"kind": "drm", "reference": "OD-2022-0001-D"}],
        }
    ]
