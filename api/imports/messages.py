"""What is said of a cell, a row or a file, in Japanese and English; never the value itself."""

from typing import Any, NamedTuple

from api.problems import SAID


class Sentence(NamedTuple):
    """One sentence in both languages."""

    ja: str
    en: str

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"


_CELLS = {
    "needed": ("必須です", "is needed"),
    "no_heading": ("見出しのない列に値があります", "stands in a column without a heading"),
    "excel": ("Excel のエラー値です", "holds an error of Excel"),
    "day_form": (
        "日付として読めません（例 2022/4/1、R4.4.1、令和4年4月1日）",
        "is not a day, as 2022/4/1 or R4.4.1",
    ),
    "day_calendar": ("暦にない日です", "is not a day of the calendar"),
    "day_years": ("2000年から2199年までの日ではありません", "lies outside 2000 to 2199"),
    "day_era": ("その元号にない日です", "does not lie in that era"),
    "day_time": ("時刻として読めません", "is not a time of day"),
    "day_no_time": ("時刻は入れられません。日だけを入れてください", "takes a day without a time"),
    "yes_form": ("「はい」か「いいえ」を入れてください", "is neither yes nor no"),
    "item_form": ("basic（ベーシック）か premium（プレミアム）を入れてください", "is neither basic nor premium"),
    "month_form": ("月として読めません（例 2022-05）", "is not a month, as 2022-05"),
}
_ROWS = {
    "duplicate": (
        "番号は別の申込に使われています: {existing}",
        "the reference is taken by another one: {existing}",
    ),
    "unknown": ("その番号またはIDの契約はありません", "no contract has this reference or id"),
    "state": ("状態「{state}」では行えません", "is not possible in the state {state}"),
    "held": ("担当者の確認待ちです", "is held until a person has looked"),
    "too_many_ends": (
        "1時間に1人で登録できる解約の上限を超えています。時間をおいて取り込むか、画面から登録してください（別の人の承認が要ります）",
        "more ends in an hour than one person may enter: import it again later, or enter it by hand for a second "
        "person to approve",
    ),
    "overtaken": (
        "同時に変更されました。もう一度取り込んでください",
        "somebody else was quicker; import it again",
    ),
    "rolled_back": ("他の行に誤りがあるため取り込んでいません", "not taken: other rows are wrong"),
}
_FILES = {
    "too_large": ("ファイルが大きすぎます（上限 {place} バイト）", "the file is larger than {place} bytes"),
    "too_many_rows": ("行が多すぎます（上限 {place} 行）", "the file has more than {place} rows"),
    "too_many_columns": ("列が多すぎます（上限 {place} 列）", "the file has more than {place} columns"),
    "cell_too_long": ("{place} 行目に長すぎるセルがあります", "row {place} has a cell that is too long"),
    "old_or_encrypted": (
        "古い形式（.xls）またはパスワード付きのファイルです。パスワードなしの .xlsx で保存してください",
        "the file is .xls or has a password; save it as .xlsx without one",
    ),
    "empty": ("ファイルに行がありません", "the file has no rows"),
    "not_text": ("CSV でも XLSX でもないファイルです", "the file is neither CSV nor XLSX"),
    "encoding": (
        "{place} 行目の文字が UTF-8 でも Shift_JIS（cp932）でもありません",
        "row {place} is written neither in UTF-8 nor in cp932",
    ),
    "csv": (
        "{place} 行目が CSV として読めません（引用符の閉じ忘れなど）",
        "row {place} is not CSV: a quote left open?",
    ),
    "xlsx": (
        "XLSX として読めません。壊れている可能性があります",
        "the file cannot be read as XLSX; it may be broken",
    ),
    "bomb": ("展開すると大きすぎるファイルです", "the file is too large once it is unpacked"),
    "headings": (
        "見出しがひな形と合いません。ひな形を使ってください",
        "the headings are not those of a template",
    ),
    "heading_unknown": ("この見出しは知られていません", "this heading is not known"),
    "heading_twice": ("この見出しは二度あります", "this heading stands there twice"),
    "heading_missing": ("見出しがありません: {name}", "a heading is missing: {name}"),
}
_ALL = _CELLS | _ROWS | _FILES
_MODEL = {  # errors of the models of /v1, by pydantic's name for them
    "string_too_short": "短すぎます（{min_length} 文字以上）",
    "string_too_long": "長すぎます（{max_length} 文字まで）",
    "string_pattern_mismatch": "形式が正しくありません",
    "literal_error": "{expected} のいずれかを入れてください",
    "missing": "必須です",
    "too_long": "多すぎます",
}
_VALUES = (  # beginnings of what the models themselves say
    ("contains a sign that cannot be kept", "使えない文字が含まれています"),
    ("is empty", "空です"),
    ("certificate_obtained goes with", "証明書取得済は HTTPS のときだけ入れられます"),
    ("is not a decimal", "0以上の数ではありません"),
)


def sentence(key: str, **values: Any) -> Sentence:
    """A sentence by its key. Raises KeyError."""
    ja, en = _ALL[f"{'excel' if key.endswith('_excel') else key}"]
    return Sentence(ja.format(**values), en.format(**values))


def model_error(error: Any) -> Sentence:
    """An error of a model of /v1."""
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        en = str(context["error"])
        ja = next((ja + en.partition(":")[2] for begins, ja in _VALUES if en.startswith(begins)), en)
        return Sentence(ja, en)
    en = SAID.get(error["type"], "is not valid").format(**context)
    return Sentence(_MODEL.get(error["type"], en).format(**context), en)
