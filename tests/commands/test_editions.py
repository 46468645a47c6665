"""Editions of the terms: recorded once, new wording added automatically, changed values refused."""

from dataclasses import replace
from datetime import UTC, date, datetime

import orjson
import pytest
from sqlalchemy import Engine, select

from lifecycle.audit.verifier.editions import HeldEditions
from lifecycle.audit.verifier.lines import Bad
from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import (
    EditionDiffers,
    NothingToCorrect,
    content_on_record,
    correct_edition,
    on_record,
    record_editions,
    refuse_other_editions,
)
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.terms import edition
from lifecycle.terms.edition import content_of, edition_of
from lifecycle.terms.editions import EDITIONS, Editions, parse_editions
from lifecycle.terms.ranges import RangeList

NOW = datetime(2022, 6, 1, tzinfo=UTC)
START = CommandContext("service", NOW)
TEXT = """
in_force_from = 2022-05-01
assumed = false
[items.premium]
article = "Art. 1"
name_ja = "プレミアム"
initial_fee_yen = 150_000
monthly_fee_yen = 200_000
included = { delivery_tb = 10 }
overage_yen = { delivery_gb = 7 }
[minimum_term]
months = 1
[options.drm]
requires_item = "premium"
minimum_term_months = 1
[notice]
days = 30
[credit]
unit_hours = 24
fee_divisor = 30
claim_months = 3
[settings]
within_minimum_term = "defer"
several_notices = "earliest"
proration = "calendar_days"
overage_rounding = "up"
gb_per_tb = 1000
yen_rounding = "floor"
shift_last_days = false
late_entry_reason_after_days = 31
"""


def editions(**changed: str) -> Editions:
    """One version whose file has each old text replaced by the new one."""
    text = TEXT
    for old, new in changed.items():
        text = text.replace(old.replace("_is_", " = "), new)
    return parse_editions([text])


def rows(engine: Engine) -> list[tuple[str, str, str | None]]:
    """Version, event and reason of every row of an edition."""
    history = tables.history.c
    with reading(engine) as conn:
        found = conn.execute(
            select(history.payload).where(history.subject_id.like("t%")).order_by(history.subject_id, history.seq)
        )
        payloads = [orjson.loads(payload) for (payload,) in found]
    return [(row["facts"]["version"], row["event"], row["reason"]) for row in payloads]


def test_each_edition_is_put_on_record_once_with_its_whole_content(engine: Engine) -> None:
    for _ in range(2):
        with writing(engine) as conn:
            record_editions(conn, START)
    assert rows(engine) == [(terms.version, "record", None) for terms in EDITIONS]
    terms = EDITIONS.on(date(2022, 5, 1))
    with reading(engine) as conn:
        held = on_record(conn, terms.version)
        assert held is not None and held.edition == edition_of(terms)
        assert content_on_record(conn, held) == orjson.loads(orjson.dumps(content_of(terms)))


def test_the_order_of_a_file_and_its_comments_do_not_count() -> None:
    (plain,) = editions()
    (commented,) = parse_editions(["# said otherwise\n" + TEXT.replace("[notice]\n", "[notice]  # Art. 6\n")])
    (reordered,) = parse_editions([TEXT.replace("months = 1\n[options", "months = 1\n\n[options")])
    assert edition_of(plain) == edition_of(commented) == edition_of(reordered)


def test_another_value_is_refused_in_words_and_writes_nothing(engine: Engine) -> None:
    with writing(engine) as conn:
        record_editions(conn, START, editions())
    with (
        pytest.raises(EditionDiffers, match="notice_days is 60, on record 30") as refused,
        writing(engine) as conn,
    ):
        record_editions(conn, START, editions(days_is_30="days = 60"))
    assert "lifecycle terms correct 2022-05-01 --reason" in str(refused.value)
    with (
        pytest.raises(EditionDiffers, match='proration is "none", on record "calendar_days"'),
        reading(engine) as conn,
    ):
        refuse_other_editions(conn, editions(**{'"calendar_days"': '"none"'}))
    assert [event for _, event, _ in rows(engine)] == ["record"]


