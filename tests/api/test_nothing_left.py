"""After an erasure, the files of SQLite contain no byte of a person's data."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from lifecycle.commands.idempotency import fingerprint
from lifecycle.people.shown_pages import keep_page
from lifecycle.records.engine import open_engine, writing
from tests.api.desk import Desk, Json, opened, path_of
from tests.api.test_roles import bearer

PEOPLE = {
    "customer": {
        "name": "株式会社みずうみ映像", "email": "mizuumi@example.jp", "number": "C-778899",
        "kana": "ミズウミエイゾウ",
        "address": "東京都千代田区湖町1-2-3", "phone": "03-7788-9911",
    },
    "administrator": {"name": "湖山 七海", "email": "koyama@example.jp"},
}  # fmt: skip
LATER = {
    "corrected": "株式会社みづうみ映像", "moved": "神奈川県横浜市岸町9-8", "amended": "岸辺 三郎",
    "noted": "湖山さんに電話した", "proposed": "静岡県沼津市浜町4-5", "attached": "koyama-scan.pdf",
}  # fmt: skip
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nsecret of koyama\ntrailer<<>>\n%%EOF\n"
SECRETS = [
    *(text for person in PEOPLE.values() for name, text in person.items() if name != "number"), *LATER.values(),
    "secret of koyama",
]  # fmt: skip


@pytest.fixture
def standing(sqlite_url: str, document: Json) -> Iterator[Desk]:
    """A desk on files of its own."""
    engine = open_engine(sqlite_url)
    with opened(engine, document) as desk:
        yield desk
    engine.dispose()


def found_in(url: str, secrets: list[str]) -> list[str]:
    """The secrets of which some byte form is in any of the database's files."""
    folder = Path(url.removeprefix("sqlite:///")).parent
    on_disk = b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())
    forms = {one: (one.encode(), orjson.dumps(one)[1:-1], ascii(one)[1:-1].encode()) for one in secrets}
    return [one for one, written in forms.items() if any(form in on_disk for form in written)]


def test_no_byte_of_personal_data_and_no_hash_of_a_request_is_left(standing: Desk, sqlite_url: str) -> None:
    contract, sent = ended_with_personal_data(standing)
    plain = [fingerprint("POST", path, (), body) for path, body in sent]
    plain += [hashlib.sha256(body).hexdigest() for _, body in sent]
    assert found_in(sqlite_url, SECRETS) == SECRETS
    assert found_in(sqlite_url, plain) == []
    with writing(standing.engine) as conn:  # what a form answered, sealed
        keep_page(conn, "key", "secret", b"a page that shows them", standing.context.clock())
    standing.do(contract, "erase_personal_data", reason="asked for in writing")
    assert standing.counts()["shown_page"] == 0
    assert found_in(sqlite_url, SECRETS) == []


def ended_with_personal_data(desk: Desk) -> tuple[Json, list[tuple[str, bytes]]]:
    """A terminated contract with all possible personal data, and the requests sent, with idempotency keys."""
    sent: list[tuple[str, bytes]] = []

    def send(path: str, body: dict[str, Any], status: int = 200) -> Json:
        content = orjson.dumps(body)
        sent.append((path, content))
        headers = {"Idempotency-Key": f"k-{len(sent)}", "Content-Type": "application/json"} | who
        answer = desk.client.post(path, content=content, headers=headers)
        assert answer.status_code == status, answer.text
        found: Json = answer.json()
        return found

    who = bearer(desk, "operator", "order_desk", name="tanaka")
    application = desk.application | PEOPLE | {"reference": "K-1", "requested_billing_start_on": "2022-05-01"}
    contract = send("/v1/contracts", application, 201)
    path = path_of(contract)
    send("/v1/contracts", application | {"administrator": {"name": "波野 四季", "email": "n@example.jp"}}, 409)
    send(f"{path}/amend", {"administrator": {"name": LATER["amended"], "email": "k@example.jp"}})
    send(f"{path}/notes", {"text": LATER["noted"]}, 201)
    file = {"file": (LATER["attached"], PDF, "application/pdf")}
    answer = desk.client.post(f"{path}/attachments", files=file, headers=who | {"Idempotency-Key": "file"})
    assert answer.status_code == 201, answer.text
    moved = PEOPLE["customer"] | {"name": LATER["corrected"], "address": LATER["moved"]}
    entry = desk.history(contract)[0]["id"]
    send(f"{path}/corrections", {"entry": entry, "facts": {"customer": moved}, "reason": "typed wrongly"})
    desk.context.four_eyes = False
    send(f"{path}/accept", {"billing_starts_on": "2022-06-01"})
    send(f"{path}/papers/acceptance/mail", {"to": "administrator"}, 201)
    desk.context.four_eyes = True
    change = {"customer": PEOPLE["customer"] | {"address": LATER["proposed"]}}
    later = {"billing_starts_on": "2022-07-01"}
    events = (("change_particulars", change), ("reschedule_billing", later))
    entries = [{"subject": contract["id"], "event": event, "facts": facts} for event, facts in events]
    assert LATER["proposed"] in str(send(f"{path}/entries", {"entries": entries}, 202)["body"])
    desk.context.four_eyes = False
    send(f"{path}/end_by_agreement", {"ends_on": "2022-04-22", "owed_yen": None, "reason": "both agree"})
    desk.move_to("2022-04-24")
    return contract, sent
