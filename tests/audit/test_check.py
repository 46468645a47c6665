"""A live database is checked against its own history: changes made by SQL are reported."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Engine, text

from lifecycle.audit.checks import check as checking
from lifecycle.audit.checks.check import Checker
from lifecycle.audit.checks.found import TITLES, Finding
from lifecycle.audit.keys import SigningKey, new_key, read_key
from lifecycle.audit.seal import Seals, seal
from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import record_editions
from lifecycle.commands.notes import attach, write_note
from lifecycle.commands.statements import issue_statement
from lifecycle.records.engine import is_sqlite, writing
from lifecycle.terms.calendar import Month
from tests.api.desk import Invoke
from tests.audit.books import book
from tests.audit.brought_back import brought_back, unguarded
from tests.audit.world import live
from tests.commands import acts as contracts
from tests.commands.correcting import correct
from tests.commands.diary import NOW, Diary, day, on, tokyo
from tests.fold.lives import ORDERS, life, order_of
from tests.fold.stored import StoredDesk
from tests.how_many import IN_FULL
from tests.lending import Lending
from tests.oracle.lives import ends_at
from tests.postgres import as_login
from tests.rows_by_database import KINDS

PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def findings(engine: Engine) -> list[Finding]:
    """All that the check finds."""
    return [finding for part in Checker(engine).parts() for finding in part.findings]


@pytest.fixture
def honest_book(diary: Diary, key: SigningKey) -> Diary:
    """Every kind of record, on a database of the test's own."""
    return live_on(diary, key)


@pytest.fixture(scope="module", params=KINDS)
def book_of_all(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Diary]:
    """The same for the whole module, for tests that undo what they change."""
    lending: Lending = request.getfixturevalue(f"{request.param}_lending")
    key = tmp_path_factory.mktemp("key") / "audit.key"
    new_key(key, "contracts.example.com")
    with lending.lent() as lent:
        yield live_on(Diary(lent.engine), read_key(key))


def live_on(diary: Diary, key: SigningKey) -> Diary:
    """A book with every kind of thing in it: parts, an outage, people who change, notes, a late notice."""
    leaving = diary.accepted(reference="OD-9")
    diary.do(contracts.notify_cancellation, leaving, NOW, day("2022-12-31"))
    contract = live(diary, key)
    diary.do(contracts.change_administrator, contract, {"name": "鈴木花子"}, reason="moved")
    with writing(diary.engine) as conn:
        write_note(conn, contract, "電話があった", diary.order())
        attach(conn, contract, PDF, "解約申込書.pdf", None, diary.order())
        issue_statement(conn, contract, Month.parse("2022-05"), diary.order())
    diary.do(contracts.notify_cancellation, contract, on("2022-06-10"), reason="found in the post")
    seal(diary.engine, diary.now, Seals(key))
    diary.today("2022-07-02")
    (ended,) = (row for row in diary.everything()["contract"] if repr("E") in row)
    contract_id = ended[0].strip("'")
    notice = next(row for row in diary.history(contract_id) if row["event"] == "notify_cancellation")
    correct(
        diary.engine, contract_id, f"{contract_id}.{notice['seq']}", diary.now, facts={"arrived_on": "2022-06-20"}
    )
    with writing(diary.engine) as conn:
        record_editions(conn, CommandContext("service", diary.now))
    diary.do(contracts.report_misuse, leaving, tokyo("2022-07-01 12:00"), "change the password")
    return diary


def test_an_honest_book_agrees_with_its_history(honest_book: Diary) -> None:
    assert findings(honest_book.engine) == []


@pytest.mark.parametrize("seed", range(4))
def test_a_random_database_agrees_with_its_history(engine: Engine, tmp_path: Path, seed: int) -> None:
    book(engine, Random(f"checked {seed}"), tmp_path)
    assert findings(engine) == []


@pytest.mark.parametrize(
    "seeds", [range(first, first + 5) for first in range(0, 30 if IN_FULL else 10, 5)], ids=str
)
def test_contracts_with_late_entries_agree_with_their_history(engine: Engine, seeds: range) -> None:
    for seed in seeds:
        entries, order = life(seed), order_of(seed)
        keyed = ORDERS[order](entries, seed)
        desk = StoredDesk(engine=engine)
        desk.live(keyed)
        desk.until(max(ends_at(entries, seed), keyed[-1].at))
    assert findings(engine) == []


