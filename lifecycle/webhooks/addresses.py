"""Where webhooks may be sent: over TLS to public addresses, else only into networks that a setting allows."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
LONGEST = 500
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: what stands behind it is an address of IPv4


_ROUTED = IPv6Network("2000::/3")  # all else of IPv6 is for special purposes, whatever Python says of it
_SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")))


class NotAllowed(ValueError):
    """Messages are not sent there."""


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks that a setting lists, parted by commas. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def check_url(url: str, networks: Sequence[Network]) -> SplitResult:
    """A receiver's address in parts, as far as it can be judged without asking for its name. Raises NotAllowed."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise NotAllowed("is not an address") from None
    if parts.scheme not in ("https", "http") or not host or len(url) > LONGEST or not _plain(url):
        raise NotAllowed("is not an address https://…")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise NotAllowed("holds a password or a fragment")
    if parts.scheme == "http" and not networks:
        raise NotAllowed("is without TLS, and no network is allowed that")
    try:
        address = ip_address(host)
    except ValueError:
        return parts
    check_address(address, networks, secure=parts.scheme == "https")
    return parts


def same_address(one: str, other: str) -> bool:
    """Whether two addresses lead to the same place: case of the name and the usual port make no difference."""
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, str, int, str]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, (parts.hostname or "").rstrip("."), port, (parts.path or "/") + query


def check_address(address: Address, networks: Sequence[Network], *, secure: bool) -> None:
    """Whether a connection may be made to an address. secure: over TLS. Raises NotAllowed."""
    found = _behind(address)
    if any(found in network for network in networks if network.version == found.version):
        return
    if not _is_public(found):
        raise NotAllowed(f"is at {address}, which is not a public address")
    if not secure:
        raise NotAllowed("is without TLS, and its network is not allowed that")


def _is_public(address: Address) -> bool:
    """Whether an address is one of those that are given out to anybody (IANA's registries of special purposes)."""
    if isinstance(address, IPv6Address) and address not in _ROUTED:
        return False
    special = any(address in network for network in _SPECIAL if network.version == address.version)
    return address.is_global and not address.is_multicast and not special


def _behind(address: Address) -> Address:
    """The address of IPv4 that one of IPv6 leads to, else itself (RFC 4291, 6052, 3056)."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url and "\\" not in url
