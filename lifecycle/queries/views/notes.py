"""Notes and attachments as the interface shows them (R43)."""

from typing import Annotated

from typing_extensions import TypedDict

from lifecycle.queries.views.closed_sets import MediaType
from lifecycle.queries.views.contracts import ContractView
from lifecycle.queries.views.fields import Actor, Instant, NextPage, RowId, about, view

HASH = "8c2f9ca3b0a1d5e4f6071829a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c5d6"
PLACE = "/v1/contracts/c_01g1793000mdgr1ppmy0ffgaq3/attachments/c_01g1793000mdgr1ppmy0ffgaq3.8"


class WrittenBeside(TypedDict):
    """A person's entry that is not on the line."""

    id: Annotated[RowId, about("Its id: that of its history row.")]
    recorded_at: Annotated[Instant, about("The time of recording.")]
    actor: Annotated[Actor, about("The author.")]
    stands: Annotated[bool, about("Whether it stands, that is, it was not annulled.", True)]


@view
class NoteView(WrittenBeside):
    """A note."""

    text: Annotated[str | None, about("The text; null once erased.", "The customer asked to be called back.")]


@view
class AttachmentView(WrittenBeside):
    """A file."""

    name: Annotated[str | None, about("The file name; null once erased.", "notice.pdf")]
    media_type: Annotated[MediaType, about("The type, detected from the content.")]
    size_bytes: Annotated[int, about("The size in bytes.", 48_213)]
    sha256: Annotated[str, about("SHA-256 of its bytes.", HASH)]
    entry: Annotated[RowId | None, about("The history row that it documents; null for none.")]
    content: Annotated[str | None, about("The address of its content; null once erased.", PLACE)]


class NotePage(TypedDict):
    """A page of notes, the oldest first."""

    items: Annotated[list[NoteView], about("The notes.")]
    next: NextPage


class AttachmentPage(TypedDict):
    """A page of attachments, the oldest first."""

    items: Annotated[list[AttachmentView], about("The attachments.")]
    next: NextPage


class Noted(ContractView):
    """The contract as it now is, and the note."""

    note: Annotated[NoteView, about("The note.")]


class AttachedTo(ContractView):
    """The contract as it now is, and the file attached to it."""

    attachment: Annotated[AttachmentView, about("The attachment.")]
