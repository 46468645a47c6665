"""Formats days, instants, yen and other values for pages, in Japanese and English."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from api.messages.catalogue import (
    FURTHER,
    LANGUAGES,
    MARK,
    Language,
    find_message,
    translate_detail,
    written_language,
)
from lifecycle.terms.calendar import TOKYO
from lifecycle.terms.formats import english_day, english_month, japanese_day, japanese_month
from lifecycle.terms.ruling import say_of

_DAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ARTICLE = re.compile(r"Art\. (\d+)(?:\((\d+)\))?(?:\((\d+)\))?")


@dataclass(frozen=True, slots=True)
class Formatter:
    """Formats values in one language. Days and instants may be objects or the strings of the API."""

    language: Language

    def day(self, value: date | str | None) -> str:
        """2022年4月1日（金） · Fri 1 April 2022; a dash for none."""
        if value is None:
            return "—"
        if isinstance(value, str):
            at = datetime.fromisoformat(value) if len(value) > 10 else None
            day = at.astimezone(TOKYO).date() if at else date.fromisoformat(value)
        else:
            day = value
        name = _DAYS[written_language(self.language)][day.weekday()]
        if self.language != "ja":
            return f"{name} {english_day(day)}"
        return f"{japanese_day(day)}（{name}）"

    def month(self, value: str) -> str:
        """2022年5月 · May 2022, of a month in the format of the API."""
        return japanese_month(value) if self.language == "ja" else english_month(value)

    def edition(self, day: date | str) -> str:
        """The version of the terms by its first day: 2022年5月1日 · 2022-05-01."""
        return japanese_day(date.fromisoformat(str(day))) if self.language == "ja" else str(day)

    def instant(self, value: datetime | str | None) -> str:
        """The day and the time in Japan, to the minute."""
        if value is None:
            return "—"
        at = (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(TOKYO)
        return f"{self.day(at.date())} {at:%H:%M}"

    def yen(self, amount: int | None) -> str:
        """12,345円 · ¥12,345; a dash for none."""
        if amount is None:
            return "—"
        sign = "-" if amount < 0 else ""
        return f"{amount:,}円" if self.language == "ja" else f"{sign}¥{abs(amount):,}"

    def detail(self, text: str) -> str:
        """Return an error message in the language of the page if there is a translation."""
        return translate_detail(self.language, text)

    def word(self, group: str, name: Any) -> str:
        """Return the text for a code name, or the name itself if there is none."""
        return find_message(self.language, f"{group}.{name}") or str(name)

    def words(self, group: str, names: Iterable[str]) -> str:
        """The words for several names, as a list."""
        return ("、" if self.language == "ja" else ", ").join(self.word(group, name) for name in names)

    def value(self, name: str, value: Any) -> str:
        """Format a value of the API by its field's name; a dash for none."""
        if value is None or value in ([], ""):
            return "—"
        if isinstance(value, bool):
            return self.word("base", "yes" if value else "no")
        if isinstance(value, list):
            return "、".join(
                self.choice(one) if isinstance(one, str) else " → ".join(map(self.day_or_text, filter(None, one)))
                for one in value
            )
        if name.endswith("_on"):
            return self.day(value)
        if name.endswith("_at") or name == "now":
            return self.instant(value)
        if name.endswith("_yen"):
            return self.yen(value)
        if isinstance(value, int):
            return f"{value:,}"
        groups = ("state", "item", "decided_by", "refund_state", "event")
        return self.word(name if name in groups else "choice", value)

    def choice(self, value: str) -> str:
        """Return the label of a choice: a text of ours, or a day."""
        return self.day(value) if _DAY.fullmatch(value) else self.word("choice", value)

    def day_or_text(self, value: str) -> str:
        """A day; any other text unchanged."""
        return self.day(value) if _DAY.fullmatch(value) else value

    def line(self, line: Any) -> str:
        """Return the label of a line of a preview: the subject, unless it is the contract, and the field."""
        key = f"{'change_' if line.kind == 'item_change' else ''}{line.field}"
        what = find_message(self.language, f"line.{key}") or find_message(self.language, f"line.{line.field}")
        what = what or self.word("field", line.field)
        if line.kind in ("contract", "outage", "clock", "statement", "month", "refund"):
            return what
        return f"{self.word('thing', line.kind)} {line.name} · {what}"

    def because(self, ruling: Mapping[str, Any]) -> str:
        """Return the reason in the language of the page."""
        if self.language in LANGUAGES:
            found: str = ruling["because_ja" if self.language == "ja" else "because"]
            return found
        name = ".".join(filter(None, ("rule", ruling["rule"], ruling.get("case"))))
        text = FURTHER[self.language].get(name)
        return MARK + ruling["because"] if text is None or "parameters" not in ruling else say_of(ruling, text)

    def article(self, article: str) -> str:
        """Art. 3(1)(2) as 第3条第1項第2号."""
        if self.language != "ja":
            return article
        text = article.replace("Supplementary provisions", "附則").replace("General terms", "一般規程")
        text = (
            text.replace("Civil Code", "民法").replace("Companies Act", "会社法").replace("House rule", "社内規則")
        )
        text = text.replace("Annex ", "別紙").replace(", ", "、")
        return _ARTICLE.sub(_japanese, text)


def _japanese(found: re.Match[str]) -> str:
    number, paragraph, item = found.groups()
    return f"第{number}条" + (f"第{paragraph}項" if paragraph else "") + (f"第{item}号" if item else "")


def anchor(article: str) -> str:
    """The place of an article on the page of the terms: Art. 5(5) is under Art. 5."""
    return re.sub(r"[^A-Za-z0-9]+", "-", article.partition("(")[0]).strip("-")
