"""Events entered before they happen: one for each event whose instant must not be in the future."""

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from lifecycle.machines.check import AnyCase
from lifecycle.machines.table import EVENTS
from tests.machines.event_rows import ROWS, case_of_row, key, leads_to

HOUR = timedelta(hours=1)
GROUNDS = {  # reading and article by the act that has yet to happen
    "acceptance": ("R34", "Art. 7"), "rejection": ("R34", "Art. 7"), "withdrawal": ("R34", "Art. 7"),
    "amendment": ("R10", "Art. 7"), "start_agreement": ("R33", "Art. 7"), "fee_agreement": ("R22", "Art. 7"),
    "fulfilment": ("R28", "Art. 3(1)"), "delivery": ("R28", "Art. 3(1)"),
    "administrator": ("R29", "Art. 4(1)"), "finding": ("R29", "Art. 4(4)"),
    "arrival": ("R7", "Art. 6"), "company_consent": ("R13", "Art. 6"),
    "form": ("R44", "House rule"),
    "claim": ("R27", "Art. 8"), "lifting": ("R30", "Art. 10"), "declaration": ("R31", "General terms"),
    "agreement": ("R38", "Civil Code"), "succession": ("R39", "Civil Code"),
    "consent": ("R39", "Civil Code"), "particulars": ("R39", "Civil Code"),
}  # fmt: skip


class ToCome(NamedTuple):
    """An event entered an hour before it happens, which nothing else refuses; its rule and grounds."""

    kind: str
    event: str
    rule: str
    reading: str
    article: str
    case: AnyCase


def acts_to_come() -> Iterator[ToCome]:
    """One for each event of a person that has such a rule, from the first state in which it is possible."""
    seen: set[tuple[str, str]] = set()
    for row in ROWS:
        kind, _, event = key(row)
        found = EVENTS[kind][event]
        own = [rule.__name__ for rule in found.rules if rule.__name__.endswith("_not_in_future")]
        if not leads_to(row) or not found.by_hand or not own or (kind, event) in seen:
            continue
        if own == ["claim_not_in_future"]:  # judges a fact
            continue
        seen.add((kind, event))
        # the event's own instant; a second rule, as of a consent, judges a day of its facts
        reading, article = GROUNDS[own[0].removesuffix("_not_in_future")]
        if kind == "option":
            article = article.replace("Art. 6", "Art. 5(5)").replace("House rule", "Art. 5(1)")
        yield ToCome(kind, event, own[0], reading, article, case_of_row(row, ahead=HOUR))


TO_COME = list(acts_to_come())
