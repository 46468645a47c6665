"""Addresses to which webhooks may be sent: public ones over TLS, and those of networks that a setting allows."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
LONGEST = 500
_TRANSLATED = IPv6Network("64:ff9b::/96")  # RFC 6052: the rest is an IPv4 address


_ROUTED = IPv6Network(
    "2000::/3"
)  # all other IPv6 addresses are for special purposes, even if Python calls them global
_SPECIAL = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20")))


class NotAllowed(ValueError):
    """Messages must not be sent to this address."""


def networks_of(text: str) -> tuple[Network, ...]:
    """Return the networks of a comma-separated setting. Raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def check_url(url: str, networks: Sequence[Network]) -> SplitResult:
    """Return the parts of a receiver's URL after all checks that need no name resolution. Raises NotAllowed."""
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
    """Whether two URLs have the same target: the case of the host name and an explicit default port make no
    difference.
    """
    return _place(one) == _place(other)


def _place(url: str) -> tuple[str, str, int, str]:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    query = f"?{parts.query}" if parts.query else ""
    return parts.scheme, (parts.hostname or "").rstrip("."), port, (parts.path or "/") + query


def check_address(address: Address, networks: Sequence[Network], *, secure: bool) -> None:
    """Check whether a connection to an address is allowed. secure: over TLS. Raises NotAllowed."""
    found = _behind(address)
    if any(found in network for network in networks if network.version == found.version):
        return
    if not _is_public(found):
        raise NotAllowed(f"is at {address}, which is not a public address")
    if not secure:
        raise NotAllowed("is without TLS, and its network is not allowed that")


def _is_public(address: Address) -> bool:
    """Whether an address is globally assigned (IANA's special-purpose address registries)."""
    if isinstance(address, IPv6Address) and address not in _ROUTED:
        return False
    special = any(address in network for network in _SPECIAL if network.version == address.version)
    return address.is_global and not address.is_multicast and not special


def _behind(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address contains, else the address itself (RFC 4291, 6052, 3056)."""
    if isinstance(address, IPv4Address):
        return address
    if address in _TRANSLATED:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url and "\\" not in url
