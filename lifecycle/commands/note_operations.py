"""Operations on notes, attachments and assignments (R43)."""

from dataclasses import replace
from typing import ClassVar

from lifecycle.commands import notes
from lifecycle.commands.answers import subject_answer
from lifecycle.commands.command import Call, Outcome
from lifecycle.commands.operation import AnyOperation, Operation
from lifecycle.machines.body import Examples, Input
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.event import EITHER
from lifecycle.machines.field_types import EntryId, LongText, Text
from lifecycle.queries.notes import attachments_of, notes_of


class NoteBody(Input):
    """A note: personal data, which an erasure removes."""

    text: LongText
    examples: ClassVar[Examples] = [{"text": "The customer called: the notice went out by registered mail."}]


class AttachmentBody(Input):
    """A file. name: as the sender calls it. entry: the history row that it documents."""

    content: bytes
    name: str
    entry: EntryId | None = None


class AssignmentBody(Input):
    """The assignee of a contract (R43)."""

    to: Text | None = None
    reason: LongText | None = None
    examples: ClassVar[Examples] = [{"to": "tanaka"}, {"to": None, "reason": "The team looks after it."}]


def _note(call: Call) -> Dossier:
    body: NoteBody = call.body
    return notes.write_note(call.conn, call.subject_id, body.text, call.context)


def _attach(call: Call) -> Dossier:
    body: AttachmentBody = call.body
    return notes.attach(call.conn, call.subject_id, body.content, body.name, body.entry, call.context)


def _assign(call: Call) -> Dossier:
    body: AssignmentBody = call.body
    return notes.assign(call.conn, call.subject_id, body.to, call.context)


def _show(call: Call, done: Dossier) -> Outcome:
    return subject_answer(call.conn, done, call.subject_id, call.now)


def _show_note(call: Call, done: Dossier) -> Outcome:
    shown, before = _show(call, done), done.contract.seq - 1
    (note,) = notes_of(call.conn, call.subject_id, before)
    return _made(call, replace(shown, content={**shown.content, "note": note}))


def _show_attachment(call: Call, done: Dossier) -> Outcome:
    shown, before = _show(call, done), done.contract.seq - 1
    (found,) = attachments_of(call.conn, call.subject_id, before)
    shown = replace(shown, content={**shown.content, "attachment": found}, location=found["content"])
    return _made(call, shown)


def _made(call: Call, shown: Outcome) -> Outcome:
    """Return the answer to a creation; a dry run has created nothing."""
    return replace(shown, location=None) if call.command.dry_run else replace(shown, created=True)


NOTE_OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(name="contracts-note", body=NoteBody, run=_note, show=_show_note, roles=EITHER),
    Operation(name="contracts-attach", body=AttachmentBody, run=_attach, show=_show_attachment, roles=EITHER),
    Operation(name="contracts-assign", body=AssignmentBody, run=_assign, show=_show, roles=EITHER),
)
