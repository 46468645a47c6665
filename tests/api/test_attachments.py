"""Attachments: the type is detected from the content, the history holds the hash, and no file can run (R43)."""

from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import Engine

from lifecycle.queries.media import MOST_BYTES, media_type_of, safe_name
from lifecycle.records.engine import is_sqlite
from tests.api.attachments import EML, JPEG, PDF, PNG, TYPES, attach
from tests.api.desk import Desk, answered, path_of
from tests.api.test_roles import bearer

FORM = {"Content-Type": "multipart/form-data; boundary=b"}


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    """A part of a form, by hand."""
    file = "" if filename is None else f'; filename="{filename}"'
    return f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'.encode() + content + b"\r\n"


@pytest.mark.parametrize("name", TYPES)
def test_a_file_of_each_type_is_returned_byte_for_byte(desk: Desk, name: str) -> None:
    content, media_type = TYPES[name]
    contract = desk.accepted()
    answer = attach(desk, contract, content, name)
    found = answer["attachment"]
    assert (answer["state"], answer["version"]) == ("accepted", contract["version"])
    assert (found["name"], found["media_type"], found["size_bytes"]) == (name, media_type, len(content))
    assert found["sha256"] == sha256(content).hexdigest()
    assert desk.get(f"{path_of(contract)}/attachments")["items"] == [found]
    served = desk.client.get(found["content"])
    assert (served.status_code, served.content) == (200, content)
    assert served.headers["content-type"] == media_type
    how = "attachment" if name.endswith("eml") else "inline"
    assert served.headers["content-disposition"] == f"{how}; filename=\"{name}\"; filename*=UTF-8''{name}"
    assert served.headers["x-content-type-options"] == "nosniff"
    assert served.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    row = desk.history(contract)[-1]
    facts = {"media_type": media_type, "size_bytes": len(content), "sha256": found["sha256"]}
    assert (row["event"], row["facts"], len(row["personal"])) == ("attach", facts, 64)


def test_a_scan_names_the_notice_that_it_documents(desk: Desk) -> None:
    contract, other = desk.accepted(), desk.accepted()
    desk.do(contract, "notify_cancellation", arrived_on="2022-04-22")
    notice = desk.history(contract)[-1]["id"]
    assert attach(desk, contract, entry=notice)["attachment"]["entry"] == notice
    assert desk.history(contract)[-1]["facts"]["entry"] == notice
    assert attach(desk, contract, entry="")["attachment"]["entry"] is None
    for unknown in (f"{contract['id']}.9", desk.history(other)[0]["id"], "nonsense", "x.99999999999", "." * 60):
        attach(desk, contract, status=404, entry=unknown)
    assert attach(desk, contract, status=422, entry="x" * 61)["errors"][0]["pointer"] == "/entry"


NOT_TAKEN = {
    "nothing": b"",
    "text": b"Dear Sirs, we cancel.",
    "html": b"<html><script>alert(1)</script></html>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "gif": b"GIF89a" + bytes(20),
    "zip": b"PK\x03\x04" + bytes(30),
    "exe": b"MZ" + bytes(60),
    "headers of no mail": b"Content-Type: text/html\r\n\r\n<script>",
    "a mail with zeros": EML + b"\0",
    "a pdf behind html": b"<script></script>" + PDF,
    "a pdf cut off": PDF[:60],
    "a png cut off": PNG[:-4],
    "a jpeg cut off": JPEG[:-2],
}


@pytest.mark.parametrize("what", NOT_TAKEN)
def test_a_file_of_another_type_is_refused_whatever_its_name(standing_desk: Desk, what: str) -> None:
    contract = standing_desk.apply()
    before = standing_desk.counts()
    refused = attach(standing_desk, contract, NOT_TAKEN[what], "notice.pdf", 422)
    detail = "is not a PDF, PNG or JPEG file, nor a mail (EML), or is cut off"
    assert refused["errors"] == [{"pointer": "/file", "detail": detail}]
    assert standing_desk.counts() == before


