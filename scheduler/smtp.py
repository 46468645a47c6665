"""Sends one message to a mail server (RFC 5321): the same bytes at each attempt; no error quotes it."""

import smtplib
import ssl
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Literal

from lifecycle.mail.outbox import Letter

TIMEOUT = 30.0  # seconds without an answer
Security = Literal["starttls", "tls", "none"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """The mail server. sender: the From address. only_to: the recipient of all mail of a sandbox."""

    host: str
    port: int
    security: Security
    sender: str
    user: str | None = None
    password: str | None = None
    only_to: str | None = None


class SendFailed(Exception):
    """The server has not accepted the message. for_good: a retry would fail the same way."""

    def __init__(self, why: str, *, for_good: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good


def message_bytes(letter: Letter, mail_id: str, made_at: datetime, server: MailServer) -> bytes:
    """Return the message as it is sent.

    Its id is derived from the row's, so that it is the same at each attempt.
    """
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = server.sender, server.only_to or letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(made_at)
    message["Message-ID"] = f"<{mail_id}@{server.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: suppresses automatic replies
    message.set_content(letter.body, cte="base64")
    if letter.content is not None:
        message.add_attachment(
            letter.content, maintype="application", subtype="pdf", filename=letter.file_name or "paper.pdf"
        )
        message.set_boundary(f"={mail_id}=")
    return message.as_bytes()


def send_message(server: MailServer, letter: Letter, message: bytes, tls: ssl.SSLContext | None = None) -> None:
    """Send a message and wait for the server's final answer. Raises SendFailed."""
    try:
        with _connected(server, tls or ssl.create_default_context()) as line:
            if server.user is not None:
                line.login(server.user, server.password or "")
            line.sendmail(server.sender, [server.only_to or letter.recipient], message)
    except smtplib.SMTPRecipientsRefused as error:
        (code, _) = next(iter(error.recipients.values()))
        raise SendFailed(f"recipient refused: {code}", for_good=code >= 500) from None
    except smtplib.SMTPAuthenticationError as error:
        raise SendFailed(f"sign-in refused: {error.smtp_code}") from None
    except smtplib.SMTPResponseException as error:
        raise SendFailed(f"answered {error.smtp_code}", for_good=500 <= error.smtp_code < 600) from None
    except smtplib.SMTPNotSupportedError:
        raise SendFailed("the server lacks STARTTLS or AUTH") from None
    except (smtplib.SMTPException, OSError) as error:
        raise SendFailed(f"not reached: {type(error).__name__}") from None


def _connected(server: MailServer, tls: ssl.SSLContext) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT, context=tls)
    line = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT)
    if server.security == "starttls":
        try:
            line.starttls(context=tls)
        except BaseException:
            line.close()
            raise
    return line
