"""How many contracts a list has, and what they come to."""

from datetime import datetime

from sqlalchemy import Connection

from lifecycle.queries.views.fields import Answer
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.listing import MOST_COUNTED, numbers_by_item
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import SERVICES


def totals(conn: Connection, wanted: ContractFilter, now: datetime, most: int | None = None) -> Answer:
    """The number of contracts, and the sum of their items' monthly base fees under the terms of today.

    An item that those no longer have counts with its last fee. Both are unknown for more contracts than `most`, or
    than are counted of a text; the sum also where no version has an item.
    """
    found = numbers_by_item(conn, wanted, most)
    if found is None:
        return {"count": None, "more_than": MOST_COUNTED if wanted.text else most, "monthly_base_fees_yen": None}
    day, fee = tokyo_day(now), dict[str, int]()
    for editions in SERVICES.values():
        newest = editions.no_earlier(day).in_force_from
        for terms in editions:
            if terms.in_force_from <= newest:
                fee |= {name: item.monthly_fee_yen for name, item in terms.items.items()}
    known = fee.keys() >= found.keys()
    fees = sum(number * fee[item] for item, number in found.items()) if known else None
    return {"count": sum(found.values()), "more_than": None, "monthly_base_fees_yen": fees}
