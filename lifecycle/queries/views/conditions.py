"""Delivery and declarations of an application, conditions of use, reports of misuse (Art. 3, 4)."""

from typing import Annotated, NotRequired

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import ConditionName, HowSettled
from lifecycle.queries.views.common import RulingView
from lifecycle.queries.views.fields import Day, InPreview, RowId, about, view


@view
class DeclarationsView(TypedDict):
    """The customer's declarations (Art. 3(3), 3(4))."""

    laws_accepted: Annotated[bool, about("Whether the customer consents to observe the laws (Art. 3(3)).", True)]
    rights_cleared: Annotated[
        bool, about("Whether the customer warrants the rights in the videos (Art. 3(4)).", True)
    ]


@view
class CustomDomainView(TypedDict):
    """A domain of the customer's own (Art. 3(1))."""

    name: Annotated[str, about("The domain name.", "video.example.co.jp")]
    acquired: Annotated[bool, about("Whether the application says that it is acquired.", True)]
    dns_registered: Annotated[bool, about("Whether the application says that it is registered in DNS.", False)]


@view
class DeliveryView(TypedDict):
    """Domain and HTTPS."""

    custom_domain: Annotated[CustomDomainView | None, about("The customer's own domain; null for none.")]
    https: Annotated[bool, about("Whether it is reached by HTTPS.", True)]
    certificate_obtained: Annotated[
        bool | None,
        about("Whether the application says that a certificate is obtained; null: not said.", True),
    ]
    certificate_expires_on: Annotated[
        Day | None, about("The last civil day of the certificate; null: not said."), InPreview()
    ]
    certificate_kind: Annotated[
        str | None, about("The kind or issuer of the certificate; null: not said.", "OV"), InPreview()
    ]


class SettledCondition(TypedDict):
    """A condition that was met or waived, and when."""

    condition: Annotated[ConditionName, about("The condition.")]
    how: Annotated[HowSettled, about("Met by the customer, or waived by the operator.")]
    on: Annotated[Day, about("The civil day in Japan from which it counts as settled.")]


class Conditions(TypedDict):
    """The conditions of Art. 3(1), and the reasons why open ones hold billing."""

    open: Annotated[list[ConditionName], about("Neither met nor waived."), InPreview("open_conditions")]
    met: Annotated[list[ConditionName], about("Met after the application.")]
    waived: Annotated[list[ConditionName], about("Waived by the operator.")]
    because: Annotated[list[RulingView], about("The rulings on the open conditions.")]
    settled: NotRequired[
        Annotated[
            list[SettledCondition] | None,
            about("Only in the answer about one contract: when each was met or waived, after corrections."),
        ]
    ]


class MisuseReport(TypedDict):
    """A report of misuse (Art. 4(4))."""

    id: Annotated[RowId, about("The report's id: a follow-up names it.")]
    found_on: Annotated[Day, about("The day on which the misuse was found.")]
    instruction: Annotated[str, about("The instruction given.", "Change every key and name who holds them.")]
    comply_by: Annotated[Day | None, about("The last day for following the instruction; null for none.")]
    follow_up: Annotated[
        str | None,
        about("The follow-up; null for none yet.", "Every key was changed the same day."),
    ]
