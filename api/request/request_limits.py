"""Rate and concurrency limits per caller: settings, and the token buckets."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import monotonic
from typing import NamedTuple

from starlette.requests import Request

from api.problems import Problem

MOST_KEYS = 10_000
SESSION_COOKIE = "lifecycle"


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Settings; 0 means no limit. rate_per_minute: requests of one principal. failures_per_minute: failed sign-ins
    of one address. request_seconds: until a request is answered. requests_at_once: simultaneous requests.
    ends_per_hour: cancellation notices and company ends of one principal, beyond which a second person approves
    each. imports_at_once: simultaneous imports. exports_at_once: simultaneous streamed exports.
    acceptances_per_hour, erasures_per_hour: as ends_per_hour.
    """

    rate_per_minute: int = 0
    failures_per_minute: int = 0
    request_seconds: float = 0.0
    requests_at_once: int = 0
    ends_per_hour: int = 0
    imports_at_once: int = 0
    exports_at_once: int = 0
    acceptances_per_hour: int = 0
    erasures_per_hour: int = 0


NO_LIMITS = RequestLimits()


class Left(NamedTuple):
    """The remaining rate. full_in_s: seconds until the bucket is full."""

    per_minute: int
    number: int
    full_in_s: int

    @property
    def headers(self) -> dict[str, str]:
        """Return the header fields of the IETF draft, and the widely known ones."""
        return {
            "RateLimit-Policy": f'"minute";q={self.per_minute};w=60',
            "RateLimit": f'"minute";r={self.number};t={self.full_in_s}',
            "RateLimit-Limit": f"{self.per_minute}",
            "RateLimit-Remaining": f"{self.number}",
            "RateLimit-Reset": f"{self.full_in_s}",
        }


class RateLimit:
    """A token bucket for each key: full at first, refilled evenly within a minute.

    Kept in the memory of one process. Beyond MOST_KEYS the least recently used bucket is forgotten, that is, full.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self.per_minute, self.clock = per_minute, clock
        self.kept: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> Left | None:
        """Take one token; return the remaining rate, None for no limit.

        Raises Problem 429 if the bucket is empty, with the seconds until the next token.
        """
        if not self.per_minute:
            return None
        at, rate = self.clock(), self.per_minute / 60
        held, since = self.kept.pop(key, (float(self.per_minute), at))
        held = min(float(self.per_minute), held + (at - since) * rate)
        self.kept[key] = (held - 1 if held >= 1 else held, at)
        if len(self.kept) > MOST_KEYS:
            del self.kept[next(iter(self.kept))]
        if held < 1:
            raise Problem(
                429, "too-many", "Too many requests", f"At most {self.per_minute} a minute; wait, then go on.",
                headers={
                    "Retry-After": str(ceil((1 - held) / rate)),
                    **Left(self.per_minute, 0, ceil((self.per_minute - held) / rate)).headers,
                },
            )  # fmt: skip
        return Left(self.per_minute, int(held - 1), ceil((self.per_minute - held + 1) / rate))


class ConcurrencyLimit:
    """Limits simultaneous heavy requests, and those of one caller to half of that; 0 means no limit."""

    def __init__(self, most: int) -> None:
        self.most, self.inside = most, 0
        self.share = max(1, (most + 1) // 2)
        self.of_each: Counter[str] = Counter()

    @contextmanager
    def entered(self, who: str | None = None) -> Iterator[None]:
        """Hold a place while the block runs; entered on the event loop. who: the caller, None if it does not
        matter. Raises Problem 503 if all places are taken, or the caller's share.
        """
        if self.most and (self.inside >= self.most or (who is not None and self.of_each[who] >= self.share)):
            raise Problem(
                503, "busy", "Try again", f"At most {self.most} of these run at once; nothing was stored.",
                headers={"Retry-After": "5"},
            )  # fmt: skip
        self.inside += 1
        self.of_each[who or ""] += 1
        try:
            yield
        finally:
            self.inside -= 1
            self.of_each -= Counter([who or ""])  # what is at 0 is forgotten


def caller_of(request: Request) -> str:
    """Return the caller for shares: the owner of the token or session, without looking it up."""
    told = request.headers.get("Authorization") or request.cookies.get(SESSION_COOKIE) or address_of(request)
    return sha256(told.encode()).hexdigest()


def address_of(request: Request) -> str:
    """Return the client's address; for IPv6 the network, because one customer has a whole one (RFC 6177)."""
    host = request.client.host if request.client else ""
    try:
        found = ip_address(host)
    except ValueError:
        return host
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else host
