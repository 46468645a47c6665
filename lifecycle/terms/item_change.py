"""Item changes: when one is refused, and its one-off fee (Art. 5(3), 7; R19, R22)."""

from datetime import date

from lifecycle.terms.calendar import DAY
from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import STATES_JA, Ruling


def needs_another_item(item: str, asked: str, terms: Terms) -> Ruling | None:
    """Refuses a change to the item the contract has (Art. 1)."""
    if asked != item:
        return None
    return Ruling(
        "another_item", "Art. 1", "R19", terms.version,
        f"The contract already has the item {item} on that day.",
        f"その日の品目は既に{terms.items[item].name_ja}である。", assumed=terms.assumed,
    )  # fmt: skip


def option_in_the_way(
    option_id: str, option_ends_on: date | None, could_end_on: date, asked: str, effective_on: date, terms: Terms
) -> Ruling | None:
    """Refuses a change from Premium while the DRM option is in force on that day (Art. 5(3), R19).

    could_end_on: the option's end if a notice arrived today, with its minimum term. `on` is the earliest
    possible day: the day after the option's end or, if nobody has cancelled it, after could_end_on.
    """
    if asked == terms.option_item or (option_ends_on is not None and option_ends_on < effective_on):
        return None
    ends_on = option_ends_on or could_end_on
    earliest = ends_on + DAY
    known = f"It ends on {ends_on}"
    known_ja = f"終了日は{ja(ends_on)}"
    if option_ends_on is None:
        known, known_ja = f"Its earliest possible end is {ends_on}", f"最も早い終了日は{ja(ends_on)}"
    return Ruling(
        "option_needs_premium", "Art. 5(3)", "R19", terms.version,
        f"The DRM option {option_id} is in force on {effective_on}. {known}, so the change to {asked} is possible "
        f"from {earliest}.",
        f"DRMオプション{option_id}は{ja(effective_on)}において存続している。{known_ja}であり、"
        f"品目変更は{ja(earliest)}から可能である。",
        on=earliest, assumed=terms.assumed,
    )  # fmt: skip


def contract_over(ends_on: date, effective_on: date, terms: Terms) -> Ruling | None:
    """Refuses a change that would take effect after the contract's end (R15)."""
    if effective_on <= ends_on:
        return None
    return Ruling(
        "contract_over", "Art. 6", "R15", terms.version,
        f"The contract ends on {ends_on}, before the change could take effect on {effective_on}.",
        f"契約は{ja(ends_on)}に終了するため、{ja(effective_on)}の品目変更は効力を生じない。",
        on=ends_on, assumed=terms.assumed,
    )  # fmt: skip


def one_off_fee(fee_yen: int | None, accepted_on: date, terms: Terms) -> Ruling:
    """The one-off fee, owed at the acceptance of the change; without one "not set", never 0 (Art. 7, R22)."""
    if fee_yen is None:
        text = "is not set: Annex 1 lists no amount and none was agreed"
        text_ja = "は未定である（別紙1に定めがなく、合意した額もない）"
    else:
        text, text_ja = f"of {fee_yen:,} yen, as agreed, is owed", f"は合意額{fee_yen:,}円とし、支払義務が生じる"
    return Ruling(
        "one_off_fee", "Art. 7", "R22", terms.version,
        f"The one-off fee for the change {text}; the change was accepted on {accepted_on}.",
        f"{ja(accepted_on)}に承諾した品目変更の一時費用{text_ja}。",
        on=accepted_on, amount_yen=fee_yen, assumed=terms.assumed,
    )  # fmt: skip


def fee_needs_acceptance(terms: Terms) -> Ruling:
    """Refuses a one-off fee of a change that was never accepted (Art. 7, R22)."""
    return Ruling(
        "fee_needs_acceptance", "Art. 7", "R22", terms.version,
        "The change was never accepted: no one-off fee is owed.",
        "品目変更は承諾されていないため、一時費用は生じない。", assumed=terms.assumed,
    )  # fmt: skip


def fee_is_set(fee_yen: int, terms: Terms) -> Ruling:
    """Refuses to set a one-off fee that is already agreed (Art. 7, R22)."""
    return Ruling(
        "fee_is_set", "Art. 7", "R22", terms.version,
        f"A one-off fee of {fee_yen:,} yen is already agreed; use a correction if it was entered wrongly.",
        f"一時費用{fee_yen:,}円が既に合意されている。入力の誤りは訂正によること。",
        amount_yen=fee_yen, assumed=terms.assumed,
    )  # fmt: skip


