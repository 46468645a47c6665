"""The findings of a check: which check, which subject, the stored and the expected value."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

TITLES: Mapping[str, str] = {
    "row": "履歴の行",
    "chain": "ハッシュ連鎖",
    "log": "監査ログ",
    "superseded": "効力を失った行",
    "clock": "自動の行",
    "replay": "再計算との差",
    "people": "個人情報",
    "written": "メモと添付ファイル",
    "issued": "発行済みの明細",
    "archived": "保管ファイルの履歴",
    "orphan": "孤立した行",
    "doublet": "参照番号の重複",
}  # check → its name in Japanese, as people read it in a report


class Finding(NamedTuple):
    """A difference. check: a key of TITLES. subject: an id, or the number of a log row. field: a column or a fact,
    None for the whole row. stored, expected: as text, None if missing. Personal data is never included.
    """

    check: str
    subject: str
    says: str
    field: str | None = None
    stored: str | None = None
    expected: str | None = None

    @property
    def line(self) -> str:
        """The finding in one line."""
        where = self.subject if self.field is None else f"{self.subject} {self.field}"
        values = "" if self.field is None else f" (stored {self.stored}, expected {self.expected})"
        return f"{self.check} / {TITLES[self.check]}: {where}: {self.says}{values}"


def differs(check: str, subject: str, field: str, stored: Any, expected: Any, says: str) -> Finding:
    """Create a finding about one value."""
    return Finding(check, subject, says, field, told(stored), told(expected))


def told(value: Any) -> str | None:
    """Format a value for a report."""
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date | datetime) else str(value)
