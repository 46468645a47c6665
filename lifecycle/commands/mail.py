"""Operations on mail: a paper for the customer or the administrator, test messages, and failed messages."""

from typing import ClassVar, Literal

from pydantic import Field

from lifecycle.commands.command import Call, Outcome
from lifecycle.commands.operation import AnyOperation, Operation
from lifecycle.errors import DomainError, Malformed
from lifecycle.machines.body import Examples, Input, NeedsReason
from lifecycle.machines.event import EITHER, OPERATOR
from lifecycle.mail import outbox
from lifecycle.mail.addresses import LONGEST, BadAddress, checked
from lifecycle.mail.outbox import Letter
from lifecycle.queries.views.mail import mail_view
from lifecycle.records.mapping import load
from lifecycle.records.people import personal_of

ADMIN = frozenset({"admin"})
TEST = Letter(
    "",
    "Test / テスト",
    "A test message of the contract service.\n契約ライフサイクル管理サービスのテストメールです。\n",
)


class MailPaper(Input):
    """Who gets the paper, at the address on record, and in which language it is written."""

    to: Literal["customer", "administrator"] = "customer"
    lang: Literal["ja", "en"] = "ja"
    examples: ClassVar[Examples] = [{"to": "customer", "lang": "ja"}, {"to": "administrator", "lang": "en"}]


class MailTest(Input):
    """The recipient of the test message, an employee of the company."""

    to: str = Field(min_length=3, max_length=LONGEST)
    examples: ClassVar[Examples] = [{"to": "desk@example.co.jp"}]


class NoAddressOnRecord(DomainError):
    """The contract has no address to which the paper could go, or one that no mail server takes."""

    kind, title = "no-address", "There is no address to send it to"

    def __init__(self, who: str, why: str) -> None:
        super().__init__(f"The e-mail address of the {who} {why}.")


def _mail_paper(call: Call) -> Outcome:
    body: MailPaper = call.body
    contract_id, paper, by = call.subject_id, str(call.command.part), call.command.actor
    assert call.service.letters is not None
    load(call.conn, contract_id, lock=True)
    recipient = _address(call, contract_id, body.to)
    letter = call.service.letters(call.conn, contract_id, paper, body.lang, recipient)
    queued = outbox.queue(
        call.conn, letter, body.to, by, call.service.sending_time(), contract_id=contract_id, paper=paper,
        language=body.lang,
    )  # fmt: skip
    return Outcome(mail_view(queued), created=True, location=f"/v1/mail/{queued.id}")


def _address(call: Call, contract_id: str, who: str) -> str:
    found = (personal_of(call.conn, contract_id) or {}).get(who) or {}
    if not (address := found.get("email")):
        raise NoAddressOnRecord(who, "is not on record")
    try:
        return checked(address)
    except BadAddress as error:
        raise NoAddressOnRecord(who, str(error)) from None


def _send_test(call: Call) -> Outcome:
    try:
        to = checked(call.body.to)
    except BadAddress as error:
        raise Malformed([("/to", str(error))]) from None
    letter = Letter(to, TEST.subject, TEST.body)
    queued = outbox.queue(call.conn, letter, "test", call.command.actor, call.service.sending_time())
    return Outcome(mail_view(queued), created=True, location=f"/v1/mail/{queued.id}")


def _resend(call: Call) -> Outcome:
    return Outcome(
        mail_view(outbox.resend(call.conn, call.subject_id, call.command.actor, call.service.sending_time()))
    )


def _remove(call: Call) -> Outcome:
    by, at = call.command.actor, call.service.sending_time()
    return Outcome(mail_view(outbox.remove(call.conn, call.subject_id, by, call.body.reason, at)))


def _as_shown(call: Call, done: Outcome) -> Outcome:
    return done


def _operation(name: str, body: type | None, run: object, roles: frozenset[str]) -> AnyOperation:
    return Operation(name=name, body=body, run=run, show=_as_shown, roles=roles)  # type: ignore[arg-type]


MAIL_OPERATIONS: tuple[AnyOperation, ...] = (
    _operation("mail-mail_paper", MailPaper, _mail_paper, EITHER),
    _operation("mail-send_test", MailTest, _send_test, ADMIN | OPERATOR),
    _operation("mail-resend", None, _resend, ADMIN | EITHER),
    _operation("mail-remove", NeedsReason, _remove, ADMIN | EITHER),
)