def test_a_corrected_value_is_a_row_with_its_reason(engine: Engine) -> None:
    with writing(engine) as conn:
        record_editions(conn, START, editions())
    corrected = editions(days_is_30="days = 60")
    (terms,) = corrected
    with writing(engine) as conn:
        correct_edition(conn, terms, CommandContext("sato", NOW, "the file was typed wrongly"))
    assert rows(engine)[-1] == ("2022-05-01", "correct", "the file was typed wrongly")
    with writing(engine) as conn:
        record_editions(conn, START, corrected)
        with pytest.raises(NothingToCorrect):
            correct_edition(conn, terms, START)
    assert len(rows(engine)) == 2


def test_a_change_of_the_wording_alone_is_recorded_automatically(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(engine) as conn:
        record_editions(conn, START, editions())
    monkeypatch.setattr(edition, "ARTICLES", {"Art. 1": {"says": "in other words"}})
    with writing(engine) as conn:
        record_editions(conn, START, editions())
        record_editions(conn, START, editions())
    assert [event for _, event, _ in rows(engine)] == ["record", "reword"]


def test_a_list_on_record_is_a_value_and_one_that_begins_later_is_added(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, past = (RangeList(date(2022, month, 1), ("jp",), ()) for month in (5, 6, 4))

    def start(*lists: RangeList) -> None:
        monkeypatch.setattr(EDITIONS, "ranges", lists)
        with writing(engine) as conn:
            record_editions(conn, START, editions())

    for lists in ((old,), (old, new)):
        start(*lists)  # the first with the first record; the second begins on the day of the start, 1 June
    for lists, said in (
        (
            (replace(old, domains=("example",)), new),
            'ranges.2022-05-01.domains is \\["example"\\], on record \\["jp"',
        ),
        ((new,), "ranges.2022-05-01 is absent, on record"),
        ((past, old, new), "ranges.2022-04-01 is .*, on record absent"),
    ):
        with pytest.raises(EditionDiffers, match=said):
            start(*lists)
    (terms,) = editions()
    with writing(engine) as conn:
        correct_edition(conn, terms, CommandContext("sato", NOW, "the list of April was left out"))
    start(past, old, new)
    assert [event for _, event, _ in rows(engine)] == ["record", "reword", "correct"]


def row(content: dict[str, object], named: str, *, kind: str = "edition") -> dict[str, object]:
    facts = {"service": "s", "version": "2022-05-01", "edition": named, "content": content}
    return {"kind": kind, "terms": "2022-05-01", "edition": named, "facts": facts}


CONTENT: dict[str, object] = {"service": "s", "version": "2022-05-01", "binding": {"notice_days": 30}}


def test_the_verifier_finds_an_edition_that_does_not_match_its_hash() -> None:
    HeldEditions().add(row(CONTENT, edition.hash_of(CONTENT)), 2)
    for changed in (CONTENT | {"binding": {"notice_days": 60}}, CONTENT | {"version": "2022-06-01"}):
        with pytest.raises(Bad):
            HeldEditions().add(row(changed, edition.hash_of(CONTENT)), 2)
    with pytest.raises(Bad):
        HeldEditions().add(row(other := CONTENT | {"version": "2022-06-01"}, edition.hash_of(other)), 2)


def test_the_verifier_finds_a_row_under_an_edition_that_is_not_there() -> None:
    held = HeldEditions()
    held.add(row({}, "0" * 64, kind="contract"), 2)
    held.check_end()  # a book that put no edition on record binds nothing
    held.add(row(CONTENT, edition.hash_of(CONTENT)), 3)
    with pytest.raises(Bad, match="which the export does not hold"):
        held.check_end()