C = "(SELECT contract_id FROM drm_option LIMIT 1)"  # the contract with parts of every kind
# what is changed → the statement, the check that finds it, the column it names
TAMPERS: dict[str, tuple[str, str, str | None]] = {
    "an item": (f"UPDATE contract SET item = 'basic' WHERE id = {C}", "replay", "item"),
    "notices": (f"UPDATE contract SET notices = '[]' WHERE id = {C}", "replay", "notices"),
    "the day of an end": (
        "UPDATE contract SET effective_on = '2022-12-30' WHERE reference = 'OD-9'",
        "replay",
        "effective_on",
    ),
    "the instant of an end": (
        "UPDATE contract SET due_at = '2022-12-30 15:00:00.000000' WHERE reference = 'OD-9'",
        "replay",
        "due_at",
    ),
    "an end that never comes": (
        "UPDATE contract SET due_event = NULL, due_at = NULL WHERE reference = 'OD-9'",
        "replay",
        "due_at",
    ),
    "a billing start": (
        f"UPDATE contract SET billing_starts_on = '2022-06-01' WHERE id = {C}",
        "replay",
        "billing_starts_on",
    ),
    "a minimum term": (
        "UPDATE contract SET minimum_term_ends_on = '2022-06-30' WHERE reference = 'OD-9'",
        "replay",
        "minimum_term_ends_on",
    ),
    "a month billed elsewhere": (
        "UPDATE contract SET billed_until = '2022-05' WHERE reference = 'OD-9'",
        "replay",
        "billed_until",
    ),
    "a state": ("UPDATE contract SET state = 'billing' WHERE reference = 'OD-9'", "chain", "state"),
    "a head": ("UPDATE contract SET head_hash = '00' WHERE reference = 'OD-9'", "chain", "head_hash"),
    "where rulings are": (
        "UPDATE contract SET rulings_said = replace(rulings_said, '2.', '3.') WHERE reference = 'OD-9'",
        "chain",
        "rulings_said",
    ),
    "hidden parts": (f"UPDATE contract SET holds = 0 WHERE id = {C}", "replay", "part_kinds"),
    "an assignee": (
        "UPDATE contract SET assigned_to = 'nobody' WHERE reference = 'OD-9'",
        "replay",
        "assigned_to",
    ),
    "a reference": ("UPDATE contract SET reference = 'OD-8' WHERE reference = 'OD-9'", "replay", "reference"),
    "the key of a reference": (
        "UPDATE contract SET reference_key = 'od-8' WHERE reference = 'OD-9'",
        "replay",
        "reference_key",
    ),
    "an initial fee": ("UPDATE drm_option SET initial_fee_yen = initial_fee_yen + 1", "replay", "initial_fee_yen"),
    "a monthly fee": ("UPDATE drm_option SET monthly_fee_yen = monthly_fee_yen - 1", "replay", "monthly_fee_yen"),
    "days cut off": ("UPDATE drm_option SET minimum_term_cut_days = 3", "replay", "minimum_term_cut_days"),
    "the fee of a change": ("UPDATE item_change SET fee_yen = 1", "replay", "fee_yen"),
    "the day of a change": ("UPDATE item_change SET effective_on = '2022-05-12'", "replay", "effective_on"),
    "a measure's end": ("UPDATE measure SET ends_at = '2022-05-14 00:00:00.000000'", "replay", "ends_at"),
    "a credit's yen": ("UPDATE credit SET amount_yen = amount_yen + 1", "replay", "amount_yen"),
    "a credit's units": ("UPDATE credit SET units = units + 1", "replay", "units"),
    "what was used": ("UPDATE usage SET storage_gb = '10'", "replay", "storage_gb"),
    "an outage": ("UPDATE outage SET recovered_at = '2022-05-11 00:00:00.000000'", "replay", "recovered_at"),
    "whose fault it was": ("UPDATE outage SET attributable = NULL", "replay", "attributable"),
    "an edition of the terms": ("UPDATE edition SET edition = '00'", "replay", "edition"),
    "the version of an edition": (
        "UPDATE edition SET terms_version = '2019-01-01' WHERE terms_version = '2022-05-01'",
        "replay",
        "terms_version",
    ),
    "names": (
        f"UPDATE personal SET data = replace(CAST(data AS TEXT), '配信', '通信'){{json}} WHERE contract_id = {C}",
        "people",
        None,
    ),
    "names of a version": (
        "UPDATE people_version SET data = replace(CAST(data AS TEXT), '花子', '太郎'){json}",
        "people",
        None,
    ),
    "the salt of names": ("UPDATE personal SET salt = '00' WHERE salt IS NOT NULL", "people", None),
    "names that are gone": ("DELETE FROM personal", "people", None),
    "the words of the search": ("UPDATE personal SET search = 'nobody'", "people", None),
    "the text of a note": ("UPDATE note SET text = 'nothing'", "written", None),
    "a note that is gone": ("DELETE FROM note", "written", None),
    "the bytes of a file": ("UPDATE attachment SET content = CAST(salt AS {bytes})", "written", None),
    "history.actor": ("UPDATE history SET actor = 'nobody' WHERE seq = 2", "row", "actor"),
    "history.effective_at": (
        "UPDATE history SET effective_at = '2022-04-21 00:00:00.000000' WHERE seq = 2",
        "row",
        "effective_at",
    ),
    "history.recorded_at": (
        "UPDATE history SET recorded_at = '2022-04-21 00:00:00.000000' WHERE seq = 2",
        "row",
        "recorded_at",
    ),
    "history.event": ("UPDATE history SET event = 'reject' WHERE event = 'accept'", "row", "event"),
    "history.contract_id": (
        "UPDATE history SET contract_id = (SELECT id FROM contract WHERE reference = 'OD-9') "
        f"WHERE contract_id = {C} AND seq = 1",
        "orphan",
        None,
    ),
    "a payload": (
        "UPDATE history SET payload = replace(payload, '2022-05-01', '2022-05-02') WHERE seq = 2",
        "row",
        None,
    ),
    "an empty payload": ("UPDATE history SET payload = '{{}}' WHERE seq = 2", "chain", None),
    "a payload that cannot be read": ("UPDATE history SET payload = '{{' WHERE seq = 2", "row", None),
    "a hash": ("UPDATE history SET hash = '00' WHERE seq = 2", "row", None),
    "a row of the clock removed": ("DELETE FROM history WHERE event = 'start_billing'", "chain", None),
    "a whole history removed": ("DELETE FROM history WHERE subject_id LIKE 'm%'", "orphan", None),
    "a row of the log": ("UPDATE log SET hash = '00' WHERE idx = 3", "log", "hash"),
    "rows of the log removed": ("DELETE FROM log WHERE idx > 8", "log", None),
    "another row in the place of one of the log": (
        "UPDATE log SET subject_id = (SELECT subject_id FROM log WHERE idx = 0), seq = 1 WHERE idx = 3",
        "log",
        "hash",
    ),
    "what waits for the log": ("DELETE FROM pending", "log", None),
    "what never happened waiting for the log": (
        "INSERT INTO pending (subject_id, seq) VALUES ('c_x', 1)",
        "orphan",
        None,
    ),
    "a superseded row marked as valid": ("DELETE FROM superseded", "superseded", None),
    "a valid row marked as superseded": (
        f"INSERT INTO superseded SELECT id, 1, 2, id, '2022-05-01 00:00:00.000000' FROM contract WHERE id = {C}",
        "superseded",
        None,
    ),
    "what was sent": ("UPDATE issued SET lines = '[]'", "issued", None),
}
# what the application's own login only adds to, or adds and removes
GUARDED = ("history", "log", "superseded", "issued", "pending", "people_version", "note", "attachment")
TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :of"  # SQLite's


