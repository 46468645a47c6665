"""Contracts looked for by what a clerk types, among the various customers of a large book."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product
from pathlib import Path
from statistics import median
from time import perf_counter, thread_time
from typing import Any

import orjson
from sqlalchemy import Connection, Engine, insert, text

from lifecycle.records import tables
from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.engine import is_sqlite, reading, writing
from lifecycle.records.finding import find
from lifecycle.records.listing import numbers_by_item
from lifecycle.records.query_timeout import without_query_timeout
from lifecycle.records.search_folding import fold_people
from tests.benchmarks.contracts import PATTERNS, copy_patterns, id_of, patterns
from tests.benchmarks.places import lasting
from tests.benchmarks.report import Figure, Options, Wanted, progress

_SEARCHED: Any = (tables.personal, tables.search_text, tables.other_reference)
ASKED, SHOWN, PART = 9, 50, 10
Ask = Callable[[Connection, ContractFilter], None]
WANTED = Wanted("<", 100, " ms")
_FIRST = ["サクラ", "アオバ", "ヒカリ", "髙﨑", "渡邊", "齋藤", "東京", "大阪", "富士", "ミライ"]
_SECOND = ["放送", "映像", "配信", "企画", "メディア", "ネットワーク", "出版", "大学", "スポーツ", "音楽"]
_FORM = ("株式会社{}", "{}株式会社", "有限会社{}", "{}")
_WHO = ("佐藤花子", "山田 太郎", "𠮷田一郎", "葛󠄀西桜", "Anna Schmidt")
# What is typed: of one contract, of some, of many and of none, in the shapes that the search takes for the same.
_TYPED = {
    "a number": "{id}", "a reference": "R-{one}", "an end of a reference": "{one}",
    "another reference": "ab-{one}", "a name": "株式会社サクラ放送{one}", "half width": "ｻｸﾗ放送{one}",
    "hiragana": "さくら放送{one}", "a variant": "高崎映像{one}", "an address of mail": "info{one}@example.co.jp",
    "digits of a phone": "03-{phone}", "one sign": "桜", "two signs": "斉藤", "a sign of many": "社",
    "a form alone": "株式会社", "a Latin letter": "r", "a blank within": "山田太郎", "two Latin letters": "ex",
    "a part of all": "example", "nothing": "どこにもない名前", "nothing of Latin letters": "zzyzx",
    "nothing of digits": "99999999999", "twenty signs": "株式会社サクラ放送のどこにもない番号です",
}  # fmt: skip


def run(options: Options) -> Iterator[Figure]:
    """Each text on each database, ten times as many contracts on PostgreSQL; the slowest first."""
    for kind in options.kinds:
        number = options.table if kind == "postgresql" else options.table // PART
        with lasting(kind, partial(_fill, number=number), f"search-{number}", options.keep) as engine:
            for name, wanted in _searches(number).items():
                for what, ask in (("search", _found), ("count", _counted)):
                    took = [_milliseconds(engine, ask, wanted) for _ in progress(range(ASKED + 1), name)][1:]
                    wall, used = (median(one) for one in zip(*took, strict=True))
                    yield Figure(f"{what}: {name}", kind, number, wall, "ms", "its CPU time", used, wanted=WANTED)


def _searches(number: int) -> dict[str, ContractFilter]:
    one = number // 2
    words = {"one": one, "id": id_of(one), "phone": f"{one:08}"}
    plain = {name: ContractFilter(text=typed.format(**words)) for name, typed in _TYPED.items()}
    return plain | {
        "two signs, of a state": ContractFilter(text="斉藤", state="cancel_notified"),
        "a part of all, of no item": ContractFilter(text="example", item="premium"),
        "nothing, of a state": ContractFilter(text="どこにもない名前", state="billing"),
    }


def _found(conn: Connection, wanted: ContractFilter) -> None:
    find(conn, wanted, SHOWN)


def _counted(conn: Connection, wanted: ContractFilter) -> None:
    numbers_by_item(conn, wanted)


def _milliseconds(engine: Engine, ask: Ask, wanted: ContractFilter) -> tuple[float, float]:
    """Of one question, by the clock and of CPU, the server's process too."""
    with reading(engine) as conn:
        served = (
            partial(_served, conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())
            if not is_sqlite(conn)
            else float
        )
        began, used, serving = perf_counter(), thread_time(), served()
        ask(conn, wanted)
        took = perf_counter() - began
        return 1000 * took, 1000 * (thread_time() - used) + served() - serving


def _served(process: int) -> float:
    """Milliseconds of CPU that a server's process has used; its helpers' do not count."""
    return int(Path(f"/proc/{process}/schedstat").read_text("ascii").split()[0]) / 1e6


def _fill(engine: Engine, number: int) -> None:
    """As `_rows`."""
    with without_parts(engine):
        _rows(engine, number)


@contextmanager
def without_parts(engine: Engine) -> Iterator[None]:
    """Build the indexes of parts after the rows of the block: this needs a tenth of the time."""
    indexes = [one for table in _SEARCHED for one in table.indexes if str(one.name).endswith("_parts")]
    if engine.dialect.name == "postgresql":
        with writing(engine) as conn:
            for index in indexes:
                index.drop(conn)
    yield
    if engine.dialect.name == "postgresql":
        with writing(engine) as conn:
            without_query_timeout(conn)
            conn.execute(text("SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL statement_timeout = 0"))
            for index in indexes:
                index.create(conn)


def _rows(engine: Engine, number: int) -> None:
    """The first three in a hundred contracts with a notice, various people, one in ten with another reference."""
    few = max(PATTERNS, number * 3 // 100 // PATTERNS * PATTERNS)
    copy_patterns(engine, patterns(notified=True), few)
    copy_patterns(engine, patterns(notified=False), number - few, few)
    kinds = people_kinds()
    for start in range(0, number, 10_000):
        with writing(engine) as conn:
            _add(conn, kinds, range(start, min(start + 10_000, number)))


def people_kinds() -> list[tuple[str, str]]:
    """Various people and what of them is searched, %n for the number of their contract, %p for it as a phone's."""
    return [_person(place, *made) for place, made in enumerate(product(_FIRST, _SECOND, _FORM, _WHO))]


def _add(conn: Connection, kinds: list[tuple[str, str]], numbers: range) -> None:
    people, others = [], []
    for number in numbers:
        data, search = (
            said.replace("%n", str(number)).replace("%p", f"{number:08}") for said in kinds[number % len(kinds)]
        )
        people.append(
            {"contract_id": id_of(number), "salt": "0" * 64, "data": orjson.loads(data), "search": search}
        )
        if number % 10 == 0:
            others.append({"contract_id": id_of(number), "reference_key": f"ab-{number}"})
    conn.execute(insert(tables.personal), people)
    conn.execute(insert(tables.other_reference), others)


def _person(number: int, first: str, second: str, form: str, who: str) -> tuple[str, str]:
    data: dict[str, Any] = {
        "customer": {
            "name": form.format(first + second) + "%n", "email": "info%n@example.co.jp", "phone": "03%p",
            "address": f"東京都千代田区{number % 9}-{number % 30}",
        },
        "administrator": {"name": who, "email": "desk%n@example.co.jp"},
    }  # fmt: skip
    return orjson.dumps(data).decode(), fold_people(data)
