"""The terms themselves, and their rules asked on no contract."""

from typing import Annotated, Any

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import ItemName, NoticeRule, ServiceName, TermsChange
from lifecycle.queries.views.common import EndingView, RulingView
from lifecycle.queries.views.fields import Day, Yen, about, view
from lifecycle.terms.editions import ITEMS
from lifecycle.terms.version import DEFAULT_OPTION

EDITION = "4f1c3a0de1f8b2a9c6d75e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9a0b1c2d"


class Preview(EndingView):
    """The effect of a notice."""

    item: Annotated[ItemName, about("The item.")]
    billing_starts_on: Annotated[Day, about("The first day that is charged.")]
    arrived_on: Annotated[Day, about("The day on which the notice would arrive.")]
    chosen_on: Annotated[Day | None, about("The last day that it would choose; null for none.")]
    notice_period_ends_on: Annotated[Day, about("The day on which the notice period would elapse.")]
    minimum_term_ends_on: Annotated[Day | None, about("The last day of the minimum term; null for none.")]
    first_day_without_service: Annotated[Day, about("The day after the last day of service.")]
    residual_days: Annotated[
        int, about("The civil days cut off the minimum term, for which a fee is owed (R8).", 0)
    ]


class LatestArrival(TypedDict):
    """The last day on which a notice may arrive."""

    arrive_by_on: Annotated[Day, about("The last day on which it may arrive.")]
    rulings: Annotated[list[RulingView], about("The rulings from which that day follows.")]


@view
class ItemView(TypedDict):
    """An item of Art. 1 with the fees of Annex 1, in yen without consumption tax."""

    article: Annotated[str, about("The article of the terms.", "Art. 1, Annex 1")]
    name_ja: Annotated[str, about("Its name in Japanese.", "ベーシック")]
    initial_fee_yen: Annotated[Yen, about("The initial fee, in yen.")]
    monthly_fee_yen: Annotated[Yen, about("The monthly base fee, in yen.")]
    included: Annotated[
        dict[str, int],
        about("The amounts that the base fee includes, in the unit named.", {"live_hours": 70}),
    ]
    overage_yen: Annotated[dict[str, int], about("The price of each unit beyond them, in yen.", {"live_hour": 75})]


@view
class RangeView(TypedDict):
    """A list of the domains and certificates that the company allows (Art. 3(1))."""

    from_on: Annotated[Day, about("The day from which it counts, until the next one's.")]
    domains: Annotated[list[str], about("Each with all below it; empty: domains are not checked.", ["jp"])]
    certificates: Annotated[list[str], about("Kinds or issuers; empty: they are not checked.", ["OV", "EV"])]


@view
class TermsView(TypedDict):
    """A version of the terms."""

    service: Annotated[ServiceName, about("The service whose terms they are.")]
    version: Annotated[Day, about("Its name: the first day in force.")]
    in_force_from: Annotated[Day, about("The first day in force.")]
    in_force_until: Annotated[Day | None, about("The last day in force; null for the newest version.")]
    edition: Annotated[str, about("Its edition as it is on record: SHA-256 of its content.", EDITION)]
    assumed: Annotated[bool, about("Whether its text is not held, so that its values are assumed (R32).", False)]
    announced_on: Annotated[
        Day | None,
        about("The day of its announcement; null if not on record, then assumed to be in time (R42).", None),
    ]
    announced_how: Annotated[str | None, about("How it was announced; null if not on record.", "website, e-mail")]
    announced_late: Annotated[
        bool,
        about("Whether that was too late to reach existing contracts (Civil Code Art. 548-4(3), R42).", False),
    ]
    reaches_from: Annotated[
        Day | None,
        about("Only contracts accepted on this day or later are under it, for it was late; null: all are.", None),
    ]
    change: Annotated[
        TermsChange, about("`benefit`: to the customers' general benefit ((1)(i)); otherwise `other`.")
    ]
    items: Annotated[dict[str, ItemView], about("The items of Art. 1, by name.")]
    minimum_term_months: Annotated[int, about("The minimum term, in months (Art. 2).", 1)]
    notice_days: Annotated[int, about("The notice period, in civil days (Art. 6); 0 under another rule.", 30)]
    notice_rule: Annotated[NoticeRule, about("How the end of a notice period is computed.")]
    same_month_until_day: Annotated[
        int,
        about("Under end_of_following_month: a notice up to this day of a month ends with that month.", 0),
    ]
    options: Annotated[
        dict[str, dict[str, Any]],
        about(
            "The options of Art. 5, by name; fees null: as quoted.", {DEFAULT_OPTION: {"requires_item": ITEMS[-1]}}
        ),
    ]
    credit: Annotated[
        dict[str, Any], about("The values of Art. 8 and Annex 2, by name.", {"unit_hours": 24, "claim_months": 3})
    ]
    ranges: Annotated[
        list[RangeView],
        about("The company's lists for domains and certificates, oldest first; empty: they are not checked.", []),
    ]
    settings: Annotated[
        dict[str, Any], about("The settings for gaps in the terms, by name.", {"several_notices": "earliest"})
    ]
    articles: Annotated[
        list[dict[str, str]],
        about("The content of each article, in our own words.", [{"article": "Art. 2", "title": "Minimum term"}]),
    ]
    readings: Annotated[
        list[dict[str, str]],
        about("The readings, our interpretations of gaps in the terms.", [{"number": "R2", "basis": "code"}]),
    ]