@pytest.mark.parametrize("what", TAMPERS)
def test_a_change_made_by_sql_is_found_and_named(book_of_all: Diary, what: str) -> None:
    statement, by, column = TAMPERS[what]
    with brought_back(book_of_all.engine):
        tamper(book_of_all.engine, statement)
        before = book_of_all.everything()
        found = findings(book_of_all.engine)
        assert (by, column) in {(finding.check, finding.field) for finding in found}, found
        assert all(finding.check in TITLES and "\n" not in finding.line for finding in found)
        assert not any(name in finding.line for finding in found for name in ("配信", "花子", "太郎"))
        assert book_of_all.everything() == before


# what is changed beside the facts → the statement, the check, the column
STATELESS: dict[str, tuple[str, str, str | None]] = {
    "the place of the newest entry": (
        f"UPDATE contract SET line_at = '2022-01-01 00:00:00.000000' WHERE id = {C}",
        "replay",
        "line_at",
    ),
    "notices of no form": ("UPDATE contract SET notices = '[\"x\"]' WHERE reference = 'OD-9'", "replay", None),
    "the service of an outage": ("UPDATE outage SET service = 'cloud_archive'", "replay", "service"),
    "who issued a statement": ("UPDATE issued SET issued_by = 'nobody'", "issued", None),
    "a statement that was never issued": (
        "INSERT INTO issued (contract_id, month, lines, total_yen, hash, waits, issued_at, issued_by) "
        "SELECT contract_id, '2030-01', lines, total_yen, hash, waits, issued_at, 'desk' FROM issued",
        "issued",
        None,
    ),
    "when a row was superseded": (
        "UPDATE superseded SET recorded_at = '2022-05-01 00:00:00.000000'",
        "superseded",
        None,
    ),
    "what the search reads": (f"UPDATE sought SET reference = 'OD-8' WHERE contract_id = {C}", "replay", "sought"),
    "a further reference": (f"INSERT INTO other_reference SELECT {C}, 'od8'", "replay", "other_references"),
}


