"""The rulings of an entry's row: rule, article, reading, day, days, yen; never the words."""

from datetime import date, datetime

from lifecycle.audit.judging.days import (
    CONDITIONS,
    DAY,
    INITIAL,
    MEASURES,
    MONTHLY,
    NOTICE_DAYS,
    VERSIONS,
    civil,
    term_last,
)
from lifecycle.audit.judging.entries import SETTLES, JudgedEntry
from lifecycle.audit.judging.line import JudgedLine, item_on
from lifecycle.audit.judging.subjects import LIVE, JudgedHolder

Said = tuple[str, str, str, str | None, int | None, int | None]


def said(
    rule: str, article: str, reading: str, on: date | None = None, days: int | None = None, yen: int | None = None
) -> Said:
    """One ruling, without its words."""
    return rule, article, reading, on.isoformat() if on else None, days, yen


def reasons(line: JudgedLine, holder: JudgedHolder, at: datetime) -> list[Said]:
    """Why a contract or an option ends on its last day."""
    end, start, option = line.end(holder, at), line.start(holder, at), holder is not line.contract
    assert end is not None
    found: list[Said] = []
    standing = holder.standing
    if holder.agreements or standing:
        own = line._own_end(holder, start)
        assert own is not None
        entry = next(e for e in (*holder.agreements, *standing) if e.id == own.entry)
        found = _alone(entry, start, option)
        if holder.agreements:
            if len(holder.agreements) + len(standing) > 1:
                found.append(said("newest_agreement_decides", "Civil Code", "R38", own.on))
        elif len(standing) > 1:
            found.append(said("several_notices", "Art. 5(5)" if option else "Art. 6", "R12", own.on))
    if end.decided_by == "base_contract":
        found.append(said("ends_with_base_contract", "Art. 5(3)", "R18", end.on, end.cut_days))
    return found


def _alone(entry: JudgedEntry, start: date | None, option: bool) -> list[Said]:
    """What one notice, one end by the company or one agreement leads to by itself."""
    article, binds = "Art. 5(5)" if option else "Art. 6", True
    if entry.event == "notify_cancellation":
        thirty, chosen = civil(entry.when) + NOTICE_DAYS * DAY, entry.facts.get("chosen_on")
        on = max(thirty, chosen or thirty)
        found = [
            said("notice_period", article, "R2", thirty),
            said("later_of_notice_and_chosen_day", article, "R6", on),
        ]
    else:
        on, binds, company = entry.facts["ends_on"], False, entry.event == "end_by_company"
        found = [
            said("company_end", "General terms", "R31", on)
            if company
            else said("agreed_end", "Civil Code", "R38", on)
        ]
    if start is None or on < start:
        return [*found, said("billing_never_starts", article, "R11", on)]
    term = term_last(start)
    missing = max(0, (term - on).days)
    reading = "R8" if binds or not missing else "R38" if entry.event == "end_by_agreement" else "R31"
    return [*found, said("minimum_term", "Art. 5(4)" if option else "Art. 2", reading, term, missing or None)]


def open_now(line: JudgedLine, at: datetime, *, before: bool = False) -> list[Said]:
    """The conditions that keep billing from starting. before: what is settled at that very instant comes later."""
    if line.begun(line.contract, at) or line.state(line.contract, at) not in LIVE:
        return []
    return [
        said("open_condition", CONDITIONS[name], "R28")
        for name in line.unsettled(lambda settled: settled < at or (settled == at and not before))
    ]


def standing(line: JudgedLine, holder: JudgedHolder, at: datetime) -> list[Said]:
    """The rulings behind the derived days as they stand."""
    if holder.accepted is None:
        return []
    if line.end(holder, at) is not None:
        return reasons(line, holder, at)
    start = line.start(holder, at)
    if start is None:
        return open_now(line, at)
    return [said("minimum_term", "Art. 2" if holder is line.contract else "Art. 5(4)", "R4", term_last(start))]


def moved(line: JudgedLine, holder: JudgedHolder, at: datetime) -> list[Said]:
    """Why an option starts later than agreed, where it does (R17)."""
    agreed, base = line.agreed_start(holder, at), line.start(line.contract, at)
    if holder is line.contract or agreed is None or base is None or agreed.facts["billing_starts_on"] >= base:
        return []
    return [said("option_starts_with_base", "Art. 5(3)", "R17", base)]


def starts(line: JudgedLine, holder: JudgedHolder, at: datetime) -> list[Said]:
    """What a billing start leads to: the monthly fee, and the minimum term (Art. 2, 5(4), 7)."""
    start = line.start(holder, at)
    if start is None:
        return open_now(line, at)
    if holder is line.contract:
        item = item_on(line.turns(at), civil(at))
        return [
            said("monthly_fee", "Art. 7, Annex 1", "R22", start, None, MONTHLY[item]),
            said("minimum_term", "Art. 2", "R4", term_last(start)),
        ]
    assert holder.accepted is not None
    fee = holder.accepted.facts["monthly_fee_yen"]
    for agreement in sorted(holder.fees, key=lambda one: civil(one.when)):
        fee = agreement.facts["monthly_fee_yen"] if agreement.facts["from_on"] <= start else fee
    return [
        said("quoted_monthly_fee", "Art. 7, Annex 1", "R21", start, None, fee),
        said("minimum_term", "Art. 5(4)", "R4", term_last(start)),
        *moved(line, holder, at),
    ]