def test_an_attachment_is_limited_to_10_mib_and_other_bodies_to_256_kib(desk: Desk) -> None:
    contract = desk.apply()
    largest = PDF + b" " * (MOST_BYTES - len(PDF) - 6) + b"%%EOF\n"
    assert attach(desk, contract, largest)["attachment"]["size_bytes"] == MOST_BYTES
    assert attach(desk, contract, b"%PDF-" + largest, status=413)["limit_bytes"] == MOST_BYTES
    assert attach(desk, contract, largest + bytes(70_000), status=413)["limit_bytes"] == MOST_BYTES + 64 * 1024
    path = f"{path_of(contract)}/attachments"
    assert answered(desk.client.post(path, content=largest), 413)["limit_bytes"] == 256 * 1024
    assert answered(desk.client.post(f"{path_of(contract)}/notes", content=largest, headers=FORM), 413)


MORE = "has more parts than one file and its fields"
FILE = part("file", PDF, "a.pdf")
BAD_FORMS = {
    "no form": (b"{}", {"Content-Type": "application/json"}, "/header/Content-Type", "is not multipart/form-data"),
    "no type": (b"", {}, "/header/Content-Type", "is not multipart/form-data"),
    "no boundary": (FILE, {"Content-Type": "multipart/form-data"}, "/header/Content-Type", "names no boundary"),
    "nothing": (b"", FORM, "", "is cut off: the last boundary is missing"),
    "cut off in the file": (FILE[:-20], FORM, "", "is cut off: the last boundary is missing"),
    "cut off after the file": (FILE + b"--b\r\n", FORM, "", "is cut off: the last boundary is missing"),
    "cut off in a header": (FILE + b"--b\r\nContent-Dis", FORM, "", "is cut off: the last boundary is missing"),
    "no such boundary": (b"--c\r\n\r\n--c--\r\n", FORM, "", "is cut off: the last boundary is missing"),
    "no file": (part("entry", b"x") + b"--b--\r\n", FORM, "/file", "is required"),
    "a file as text": (part("file", PDF) + b"--b--\r\n", FORM, "", None),
    "two files": (FILE + FILE + b"--b--\r\n", FORM, "", MORE),
    "another field": (FILE + part("note", b"x") + b"--b--\r\n", FORM, "/note", "is not known here"),
    "two entries": (FILE + part("entry", b"x") * 2 + b"--b--\r\n", FORM, "", MORE),
    "an entry as a file": (part("entry", PDF, "a.pdf") + b"--b--\r\n", FORM, "/entry", "is a file"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_FORMS)
def test_a_malformed_or_truncated_form_is_refused_with_its_place(standing_desk: Desk, what: str) -> None:
    content, headers, pointer, detail = BAD_FORMS[what]
    contract = standing_desk.apply()
    before = standing_desk.counts()
    path = f"{path_of(contract)}/attachments"
    answer = answered(standing_desk.client.post(path, content=content, headers=headers), 422)
    if detail is not None:
        assert answer["errors"][0] == {"pointer": pointer, "detail": detail}
    assert standing_desk.counts() == before


NAMES = {
    "../../etc/passwd": "passwd.pdf",
    "C:\\Users\\yamada\\解約通知.pdf": "解約通知.pdf",
    "notice.pdf.exe": "notice.pdf.exe.pdf",
    "evil.html": "evil.html.pdf",
    'a"; filename="b.html': "a; filename=b.html.pdf",
    "fdp.\u202eexe": "fdp.exe.pdf",
    "a\r\nSet-Cookie: x=1.pdf": "aSet-Cookie: x=1.pdf",
    "": "file.pdf",
    "...": "file.pdf",
    ".pdf": "pdf.pdf",
    "x" * 600 + ".PDF": "x" * 196 + ".PDF",
    "<script>.pdf": "<script>.pdf",
}


@pytest.mark.parametrize("given", NAMES)
def test_a_hostile_name_is_kept_as_a_plain_one(given: str) -> None:
    expected = NAMES[given] if '"' not in given else 'a"; filename="b.html.pdf'
    assert safe_name(given, "application/pdf") == expected


def test_a_file_name_is_escaped_in_the_content_disposition_header(desk: Desk) -> None:
    found = attach(desk, desk.apply(), PNG, "解約'; x=\u202e%41.png")["attachment"]
    assert found["name"] == "解約'; x=%41.png"
    said = desk.client.get(found["content"]).headers["content-disposition"]
    assert said == f"inline; filename=\"__'; x=_41.png\"; filename*=UTF-8''{quote(found['name'], safe='')}"


def test_a_dry_run_keeps_no_byte_and_a_repeated_key_attaches_once(desk: Desk) -> None:
    contract = desk.accepted()
    before = desk.counts()
    assert attach(desk, contract, status=200, dry_run="true")["attachment"]["name"] == "notice.pdf"
    assert desk.counts() == before
    key = {"Idempotency-Key": "one"}
    first = attach(desk, contract, headers=key)
    assert attach(desk, contract, headers=key) == first  # under another boundary
    assert len(desk.get(f"{path_of(contract)}/attachments")["items"]) == 1
    attach(desk, contract, PNG, status=422, headers=key)
    stale = {"If-Match": f'"{contract["version"] - 1}"'}
    attach(desk, contract, status=412, headers=stale)


def test_the_bytes_are_for_those_who_see_personal_data(desk: Desk) -> None:
    contract, other = desk.accepted(), desk.accepted()
    found = attach(desk, contract)["attachment"]
    for role in ("auditor", "viewer", "admin"):
        theirs = bearer(desk, role)
        assert desk.client.get(found["content"], headers=theirs).status_code == 403
        attach(desk, contract, status=403, headers=theirs)
    granted = bearer(desk, "viewer", "personal_data")
    assert desk.client.get(found["content"], headers=granted).content == PDF
    assert desk.client.get(found["content"].replace(f"/{contract['id']}/", f"/{other['id']}/")).status_code == 404
    for unknown in (f"{contract['id']}.1", f"{contract['id']}.99", "nonsense", f"{contract['id']}.0"):
        desk.get(f"{path_of(contract)}/attachments/{unknown}", 404)


def test_an_annulled_attachment_is_marked_as_no_longer_valid(desk: Desk) -> None:
    contract = desk.accepted()
    row = attach(desk, contract)["attachment"]["id"]
    body = {"entries": [row], "ground": "never_happened", "reason": "another customer's letter"}
    desk.post(f"{path_of(contract)}/annulments", body)
    assert [one["stands"] for one in desk.get(f"{path_of(contract)}/attachments")["items"]] == [False]


def test_an_erasure_leaves_no_text_no_name_and_no_byte(desk: Desk, engine: Engine, tmp_path: Path) -> None:
    marks = ["秘密の覚書".encode(), "秘密の書類".encode(), b"secret bytes of a scan"]
    contract = desk.do(desk.apply(reference="K-1"), "withdraw")
    scan = PDF.replace(b"%%EOF", marks[2] + b"\n%%EOF")
    key = {"Idempotency-Key": "one"}
    desk.post(f"{path_of(contract)}/notes", {"text": marks[0].decode()}, 201, headers=key)
    found = attach(desk, contract, scan, f"{marks[1].decode()}.pdf", headers={"Idempotency-Key": "two"})
    rows = desk.history(contract)
    desk.do(contract, "erase_personal_data", reason="asked for in writing")
    assert desk.client.get(found["attachment"]["content"]).status_code == 404
    (note,), (file,) = (desk.get(f"{path_of(contract)}/{kind}")["items"] for kind in ("notes", "attachments"))
    assert (note["text"], file["name"], file["content"]) == (None, None, None)
    assert file["sha256"] == sha256(scan).hexdigest()
    assert desk.history(contract) == rows
    counts = desk.counts()
    assert (counts["note"], counts["attachment"], counts["idempotency"]) == (0, 0, 0)
    assert desk.post(f"{path_of(contract)}/notes", {"text": "more"}, 409)["type"].endswith("/erased")
    attach(desk, contract, status=409)
    assert desk.do(contract, "assign", to="田中")["assigned_to"] == "田中"
    if is_sqlite(engine):
        file_name = engine.url.database
        assert file_name is not None
        kept = b"".join(one.read_bytes() for one in Path(file_name).parent.glob(f"{Path(file_name).name}*"))
        assert [mark for mark in marks if mark in kept] == []


def test_each_media_type_is_detected_by_the_content_alone() -> None:
    assert {media_type_of(content) for content, _ in TYPES.values()} == {kind for _, kind in TYPES.values()}
