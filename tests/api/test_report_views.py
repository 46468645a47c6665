"""The views for reports agree with the API, and a read-only login sees nothing else."""

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import ProgrammingError

from lifecycle.records.engine import open_engine, reading, writing
from lifecycle.records.report_views import APART, comments
from lifecycle.terms.calendar import TOKYO
from tests.api.desk import Desk, Json, path_of
from tests.api.parts import claim, entered, outage, use
from tests.docs.pages import ROOT
from tests.postgres import as_login, owning

SECOND = timedelta(seconds=1)
PAGE = (ROOT / "docs" / "how-to" / "reports.md").read_text("utf-8")
GRANT = PAGE.split("<!-- grant -->\n```sql\n")[1].split("```")[0]


def rows(engine: Engine, statement: str, **values: Any) -> list[Any]:
    """What the owner reads."""
    with owning(engine) as owner, reading(owner) as conn:
        return list(conn.execute(text(statement), values))


def instants(found: Any) -> datetime | None:
    """An instant of either database; SQLite's are text, in UTC."""
    return datetime.fromisoformat(f"{found}+00:00") if isinstance(found, str) else found


@pytest.fixture
def contracts(desk: Desk) -> list[Json]:
    """Contracts with a notice found late, a revoked notice, and an end agreed before a notice."""
    first = entered(desk, "2022-04-01", "premium", options=[{"kind": "drm", "reference": "D"}])
    desk.accept(first["options"][0])
    others = [entered(desk, "2022-04-01") for _ in range(2)]
    desk.move_to("2022-06-10")
    for contract in others:
        desk.do(contract, "notify_cancellation", arrived_on="2022-06-01", reason="by post")
    desk.move_to("2022-06-15")
    desk.do(others[0], "revoke_cancellation", reason="both agreed")
    desk.move_to("2022-07-20")
    desk.do(first, "notify_cancellation", arrived_on="2022-06-10", reason="found in the post room")
    desk.do(others[1], "end_by_agreement", ends_on="2022-06-20", reason="found late")
    desk.move_to("2022-07-25")
    notice = f"{first['id']}.4"
    desk.post(f"{path_of(first)}/annulments", {"entries": [notice], "ground": "never_happened", "reason": "wrong"})
    return [first, *others]


@pytest.fixture(scope="module")
def billed(standing_desk: Desk) -> Json:
    """A contract with two months issued: usage beyond what is included, a credit, and a later difference."""
    desk = standing_desk
    contract = entered(desk, "2022-03-01", options=[{"kind": "drm", "reference": "D-1"}])
    desk.move_to("2022-07-05")
    use(desk, contract, "2022-04", transcode_hours="1", storage_gb="1", delivery_gb="900000", live_hours="1")
    desk.post(f"{path_of(contract)}/statements/2022-04/issue")
    hit = outage(desk, [contract], "2022-06-10T00:00:00+09:00", recovered_at="2022-06-12T00:00:00+09:00")
    claim(desk, contract, hit, claimed_on="2022-06-20", reason="found in the post room")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-01", reason="found")
    desk.post(f"{path_of(contract)}/statements/2022-06/issue")
    return desk.show(contract)


def test_contracts_and_options_are_those_of_the_interface(standing_desk: Desk, billed: Json) -> None:
    names = ("reference", "service", "item", "state", "received_on", "accepted_on", "billing_starts_on")
    names = (*names, "minimum_term_ends_on", "terminated_on", "billing_held", "taken_over", "billed_until")
    (found,) = rows(standing_desk.engine, "SELECT * FROM report_contract WHERE contract_id = :id", id=billed["id"])
    stored = {
        name: str(value) if name.endswith("_on") and value else value for name, value in found._asdict().items()
    }
    assert {name: stored[name] for name in names} == {name: billed[name] for name in names}
    ending = billed["cancellation"]
    assert (stored["ends_on"], stored["end_decided_by"]) == (ending["effective_on"], ending["decided_by"])
    option = standing_desk.show(billed["options"][0]["id"])
    (kept,) = rows(standing_desk.engine, "SELECT * FROM report_option WHERE contract_id = :id", id=billed["id"])
    assert (kept.option_id, kept.reference, kept.state) == (option["id"], option["reference"], option["state"])
    customer = billed["customer"]
    who = rows(standing_desk.engine, "SELECT * FROM report_customer WHERE contract_id = :id", id=billed["id"])
    assert [tuple(one) for one in who] == [(billed["id"], customer["number"], customer["name"])]