def test_the_check_covers_the_tables_beside_the_facts(book_of_all: Diary) -> None:
    with brought_back(book_of_all.engine):
        for statement, _, _ in STATELESS.values():
            tamper(book_of_all.engine, statement)
        told = findings(book_of_all.engine)
    found, lines = {(one.check, one.field) for one in told}, [one.line for one in told]
    assert {(check, column) for _, check, column in STATELESS.values()} <= found
    assert any("2030-01" in line for line in lines)


def test_a_restored_database_agrees_with_its_history(book_of_all: Diary) -> None:
    whole = book_of_all.everything()
    for what in ("a payload", "names that are gone", "rows of the log removed"):
        with brought_back(book_of_all.engine):
            tamper(book_of_all.engine, TAMPERS[what][0])
    assert book_of_all.everything() == whole
    assert findings(book_of_all.engine) == []


def tamper(engine: Engine, statement: str) -> None:
    """Changes something with the application's own login; what that login cannot, as one whom no trigger stops."""
    said = statement.format(
        json="" if is_sqlite(engine) else "::json", bytes="BLOB" if is_sqlite(engine) else "bytea"
    )
    guarded = next((table for table in GUARDED if f" {table} " in said.partition(" WHERE ")[0] + " "), None)
    if guarded is not None and not said.startswith("INSERT") and not is_sqlite(engine):
        with unguarded(engine) as owner:
            assert owner.execute(said.encode()).rowcount > 0
        return
    with writing(engine) as conn:
        for trigger in conn.execute(text(TRIGGERS), {"of": guarded}).scalars().all() if is_sqlite(engine) else ():
            conn.execute(text(f"DROP TRIGGER {trigger}"))
        assert conn.execute(text(said)).rowcount > 0


def test_an_interrupted_check_resumes_from_its_progress_file(
    honest_book: Diary, database_url: str, invoke: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "CHUNK", 1)
    tamper(honest_book.engine, TAMPERS["an item"][0])
    parts = Checker(honest_book.engine).parts()
    some = [next(parts) for _ in range(3)]
    resumed = list(Checker(honest_book.engine).parts(some[-1].reached))
    whole = list(Checker(honest_book.engine).parts())
    assert [part.findings for part in some + resumed] == [part.findings for part in whole]
    kept = tmp_path / "progress.json"
    found = [list(finding) for part in some for finding in part.findings]
    kept.write_text(json.dumps({"reached": asdict(some[-1].reached), "findings": found, "subjects": 3}))
    said = invoke("audit", "check", "--json", "--resume", str(kept), "--database-url", database_url, status=1)
    told = json.loads(said)
    assert told["findings"] == [
        finding._asdict() | {"title_ja": TITLES[finding.check]} for finding in findings(honest_book.engine)
    ]
    assert told["subjects"] == checker_total(honest_book.engine)
    assert not kept.exists()


def checker_total(engine: Engine) -> int:
    """How many contracts and outages there are."""
    return Checker(engine).total()


def test_an_invalid_progress_file_is_refused(
    honest_book: Diary, database_url: str, invoke: Invoke, tmp_path: Path
) -> None:
    kept = tmp_path / "progress.json"
    for content in ("", "[]", "{}", '{"reached": {"x": 1}, "findings": [], "subjects": 0}'):
        kept.write_text(content)
        invoke("audit", "check", "--resume", str(kept), "--database-url", database_url, status=2)


def test_the_check_command_lists_differences_or_reports_agreement(
    honest_book: Diary, database_url: str, invoke: Invoke
) -> None:
    assert "agree with their history" in invoke("audit", "check", "--database-url", database_url)
    tamper(honest_book.engine, TAMPERS["an initial fee"][0])
    said = " ".join(invoke("audit", "check", "--database-url", database_url, status=1).split())
    assert "initial_fee_yen" in said and "stored 30001, expected 30000" in said and "再計算との差" in said


def test_a_login_that_may_not_read_names_checks_the_rest(
    honest_book: Diary, database_url: str, invoke: Invoke
) -> None:
    if is_sqlite(honest_book.engine):
        pytest.skip("SQLite has no logins")
    url = as_login(database_url, "auditor")
    assert "permission denied" in invoke("audit", "check", "--database-url", url, status=2)
    assert "agree with their history" in invoke("audit", "check", "--no-people", "--database-url", url)
