"""An SMTP server on the loopback interface: its answers are set by the test, and it records the mail."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class MailBox:
    """What the server took. answers: what it says to a word instead of taking it, the first ones first.

    hangs_up: whether it takes the next message and goes without a word. offers: what it says that it can do;
    signed_in: what it was told for that.
    """

    port: int = 0
    got: list[bytes] = field(default_factory=list)
    answers: dict[str, list[str]] = field(default_factory=dict)
    hangs_up: bool = False
    offers: tuple[str, ...] = ()
    signed_in: list[str] = field(default_factory=list)

    def messages(self) -> list[EmailMessage]:
        """The messages it took."""
        return [message_from_bytes(one, policy=policy.default) for one in self.got]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(b"220 mail.test ready\r\n")
        while line := (await reader.readline()).decode():
            word = line.split(":")[0].split()[0].upper()
            if waiting := self.answers.get(word):
                writer.write(f"{waiting.pop(0)}\r\n".encode())
            elif word == "EHLO":
                lines = ["mail.test", *self.offers]
                last = len(lines) - 1
                said = [f"250{' ' if n == last else '-'}{line}\r\n" for n, line in enumerate(lines)]
                writer.write("".join(said).encode())
            elif word == "AUTH":
                self.signed_in.append(line.split()[-1])
                writer.write(b"235 welcome\r\n")
            elif word == "DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                self.got.append(body.removesuffix(b".\r\n").replace(b"\r\n..", b"\r\n."))
                if self.hangs_up:
                    self.hangs_up = False
                    break
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"221 bye\r\n" if word == "QUIT" else b"250 fine\r\n")
                if word == "QUIT":
                    break
        writer.close()


@contextmanager
def mail_server(tls: ssl.SSLContext | None = None) -> Iterator[MailBox]:
    """A server for as long as the block lasts. tls: from the first byte."""
    box, loop = MailBox(), asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(box.serve, "127.0.0.1", 0, ssl=tls))
    box.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield box
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.run_until_complete(asyncio.sleep(0))
    loop.close()
