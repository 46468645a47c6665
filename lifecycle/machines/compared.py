"""Normalised references: width, case and kind of hyphen do not matter."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from lifecycle.machines.field_types import Reference

# every hyphen, dash and minus, and the long vowel mark, which is often typed instead
_HYPHENS = re.compile("[\u058a\u05be\u1806\u2010-\u2015\u2043\u207b\u208b\u2212\u2500\u2796\u30fc]")


def reference_key(reference: str) -> str:
    """Normalise a reference: trimmed, NFKC, folded case, every hyphen, dash and minus alike."""
    folded = reference.casefold() if reference.isascii() else _HYPHENS.sub("-", normalise_width(reference))
    return folded.strip()


def normalise_width(text: str) -> str:
    """NFKC and folded case."""
    return unicodedata.normalize("NFKC", text).casefold()


def twice(references: Iterable[str]) -> str | None:
    """Return the first reference that equals an earlier one when normalised; None for none."""
    seen: set[str] = set()
    for reference in references:
        if (key := reference_key(reference)) in seen:
            return reference
        seen.add(key)
    return None


def _each_once(others: list[str], info: ValidationInfo) -> list[str]:
    """Further references of a contract: none that compares equal to another, or to the contract's own."""
    own = (getattr(info, "data", None) or {}).get("reference")
    if twice(others if own is None else [own, *others]) is not None:
        raise ValueError("names a reference twice, or the contract's own")
    return others


OtherReferences = Annotated[list[Reference], Field(max_length=20), AfterValidator(_each_once)]
