"""Detects the kind of a file from its headings, and the column at each place."""

from collections.abc import Iterable, Sequence, Set

from api.imports.file_kind import Column as Column
from api.imports.file_kind import FileKind as FileKind
from api.imports.kinds import KINDS as KINDS
from lifecycle.sheets.headings import near, plain
from lifecycle.sheets.reading import SheetRow

SAMPLE = "記入例"  # begins the row of a template that shows how to fill it in
_FORMERLY = {  # headings of earlier templates, whose files are still imported
    "契約（参照番号または契約番号）": "契約（申込番号またはID）", "参照番号": "申込番号",
    "その他の参照番号": "他の参照番号", "お客様名": "契約者名",
    "お客様名（カナ）": "契約者カナ", "お客様のメールアドレス": "契約者メール",
    "お客様番号": "顧客番号", "管理責任者名": "管理者名",
    "管理責任者のメールアドレス": "管理者メール", "関係法規への同意": "法令遵守",
    "権利処理の保証": "権利処理済", "希望する課金開始日": "課金開始希望日",
    "ドメイン取得済み": "ドメイン取得済", "DNS登録済み": "DNS登録済",
    "証明書取得済み": "証明書取得済", "DRM参照番号": "DRM申込番号",
    "品目変更の参照番号": "品目変更の申込番号", "お客様が指定した日": "解約希望日",
    "DRM解約の指定日": "DRM解約希望日", "オプション月額費用": "オプション月額",
    "DRM月額費用": "DRM月額", "品目変更の適用日": "品目変更日",
    "品目変更の一時費用": "品目変更手数料", "他システムで請求済みの最終月": "請求済みの月",
}  # fmt: skip
ERRORS = "エラー errors"  # the extra column of a marked copy, ignored on import


class Headings(ValueError):
    """The headings match no kind. wrong: errors by place in the row; missing: required columns. like: by place,
    the column that a heading most likely means. unknown: headings that may be ignored.
    """

    def __init__(
        self, wrong: dict[int, str], missing: Sequence[Column], like: dict[int, Column], unknown: Sequence[str]
    ) -> None:
        super().__init__("the headings are of no kind")
        self.wrong, self.missing, self.like, self.unknown = wrong, missing, like, unknown


def _names(column: Column) -> tuple[str, ...]:
    former = _FORMERLY.get(column.ja)
    old = (plain(former), plain(f"{former} {column.name}")) if former else ()
    return plain(column.ja), plain(column.name), plain(column.heading), *old


def known_headings() -> frozenset[str]:
    """Every heading that a column of some kind has."""
    return frozenset(name for kind in KINDS.values() for column in kind.columns for name in _names(column))


def recognised(headings: Sequence[str], ignored: Set[str] = frozenset()) -> tuple[FileKind, list[Column | None]]:
    """Return the kind of a row of headings, and the column at each place.

    Raises Headings. A heading is its Japanese name, its English name, or both as in the template. None: a heading
    in the list to ignore. A near match of a missing column is never ignored.
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


def samples_in(kind: FileKind, columns: Sequence[Column | None], rows: Iterable[SheetRow]) -> set[int]:
    """Return the row numbers of the template's own sample, with or without its mark."""
    places = {column.name: place for place, column in enumerate(columns) if column is not None}
    shown = [(places.get(column.name), column.example) for column in kind.columns]
    return {row.number for row in rows if _is_sample(shown, row.cells)}


def _is_sample(shown: Sequence[tuple[int | None, str]], cells: Sequence[str]) -> bool:
    first = next(filter(None, map(str.strip, cells)), "")
    return first.startswith(SAMPLE) or all(
        (cells[place].strip() if place is not None and place < len(cells) else "") == example
        for place, example in shown
    )


def _places(kind: FileKind, headings: Sequence[str]) -> dict[int, Column]:
    names = {name: column for column in kind.columns for name in _names(column)}
    found = ((place, names.get(plain(heading))) for place, heading in enumerate(headings))
    return {place: column for place, column in found if column is not None}
