"""Answers about contracts, their parts, histories and notes, and about outages, for the OpenAPI document."""

from api.schemas.outputs.common import Responses, of
from lifecycle.queries.media import MEDIA
from lifecycle.queries.views.contracts import ContractPage, ContractView
from lifecycle.queries.views.history import CheckpointPage, ConsistencyProof, FeedPage, HistoryPage
from lifecycle.queries.views.money import Charges
from lifecycle.queries.views.notes import AttachedTo, AttachmentPage, Noted, NotePage
from lifecycle.queries.views.options import OptionView
from lifecycle.queries.views.outages import Outages, OutageView
from lifecycle.queries.views.parts import Credits, CreditView, ItemChangeView, MeasureView, Parts, UsageView
from lifecycle.queries.views.terms import LatestArrival

CONTRACT = of(ContractView, "The contract as it now is.")
CREATED_CONTRACT = CONTRACT | of(ContractView, "The new contract.", 201)
CONTRACTS = of(ContractPage, "A page of contracts.")
OPTION = of(OptionView, "The option as it now is.")
CREATED_OPTION = OPTION | of(OptionView, "The new option.", 201)
LATEST_ARRIVAL = of(LatestArrival, "The last day on which the notice may arrive.")

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

_BINARY = {"schema": {"type": "string", "format": "binary"}}
NOTED = of(Noted, "The contract and the note, as in a dry run.") | of(Noted, "The contract, and the note.", 201)
NOTES = of(NotePage, "A page of notes.")
ATTACHED = of(AttachedTo, "The contract and the attachment, as in a dry run.") | of(
    AttachedTo, "The contract, and the attachment.", 201
)
ATTACHMENTS = of(AttachmentPage, "A page of attachments.")
BYTES: Responses = {200: {"description": "The bytes.", "content": dict.fromkeys(MEDIA, _BINARY)}}

HISTORY = of(HistoryPage, "A page of the history, oldest first.")
FEED = of(FeedPage, "A page of the global log.")
CONSISTENCY = of(ConsistencyProof, "A proof between two checkpoints.")
CHECKPOINTS = of(CheckpointPage, "A page of signed checkpoints.")
