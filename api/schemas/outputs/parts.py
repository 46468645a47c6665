"""The answers about the parts of a contract, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.money import Charges
from lifecycle.queries.views.outages import Outages, OutageView
from lifecycle.queries.views.parts import Credits, CreditView, ItemChangeView, MeasureView, Parts, UsageView

ITEM_CHANGE = of(ItemChangeView, "The item change as it now is.")
CREATED_ITEM_CHANGE = ITEM_CHANGE | of(ItemChangeView, "The new item change.", 201)
MEASURE = of(MeasureView, "The measure as it now is.")
CREATED_MEASURE = of(MeasureView, "The measure taken.", 201)
PARTS = of(Parts, "The parts of the contract.")
USAGE = of(UsageView, "The month's usage.")
CHARGES = of(Charges, "All charges so far.")
OUTAGE = of(OutageView, "The outage as it now is.")
OUTAGES = of(Outages, "A page of outages, newest first.")
CREATED_OUTAGE = of(OutageView, "The outage recorded.", 201)
CREDIT = of(CreditView, "The credit as it now is.")
CREDITS = of(Credits, "The contract's credits.")
