"""A submitted form: from the typed texts to its command."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from api.pages.fields import TICKED, Filled
from api.pages.form_table import Form
from api.pages.on_record import changed, changed_body
from api.pages.possible_duplicates import SimilarEntry
from api.pages.preview import CommandPreview, PreviewLine
from api.pages.subjects import FormSubject
from lifecycle.queries.views.fields import Answer


@dataclass(slots=True)
class FilledForm:
    """A form with typed texts, errors, and the preview of its command. changed: changes since the preview.
    accepted: the entries that may lose their effect. differs: the effect differs from the confirmed one. dropped:
    the fields differ from the previewed ones. since: the history rows that others wrote meanwhile. waits: the
    command becomes a proposal for a second person. service: whose contracts, for a command about many; None for
    all.
    """

    form: Form
    ids: Mapping[str, str]
    subject: FormSubject
    typed: Mapping[str, str]
    filled: Filled
    errors: dict[str, str] = field(default_factory=dict)
    problem: Answer | None = None
    preview: CommandPreview | None = None
    changed: list[PreviewLine] = field(default_factory=list)
    accepted: tuple[str, ...] = ()
    differs: bool = False
    waits: bool = False
    dropped: bool = False
    possible_duplicates: Sequence[SimilarEntry] = ()
    since: Sequence[Answer] = ()
    service: str | None = None
    key: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def path(self) -> str:
        """The path in /v1."""
        return self.form.path.format(**{"month": self.filled.body.get("month", "-"), **self.ids})

    @property
    def body(self) -> Answer:
        """As /v1 takes it."""
        right, recorded = self.subject.puts_right, self.subject.recorded
        body = changed_body(self.form, recorded, self.filled) if recorded else self.filled.body
        body = body if right is None else right.body(self.filled)
        accepted: Answer = {TICKED: [*self.accepted]} if self.accepted else {}
        return {name: value for name, value in {**body, **accepted}.items() if name != "month"}

    @property
    def subject_id(self) -> str | None:
        """The subject of the command, None for a new one: the first id in the address."""
        return next(iter(self._places), None)

    @property
    def part(self) -> str | None:
        """The part of the subject: the month of usage, or the second id in the address."""
        if "entry" in self.ids:
            return None
        month: str | None = self.filled.body.get("month") or self.ids.get("month")
        return month or next(iter(self._places[1:]), None)

    @property
    def _places(self) -> list[str]:
        """The ids that the address names."""
        return [value for name, value in self.ids.items() if name != "month"]

    @property
    def settled(self) -> dict[str, str]:
        """The typed fields with absolute days: a confirmation means the same whenever it is sent."""
        days = {name: (one.at or one.day).isoformat() for name, one in self.filled.read.items()}
        return {name: text for name, text in {**self.typed, **days}.items() if text}

    @property
    def seen(self) -> int:
        """The last history row of the contract on which the preview is based."""
        return self.subject.before.seqs.get(self.subject.contract_id or "", 0)

    @property
    def unchanged(self) -> bool:
        """Whether a form that changes or corrects recorded values changes nothing."""
        right, recorded = self.subject.puts_right, self.subject.recorded
        if right is not None:
            return right.unchanged(self.filled)
        return bool(recorded) and not changed(self.form, recorded, self.filled)

    @property
    def complete(self) -> bool:
        """Whether every required field is filled in, so that there is something to preview."""
        if self.unchanged:
            return False
        return all(self.typed[one.name] or not one.required for one in self.form.fields if one.kind != "flag")