def changes_on(old: str, new: str, effective_on: date, terms: Terms) -> Ruling:
    """The new item from that day; the minimum term continues unchanged (Art. 1, 2)."""
    return Ruling(
        "item_changes", "Art. 1", "R19", terms.version,
        f"The item changes from {old} to {new} on {effective_on}; the minimum term does not start again.",
        f"{ja(effective_on)}に品目を{terms.items[old].name_ja}から{terms.items[new].name_ja}へ変更する。"
        "最低利用期間は改めて起算しない。",
        on=effective_on, assumed=terms.assumed,
    )  # fmt: skip


def contract_needed(state: str, terms: Terms) -> Ruling | None:
    """Refuses a change where the contract's own application is not accepted or the contract is over (R34)."""
    if state in ("accepted", "billing", "cancel_notified"):
        return None
    return Ruling(
        "change_needs_a_contract", "Art. 7", "R34", terms.version,
        f"A change of the item needs an accepted contract in force; the contract is {state}.",
        f"品目変更には承諾済みで有効な契約を要する。契約の状態は「{STATES_JA[state]}」である。",
        assumed=terms.assumed,
    )  # fmt: skip


def change_relies_on_end(option_id: str, change_id: str, terms: Terms) -> Ruling:
    """Refuses to take back an end while an accepted item change relies on it (Art. 5(3), R19)."""
    return Ruling(
        "change_relies_on_end", "Art. 5(3)", "R19", terms.version,
        f"The accepted item change {change_id} relies on the end of the option {option_id}: withdraw it first.",
        f"承諾済みの品目変更{change_id}はオプション{option_id}の終了を前提とする。先に品目変更を取り下げること。",
        assumed=terms.assumed,
    )  # fmt: skip


def changes_in_order(other_id: str, other_on: date | None, terms: Terms) -> Ruling:
    """Each item change starts from the item of the change before it: they are withdrawn in order (Art. 1, R19)."""
    assert other_on is not None
    return Ruling(
        "changes_in_order", "Art. 1", "R19", terms.version,
        f"The item change {other_id}, accepted for {other_on}, takes effect on or after that day: "
        "withdraw it first.",
        f"その日以後に効力を生じる承諾済みの品目変更{other_id}（{ja(other_on)}）がある。先にそれを取り下げること。",
        on=other_on, assumed=terms.assumed,
    )  # fmt: skip


def option_relies_on_change(option_id: str, change_id: str, terms: Terms) -> Ruling:
    """Refuses to withdraw a change to Premium while an accepted option relies on it (R17)."""
    return Ruling(
        "option_relies_on_change", "Art. 5(3)", "R17", terms.version,
        f"The DRM option {option_id} needs Premium and was accepted on the basis of the item change {change_id}.",
        f"DRMオプション{option_id}は品目変更{change_id}によるプレミアムを前提に承諾されている。",
        assumed=terms.assumed,
    )  # fmt: skip


def change_after_acceptance(accepted_on: date, effective_on: date, terms: Terms) -> Ruling | None:
    """Refuses a change that would take effect before it was accepted (Art. 7, R34)."""
    if accepted_on <= effective_on:
        return None
    return Ruling(
        "change_after_acceptance", "Art. 7", "R34", terms.version,
        f"The item cannot change on {effective_on}, before the acceptance on {accepted_on}.",
        f"品目変更日{ja(effective_on)}を承諾日{ja(accepted_on)}より前にすることはできない。",
        on=accepted_on, assumed=terms.assumed,
    )  # fmt: skip


def past_change_needs_reason(effective_on: date, today: date, terms: Terms) -> Ruling:
    """Refuses a change in the past without a reason (Art. 7, R34)."""
    return Ruling(
        "past_change_needs_reason", "Art. 7", "R34", terms.version,
        f"The change on {effective_on} is past (today is {today}): entering it late needs a reason.",
        f"品目変更日{ja(effective_on)}は過去である（本日は{ja(today)}）。後日入力には理由を要する。",
        assumed=terms.assumed,
    )  # fmt: skip
