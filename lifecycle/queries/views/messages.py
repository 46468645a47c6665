"""The messages that receivers are sent, for the OpenAPI document."""

from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import Event, Kind, State
from lifecycle.queries.views.fields import ContractId, Instant, about


class TransitionData(TypedDict):
    """The transition. A test message has made-up values and a negative index."""

    index: Annotated[int, about("The index of its row in the log; negative in a test message.", 1042)]
    contract_id: Annotated[ContractId, about("The contract that it is about.")]
    subject_id: Annotated[str, about("The contract or the part that changed.", "o_01g1793000mdgr1ppmy0ffgaq4")]
    kind: Annotated[Kind, about("The kind of the subject.")]
    seq: Annotated[int, about("The number of the transition in the subject's history, from 1.", 5)]
    event: Annotated[Event, about("The event.")]
    from_state: Annotated[State | None, about("The state before; null for an opening event.")]
    to_state: Annotated[State, about("The state after.")]
    effective_at: Annotated[Instant, about("The legal time.")]


class WebhookMessage(TypedDict):
    """A message to a receiver."""

    type: Annotated[str, about("The kind and the event, or `test`.", "contract.terminate")]
    timestamp: Annotated[Instant, about("The time of recording.")]
    data: Annotated[TransitionData, about("What happened to what.")]
