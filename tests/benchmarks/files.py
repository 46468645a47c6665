"""Files read into rows, each with its days and amounts, and a paper written; by seconds of CPU."""

from collections.abc import Callable, Iterator
from datetime import date
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

from api.documents.content import Document, DocumentLine, DocumentSection
from api.documents.pdf import pdf
from api.imports.columns import KINDS, recognised
from api.imports.rows import RowReader
from api.imports.upload import read_upload
from tests.benchmarks.intake import FORMS, file_of
from tests.benchmarks.report import Figure, Options, Wanted, progress

PART = 10  # of as many rows of a sweep a file has a row for one
TODAY = date(2026, 1, 20)
BOTH = "none"  # no database is asked


def run(options: Options) -> Iterator[Figure]:
    """Reads files of notices and usage of every form; writes a paper of many lines."""
    rows = options.rows // PART
    for kind in (KINDS["notices"], KINDS["usage"]):
        for form in FORMS:
            content = file_of(kind, form, rows)
            rates = [rows / _seconds(_read, content) for _ in progress(range(options.repeats), form)]
            least = Wanted("≥", 10_000, "/s")
            yield Figure(f"file of {kind.name} read, {form}", BOTH, rows, median(rates), "/s", wanted=least)
    pdf(_paper(0))  # the library is loaded with the first
    took = [1000 * _seconds(pdf, _paper(number)) for number in range(1, 31)]
    yield Figure("a paper, the slowest of 30", BOTH, 1, max(took), "ms", wanted=Wanted("<", 100, " ms"))


def _read(content: bytes) -> None:
    sheet = read_upload(content)
    kind, columns = recognised(sheet.headings.cells)
    reader = RowReader(kind, columns, TODAY)
    assert all(reader.read(row).body is not None for row in sheet.rows)


def _paper(number: int) -> Document:
    because = ["解約通知が2022年6月10日に到達したため、30日を経過する日をもって終了します（第6条第1項）。"]
    lines = [DocumentLine(f"月額基本料（{month}月分）", f"{number:,}円", because) for month in range(1, 13)]
    return Document(
        name="R-1-statement", reference="R-1", language="ja", title="ご利用明細書", to="株式会社髙﨑配信　御中",
        issued="2022年7月1日", issued_on=date(2022, 7, 1), issuer=None, sample="見本",
        opening="2022年6月分のご利用料金を次のとおりお知らせいたします。",
        sections=[DocumentSection("明細", lines, amounts=True)],
        notes=["金額はすべて税抜です。"], labels=("項目", "金額"),
    )  # fmt: skip


def _seconds(work: Callable[..., object], given: object) -> float:
    """Seconds of CPU, of the process that reads too: others on the machine do not count."""
    begun = _used()
    work(given)
    return _used() - begun


def _used() -> float:
    return sum(sum(getrusage(whose)[:2]) for whose in (RUSAGE_SELF, RUSAGE_CHILDREN))
