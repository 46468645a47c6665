"""Documents by mail to a real mail server: the bytes of the PDF, sent once; no other place names the person."""

import base64
import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from lifecycle.mail import outbox
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.webhooks.delivery_results import DELAYS
from scheduler.mailer import Mailer
from scheduler.smtp import MailServer, SendFailed, message_bytes, send_message
from tests.api.desk import START, Desk, Invoke, Json, path_of
from tests.scheduler.mail_server import MailBox, mail_server
from tests.scheduler.test_http_client import certified

NOW = datetime.fromisoformat(START)
CUSTOMER, SOMEBODY = "keiyaku@example.co.jp", "desk@example.co.jp"


@pytest.fixture
def box() -> Iterator[MailBox]:
    """A mail server."""
    with mail_server() as box:
        yield box


class Post:
    """The mailer of a test, by a clock of the test's own."""

    def __init__(self, desk: Desk, box: MailBox, **more: str) -> None:
        self.desk, self.now = desk, datetime.now(NOW.tzinfo) + timedelta(seconds=5)
        self.server = MailServer("127.0.0.1", box.port, "none", "lifecycle@example.co.jp", **more)

    def sends(self, *, sandbox: bool = False) -> None:
        """One turn."""
        Mailer(self.desk.engine, lambda: self.now, self.server, sandbox=sandbox)._turn()

    def later(self, **time: float) -> "Post":
        self.now += timedelta(**time)
        return self


def mailed(desk: Desk, contract: Json, paper: str = "acceptance", status: int = 201, **body: str) -> Json:
    return desk.post(f"{path_of(contract)}/papers/{paper}/mail", body, status)


def shown(desk: Desk, queued: Json) -> Json:
    return desk.get(f"/v1/mail/{queued['id']}")


def test_the_customer_gets_the_bytes_of_the_pdf_and_the_outbox_forgets_them(desk: Desk, box: MailBox) -> None:
    contract = desk.accepted()
    queued = mailed(desk, contract)
    assert (queued["state"], queued["to"], queued["paper"]) == ("waiting", "customer", "acceptance")
    pdf = desk.client.get(f"{path_of(contract)}/papers/acceptance.pdf").content
    Post(desk, box).sends()
    (message,) = box.messages()
    (attached,) = message.iter_attachments()
    assert attached.get_content() == pdf and attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == f"{contract['reference']}-acceptance.pdf"
    assert (message["To"], message["From"]) == (CUSTOMER, "lifecycle@example.co.jp")
    assert message["Message-ID"] == f"<{queued['id']}@example.co.jp>"
    assert contract["reference"] in message["Subject"]
    text = message.get_body().get_content()  # type: ignore[union-attr]
    assert text.startswith("株式会社サンプル配信 御中") and contract["reference"] in text
    sent = shown(desk, queued)
    assert (sent["state"], sent["tries"], sent["reason"]) == ("sent", 1, None)
    with reading(desk.engine) as conn:
        row = conn.execute(select(tables.mail)).one()
    assert (row.recipient, row.subject, row.body, row.file_name, row.content) == (None,) * 5
    assert desk.get("/v1/mail", contract=contract["id"])["items"] == [sent]
    desk.post(f"/v1/mail/{queued['id']}/resend", None, 409)