def in_force(day: date) -> date | None:
    """The version in force on a day; None before the first one."""
    return max((version for version in VERSIONS if version <= day), default=None)


def applied(received_on: date, line: JudgedLine, contract: bool) -> list[Said]:
    """Which version governs an application; that a contract is taken over (R32, R41)."""
    place, over = "Supplementary provisions", bool(line.application.get("taken_over"))
    held = in_force(received_on)
    found = [said("terms_in_force", place, "R32", held)] if held else []
    return found + ([said("taken_over", place, "R41", received_on)] if over and contract else [])


def rulings_of(line: JudgedLine, entry: JudgedEntry, at: datetime) -> list[Said]:
    """The rulings of an entry's row, the entry being on the line."""
    kind, event, facts, day = entry.kind, entry.event, entry.facts, civil(entry.when)
    if event == "apply":
        return applied(facts["received_on"], line, kind == "contract")
    if kind == "item_change":
        change = line.changes[entry.subject]
        if event == "accept":
            on = facts["effective_on"]
            fee = said("one_off_fee", "Art. 7", "R22", facts["accepted_on"], None, facts["fee_yen"])
            return [fee, said("item_changes", "Art. 1", "R19", on)]
        if event == "set_fee" and change.accepted is not None:
            return [
                said("one_off_fee", "Art. 7", "R22", change.accepted.facts["accepted_on"], None, facts["fee_yen"])
            ]
        return []
    if kind == "measure":
        name, place = ("measure_taken" if event == "take" else "measure_over"), line.measures[entry.subject].opened
        return [said(name, MEASURES[place.facts["measure"]], "R30")]
    holder = line.contract if kind == "contract" else line.options[entry.subject]
    option, article = kind == "option", "Art. 5(5)" if kind == "option" else "Art. 6"
    follows = standing(line, holder, at)
    if event == "accept":
        on, yen = (
            facts["accepted_on"],
            INITIAL[item_on(line.turns(at), day)] if not option else facts["initial_fee_yen"],
        )
        rule, reading = ("quoted_initial_fee", "R21") if option else ("initial_fee", "R22")
        return [said(rule, "Art. 7, Annex 1", reading, on, None, yen), *starts(line, holder, at)]
    if event == "reschedule_billing":
        return [*moved(line, holder, at), *follows]
    if event in ("notify_cancellation", "end_by_agreement"):
        end, start = line.end(holder, at), line.start(holder, at)
        if end is None or facts["keyed_on"] <= end.on:
            return follows
        days = max(0, (facts["keyed_on"] - max(end.on + DAY, start)).days) if start else 0
        if event == "end_by_agreement":
            return [*follows, said("entered_after_the_end", "Civil Code", "R38", end.on, days)]
        return [*follows, said("arrival_counts", article, "R7", end.on, days)]
    if event == "revoke_cancellation":
        return [said("taken_back_with_consent", article, "R13", line.ended.on if line.ended else None), *follows]
    if event == "end_by_company":
        return [said("company_end", "General terms", "R31", facts["ends_on"]), *follows]
    if event in SETTLES:
        return [said("condition_settled", CONDITIONS[facts["condition"]], "R28"), *open_now(line, at)]
    if event == "change_delivery":
        return [said("delivery_changed", "Art. 3(1)", "R28"), *open_now(line, at)]
    if event == "succeed":
        law = "Companies Act" if facts["ground"] in ("merger", "split") else "Civil Code"
        return [said("succession", law, "R39", day)]
    if event == "change_fees":
        fee = facts["monthly_fee_yen"]
        return [said("agreed_monthly_fee", "Art. 7, Annex 1", "R22", facts["from_on"], None, fee)]
    if event == "receive_informal_notice":
        return [said("notice_not_in_form", article, "R44")]
    if event == "receive_form":
        on = facts["arrived_on"]
        arrived = said("form_arrived", "Art. 5(1)" if option else "House rule", "R44", on)
        return [arrived, said("terms_in_force", "Supplementary provisions", "R32", in_force(on))]
    single: dict[str, tuple[str, str, str, date | None]] = {
        "change_administrator": ("administrator_changed", "Art. 4(1)", "R29", None),
        "change_particulars": ("particulars_changed", "Civil Code", "R39", day),
        "amend": ("application_amended", "Art. 7", "R10", day),
        "report_misuse": ("misuse_reported", "Art. 4(4)", "R29", day),
    }  # fmt: skip
    return [said(*single[event])] if event in single else []
