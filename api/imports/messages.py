"""Messages about a cell, a row or a file in both languages, with the value only where a person must see it."""

from typing import Any, NamedTuple

from api.problems import SAID


class Sentence(NamedTuple):
    """One sentence in both languages."""

    ja: str
    en: str

    def __str__(self) -> str:
        return f"{self.ja} / {self.en}"


_CELLS = {
    "needed": ("必須です", "is required"),
    "no_heading": ("見出しのない列に値があります", "stands in a column without a heading"),
    "excel_error": ("Excel のエラー値です", "holds an error of Excel"),
    "no_value": (
        "数式の値がファイルに保存されていません。Excel で開き、保存し直してください",
        "is a formula whose value is not stored in the file: open it in Excel and save it",
    ),
    "merged": (
        "セル {cells} が結合されています。結合を解除し、それぞれのセルに入力してください",
        "is one of the merged cells {cells}: unmerge them and fill in each",
    ),
    "escape": (
        "「_x3042_」のような文字が含まれ、元の文字が分かりません。入力し直してください",
        "holds an escape such as _x3042_ that can mean two things: type the text again",
    ),
    "character": ("使えない文字が含まれています：{sign}", "contains a sign that cannot be kept: {sign}"),
    "text_day": (
        "Excel で日付（{seen}）になっています。列の表示形式を「文字列」にして入力し直してください",
        "is stored as the day {seen}: format the column as text and type it again",
    ),
    "text_number": (
        "Excel で数値（{seen}）になっています。列の表示形式を「文字列」にして入力し直してください",
        "is stored as the number {seen}, which may be rounded: format the column as text and type it again",
    ),
    "day_number": (
        "数値（{seen}）が入っています。2022/6/10 のような日付で入力してください",
        "holds the number {seen}: type a day, as 2022/6/10",
    ),
    "day_weekday": ("日付と曜日が一致しません", "has a day and a weekday that disagree"),
    "month_number": (
        "数値（{seen}）です。2022-10 のような月で入力してください（数値では 2022.10 と 2022.1 が同じです）",
        "holds the number {seen}: type a month, as 2022-10 (as numbers 2022.10 and 2022.1 are the same)",
    ),
    "amount_comma": (
        "カンマは 1,234.5 のような桁区切りにだけ使えます（{seen}）。小数点は「.」で入力してください",
        "uses a comma otherwise than 1,234.5 does: {seen}; a decimal point is a dot",
    ),
    "amount_form": ("0以上の数を入力してください", "is not a number, 0 or more"),
    "day_form": (
        "日付として読み取れません（例：2022/4/1、R4.4.1、令和4年4月1日）",
        "is not a day, as 2022/4/1 or R4.4.1",
    ),
    "day_calendar": ("暦にない日付です", "is not a day of the calendar"),
    "day_years": ("2000年から2199年までの日付ではありません", "lies outside 2000 to 2199"),
    "day_era": ("その元号にない日付です", "does not lie in that era"),
    "day_time": ("時刻として読み取れません", "is not a time of day"),
    "day_no_time": ("時刻は付けず、日付だけを入力してください", "takes a day without a time"),
    "yes_form": ("「はい」か「いいえ」を入力してください", "is neither yes nor no"),
    "items_form": (
        "「{example}」のように、品目と開始日（年を含む）を入力してください",
        "is not items with their first days, as: {example}",
    ),
    "yen_form": ("円の金額を整数で入力してください（例：30000）", "is not a whole number of yen, as 30000"),
    "item_form": ("{ja}のいずれかを入力してください", "is none of the items: {en}"),
    "service_form": ("{names}のいずれかを入力してください", "is none of the services: {names}"),
    "month_form": ("月として読み取れません（例：2022-05）", "is not a month, as 2022-05"),
}
_ROWS = {
    "duplicate": (
        "この番号は、別の申込で使われています：{existing}",
        "the reference is taken by another one: {existing}",
    ),
    "ambiguous": (
        "この番号の契約は複数あります。契約番号で指定してください：{ids}",
        "several contracts have this reference: name one by its id: {ids}",
    ),
    "unknown": ("この番号の契約はありません", "no contract has this reference or id"),
    "state": ("状態「{state}」では行えません", "is not possible in the state {state}"),
    "held": ("担当者の確認待ちで保留中です", "is held until a person has looked"),
    "taken_otherwise": (
        "この番号は取込済みか入力済みですが、内容が異なります：{existing}",
        "the reference is taken, and what was recorded then differs: {existing}",
    ),
    "second_person": (
        "二人目の承認が必要なため、ファイルでは取り込めません。画面から入力してください",
        "needs a second person, so it cannot be imported: enter it by hand",
    ),
    "too_many_in_hour": (
        "1時間に1人で入力できる解約または承諾の件数の上限を超えています。時間をおいて取り込むか、画面から入力してください（二人目の承認が必要です）",
        "more ends or acceptances in an hour than one person may enter: import it again later, or enter it by "
        "hand for a second person to approve",
    ),
    "clock_wrong": (
        "サーバーの時計が正しくないため、日付のない行は取り込めません。日付を記入するか、時計が直ってから取り込んでください",
        "the server's clock is wrong, so a row without its day cannot be imported: give the day, or import it "
        "again once the clock is right",
    ),
    "overtaken": (
        "同時にほかの処理が記録を変更しました。もう一度取り込んでください",
        "the record has changed at the same moment; import it again",
    ),
    "rolled_back": ("ほかの行に誤りがあるため、取り込んでいません", "not taken: other rows are wrong"),
}
_SAVE = ": save it as .xlsx or CSV"
_FILES = {
    "too_large": ("ファイルが大きすぎます（上限{place}バイト）", "the file is larger than {place} bytes"),
    "too_many_rows": ("行が多すぎます（上限{place}行）", "the file has more than {place} rows"),
    "too_many_columns": ("列が多すぎます（上限{place}列）", "the file has more than {place} columns"),
    "cell_too_long": ("{place}行目に長すぎるセルがあります", "row {place} has a cell that is too long"),
    "too_many_cells": (
        "セルが多すぎます（上限{place}個）。使っていない行や列を削除してください",
        "the file has more than {place} cells: delete the rows and columns that are not used",
    ),
    "too_many_merged": (
        "結合セルが多すぎます（上限{place}か所）",
        "the file has more than {place} merged areas",
    ),
    "too_much_work": (
        "時間またはメモリーの上限を超えたため、読み取りを中止しました。必要な行だけを新しいファイルにコピーしてください",
        "reading took too much time or memory and was given up: copy the rows into a new file",
    ),
    "too_much_memory": (
        "メモリーの上限を超えたため、読み取りを中止しました。必要な行だけを新しいファイルにコピーしてください",
        "reading took too much memory and was given up: copy the rows into a new file",
    ),
    "xls": ("古い形式（.xls）のファイルです。.xlsx または CSV で保存し直してください", f"the file is .xls{_SAVE}"),
    "xlsb": (
        "バイナリ形式（.xlsb）のファイルです。.xlsx または CSV で保存し直してください",
        f"the file is .xlsb{_SAVE}",
    ),
    "ods": (
        "OpenDocument 形式（.ods）のファイルです。.xlsx または CSV で保存し直してください",
        f"the file is .ods{_SAVE}",
    ),
    "zip": (
        "圧縮ファイル（zip など）です。展開し、中の .xlsx または CSV を選択してください",
        "the file is an archive, as zip: unpack it and give the .xlsx or CSV file inside",
    ),
    "password": (
        "パスワード付きのファイルです。パスワードなしの .xlsx で保存し直してください",
        "the file has a password: save it as .xlsx without one",
    ),
    "markup": (
        "HTML または XML のファイルです。Excel で開き、.xlsx または CSV で保存し直してください",
        f"the file is HTML or XML, though it may be named .xls{_SAVE}",
    ),
    "pdf": (
        "PDF ファイルです。元の .xlsx または CSV を選択してください",
        "the file is a PDF: give the .xlsx or CSV file",
    ),
    "no_sheet": ("表示されているシートがありません", "every sheet of the file is hidden"),
    "sheet_unknown": (
        "この名前のシートは表示されていません。表示されているシート：{place}",
        "there is no visible sheet of that name, but: {place}",
    ),
    "which_sheet": (
        "取り込むシートが一つに決まりません。シート名を指定してください（コマンドでは --sheet）：{place}",
        "name the sheet to take in (--sheet), one of: {place}",
    ),
    "which_encoding": (
        "文字コードが一つに決まりません。正しく読めるものを指定してください（コマンドでは --encoding）：{place}",
        "name the encoding that reads right (--encoding): {place}",
    ),
    "encoding_unknown": (
        "文字コード「{place}」は使えません。utf-8、cp932、euc-jp、utf-16 のいずれかを指定してください",
        "the encoding {place} is none of utf-8, cp932, euc-jp, utf-16",
    ),
    "empty": ("ファイルに行がありません", "the file has no rows"),
    "not_text": ("CSV でも XLSX でもないファイルです", "the file is neither CSV nor XLSX"),
    "encoding": (
        "{place}行目の文字を読み取れません（UTF-8、cp932、EUC-JP のいずれでもないか、指定と異なります）",
        "line {place} is not written in the encoding given, nor in UTF-8, cp932 or EUC-JP",
    ),
    "csv": (
        "{place}行目を CSV として読み取れません（引用符の閉じ忘れなど）",
        "row {place} is not CSV: a quote left open?",
    ),
    "xlsx": (
        "XLSX として読み取れません。壊れている可能性があります",
        "the file cannot be read as XLSX; it may be broken",
    ),
    "bomb": ("展開すると大きすぎるファイルです", "the file is too large once it is unpacked"),
    "headings": (
        "見出しがひな形と合いません。ひな形を使ってください",
        "the headings are not those of a template",
    ),
    "heading_unknown": (
        "ひな形にない見出しです。取り込まない列であれば、そう指定してください（コマンドでは --ignore-columns）",
        "this heading is not known: say so if its column is to be ignored (--ignore-columns)",
    ),
    "heading_like": ("見出し「{name}」の誤りではありませんか", "is this heading meant to be: {name}?"),
    "heading_twice": ("この見出しは2回使われています", "this heading stands there twice"),
    "heading_missing": ("見出しがありません：{name}", "a heading is missing: {name}"),
}
_NOTES = {
    "at_once": ("【直ちに終了】", "[ends at once]"),
    "sheet": ("読み取ったシート：{name}", "sheet read: {name}"),
    "encoding": ("読み取った文字コード：{name}", "encoding read: {name}"),
    "hidden": ("非表示のため取り込まない行：{rows}", "rows not taken, since they are hidden: {rows}"),
    "samples": ("記入例として取り込まない行：{rows}", "rows not taken, since they are samples: {rows}"),
    "ignored": ("取り込まない列：{names}", "columns ignored: {names}"),
}
_ALL = _CELLS | _ROWS | _FILES | _NOTES
_MODEL = {  # errors of the models of /v1, by pydantic's name for them
    "string_too_short": "短すぎます（{min_length}文字以上）",
    "string_too_long": "長すぎます（{max_length}文字まで）",
    "string_pattern_mismatch": "形式が正しくありません",
    "literal_error": "{expected} のいずれかを入力してください",
    "missing": "必須です",
    "too_long": "多すぎます",
}
_VALUES = (  # beginnings of what the models themselves say
    ("contains a sign that cannot be kept", "使えない文字が含まれています"),
    ("is empty", "入力されていません"),
    ("has more than one line", "2行以上あります"),
    ("names a reference twice", "同じ番号が重複しています（参照番号を含む）"),
    ("certificate_obtained goes with", "証明書取得済みは、HTTPS の場合だけ入力できます"),
    ("certificate_expires_on goes with", "証明書の有効期限は、HTTPS の場合だけ入力できます"),
    ("certificate_kind goes with", "証明書の種類は、HTTPS の場合だけ入力できます"),
    ("is not a decimal", "0以上の数ではありません"),
    ("the days of the items are not in order", "品目の履歴が古い順になっていません"),
    ("the last item is not the item in force", "品目の履歴の最後の品目が、品目の列と異なります"),
    ("the first item begins neither", "品目の履歴の最初の日が、承諾日でも課金開始日でもありません"),
    ("the option was applied for before", "オプションの受付日が契約の受付日より前です"),
    ("the reference of a contract whose item changed", "品目が変わった契約の参照番号は、95文字までです"),
    ("does not belong to it", "この申込の承諾では使わない列です"),
    ("is required: billing began before this month", "今月より前に課金が始まっているため必須です"),
    ("is required", "必須です"),
    ("lies in the future", "未来の月です"),
)


def sentence(key: str, **values: Any) -> Sentence:
    """A sentence by its key. Raises KeyError."""
    ja, en = _ALL[key]
    return Sentence(ja.format(**values), en.format(**values))


def model_error(error: Any) -> Sentence:
    """An error of a model of /v1."""
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return value_error(str(context["error"]))
    en = SAID.get(error["type"], "is not valid").format(**context)
    return Sentence(_MODEL.get(error["type"], en).format(**context), en)


def value_error(en: str) -> Sentence:
    """Return the message for a value that a model or a command refuses."""
    sign = en.partition("contains a sign that cannot be kept")[2].replace(": ", "：", 1)
    return Sentence(next((ja + sign for begins, ja in _VALUES if en.startswith(begins)), en), en)
