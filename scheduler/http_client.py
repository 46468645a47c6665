"""Posts to a receiver of another operator: only to checked addresses, with a timeout, without trusting the
answer. The name is resolved once per turn, its addresses are checked, and connections go to those addresses: a
name that resolves elsewhere a moment later changes nothing.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from ssl import SSLContext

import httpx2

from lifecycle import __version__
from lifecycle.timers.parked import reason_of
from lifecycle.webhooks.addresses import Network, NotAllowed, check_address, check_url

TIMEOUT = 15.0  # total seconds of one attempt
MOST_READ = 4096  # bytes of an answer's body that are read and discarded; a longer one closes the connection
LONGEST_REASON = 200
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NotAccepted(Exception):
    """The receiver has not accepted the message. gone: it wants no more. rest: the requested pause, or its end."""

    def __init__(self, why: str, *, gone: bool = False, rest: timedelta | datetime | None = None) -> None:
        super().__init__(why)
        self.gone, self.rest = gone, rest


async def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a name, in the order of attempts. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(place[4][0]) for place in found))


class ReceiverConnection:
    """Connections to one receiver, for one turn. networks: allowed although not public, or without TLS. marks:
    headers of every message.
    """

    def __init__(
        self, url: str, networks: Sequence[Network], tls: SSLContext, resolve: Resolve, timeout: float = TIMEOUT,
        *, marks: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._url, self._networks, self._resolve, self._timeout = url, networks, resolve, timeout
        self._addresses: Sequence[str] = ()
        self._marks = dict(marks or {})
        self._asking = asyncio.Lock()
        self._client = httpx2.AsyncClient(verify=tls, trust_env=False, follow_redirects=False, timeout=timeout)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def post(self, headers: Mapping[str, str], body: bytes) -> None:
        """Sends one message. Raises NotAccepted with the reason."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._post(headers, body)
        except TimeoutError:
            raise NotAccepted(f"no answer within {self._timeout:g} s") from None
        except NotAllowed as error:
            raise NotAccepted(str(error)) from None
        except NotAccepted:
            raise
        except Exception as error:  # any error of a receiver or a proxy in front of it
            raise NotAccepted(f"not reached: {reason_of(error)[:LONGEST_REASON]}") from None

    async def _post(self, headers: Mapping[str, str], body: bytes) -> None:
        parts = check_url(self._url, self._networks)
        secure = parts.scheme == "https"
        async with self._asking:
            if not self._addresses:
                port = parts.port or (443 if secure else 80)
                self._addresses = await self._checked(str(parts.hostname), port, secure)
        named = {
            "host": parts.netloc,
            "content-type": "application/json",
            "user-agent": f"lifecycle/{__version__}",
            **self._marks,
        }
        for address in self._addresses:
            place = (f"[{address}]" if ":" in address else address) + (f":{parts.port}" if parts.port else "")
            try:
                async with self._client.stream(
                    "POST", parts._replace(netloc=place).geturl(), content=body, headers=named | dict(headers),
                    extensions={"sni_hostname": parts.hostname} if secure else {},
                ) as answer:  # fmt: skip
                    await _judge(answer)
                    return
            except (httpx2.ConnectError, httpx2.ConnectTimeout):
                if address == self._addresses[-1]:
                    raise

    async def _checked(self, host: str, port: int, secure: bool) -> Sequence[str]:
        found = await self._resolve(host, port)
        for (
            address
        ) in found:  # all addresses must be public: a name that also resolves to an internal one is refused
            check_address(ip_address(address.partition("%")[0]), self._networks, secure=secure)
        return found


def retry_after(said: str) -> timedelta | datetime | None:
    """Parse a Retry-After in seconds or as a date (RFC 9110, 10.2.3); None for anything else."""
    if said.isascii() and said.isdigit():
        return timedelta(seconds=int(said)) if len(said) < 7 else None
    try:
        found = parsedate_to_datetime(said)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


async def _judge(answer: httpx2.Response) -> None:
    """Check whether the message was accepted; discard the body. Raises NotAccepted."""
    status = answer.status_code
    if not 200 <= status < 300:
        rest = retry_after(answer.headers.get("retry-after", "")) if status in (429, 503) else None
        raise NotAccepted(f"answered {status}", gone=status == 410, rest=rest)
    read = 0
    async for chunk in answer.aiter_raw():
        read += len(chunk)
        if read > MOST_READ:
            return