def test_a_message_is_the_same_at_each_try_and_waits_for_a_person_after_the_last(
    desk: Desk, box: MailBox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    queued, post = mailed(desk, desk.accepted()), Post(desk, box)
    box.hangs_up = True  # taken, and nobody knows: the server sees the same message again
    post.sends()
    failed = shown(desk, queued)
    assert (failed["state"], failed["tries"]) == ("waiting", 1)
    assert failed["reason"].startswith("not reached")
    box.answers["RCPT"] = [f"451 4.7.1 {CUSTOMER} is greylisted"] * len(DELAYS)
    for _ in DELAYS:
        post.later(hours=30).sends()
    parked = shown(desk, queued)
    assert (parked["state"], parked["tries"], parked["reason"]) == ("failed", 10, "recipient refused: 451")
    assert desk.get("/v1/mail", state="failed")["items"] == [parked]
    assert 'lifecycle_mail_messages{state="failed"} 1.0' in desk.client.get("/metrics").text
    desk.post(f"/v1/mail/{queued['id']}/resend")
    post.later(hours=1).sends()
    assert box.got[0] == box.got[1] and len(box.got) == 2
    assert shown(desk, queued)["state"] == "sent"
    assert CUSTOMER not in caplog.text and "サンプル" not in caplog.text


@pytest.mark.parametrize(
    ("word", "answer", "reason"),
    [
        ("RCPT", "550 5.1.1 nobody of that name", "recipient refused: 550"),
        ("MAIL", "553 sender not allowed", "answered 553"),
    ],
)
def test_a_permanent_mail_failure_is_not_retried(
    desk: Desk, box: MailBox, word: str, answer: str, reason: str
) -> None:
    queued = mailed(desk, desk.accepted(), to="administrator", lang="en")
    box.answers[word] = [answer]
    Post(desk, box).sends()
    assert (shown(desk, queued)["state"], shown(desk, queued)["reason"]) == ("failed", reason)
    gone = desk.post(f"/v1/mail/{queued['id']}/remove", {"reason": "by letter"})
    assert gone["state"] == "removed"
    assert box.got == []


def test_a_message_of_a_crashed_process_is_sent_by_another(desk: Desk, box: MailBox) -> None:
    mailed(desk, desk.accepted())
    post = Post(desk, box)
    with writing(desk.engine) as conn:
        held = outbox.claim(conn, post.now, "a process that dies")
    assert held is not None
    post.sends()
    assert box.got == []
    post.later(minutes=6).sends()
    assert len(box.got) == 1


def test_a_sandbox_sends_mail_to_its_own_address_alone(desk: Desk, box: MailBox) -> None:
    first = mailed(desk, desk.accepted())
    Post(desk, box).sends(sandbox=True)
    assert shown(desk, first)["reason"] == "a sandbox sends no mail: set LIFECYCLE_SMTP_SANDBOX_TO"
    mailed(desk, desk.accepted())
    Post(desk, box, only_to=SOMEBODY).sends(sandbox=True)
    assert [message["To"] for message in box.messages()] == [SOMEBODY]


def test_a_password_is_sent_only_over_tls_and_only_to_the_named_server(tmp_path: Path) -> None:
    server, client = certified(tmp_path, "localhost")
    letter = outbox.Letter(SOMEBODY, "Test", "Test\n")
    with mail_server(server) as box:
        box.offers = ("AUTH PLAIN",)
        where = MailServer("localhost", box.port, "tls", "lifecycle@example.co.jp", "desk", "secret")
        message = message_bytes(letter, "mail_1", NOW, where)
        send_message(where, letter, message, client)
        assert base64.b64decode(box.signed_in[0]) == b"\0desk\0secret"
        assert box.got == [message]
        with pytest.raises(SendFailed, match="SSLCertVerificationError"):
            send_message(replace(where, host="127.0.0.1"), letter, message, client)
    with mail_server() as box, pytest.raises(SendFailed, match="lacks STARTTLS"):
        send_message(replace(where, port=box.port, security="starttls"), letter, message, client)
    assert box.signed_in == []


def test_a_document_that_cannot_be_mailed_is_refused_with_the_reason(desk: Desk) -> None:
    nobody = {"name": "株式会社サンプル配信"}
    without = desk.accepted(customer=nobody)
    assert mailed(desk, without, status=409)["detail"] == "The e-mail address of the customer is not on record."
    odd = desk.accepted(customer=nobody | {"email": "a..b@example.co.jp"})
    refused = mailed(desk, odd, status=409)
    assert refused["type"] == "/problems/no-address" and "a..b" not in refused["detail"]
    assert mailed(desk, odd, "nothing", 422)["errors"][0]["pointer"] == "/path/paper"
    assert mailed(desk, odd, "cancellation", 409)["type"] == "/problems/no-address"
    assert mailed(desk, odd, "cancellation", 409, to="administrator")["type"] == "/problems/not-possible"
    issued = mailed(desk, odd, "statement-2022-03", 409, to="administrator")
    assert issued["type"] == "/problems/not-issued"
    assert desk.post("/v1/test_mail", {"to": "desk@-example"}, 422)["errors"] == [
        {"pointer": "/to", "detail": "has a host after the @ that cannot exist"}
    ]
    assert desk.get("/v1/mail")["items"] == []


def test_a_test_message_is_sent_from_the_command_line_too(desk: Desk, box: MailBox, invoke: Invoke) -> None:
    url = desk.engine.url.render_as_string(hide_password=False)
    made = desk.post("/v1/test_mail", {"to": SOMEBODY}, 201)
    assert "sends it within seconds" in invoke("mail", "test", "--to", SOMEBODY, "--database-url", url)
    Post(desk, box).sends()
    assert [message["To"] for message in box.messages()] == [SOMEBODY, SOMEBODY]
    assert made["contract_id"] is None
    assert "sent" in invoke("mail", "list", "--database-url", url)
    assert "no-address" not in invoke("mail", "resend", made["id"], "--database-url", url, status=1)


def test_an_erasure_removes_all_mail(desk: Desk) -> None:
    contract = desk.accepted()
    mailed(desk, contract)
    with writing(desk.engine) as conn:
        outbox.forget_mail(conn, contract["id"])
        assert conn.execute(select(tables.mail)).all() == []
