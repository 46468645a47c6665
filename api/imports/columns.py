"""What files may hold: the kinds of rows, and their columns by the places of /v1's bodies."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from pydantic import BaseModel

from lifecycle.machines.events.apply_body import ContractApplicationBody
from lifecycle.machines.events.notify_cancellation import NotifyCancellationBody
from lifecycle.machines.events.record_usage import MonthUsageBody
from lifecycle.sheets.headings import near, plain
from lifecycle.sheets.reading import SheetRow

SAMPLE = "記入例"  # begins the row of a template that shows how to fill it in
Reads = Literal["text", "day", "yes", "item", "month", "amount"]
ERRORS = "エラー errors"  # the column that a marked copy has more, and that is passed over when it is read


@dataclass(frozen=True, slots=True)
class Column:
    """A column. name: the place in the body, dotted, or what the path holds; ja: its Japanese name."""

    name: str
    ja: str
    reads: Reads = "text"
    needed: bool = False
    example: str = ""

    @property
    def heading(self) -> str:
        """Japanese with English."""
        return f"{self.ja} {self.name}"


@dataclass(frozen=True)
class FileKind:
    """What the rows of a file are. operation: what each does, by its id in /v1, whose roles may import it."""

    name: str
    ja: str
    operation: str
    model: type[BaseModel]
    columns: Sequence[Column]

    @cached_property
    def own(self) -> frozenset[str]:
        """The columns that go into the body."""
        return frozenset(c.name for c in self.columns if c.name not in OUTSIDE)


OUTSIDE = frozenset(("contract", "month"))  # stands in the path
_CONTRACT = Column("contract", "契約（申込番号またはID）", needed=True, example="OD-2022-0001")

APPLICATIONS = FileKind(
    "applications", "申込", "contracts-apply", ContractApplicationBody,
    (
        Column("reference", "申込番号", needed=True, example="OD-2022-0001"),
        Column("received_on", "受付日", "day", example="2022-04-20"),
        Column("customer.name", "契約者名", needed=True, example="株式会社サンプル配信"),
        Column("customer.email", "契約者メール", example="keiyaku@example.co.jp"),
        Column("administrator.name", "管理者名", example="山田太郎"),
        Column("administrator.email", "管理者メール", example="yamada@example.co.jp"),
        Column("item", "品目", "item", needed=True, example="premium"),
        Column("requested_billing_start_on", "課金開始希望日", "day", example="2022-05-01"),
        Column("declarations.laws_accepted", "法令遵守", "yes", example="はい"),
        Column("declarations.rights_cleared", "権利処理済", "yes", example="はい"),
        Column("delivery.custom_domain.name", "独自ドメイン", example=""),
        Column("delivery.custom_domain.acquired", "ドメイン取得済", "yes"),
        Column("delivery.custom_domain.dns_registered", "DNS登録済", "yes"),
        Column("delivery.https", "HTTPS", "yes"),
        Column("delivery.certificate_obtained", "証明書取得済", "yes"),
        Column("options.0.reference", "DRM申込番号", example="OD-2022-0001-D"),
    ),
)  # fmt: skip
NOTICES = FileKind(
    "notices", "解約通知", "contracts-notify_cancellation", NotifyCancellationBody,
    (
        _CONTRACT,
        Column("arrived_on", "到達日", "day", needed=True, example="2022-06-10"),
        Column("chosen_on", "解約希望日", "day"),
        Column("reason", "理由", example="書面にて"),
    ),
)  # fmt: skip
USAGE = FileKind(
    "usage", "利用量", "money-put_usage", MonthUsageBody,
    (
        _CONTRACT,
        Column("month", "対象月", "month", needed=True, example="2022-05"),
        Column("transcode_hours", "変換時間", "amount", example="12.5"),
        Column("storage_gb", "保存GB", "amount", example="100"),
        Column("delivery_gb", "配信GB", "amount", example="2500"),
        Column("live_hours", "ライブ時間", "amount", example="0"),
    ),
)  # fmt: skip
KINDS = {kind.name: kind for kind in (APPLICATIONS, NOTICES, USAGE)}


class Headings(ValueError):
    """Headings that are of no kind. wrong: by place in the row, what is wrong with it; missing: columns needed.

    like: by place, the column that a heading is most likely meant to be. unknown: those that may be ignored.
    """

    def __init__(
        self, wrong: dict[int, str], missing: Sequence[Column], like: dict[int, Column], unknown: Sequence[str]
    ) -> None:
        super().__init__("the headings are of no kind")
        self.wrong, self.missing, self.like, self.unknown = wrong, missing, like, unknown


def _names(column: Column) -> tuple[str, ...]:
    return plain(column.ja), plain(column.name), plain(column.heading)


KNOWN_HEADINGS = frozenset(name for kind in KINDS.values() for column in kind.columns for name in _names(column))


def recognised(headings: Sequence[str], ignored: Set[str] = frozenset()) -> tuple[FileKind, list[Column | None]]:
    """The kind that a row of headings is of, and the column at each place. Raises Headings.

    A heading is known by its Japanese name, its English one, or both as in the template. None: passed over, since
    it is among those ignored. One that is nearly the heading of a column that is not there is never ignored.
    """
    found = max(KINDS.values(), key=lambda kind: len(_places(kind, headings)))
    places = _places(found, headings)
    seen: dict[str, int] = {}
    wrong = dict[int, str]()
    for place, column in places.items():
        if seen.setdefault(column.name, place) != place:
            wrong[place] = "twice"
    absent = {name: column for column in found.columns if column.name not in seen for name in _names(column)}
    like: dict[int, Column] = {}
    unknown: list[str] = []
    passed_over = {plain(heading) for heading in ignored}
    for place, heading in enumerate(headings):
        if place in places or not heading.strip() or plain(heading).startswith(plain(ERRORS)):
            continue
        if name := near(heading, absent):
            wrong[place], like[place] = "like", absent[name]
        elif plain(heading) not in passed_over:
            wrong[place] = "unknown"
            unknown.append(heading.strip())
    missing = [column for column in found.columns if column.needed and column.name not in seen]
    if wrong or missing:
        raise Headings(wrong, missing, like, unknown)
    return found, [places.get(place) for place in range(len(headings))]


def is_sample(kind: FileKind, columns: Sequence[Column | None], row: SheetRow) -> bool:
    """Whether a row is the template's own: marked as a sample, or as templates without the mark had it."""
    first = next((cell.strip() for cell in row.cells if cell.strip()), "")
    if first.startswith(SAMPLE):
        return True
    cells = {column.name: cell.strip() for column, cell in zip(columns, row.cells, strict=False) if column}
    return all(cells.get(column.name, "") == column.example for column in kind.columns)


def _places(kind: FileKind, headings: Sequence[str]) -> dict[int, Column]:
    names = {name: column for column in kind.columns for name in _names(column)}
    found = ((place, names.get(plain(heading))) for place, heading in enumerate(headings))
    return {place: column for place, column in found if column is not None}
