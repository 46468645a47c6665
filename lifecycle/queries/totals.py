"""How many contracts a list has, and what they come to."""

from datetime import datetime

from sqlalchemy import Connection

from lifecycle.queries.views.fields import Answer
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.listing import MOST_COUNTED, numbers_by_item
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import SERVICES


def totals(conn: Connection, wanted: ContractFilter, now: datetime) -> Answer:
    """The number of contracts, and the sum of their items' monthly base fees under the terms of today.

    Both are unknown where a text finds more than are counted.
    """
    found = numbers_by_item(conn, wanted)
    if found is None:
        return {"count": None, "more_than": MOST_COUNTED, "monthly_base_fees_yen": None}
    day = tokyo_day(now)
    versions = [editions.no_earlier(day) for editions in SERVICES.values()]
    fee = {name: item.monthly_fee_yen for terms in versions for name, item in terms.items.items()}
    fees = sum(number * fee[item] for item, number in found.items())
    return {"count": sum(found.values()), "more_than": None, "monthly_base_fees_yen": fees}
