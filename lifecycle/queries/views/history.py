"""A row of the history, in a subject's own history and in the global log, and the log's checkpoints."""

from collections.abc import Mapping
from typing import Annotated, Any, NotRequired, cast

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import Effect, Event, Kind, State
from lifecycle.queries.views.common import RulingView, stored_rulings_view
from lifecycle.queries.views.fields import Actor, ContractId, Day, Instant, NextPage, Reason, RowId, about

HASH = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"
NOTE = "lifecycle.example.com\n2\nX+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V+k=\n\n— lifecycle.example.com …\n"
PROOF = f"old 1\nX+zrZv/IbzjZUnhsbWlsecLbwjndTpG0ZynXOif7V+k=\n\n{NOTE}"


class OptionMoved(TypedDict):
    """An option whose days a contract's event moved (R33)."""

    subject: Annotated[str, about("The option, by its id.", "o_01g1793000mdgr1ppmy0ffgaq3")]
    rulings_before: Annotated[list[RulingView], about("The rulings of its former days.")]
    rulings: Annotated[list[RulingView], about("The rulings of its new days.")]


class HistoryItem(TypedDict):
    """One transition."""

    id: Annotated[RowId, about("The row's id: its subject and its place in the subject's history.")]
    subject_id: Annotated[ContractId, about("The subject: a contract, an option and so on.")]
    kind: Annotated[Kind, about("The kind of the subject.")]
    seq: Annotated[int, about("The place in the subject's history, from 1.", 3)]
    event: Annotated[Event, about("The event.")]
    from_state: Annotated[State | None, about("The state before; null for the first row.")]
    to_state: Annotated[State, about("The state after.")]
    due_at: Annotated[Instant | None, about("The due instant of the clock's event; null for a person's entry.")]
    effective_at: Annotated[Instant, about("The legal instant of the event.")]
    recorded_at: Annotated[Instant, about("The instant at which it was recorded.")]
    actor: Annotated[Actor, about("Who entered it; `clock` for the service itself.")]
    approver: Annotated[Actor | None, about("The second person who approved it; null if none was needed.")]
    caused_by: Annotated[
        RowId | None, about("The row of the human event behind it, by its id; null for a human event.")
    ]
    reason: Annotated[Reason | None, about("The reason given; null for none.")]
    facts: Annotated[dict[str, Any], about("The facts of the event, by name.", {"arrived_on": "2022-06-10"})]
    rulings: Annotated[list[RulingView], about("The rulings of the row.")]
    rulings_before: NotRequired[
        Annotated[list[RulingView] | None, about("The rulings of the former days, if they changed.")]
    ]
    moved: NotRequired[Annotated[list[OptionMoved] | None, about("The options whose days also moved.")]]
    stands: NotRequired[Annotated[bool, about("Whether the row stands: no later row supersedes it.", True)]]
    superseded_by: NotRequired[Annotated[RowId | None, about("The row that supersedes it; null if it stands.")]]
    effect: NotRequired[Annotated[Effect, about("Whether the entry has an effect (R37).")]]
    superseded: NotRequired[Annotated[list[RowId], about("The rows that this one supersedes, by their ids.")]]
    line: NotRequired[
        Annotated[
            dict[str, Any] | None,
            about(
                "Only for a row that rewrites the history: the seqs it supersedes, or the row that caused it.",
                {"supersedes": [4]},
            ),
        ]
    ]
    terms: Annotated[Day, about("The version of the terms that governs it, by its first day in force.")]
    edition: NotRequired[
        Annotated[
            str | None, about("The edition that it was ruled under: SHA-256 of the terms as on record.", HASH)
        ]
    ]
    personal: NotRequired[
        Annotated[str | None, about("The commitment to the personal data that came with it: HMAC-SHA256.", HASH)]
    ]
    previous_hash: Annotated[str | None, about("The hash of the subject's row before; null for the first.", HASH)]
    hash: Annotated[str, about("The row's leaf hash: SHA-256(0x00 ‖ payload), RFC 9162.", HASH)]


class FeedItem(HistoryItem):
    """A transition in the global log."""

    index: Annotated[int, about("Its index in the log, from 0 without gaps.", 41)]


class HistoryPage(TypedDict):
    """A page of a history."""

    items: Annotated[list[HistoryItem], about("The transitions.")]
    next: NextPage


class FeedPage(TypedDict):
    """A page of the global log."""

    items: Annotated[list[FeedItem], about("The transitions, in the order of the log.")]
    next: NextPage


class CheckpointItem(TypedDict):
    """A signed checkpoint of the log, as a signed note (c2sp.org/tlog-checkpoint)."""

    size: Annotated[int, about("The number of log rows that it covers, from the first.", 2)]
    note: Annotated[str, about("The signed note.", NOTE)]
    sealed_at: Annotated[Instant, about("When it was signed.")]


class CheckpointPage(TypedDict):
    """A page of checkpoints, the smallest first."""

    items: Annotated[list[CheckpointItem], about("The checkpoints.")]
    next: NextPage


class ConsistencyProof(TypedDict):
    """A proof that the log of one checkpoint begins with the rows of a smaller one (RFC 9162, 2.1.4)."""

    old_size: Annotated[int, about("The number of rows of the smaller checkpoint.", 2)]
    size: Annotated[int, about("The number of rows of the larger checkpoint.", 3)]
    proof: Annotated[
        str,
        about("The proof as a text: `old N`, the hashes in base64, an empty line, the larger checkpoint.", PROOF),
    ]


def history_view(payload: Mapping[str, Any], leaf: str) -> HistoryItem:
    """A history row as the interface shows it: the hashed payload with sentences, its own id and its hash."""
    row = {name: value for name, value in payload.items() if name != "subject"}
    shown = {"id": f"{payload['subject']}.{payload['seq']}", "subject_id": payload["subject"], **row, "hash": leaf}
    shown |= _with_sentences(payload)
    if moved := payload.get("moved"):
        shown["moved"] = [{**one, **_with_sentences(one)} for one in moved]
    if gone := (payload.get("line") or {}).get("supersedes"):
        shown["superseded"] = [f"{payload['subject']}.{seq}" for seq in gone]
    return cast(HistoryItem, shown)


def _with_sentences(row: Mapping[str, Any]) -> dict[str, Any]:
    """The rulings of a row, or of what it moved, with their sentences."""
    return {name: stored_rulings_view(row[name]) for name in ("rulings", "rulings_before") if name in row}
