"""Every page and file shows names as typed; an impossible character is refused by name."""

import re
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from api.documents.glyphs import drawable
from lifecycle.records.engine import open_engine, writing
from lifecycle.sheets.reading import read_sheet
from lifecycle.sheets.workbooks import xlsx_pieces
from lifecycle.sheets.writing import csv_pieces
from lifecycle.timers.parked import StepFault, park
from tests.api.desk import BEARER, START, Json
from tests.api.parts import asked, measured, outage, use
from tests.api.test_roles import bearer
from tests.how_many import each_fourth
from tests.imports.test_import import APPLICATION
from tests.pages.browsing import Browser, browsing
from tests.pages.test_imports import sent
from tests.pages.walk import addresses, filled_in, texts

NOW = datetime.fromisoformat(START)
BEGIN, END = "壱", "弐"  # between them a text comes out as it went in, or it was changed
_SIGNS = "<script>alert('x')</script>&amp;\"{{7*7}}髙橋①㈱∥－ｱﾞ𠮟é—¥〜"
NAMES = {
    "characters in the font of the documents": (_SIGNS + "鬱" * 498)[:498],
    "what it does not": f"{_SIGNS}🎬👩‍👩‍👧شركة البث (2022)",
}
QUERIES = {
    "/v1/due": {"until": "2023-01-01T00:00:00+09:00"},
    "/v1/contracts/{contract_id}/latest_arrival": {"effective_on": "2022-12-31"},
    "/v1/preview/cancellation": {"item": "basic", "billing_starts_on": "2022-05-01", "arrived_on": "2022-06-01"},
    "/v1/audit/actions": {"actor": "admin"},
    "/contracts/found": {"q": "od-"},
    "/due": {"days": "31"},
}
SHOWN = {  # what is known to show a name, a reference or a reason; all others are looked through too
    "/", "/contracts", "/contracts/found", "/contracts/{contract_id}", "/contracts.{form}", "/outages/{outage_id}",
    "/contracts/{contract_id}/accept", "/contracts/{contract_id}/change_administrator",
    "/contracts/{contract_id}/entries/{entry}/correct", "/contracts/{contract_id}/entries/{entry}/annul",
    "/options/{option_id}/accept",
    "/contracts/{contract_id}/papers/{name}", "/contracts/{contract_id}/papers/{name}.pdf", "/v1/calendar.ics",
    "/v1/contracts/{contract_id}/papers/{paper}.pdf", "/v1/contracts.{form}", "/v1/due.{form}", "/v1/contracts",
    "/v1/contracts/{contract_id}", "/v1/contracts/{contract_id}/history", "/v1/waiting", "/v1/audit/transitions",
    "/v1/outages", "/v1/measures/{measure_id}", "/v1/item_changes/{change_id}", "/v1/options/{option_id}",
    "/v1/due", "/v1/parked", "/v1/audit/why/{subject_id}", "/v1/tokens",
}  # fmt: skip


def entered(engine: Engine, browser: Browser, name: str) -> dict[str, str]:
    """Create a contract with every kind of text; return the ids by the places of addresses."""
    desk = browser.desk
    said = {size: f"{BEGIN}{name[: size - 2]}{END}" for size in (100, 500)}
    person = {"name": said[500], "email": None}
    contract = desk.apply(
        reference=f"OD-{said[100][:96]}{END}", customer=person, administrator=person, received_on="2022-03-01",
        options=[{"kind": "drm", "reference": said[100]}],
    )  # fmt: skip
    option = contract["options"][0]
    desk.accept(contract, accepted_on="2022-03-01", billing_starts_on="2022-03-01", reason=said[500])
    change = asked(desk, contract, "basic", reference=said[100], received_on="2022-04-21")
    measure = measured(desk, contract, ground=said[500])
    hit = outage(desk, [contract], "2022-04-21T08:00:00+09:00", source=said[500])
    desk.do(contract, "report_misuse", found_at="2022-04-21T08:00:00+09:00", instruction=said[500])
    desk.do(contract, "notify_cancellation", chosen_on="2022-06-20", reason=said[500])
    use(desk, contract, "2022-04", storage_gb=3)
    aside = desk.apply(reference=f"{said[100][:90]}{END}", customer=person)
    with writing(engine) as conn:
        park(conn, [StepFault(aside["id"], "start_billing", NOW, 4, said[500])], NOW)
    desk.post("/v1/tokens", {"name": said[100], "roles": ["viewer"], "expires_on": "2199-01-01"}, 201)
    return {
        "contract_id": contract["id"], "option_id": option["id"], "change_id": change["id"],
        "measure_id": measure["id"], "outage_id": hit["id"], "subject_id": contract["id"], "month": "2022-04",
        "language": "ja", "name": "acceptance", "paper": "cancellation",
        "entry": f"{contract['id']}.2",
    }  # fmt: skip


