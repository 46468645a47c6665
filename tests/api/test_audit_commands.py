"""The how-to page for auditors: each command runs as printed, and each request is sent."""

import csv
import io
import json
import re

import pytest

from lifecycle.cli.output import LONG, AnswerTable
from tests.api.desk import Desk, Invoke, Json
from tests.docs.pages import ROOT, blocks, spans, text
from tests.postgres import as_login

PAGE = text(ROOT / "docs" / "how-to" / "answer-an-auditor.md")
COMMANDS = [line for block in blocks(PAGE) for line in block.splitlines()]
REQUESTS = [span for span in spans(PAGE) if span.startswith("GET /v1/audit/")]
SHOWN = "c_01g1793000mdgr1ppmy0ffgaq3"


def ended(desk: Desk) -> Json:
    """The contract of the page: a notice of 10 June 2022, entered on 20 July."""
    contract = desk.accepted(received_on="2022-04-20")
    desk.move_to("2022-07-20")
    desk.do(contract, "notify_cancellation", arrived_on="2022-06-10", reason="=found late")
    return desk.show(contract)


def words(command: str, contract: Json, url: str) -> list[str]:
    found = re.findall(r'"[^"]*"|\S+', command.replace(SHOWN, contract["id"]).replace("suzuki", "admin"))
    return [word.strip('"') for word in found[1:]] + ["--database-url", url]


def test_every_command_of_the_page_answers_in_both_languages(
    desk: Desk, database_url: str, invoke: Invoke
) -> None:
    contract = ended(desk)
    assert len(COMMANDS) == 8
    for command in COMMANDS:
        asked = words(command, contract, as_login(database_url, "auditor"))
        plain, ja = invoke(*asked), invoke(*asked, "--lang", "ja")
        assert plain != ja or "--csv" in asked, command
        assert "山田" not in plain + ja, command
        if "--csv" not in asked:
            json.loads(invoke(*asked, "--json"))


def test_the_audit_commands_and_requests_give_the_same_answers(
    desk: Desk, database_url: str, invoke: Invoke
) -> None:
    contract = ended(desk)
    url = ("--json", "--database-url", as_login(database_url, "auditor"))
    why = json.loads(invoke("audit", "why", contract["id"], *url))
    assert why == desk.get(f"/v1/audit/why/{contract['id']}")
    for question, options in (
        ("late-entries", ("--more-than-days", "31")), ("late-firings", ()), ("otherwise", ("R8",)),
    ):  # fmt: skip
        told = json.loads(invoke("audit", question, *options, *url))
        query = {"reading": "R8"} if question == "otherwise" else {}
        assert told["items"] == desk.get(f"/v1/audit/{question.replace('-', '_')}", **query)["items"]
    mine = json.loads(invoke("audit", "actions", "admin", "--since", "2022-07-20", "--until", "2022-07-20", *url))
    assert [row["event"] for row in mine["items"]] == ["notify_cancellation"]


def test_a_table_is_csv_too_and_no_cell_becomes_a_formula(desk: Desk, database_url: str, invoke: Invoke) -> None:
    ended(desk)
    printed = invoke("audit", "late-entries", "--csv", "--database-url", database_url)
    (row,) = csv.DictReader(io.StringIO(printed))
    assert (row["days"], row["reason"]) == ("40", "'=found late")


def test_every_question_of_the_page_has_its_request(document: Json) -> None:
    routes = {re.sub(r"\{\w+\}", "{}", path) for path in document["paths"] if path.startswith("/v1/audit/")}
    asked = {re.sub(r"\{\w+\}", "{}", span.split()[1].partition("?")[0]) for span in REQUESTS}
    assert len(asked) == 8
    assert asked <= routes


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("why", "c_none"), "no contract or option has the id c_none"),
        (("why", "o_none"), "no contract or option has the id o_none"),
        (("believed", "c_none", "--known-at", "2022-05-01"), "no contract at that moment"),
        (("otherwise", "R2"), "R2 is no setting"),
        (("otherwise", "R23"), "proration needs a value"),
    ],
    ids=str,
)
def test_a_wrong_argument_of_an_audit_command_is_explained(
    database_url: str, invoke: Invoke, asked: tuple[str, ...], said: str
) -> None:
    assert said in invoke("audit", *asked, "--database-url", database_url, status=1)


def test_more_rows_than_a_table_shows_are_lines(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": f"{number}", "reason": "one\nline\x1b[2J", "days": number} for number in range(LONG + 1)]
    AnswerTable(("id", "reason", "days"), "ja").show(iter(rows))
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["記録\t備考\t日数", "0\tone line [2J\t0"] and len(lines) == LONG + 2
