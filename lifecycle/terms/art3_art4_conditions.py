"""Art. 3 and Art. 4: what the customer declares and provides, and who administers (R28, R29)."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from lifecycle.terms.editions import Terms, ja
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


def conditions_needed(delivery: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The conditions of Art. 3(1) that the wished delivery brings: domain, dns, certificate."""
    wished = delivery or {}
    domain = ("domain", "dns") if wished.get("custom_domain") else ()
    return (*domain, "certificate") if wished.get("https") else domain


def met_at_application(delivery: Mapping[str, Any] | None) -> tuple[str, ...]:
    """The conditions that the application itself says are met."""
    wished = delivery or {}
    domain = wished.get("custom_domain") or {}
    said = {
        "domain": domain.get("acquired"),
        "dns": domain.get("dns_registered"),
        "certificate": wished.get("certificate_obtained"),
    }
    return tuple(name for name in conditions_needed(delivery) if said[name])


def open_condition(name: str, terms: Terms) -> Ruling:
    """A condition that is neither met nor waived keeps billing from starting (Art. 3(1), 3(2), R28)."""
    place, what, what_ja = CONDITIONS[name]
    return Ruling(
        "open_condition", place, "R28", terms.version,
        f"The condition {name} is open: {what}. Billing starts on a day that the operator sets after the "
        "condition is met or waived.",
        f"条件「{what_ja}」が未充足のため課金は開始しない。充足又は免除の後、担当者が定める日に開始する。",
        assumed=terms.assumed,
    )  # fmt: skip


@lru_cache(maxsize=64)
def needs_open_condition(name: str, found_open: bool, terms: Terms) -> Ruling | None:
    """Refuses to meet or waive a condition that is not open (R28)."""
    if found_open:
        return None
    place, _, what_ja = CONDITIONS[name]
    return Ruling(
        "needs_open_condition", place, "R28", terms.version,
        f"The condition {name} is not open for this contract.",
        f"この契約に未充足の条件「{what_ja}」はない。", assumed=terms.assumed,
    )  # fmt: skip


def condition_settled(name: str, waived: bool, terms: Terms) -> Ruling:
    """A condition is met, or waived by the operator with a reason (Art. 3(1), R28)."""
    place, _, what_ja = CONDITIONS[name]
    how, how_ja = (
        ("waived; the reason is on record", "免除された（理由を記録）") if waived else ("met", "充足された")
    )
    return Ruling(
        "condition_settled", place, "R28", terms.version,
        f"The condition {name} is {how}.", f"条件「{what_ja}」が{how_ja}。", assumed=terms.assumed,
    )  # fmt: skip


def administrator_changed(terms: Terms) -> Ruling:
    """Another administrator answers for the configuration rights (Art. 4(1), R29)."""
    return Ruling(
        "administrator_changed", "Art. 4(1)", "R29", terms.version,
        "Another administrator has been named for the configuration rights.",
        "設定権限の管理責任者が変更された。", assumed=terms.assumed,
    )  # fmt: skip


def delivery_changed(terms: Terms) -> Ruling:
    """The domain or HTTPS changes; the change brings conditions of its own (Art. 3(1), R28)."""
    return Ruling(
        "delivery_changed", "Art. 3(1)", "R28", terms.version,
        "The domain or HTTPS was changed; the conditions of the change are open until they are met or waived.",
        "ドメイン又はHTTPSの利用が変更された。変更に伴う条件は、充足又は免除されるまで未充足とする。",
        assumed=terms.assumed,
    )  # fmt: skip


def conditions_reopened(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> frozenset[str]:
    """The conditions that a change of the delivery opens again: another domain opens all three."""
    was, now = before or {}, after or {}
    if _domain_name(was) != _domain_name(now):
        return frozenset(CONDITIONS)
    return frozenset(("certificate",)) if not was.get("https") else frozenset()


def _domain_name(delivery: Mapping[str, Any]) -> str | None:
    name: str | None = (delivery.get("custom_domain") or {}).get("name")
    return name


def misuse_reported(found_on: date, terms: Terms) -> Ruling:
    """Possible misuse was reported; the customer follows the company's instruction (Art. 4(4), R29)."""
    return Ruling(
        "misuse_reported", "Art. 4(4)", "R29", terms.version,
        f"Possible misuse of the configuration rights, found on {found_on}, was reported; the customer must "
        "follow the company's instruction.",
        f"{ja(found_on)}に判明した設定権限の不正利用の可能性が報告された。"
        "契約者は当社の指示に従わなければならない。",
        on=found_on, assumed=terms.assumed,
    )  # fmt: skip


def report_on_record(found: bool, terms: Terms) -> Ruling | None:
    """Refuses a follow-up to a report that is not on record (Art. 4(4), R29)."""
    if found:
        return None
    return Ruling(
        "report_on_record", "Art. 4(4)", "R29", terms.version,
        "There is no such report of misuse on record.", "該当する不正利用の報告は記録されていない。",
        assumed=terms.assumed,
    )  # fmt: skip


CONDITIONS = {
    "domain": ("Art. 3(1)(1)", "the custom domain has not been acquired", "独自ドメイン名の取得"),
    "dns": ("Art. 3(1)(2)", "the custom domain is not registered in DNS", "DNSサーバへの登録"),
    "certificate": ("Art. 3(1)(3)", "the server certificate has not been obtained", "SSLサーバ証明書の取得"),
}