def unchanged(said: str, name: str) -> int:
    """How often a text holds the name, or the beginning of it that a reference holds; never anything else."""
    if BEGIN not in said and END not in said:
        return 0
    plain, wanted = ("".join(text.split()) for text in (said, name))
    found = re.findall(f"{BEGIN}(.*?){END}", plain)
    assert plain.count(BEGIN) == len(found) and all(wanted.startswith(one) and len(one) > 40 for one in found), (
        said
    )
    return len(found)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_page_and_file_shows_a_name_as_it_was_typed(sqlite_url: str, name: str) -> None:
    """In the short run names in the font are checked in documents, which alone differ, and on some other pages."""
    engine = open_engine(sqlite_url)
    asked, seen = addresses(), set()
    if name == NAMES["characters in the font of the documents"]:
        others = [address for address in asked if not address.endswith(".pdf")]
        asked = [*each_fourth(others), *(address for address in asked if address not in others)]
    with browsing(engine) as browser:
        browser.sign_in()
        ids = entered(engine, browser, name)
        token = bearer(browser.desk, "calendar")["Authorization"].removeprefix("Bearer ")
        for address in asked:
            query = QUERIES.get(address.removesuffix(".{form}"), {})
            if address == "/v1/calendar.ics":
                query = {"token": token}
            for path in filled_in(address, ids):
                headers = BEARER if path.startswith("/v1") and "ics" not in path else {}
                answer = browser.client.get(path, params=query, headers=headers)
                assert answer.status_code < 500, path
                drawn = drawable(name) if path.endswith(".pdf") else name
                if sum(unchanged(text, drawn) for text in texts(answer)):
                    seen.add(address)
    engine.dispose()
    assert seen >= SHOWN & {*asked}, SHOWN - seen


@pytest.mark.parametrize("pieces", [csv_pieces, xlsx_pieces], ids=["csv", "xlsx"])
def test_a_name_survives_an_import_and_its_marked_copy(browser: Browser, pieces: Any) -> None:
    rows = [
        APPLICATION | {"reference": f"H-{n}", "options.0.reference": "", "customer.name": name}
        for n, name in enumerate(NAMES.values())
    ]
    wrong = rows[0] | {"reference": "H-9", "item": "gold"}
    content = b"".join(pieces([list(rows[0]), *(list(row.values()) for row in (*rows, wrong))]))
    copy = read_sheet(sent(browser, content, do="copy").content)
    place = list(rows[0]).index("customer.name")
    assert [row.cells[place] for row in copy.rows] == [*NAMES.values(), next(iter(NAMES.values()))]
    sent(browser, content, do="take")
    items: list[Json] = browser.desk.get("/v1/contracts")["items"]
    assert [one["customer"]["name"] for one in items] == list(NAMES.values())


def test_a_cp932_file_keeps_its_characters_and_names_an_invalid_one(browser: Browser) -> None:
    name = "髙橋①㈱～∥－ｱﾞ纊"
    rows = [APPLICATION | {"options.0.reference": "", "customer.name": said} for said in (name, "ベル\a")]
    content = b"".join(csv_pieces([list(rows[0]), *(list(row.values()) for row in rows)])).decode("utf-8-sig")
    page = sent(browser, content.encode("cp932"), do="take")
    assert "U+0007" in page.text
    assert [one["customer"]["name"] for one in browser.desk.get("/v1/contracts")["items"]] == [name]
