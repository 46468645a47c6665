"""Who sends the papers: named in the settings, shown on each of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issuer:
    """The company as it writes to its customers. address, contact: a line each, as they are to be printed."""

    name: str
    address: str
    contact: str
