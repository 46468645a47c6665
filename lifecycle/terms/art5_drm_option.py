"""Art. 5: the DRM option. It needs a Premium contract and ends with it at the latest (R17, R18)."""

from dataclasses import replace
from datetime import date

from lifecycle.terms.art2_minimum_term import minimum_term
from lifecycle.terms.art6_cancellation import Ending
from lifecycle.terms.editions import Editions, Terms, ja
from lifecycle.terms.ruling import STATES_JA, Ruling, count


def option_ending(
    own: Ending | None, base: Ending | None, billing_starts_on: date | None, editions: Editions
) -> Ending | None:
    """The option's end: the earlier of its own and the base contract's; a tie is its own (R18).

    Days cut off its own minimum term are counted in `cut_days`; they never delay the base.
    """
    if base is None or (own is not None and own.effective_on <= base.effective_on):
        return own
    cut, term_ends_on, assumed = 0, None, any(ruling.assumed for ruling in base.rulings)
    starts = billing_starts_on is not None and billing_starts_on <= base.effective_on
    if billing_starts_on is not None and starts:
        term = minimum_term(billing_starts_on, editions.on(billing_starts_on), option=True)
        term_ends_on, assumed = term.on, assumed or term.assumed
        assert term_ends_on is not None
        cut = max(0, (term_ends_on - base.effective_on).days)
    end = base.rulings[-1] if base.notice is None else base.rulings[0]
    tail, tail_ja = "", ""
    if cut:
        tail = f" This cuts {count(cut, 'day')} off its own minimum term."
        tail_ja = f"オプションの最低利用期間は{cut}日短縮される。"
    ruling = Ruling(
        "ends_with_base_contract", "Art. 5(3)", "R18", end.terms,
        f"The base contract ends on {base.effective_on}, and the option with it.{tail}",
        f"基本契約が{ja(base.effective_on)}に終了するため、オプションも同日に終了する。{tail_ja}",
        on=base.effective_on, days=cut, assumed=assumed,
    )  # fmt: skip
    rulings = (*(own.rulings if own else ()), ruling)
    return Ending(base.effective_on, "base_contract", base.notice, starts, term_ends_on, rulings, cut)


def starts_no_earlier_than_base(asked_on: date, base_on: date, terms: Terms) -> Ruling | None:
    """Refuses a billing start of the option before the base contract's (R17)."""
    if asked_on >= base_on:
        return None
    return Ruling(
        "option_starts_with_base", "Art. 5(3)", "R17", terms.version,
        f"Billing of the option cannot start on {asked_on}, before the billing start of its contract, {base_on}.",
        f"オプションの課金開始日{ja(asked_on)}は基本契約の課金開始日より前である。{ja(base_on)}以後の日とすること。",
        on=base_on, assumed=terms.assumed,
    )  # fmt: skip


def needs_premium(item: str | None, asked_on: date, terms: Terms) -> Ruling | None:
    """Refuses the option where its contract is not Premium on the option's billing start (Art. 5(3), R17).

    item: the contract's item on that day, None where it is no longer in force then.
    """
    if item == terms.option_item:
        return None
    held, held_ja = "has ended", "契約は終了している"
    if item:
        held, held_ja = f"is {item}", f"品目は{terms.items[item].name_ja}である"
    return Ruling(
        "option_needs_premium", "Art. 5(3)", "R17", terms.version,
        f"The DRM option needs a Premium contract; on its billing start {asked_on} the contract {held}.",
        f"DRMオプションには品目プレミアムの契約を要するが、課金開始日{ja(asked_on)}において{held_ja}。",
        assumed=terms.assumed,
    )  # fmt: skip


def needs_accepted_base(base_state: str, terms: Terms) -> Ruling | None:
    """Refuses acceptance before the base contract's application is accepted (R17)."""
    if base_state in ("accepted", "billing", "cancel_notified"):
        return None
    return Ruling(
        "option_needs_accepted_contract", "Art. 5(3)", "R17", terms.version,
        f"The option is accepted only with or after its contract; the contract is {base_state}.",
        f"オプションの承諾は、基本契約の承諾と同時又はその後に限る。基本契約の状態は「{STATES_JA[base_state]}」である。",
        assumed=terms.assumed,
    )  # fmt: skip


def only_one_option(living: str | None, terms: Terms) -> Ruling | None:
    """Refuses a second DRM option while one is active; living: the id of the active one (R17)."""
    if living is None:
        return None
    return Ruling(
        "one_option_at_a_time", "Art. 5(2)", "R17", terms.version,
        f"The contract has a DRM option already: {living}.",
        f"この契約には既にDRMオプション（{living}）がある。", assumed=terms.assumed,
    )  # fmt: skip


def ends_with_application(base_ends_on: date, terms: Terms) -> Ruling:
    """An application for the option never accepted lapses with its contract (R17)."""
    return Ruling(
        "option_needs_accepted_contract", "Art. 5(3)", "R17", terms.version,
        f"The contract ended on {base_ends_on}; the option applied for can no longer be accepted.",
        f"基本契約が{ja(base_ends_on)}に終了したため、申込中のオプションは承諾できない。",
        on=base_ends_on, assumed=terms.assumed,
    )  # fmt: skip


def follows_base(asked_on: date, base_on: date, terms: Terms) -> Ruling | None:
    """The option's billing start moves along where its contract's start moved beyond it (R17)."""
    moved = starts_no_earlier_than_base(asked_on, base_on, terms)
    if moved is None:
        return None
    return replace(
        moved,
        because=f"The option was to start on {asked_on}; it starts with its contract on {base_on}.",
        because_ja=f"オプションの課金開始予定日{ja(asked_on)}は、基本契約に合わせて{ja(base_on)}となる。",
    )
