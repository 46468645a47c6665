"""Checks mail addresses before anything is sent."""

import re

LONGEST, LONGEST_NAME = 254, 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_HOST = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class BadAddress(ValueError):
    """The text is no mail address."""


def checked(address: str) -> str:
    """Return the address. Raises BadAddress, whose text does not repeat it."""
    name, at, host = address.rpartition("@")
    if not at or not name:
        raise BadAddress("is not an address name@host")
    if len(address) > LONGEST or len(name) > LONGEST_NAME:
        raise BadAddress("is longer than an address may be")
    if not address.isascii():
        raise BadAddress("has characters that not every mail server takes")
    if _LOCAL.fullmatch(name) is None:
        raise BadAddress("has a name before the @ that mail servers refuse")
    if _HOST.fullmatch(host) is None:
        raise BadAddress("has a host after the @ that cannot exist")
    return address
