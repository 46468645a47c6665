"""How many contracts a list has, and what they come to."""

from datetime import datetime

from sqlalchemy import Connection

from lifecycle.queries.views.fields import Answer
from lifecycle.records.finding import ContractFilter
from lifecycle.records.listing import numbers_by_item
from lifecycle.terms.calendar import tokyo_day
from lifecycle.terms.editions import SERVICES


def totals(conn: Connection, wanted: ContractFilter, now: datetime) -> Answer:
    """The number of contracts, and the sum of their items' monthly base fees under the terms of today."""
    found = numbers_by_item(conn, wanted)
    day = tokyo_day(now)
    versions = [editions.no_earlier(day) for editions in SERVICES.values()]
    fee = {name: item.monthly_fee_yen for terms in versions for name, item in terms.items.items()}
    fees = sum(number * fee[item] for item, number in found.items())
    return {"count": sum(found.values()), "monthly_base_fees_yen": fees}