def test_charges_are_the_lines_of_the_issued_statements(standing_desk: Desk, billed: Json) -> None:
    statement = "SELECT * FROM report_charge WHERE contract_id = :id ORDER BY month, line"
    found = rows(standing_desk.engine, statement, id=billed["id"])
    expected = []
    for month in ("2022-04", "2022-06"):
        shown = standing_desk.get(f"{path_of(billed)}/statements/{month}")
        issued_at = datetime.fromisoformat(shown["issued_at"])
        for number, line in enumerate(shown["lines"], 1):
            about = line.get("adjusts") or {"month": month, "kind": line["kind"]}
            expected.append((
                billed["id"], month, number, line["kind"], line["subject_id"], about["month"], about["kind"],
                datetime.fromisoformat(line["arose_at"]), line["amount_yen"], line["flag"],
                line["ruling"]["article"], issued_at,
            ))  # fmt: skip
    as_read = [(*row[:7], instants(row[7]), *row[8:11], instants(row[11])) for row in found]
    assert as_read == expected
    assert {"monthly_base_fee", "overage_delivery_gb", "outage_credit"} <= {row[3] for row in found}


def test_the_periods_of_state_are_those_of_the_interface_on_both_axes(desk: Desk, contracts: list[Json]) -> None:
    compared = 0
    for contract in contracts:
        found = rows(desk.engine, "SELECT * FROM report_state_period WHERE contract_id = :id", id=contract["id"])
        written = rows(
            desk.engine, "SELECT effective_at, recorded_at FROM history WHERE contract_id = :id", id=contract["id"]
        )
        legal, known = ({instants(value) for value in column} for column in zip(*written, strict=True))
        for at, by in product([*legal, *(at - SECOND for at in legal if at)], known):
            assert at is not None
            assert by is not None
            if at > by:
                continue  # what is to come is not on record
            query = {
                "effective_at": at.astimezone(TOKYO).isoformat(),
                "known_at": by.astimezone(TOKYO).isoformat(),
            }
            answer = desk.client.get(path_of(contract), params=query)
            shown = answer.json() if answer.status_code == 200 else {"state": None, "options": []}
            states = {contract["id"]: shown["state"]} | {o["id"]: o["state"] for o in shown["options"]}
            for subject, state in states.items():
                holds = [
                    row.state for row in found
                    if row.subject_id == subject
                    and instants(row.legal_from) <= at < (instants(row.legal_until) or at + SECOND)
                    and instants(row.recorded_from) <= by < (instants(row.recorded_until) or by + SECOND)
                ]  # fmt: skip
                assert holds == ([state] if state else []), (contract["reference"], subject, at, by)
                compared += 1
    assert compared > 40


def test_a_read_only_login_sees_the_views_and_nothing_else(postgres_url: str) -> None:
    admin = open_engine(as_login(postgres_url, "postgres"))
    with writing(admin) as conn:
        conn.exec_driver_sql(GRANT.replace("%", "%%"))
        conn.exec_driver_sql("SET LOCAL ROLE desk_reports")
        for name in comments():
            _asked(conn, name, name != APART)
        for table in ("contract", "history", "personal", "issued", "token"):
            _asked(conn, table, False)
        conn.rollback()
    admin.dispose()


def _asked(conn: Connection, name: str, allowed: bool) -> None:
    if allowed:
        conn.execute(text(f"SELECT * FROM {name}"))
        return
    with pytest.raises(ProgrammingError, match="permission denied"), conn.begin_nested():
        conn.execute(text(f"SELECT * FROM {name}"))


def test_every_column_has_a_comment_in_the_database_and_on_the_page(engine: Engine) -> None:
    for name, meanings in comments().items():
        with owning(engine) as owner, reading(owner) as conn:
            columns = list(conn.execute(text(f"SELECT * FROM {name}")).keys())
            assert columns == [column for column in meanings if column]
            if engine.dialect.name == "sqlite":
                said = str(
                    conn.execute(text("SELECT sql FROM sqlite_master WHERE name = :n"), {"n": name}).scalar()
                )
                assert all(meaning in said for meaning in meanings.values())
            else:
                comment = "SELECT obj_description(CAST(:n AS regclass)) UNION ALL SELECT col_description("
                comment += "CAST(:n AS regclass), attnum) FROM pg_attribute WHERE attrelid = CAST(:n AS regclass)"
                assert set(conn.execute(text(comment), {"n": name}).scalars()) == set(meanings.values())
        assert f"`{name}`" in PAGE
        assert all(f"| `{column}` | {meaning} |" in PAGE for column, meaning in meanings.items() if column)
