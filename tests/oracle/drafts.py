"""A random contract under construction: the entries drawn so far, and a day that only moves forward."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from tests.oracle.days import DAY, civil, moment, start_of
from tests.oracle.entries import CONTRACT, Entry

FIRST = date(2022, 1, 5)
ITEMS = ("basic", "premium")
NAMES = ("佐藤花子", "鈴木一郎", "高橋美咲", "田中健", "伊藤直樹")
FIRMS = ("株式会社北斗配信", "有限会社みなと映像", "合同会社つばさ", "株式会社サンプル配信")


@dataclass
class Draft:
    """A life in the making: what was drawn so far, and a day that only moves forward.

    forms: draws what came in otherwise than in the company's form; the rest of a life is the same without it.
    """

    random: Random
    forms: Random
    entries: list[Entry] = field(default_factory=list)
    today: date = FIRST
    start: date = FIRST
    used: set[tuple[str, date]] = field(default_factory=set)  # one entry a subject and day

    def told(self, kind: str, subject: str, event: str, when: date | datetime, /, **facts: Any) -> Entry:
        entry = Entry(f"e{len(self.entries) + 1}", kind, subject, event, when, facts)
        self.entries.append(entry)
        self.used.add((subject, civil(when)))
        return entry

    def when(self, subject: str, back: int = 0) -> date | datetime | None:
        """A day, or an instant on it, up to so many days back; None where that day has an entry already."""
        day = max(FIRST, self.today - self.random.randint(0, back) * DAY)
        if (subject, day) in self.used or (CONTRACT, day) in self.used:
            return None
        return day if self.random.random() < 0.6 else self.instant(day)

    def instant(self, day: date) -> datetime:
        return start_of(day) + timedelta(minutes=self.random.randint(1, 24 * 60 - 1))

    def some_day(self, first: int, last: int) -> date:
        return self.today + self.random.randint(first, last) * DAY

    def ids(self, kind: str, event: str = "apply") -> list[str]:
        return [entry.subject for entry in self.entries if entry.kind == kind and entry.event == event]

    def likely(self, chance: float) -> bool:
        return self.random.random() < chance


def filed(draft: Draft, kind: str, subject: str, received: date | datetime, until: date, /, **facts: Any) -> None:
    """An application, now and then not in the company's form, which then mostly arrives by a day (R44)."""
    if draft.forms.random() < 0.9:
        draft.told(kind, subject, "apply", received, **facts)
        return
    draft.told(kind, subject, "apply", received, in_form=False, **facts)
    if draft.forms.random() < 0.9:
        day = civil(received) + draft.forms.randint(0, max(0, (until - civil(received)).days)) * DAY
        at = start_of(day) + timedelta(minutes=draft.forms.randint(1, 24 * 60 - 1))
        draft.told(kind, subject, "receive_form", draft.forms.choice([day, max(at, moment(received))]))


def quoted(draft: Draft) -> dict[str, int]:
    """An option's fees as quoted to the customer (R21)."""
    return {"initial_fee_yen": 30_000, "monthly_fee_yen": draft.random.choice([19_999, 20_000, 45_500])}
