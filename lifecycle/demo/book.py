"""The sample contracts of the demo, with the act of each day, read from book.toml."""

import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time
from importlib.resources import files
from typing import Literal

from pydantic import TypeAdapter

from lifecycle.terms.calendar import TOKYO

StoryLanguage = Literal["en", "ja"]
StoryEvent = Literal[
    "apply", "accept", "reject", "withdraw", "reschedule_billing", "notify_cancellation", "revoke_cancellation"
]
DESK_HOUR = time(10)


@dataclass(frozen=True, slots=True)
class BilingualText:
    """A text in both languages."""

    en: str
    ja: str

    def to(self, lang: StoryLanguage) -> str:
        """The text in one of them."""
        return self.en if lang == "en" else self.ja


@dataclass(frozen=True, slots=True)
class ScriptedAct:
    """One act on a day at ten o'clock; book.toml explains the fields."""

    on: date
    event: StoryEvent
    of: Literal["contract", "option"] = "contract"
    arrived_on: date | None = None
    chosen_on: date | None = None
    billing_starts_on: date | None = None
    initial_fee_yen: int = 0
    monthly_fee_yen: int = 0
    notice: int | None = None
    reason: BilingualText | None = None
    refused: bool = False

    @property
    def at(self) -> datetime:
        """The instant at which it is done."""
        return datetime.combine(self.on, DESK_HOUR, TOKYO)


@dataclass(frozen=True, slots=True)
class Story:
    """One contract from its application on. declared: whether it came with declarations and administrator."""

    reference: str
    title: BilingualText
    customer: BilingualText
    item: Literal["basic", "premium"]
    acts: list[ScriptedAct]
    option: str | None = None
    declared: bool = True

    @property
    def option_with_contract(self) -> bool:
        """Whether the option is applied for together with the contract."""
        alone = any(act.of == "option" and act.event == "apply" for act in self.acts)
        return self.option is not None and not alone


@dataclass(frozen=True, slots=True)
class DemoBook:
    """All stories, and the time in which they happen."""

    begins_at: datetime
    ends_at: datetime
    stories: list[Story]

    def in_order(self) -> list[tuple[Story, ScriptedAct]]:
        """All acts, day by day."""
        acts = [(story, act) for story in self.stories for act in story.acts]
        return sorted(acts, key=lambda one: one[1].on)


def parse_book(text: str) -> DemoBook:
    """A book from its TOML. Raises ValueError for what it does not know."""
    raw = tomllib.loads(text)
    raw["stories"] = raw.pop("story")
    return TypeAdapter(DemoBook).validate_python(raw, extra="forbid")


BOOK = parse_book(files(__package__).joinpath("book.toml").read_text("utf-8"))
