"""Art. 3 and Art. 4: what the customer declares, and who administers, before an acceptance (R28)."""

from lifecycle.terms.editions import Terms
from lifecycle.terms.ruling import Ruling


def laws_accepted(given: bool, terms: Terms) -> Ruling | None:
    """Refuses acceptance without the agreement on the laws that may apply (Art. 3(3), R28)."""
    if given:
        return None
    return Ruling(
        "laws_accepted", "Art. 3(3)", "R28", terms.version,
        "The customer has not agreed in advance that the named laws may apply.",
        "関係諸法規の適用客体となり得ることへの事前の同意がない。", assumed=terms.assumed,
    )  # fmt: skip


def rights_cleared(given: bool, terms: Terms) -> Ruling | None:
    """Refuses acceptance without the warranty that the works' rights are cleared (Art. 3(4), R28)."""
    if given:
        return None
    return Ruling(
        "rights_cleared", "Art. 3(4)", "R28", terms.version,
        "The customer has not warranted that the rights holders permit the delivery of the works.",
        "著作物の利用について権利者の許諾を得ている旨の保証がない。", assumed=terms.assumed,
    )  # fmt: skip


def administrator_named(named: bool, terms: Terms) -> Ruling | None:
    """Refuses acceptance without an administrator for the configuration rights (Art. 4(1), R28)."""
    if named:
        return None
    return Ruling(
        "administrator_named", "Art. 4(1)", "R28", terms.version,
        "No administrator has been named for the configuration rights.",
        "設定権限の管理責任者が定められていない。", assumed=terms.assumed,
    )  # fmt: skip
