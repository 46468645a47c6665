"""The body of an application for a contract (Art. 3, 4, 5, 7)."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from lifecycle.machines.body import CustomerBody, Examples, FiledBody, Input, PersonBody, Received
from lifecycle.machines.compared import OtherReferences
from lifecycle.machines.field_types import Day, DomainName, Reference, Text
from lifecycle.machines.names_of_services import ItemName, OptionKind, ServiceName, known_name
from lifecycle.terms import art3_art4_conditions as conditions
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.editions import ITEMS, item_names, option_kinds
from lifecycle.terms.version import DEFAULT_OPTION


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
    """Domain and HTTPS. Details of a certificate require HTTPS (Art. 3(1)(3)).

    certificate_kind: from the company's list.
    """

    custom_domain: CustomDomainBody | None = None
    https: bool = False
    certificate_obtained: bool | None = None
    certificate_expires_on: Day | None = None
    certificate_kind: Text | None = None

    @model_validator(mode="after")
    def _certificate_with_https(self) -> Self:
        certificate_needs_https(self, self.https)
        return self

    def stored(self) -> dict[str, Any]:
        """The delivery in the history, without unknown details of the certificate."""
        return stored_delivery(self)


def certificate_needs_https(delivery: Input, https: bool) -> None:
    """Raise ValueError for a certificate without HTTPS."""
    for name in ("certificate_obtained", *conditions.OF_CERTIFICATE):
        if getattr(delivery, name) is not None and not https:
            raise ValueError(f"{name} goes with https: true only")


def stored_delivery(delivery: Input) -> dict[str, Any]:
    """Domain and HTTPS in the history."""
    kept = delivery.model_dump(mode="json")
    said = conditions.OF_CERTIFICATE
    return {name: value for name, value in kept.items() if value is not None or name not in said}


class OptionWishedBody(Input):
    """An option applied for together with the contract."""

    kind: OptionKind
    reference: Reference


class ContractApplicationBody(Received, FiledBody):
    """An application for a contract."""

    reference: Reference
    other_references: OtherReferences = []  # noqa: RUF012  each model gets its own copy
    customer: CustomerBody
    administrator: PersonBody | None = None
    service: ServiceName = DEFAULT_SERVICE
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
            "item": ITEMS[-1],
            "requested_billing_start_on": "2022-05-01",
            "declarations": {"laws_accepted": True, "rights_cleared": True},
            "delivery": {"custom_domain": None, "https": False},
            "options": [{"kind": DEFAULT_OPTION, "reference": "OD-2022-0001-D"}],
        }
    ]

    @field_validator("item")
    @classmethod
    def _of_the_service(cls, item: str, info: ValidationInfo) -> str:
        return known_name(item, item_names(info.data.get("service")))

    @field_validator("options")
    @classmethod
    def _options_of_the_service(
        cls, options: list[OptionWishedBody], info: ValidationInfo
    ) -> list[OptionWishedBody]:
        for option in options:
            known_name(option.kind, option_kinds(info.data.get("service")))
        return options
