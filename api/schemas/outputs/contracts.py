"""What the interface answers about contracts and their options, for the OpenAPI document."""

from api.schemas.outputs.common import of
from lifecycle.queries.views.contracts import ContractPage, ContractView
from lifecycle.queries.views.options import OptionView
from lifecycle.queries.views.terms import LatestArrival

CONTRACT = of(ContractView, "The contract as it now is.")
CREATED_CONTRACT = CONTRACT | of(ContractView, "The new contract.", 201)
CONTRACTS = of(ContractPage, "A page of contracts.")
OPTION = of(OptionView, "The option as it now is.")
CREATED_OPTION = OPTION | of(OptionView, "The new option.", 201)
LATEST_ARRIVAL = of(LatestArrival, "The last day on which the notice may arrive.")
