"""The editions of the terms in an export: each agrees with its hash, and rows name only existing ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from lifecycle.audit.verifier.lines import Bad, canonical

KIND = "edition"


@dataclass(slots=True)
class HeldEditions:
    """The editions so far. held: version by hash. named: the editions that rows name, by hash and version, with a
    line.
    """

    held: dict[str, str] = field(default_factory=dict)
    named: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, row: Mapping[str, Any], line: int) -> None:
        """Add the next row. Raises Bad for an edition that differs from its hash."""
        if row["kind"] == KIND:
            self._hold(row)
        if (edition := row.get("edition")) is not None:
            if not isinstance(edition, str):
                raise Bad("its edition is no hash")
            self.named.setdefault((edition, row["terms"]), line)

    def check_end(self) -> None:
        """Raise Bad for a row under an edition that the export lacks, or that is another version's.

        An export without any edition is of a database that never recorded one: then nothing is compared.
        """
        for (edition, version), line in self.named.items() if self.held else ():
            if (held := self.held.get(edition)) != version:
                what = "which the export does not hold" if held is None else f"which is of {held}"
                raise Bad(f"it was ruled under the terms of {version} in the edition {edition[:16]}, {what}").on(
                    line
                )

    def _hold(self, row: Mapping[str, Any]) -> None:
        facts = row["facts"]
        content = facts.get("content") if isinstance(facts, dict) else None
        if not isinstance(content, dict) or facts.get("edition") != sha256(canonical(content)).hexdigest():
            raise Bad("the content of the edition is not the one of its hash")
        if not facts["version"] == content.get("version") == row["terms"] or facts["service"] != content.get(
            "service"
        ):
            raise Bad("the content of the edition is of other terms than its row")
        self.held[facts["edition"]] = facts["version"]
