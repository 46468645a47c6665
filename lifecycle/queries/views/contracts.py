"""A contract as the interface, the command line and the pages show it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, NotRequired

from typing_extensions import TypedDict

from lifecycle.machines.derive import open_conditions
from lifecycle.machines.dossier import Contract, Dossier
from lifecycle.queries.views.closed_sets import (
    ContractEvent,
    ContractState,
    ItemName,
    MatchedField,
    ServiceName,
)
from lifecycle.queries.views.common import ArchiveView, AsOf, rulings_view
from lifecycle.queries.views.conditions import Conditions, DeclarationsView, DeliveryView, MisuseReport
from lifecycle.queries.views.fields import (
    ContractId,
    Day,
    InPreview,
    Instant,
    MonthText,
    NextPage,
    Reference,
    RowId,
    Version,
    about,
    view,
)
from lifecycle.queries.views.options import OptionBrief, Term, possible, term_view
from lifecycle.terms.art3_art4_conditions import OF_CERTIFICATE
from lifecycle.terms.calendar import instant, iso_day
from lifecycle.terms.editions import EDITIONS, Editions


@view
class PersonView(TypedDict):
    """A customer or an administrator."""

    name: Annotated[str, about("The name.", "株式会社サンプル配信")]
    email: Annotated[str | None, about("The e-mail address; null for none.", "keiyaku@example.co.jp")]


@view
class CustomerView(PersonView):
    """A customer."""

    number: Annotated[str | None, about("The company's own customer number; null for none.", "C-1001")]
    kana: Annotated[str | None, about("The name in kana; null for none.", "サンプルハイシン")]
    postal_code: Annotated[str | None, about("The postal code; null for none.", "102-0071")]
    address: Annotated[str | None, about("The address; null for none.", "東京都千代田区富士見2-10-2")]
    phone: Annotated[str | None, about("The telephone number; null for none.", "03-0000-0000")]


def _customer(customer: CustomerView) -> str:
    return " · ".join(str(value) for value in customer.values() if value)


def _name(person: PersonView) -> str:
    return person["name"]


def _as_they_are(texts: list[str]) -> list[list[str]]:
    return [[text] for text in texts]


def _instructions(reports: list[MisuseReport]) -> list[list[str | None]]:
    return [[report["instruction"], report["follow_up"]] for report in reports]


class ContractNow(Term):
    """The present state of a contract."""

    id: Annotated[ContractId, about("Its id.")]
    service: Annotated[ServiceName, about("The service whose terms govern the contract.")]
    reference: Annotated[Reference, about("The reference of the application.")]
    other_references: Annotated[
        list[Reference],
        about("Further references of the contract, by which it is found too; several contracts may have one."),
        InPreview(read=_as_they_are),
    ]
    state: Annotated[ContractState, about("The state."), InPreview(first=True)]
    item: Annotated[ItemName, about("The item in force (Art. 1)."), InPreview(first=True)]
    version: Version
    allowed_events: Annotated[
        list[ContractEvent], about("The events that a person can enter now; none in an answer about the past.")
    ]
    declarations: Annotated[DeclarationsView, about("The customer's declarations.")]
    delivery: Annotated[DeliveryView, about("Domain and HTTPS, as applied for.")]
    requested_billing_start_on: Annotated[Day | None, about("The billing start applied for; null for none.")]
    billing_held: Annotated[
        bool,
        about("Whether billing is held because a condition was open on the agreed start (R28).", False),
        InPreview(),
    ]
    conditions: Annotated[Conditions, about("The conditions of Art. 3(1).")]
    customer: Annotated[CustomerView | None, about("The customer; null once erased."), InPreview(read=_customer)]
    administrator: Annotated[
        PersonView | None,
        about("The administrator of the configuration rights (Art. 4); null if none is named, and once erased."),
        InPreview(read=_name),
    ]
    misuse_reports: Annotated[
        list[MisuseReport], about("The reports of misuse, oldest first."), InPreview(read=_instructions)
    ]
    taken_over: Annotated[
        bool, about("Whether the contract was already running when it was entered (R41).", False)
    ]
    billed_until: Annotated[
        MonthText | None, about("The last month that was billed elsewhere, as taken over; null for none.")
    ]
    assigned_to: Annotated[str | None, about("The assignee (R43); null for nobody.", "tanaka"), InPreview()]
    personal_data_erased_at: Annotated[
        Instant | None, about("When the personal data was erased; null while it is kept.")
    ]
    options: Annotated[list[OptionBrief], about("A summary of the contract's options.")]


@view
class ContractView(ContractNow):
    """A contract. customer and administrator are null once erased."""

    still_named_in: NotRequired[
        Annotated[
            list[RowId] | None,
            about("Only after an erasure: the history rows whose free text contains an erased name."),
        ]
    ]
    matched_in: NotRequired[
        Annotated[
            list[MatchedField] | None, about("Only in a search: the fields that contain the text.", ["reference"])
        ]
    ]
    archive: NotRequired[
        Annotated[
            ArchiveView | None,
            about(
                "Only if the contract's history was archived: the file that has it. No command is possible then."
            ),
        ]
    ]
    as_of: NotRequired[
        Annotated[AsOf | None, about("The moments of an answer about the past; omitted in an answer about now.")]
    ]


class ContractPage(TypedDict):
    """A page of contracts."""

    items: Annotated[list[ContractView], about("The contracts, in the order asked for; by id otherwise.")]
    next: NextPage
    count: NotRequired[
        Annotated[
            int | None,
            about(
                "Only with `count=true`: the number of contracts on all pages; null if a text finds more than are "
                "counted.",
                206,
            ),
        ]
    ]
    more_than: NotRequired[
        Annotated[
            int | None,
            about(
                "Only with `count=true`: there are more contracts than this; null if `count` is their number.",
                1000,
            ),
        ]
    ]
    monthly_base_fees_yen: NotRequired[
        Annotated[
            int | None,
            about(
                "Only with `count=true`: the sum of their items' monthly base fees in yen, without options; null "
                "if they are not all counted.",
                20_600_000,
            ),
        ]
    ]


def contract_view(
    dossier: Dossier, personal: Mapping[str, Any] | None, now: datetime, editions: Editions = EDITIONS
) -> ContractNow:
    """A contract with its options in short. personal: customer and administrator, None once erased."""
    contract, editions = dossier.contract, editions.governing(dossier.contract)
    who = personal or {}
    said: Any = contract.delivery
    delivery: Any = {**dict.fromkeys(OF_CERTIFICATE), **said} if said else None
    return {
        "id": contract.id,
        "service": contract.service,
        "reference": contract.reference,
        "other_references": list(contract.other_references),
        "item": contract.item,
        "state": contract.state,
        "version": contract.version,
        "customer": _customer_view(who.get("customer")),
        "administrator": who.get("administrator"),
        "declarations": {
            "laws_accepted": contract.laws_accepted,
            "rights_cleared": contract.rights_cleared,
        },
        "delivery": delivery,
        "requested_billing_start_on": iso_day(contract.requested_billing_start_on),
        **term_view(dossier, contract, editions),
        "allowed_events": possible(dossier, contract, now, editions),
        "billing_held": contract.billing_held,
        "conditions": _conditions(contract, editions),
        "misuse_reports": [
            {
                "id": m.id,
                "found_on": m.found_at[:10],
                "instruction": m.instruction,
                "comply_by": m.comply_by,
                "follow_up": m.follow_up,
            }
            for m in contract.misuse
        ],
        "taken_over": contract.taken_over,
        "billed_until": contract.billed_until,
        "assigned_to": contract.assigned_to,
        "personal_data_erased_at": instant(dossier.erasures[0].erased_at) if dossier.erasures else None,
        "options": [
            {"id": o.id, "kind": o.kind, "reference": o.reference, "state": o.state} for o in dossier.options
        ],
    }


def _customer_view(stored: Mapping[str, Any] | None) -> CustomerView | None:
    """A customer as stored, with unknown values as null."""
    if stored is None:
        return None
    return {
        "name": stored["name"],
        "email": stored.get("email"),
        "number": stored.get("number"),
        "kana": stored.get("kana"),
        "postal_code": stored.get("postal_code"),
        "address": stored.get("address"),
        "phone": stored.get("phone"),
    }


def _conditions(contract: Contract, editions: Editions) -> Conditions:
    """What is open, met and waived (R28)."""
    return {
        "open": list(contract.open_conditions),
        "met": list(contract.met),
        "waived": list(contract.waived),
        "because": rulings_view(open_conditions(contract, editions)),
    }
