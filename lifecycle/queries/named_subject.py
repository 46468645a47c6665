"""Finds the subject of a reference: the auditor's queries accept a reference instead of an id."""

import re

from sqlalchemy import Connection

from lifecycle.records.contract_filter import ContractFilter
from lifecycle.records.finding import contract_ids
from lifecycle.records.mapping import PREFIXES
from lifecycle.records.references import AmbiguousReference, named

_ID = re.compile(r"[a-z]_[0-9a-z]{26}")


def id_named(conn: Connection, text: str, *kinds: str) -> str | None:
    """The id of the first of some kinds that a text names, None for no such; an id names itself, there or not.

    A contract is also named by the reference of a part of it. Raises AmbiguousReference.
    """
    text = text.strip()
    if _ID.fullmatch(text):
        return text if PREFIXES.get(text[0], "contract") in kinds else None
    for kind in kinds if text else ():
        if found := named(conn, kind, [text]).get(text):
            if len(found) > 1:
                raise AmbiguousReference(text, found)
            return found[0]
    of_parts = contract_ids(conn, ContractFilter(reference=text), 1) if text and "contract" in kinds else []
    return of_parts[0] if of_parts else None
