"""Why a search found a contract: the fields that contain the search text."""

from collections.abc import Mapping
from typing import Any

from lifecycle.machines.compared import reference_key
from lifecycle.machines.dossier import Dossier
from lifecycle.records.search_folding import fold

PEOPLE = tuple(
    f"customer_{field}" for field in ("name", "kana", "number", "email", "phone", "postal_code", "address")
)
ADMINISTRATOR = tuple(f"administrator_{field}" for field in ("name", "email"))
MATCHED = (
    "id",
    "reference",
    "other_reference",
    "option_reference",
    "item_change_reference",
    *PEOPLE,
    *ADMINISTRATOR,
)


def matched_in(dossier: Dossier, people: Mapping[str, Any] | None, text: str) -> list[str]:
    """The fields of a contract that hold a text, as the search compares them. people: None where hidden."""
    key, folded = reference_key(text), fold(text)
    found = ["id"] if dossier.contract.id.startswith(key) else []
    references = {
        "reference": [dossier.contract.reference],
        "other_reference": dossier.contract.other_references,
        "option_reference": [option.reference for option in dossier.options],
        "item_change_reference": [change.reference for change in dossier.item_changes],
    }
    found += [name for name, held in references.items() if any(_holds(one, key, text) for one in held)]
    for part, fields in (people or {}).items():
        for field, value in (fields or {}).items():
            if folded and value and folded in fold(str(value)):
                found.append(f"{part}_{field}")
    return [name for name in MATCHED if name in found]


def _holds(reference: str, key: str, text: str) -> bool:
    return key in reference_key(reference) or text.casefold() in reference.casefold()
