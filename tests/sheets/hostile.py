"""Small files that need much work. As a command it reads those of a folder and prints the cost as JSON."""

import io
import json
import resource
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from lifecycle.sheets.rows import UnreadableFile
from tests.sheets.books import MAIN, SHEET, by_openpyxl, changed, packed, sheet_of


def data(xml: str) -> str:
    return f"<sheetData>{xml}</sheetData>"


def rows(number: int, cells: Callable[[int], str]) -> str:
    return data("".join(f'<row r="{n}">{cells(n)}</row>' for n in range(1, number + 1)))


def strings(items: str) -> str:
    return f'<sst xmlns="{MAIN}">{items}</sst>'


def entities() -> bytes:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    doctype = f'<!DOCTYPE x [<!ENTITY a0 "{"ha" * 50}">{levels}]>'
    xml = f'<worksheet xmlns="{MAIN}">{data("<row><c><v>&a11;</v></c></row>")}</worksheet>'
    return changed(by_openpyxl(["a"]), SHEET, lambda _: (doctype + xml).encode())


def outside_entity() -> bytes:
    doctype = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    return changed(by_openpyxl(["a"]), "xl/workbook.xml", lambda xml: doctype + xml.replace(b"Sheet", b"&a;", 1))


def lying(sizes: int = 100) -> bytes:
    """Says in its index that a part of many megabytes has a few bytes."""
    content = bytearray(sheet_of(data("<row>" + "<c><v>1</v></c>" * 900_000 + "</row>")))
    at = content.index(b"PK\x01\x02")
    while content[at + 46 : at + 46 + len(SHEET)] != SHEET.encode():
        at = content.index(b"PK\x01\x02", at + 4)
    content[at + 24 : at + 28] = struct.pack("<I", sizes)
    return bytes(content)


def twice() -> bytes:
    file = io.BytesIO(by_openpyxl(["a"]))
    with zipfile.ZipFile(file, "a") as made:
        info = zipfile.ZipInfo("XL/worksheets/SHEET1.xml")
        made.writestr(info, b"<worksheet/>" * 10_000)
    return file.getvalue()


LONG = "鬱" * 32_767
FILES: dict[str, Callable[[], bytes]] = {
    "an empty cell in the last column of 5,000 rows": lambda: sheet_of(
        rows(5_000, lambda n: f'<c r="XFD{n}" s="1"/>')
    ),
    "a value in the last column of 5,000 rows": lambda: sheet_of(
        rows(5_000, lambda n: f'<c r="A{n}"><v>1</v></c><c r="XFD{n}"><v>1</v></c>')
    ),
    "a million rows without cells": lambda: sheet_of(
        data("".join(f'<row r="{n}"/>' for n in range(1, 1_000_000)))
    ),
    "two million rows without a number": lambda: sheet_of(data("<row/>" * 2_000_000)),
    "the first cell and one in the far corner": lambda: sheet_of(
        data('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="CV1048576"><v>1</v></c></row>')
    ),
    "one long text in 20,000 cells": lambda: sheet_of(
        rows(20_000, lambda n: f'<c r="A{n}" t="s"><v>0</v></c>'), sharedStrings=strings(f"<si><t>{LONG}</t></si>")
    ),
    "a million shared texts": lambda: sheet_of(data(""), sharedStrings=strings("<si><t>a</t></si>" * 1_000_000)),
    "a million formats": lambda: sheet_of(
        data(""), styles=f'<styleSheet xmlns="{MAIN}"><cellXfs>{"<xf/>" * 1_000_000}</cellXfs></styleSheet>'
    ),
    "a sheet of zeros": lambda: changed(by_openpyxl(["a"]), SHEET, lambda _: bytes(90_000_000)),
    "a sheet of blanks": lambda: sheet_of(data(" " * 90_000_000)),
    "entities within entities": entities,
    "an entity from elsewhere": outside_entity,
    "a million elements in each other": lambda: sheet_of("<a>" * 1_000_000 + "</a>" * 1_000_000),
    "an element with many attributes": lambda: sheet_of(
        data("<row " + " ".join(f'a{n}="1"' for n in range(200_000)) + "/>")
    ),
    "a part that lies about its size": lying,
    "two parts of one name": twice,
    "as many merged cells": lambda: sheet_of(
        data("") + "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(1, 200_000))
    ),
    "merged cells over each other": lambda: sheet_of(
        rows(20_000, lambda n: f'<c r="A{n}"><v>1</v></c>') + '<mergeCell ref="A1:XFD1048576"/>' * 1_000
    ),
    "20,000 rows of formulas without a value": lambda: sheet_of(
        rows(20_000, lambda n: "".join(f'<c r="{c}{n}"><f>1/3</f></c>' for c in "ABCDEFGHIJKLMNOPQRST"))
    ),
    "many parts": lambda: packed({f"xl/part{n}.xml": b"" for n in range(60_000)} | {"xl/workbook.xml": b""}),
    "a row of three million commas": lambda: b"a,b\n" + b"," * 3_000_000,
    "a row of commas over many lines": lambda: b"a,b\n" + (b'"\n"' + b"," * 30_000) * 100,
    "a cell of three megabytes": lambda: b"a,b\n" + b"x" * 3_000_000,
    "a quote that nobody closes": lambda: b'a,b\n"' + b"x\n" * 1_500_000,
    "five million blank lines": lambda: b"a,b\n" + b"\n" * 5_000_000,
    "a title of three million marks": lambda: b'"' * 3_000_001,
}  # fmt: skip


def main() -> None:
    """Read each file and print its refusal, size in KB, CPU seconds and elapsed seconds."""
    from lifecycle.sheets.reading import read_sheet

    read_sheet(b"a,b\n1,2\n")
    small = _peak(resource.RUSAGE_CHILDREN)
    for file in sorted(Path(sys.argv[1]).iterdir()):
        name, content = [*FILES][int(file.name)], file.read_bytes()
        own, before, begun = _peak(resource.RUSAGE_SELF), _processor(), perf_counter()
        try:
            answer = f"{len(read_sheet(content).rows)} rows"
        except UnreadableFile as error:
            answer = error.key
        seconds = perf_counter() - begun
        grown = max(_peak(resource.RUSAGE_CHILDREN) - small, _peak(resource.RUSAGE_SELF) - own)
        print(json.dumps([name, answer, len(content) / 1024, _processor() - before, seconds, grown / 1024]))


def _peak(who: int) -> int:
    return resource.getrusage(who).ru_maxrss


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
