"""The sender of papers: set by the settings, shown on each paper."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Issuer:
    """The company as the sender. address, contact: one line each, as they are printed."""

    name: str
    address: str
    contact: str
