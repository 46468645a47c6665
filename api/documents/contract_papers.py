"""Papers about a contract: its acceptance, the notices, an agreed end, an end by the company."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from api.documents.acts import RecordedAct
from api.documents.content import DocumentLine, DocumentSection, Draft
from api.documents.sources import Holder, Sources
from lifecycle.machines.derive import term_ruling
from lifecycle.machines.dossier import Option
from lifecycle.queries.views.common import Cancellation, rulings_view
from lifecycle.queries.views.fields import Answer
from lifecycle.queries.views.options import term_view
from lifecycle.terms.art6_cancellation import effect_of
from lifecycle.terms.calendar import iso_day

FEES = ("initial_fee", "quoted_initial_fee"), ("monthly_fee", "quoted_monthly_fee")
OF_A_NOTICE = ("notice_period", "notice_to_month_end", "later_of_notice_and_chosen_day")


def acceptance(found: Sources) -> Draft:
    """What was accepted and with which days, for the contract and its options, with their fees."""
    contract = found.dossier.contract
    if contract.accepted_on is None:
        raise found.refuse("There is nothing to confirm: the application is not accepted.")
    sections = [found.head(found.item_accepted), DocumentSection("", [*_accepted(found, contract)])]
    for option in found.dossier.options:
        if option.accepted_on is not None:
            lines = [DocumentLine(found.say("field.reference"), option.reference), *_accepted(found, option)]
            sections.append(DocumentSection(found.show.word("option", option.kind), lines))
    notes = (found.say("paper.all_without_tax"),)
    at = _instant(found.acts.last(contract.id, "accept"))
    return Draft("acceptance", "acceptance", "acceptance_opening", sections, notes, act_at=at)


def cancellation(found: Sources) -> Draft:
    """The customer's notices, each with its chosen day and the resulting day, and the last day."""
    sections = [found.head()]
    holders: tuple[Holder, ...] = (found.dossier.contract, *found.dossier.options)
    for holder in holders:
        if _by_customer(holder):
            sections += _notices(found, holder)
    if len(sections) == 1:
        raise found.refuse("There is nothing to confirm: no cancellation notice stands.")
    at = _instant(_standing(found, "customer", "notify_cancellation"))
    return Draft("cancellation", "cancellation", "cancellation_opening", sections, act_at=at)


def end_by_agreement(found: Sources) -> Draft:
    """The newest agreement on the contract's end."""
    act = _standing(found, "agreement", "end_by_agreement")
    if act is None:
        raise found.refuse("There is nothing to confirm: no end was agreed on.")
    lines = [
        found.line("agreed_on", found.show.day(act.facts["agreed_on"])),
        found.line("last_day", found.show.day(act.facts["ends_on"]), act.ruling("agreed_end"), strong=True),
    ]
    if act.facts["owed_yen"] is not None:
        lines.append(found.line("agreed_amount", found.yen(act.facts["owed_yen"])))
    sections = [found.head(), DocumentSection("", lines), *_options_end(found)]
    return Draft(
        "end_by_agreement", "end_by_agreement", "end_by_agreement_opening", sections, act_at=_instant(act)
    )


def end_by_company(found: Sources) -> Draft:
    """The company's own end: its declaration, the ground, the last day. It does not mention notices."""
    act = _standing(found, "company", "end_by_company")
    if act is None:
        raise found.refuse("There is nothing to tell: the company does not end the contract.")
    declared_on = act.facts.get("declared_on") or act.facts["keyed_on"]
    lines = [
        found.line("declared_on", found.show.day(declared_on)),
        found.line("ground", found.show.detail(act.facts["ground"])),
        found.line("company_ends_on", found.show.day(act.facts["ends_on"]), act.ruling("company_end")),
        *_last_day(found, found.dossier.contract, act.ruling("company_end")),
    ]
    sections = [found.head(), DocumentSection("", lines), *_options_end(found)]
    return Draft("end_by_company", "end_by_company", "end_by_company_opening", sections, act_at=_instant(act))


def _accepted(found: Sources, holder: Holder) -> Iterator[DocumentLine]:
    """The days and fees of an acceptance from its own row, and the days that were moved since."""
    act = found.acts.last(holder.id, "accept")
    rulings: Sequence[Answer] = act.rulings if act else ()
    by_rule = {one["rule"]: one for one in rulings}
    yield found.line("received_on", found.show.day(holder.received_on))
    yield found.line("accepted_on", found.show.day(holder.accepted_on))
    initial, monthly = (next((by_rule[rule] for rule in rules if rule in by_rule), None) for rules in FEES)
    if initial is not None:
        yield found.line("initial_fee", found.yen(initial["amount_yen"]), [initial])
    agreed_on = monthly["on"] if monthly else act.facts["billing_starts_on"] if act else None
    starts_on = iso_day(holder.billing_starts_on)
    still = agreed_on == starts_on
    if agreed_on is not None:
        why = [one for one in rulings if still and one["rule"] == "option_starts_with_base"]
        label = "billing_starts_on" if still else "agreed_start"
        yield found.line(label, found.show.day(agreed_on), why)
    if monthly is not None:
        yield found.line("monthly_fee", found.yen(monthly["amount_yen"]), [monthly] if still else [])
    if still and "minimum_term" in by_rule:
        term = by_rule["minimum_term"]
        yield found.line("minimum_term_ends_on", found.show.day(term["on"]), [term])
    if starts_on is None and (because := found.view["conditions"]["because"]):
        yield found.line("billing_held", found.say("paper.held_until_met"), because)
    elif not still and starts_on is not None:
        [now] = rulings_view((term_ruling(holder, found.dossier.contract, found.editions),))
        yield found.line("billing_moved_to", found.show.day(starts_on))
        yield found.line("minimum_term_moved_to", found.show.day(now.get("on")), [now])


def _notices(found: Sources, holder: Holder) -> Iterator[DocumentSection]:
    """Each notice of the customer, then the end of the contract or the option."""
    end = _ending(found, holder)
    notices = [one for one in end["notices"] if one["by"] == "customer"]
    shown: list[Answer] = []
    for number, notice in enumerate(notices, 1):
        because = _reasons_of(found, holder, notice["id"])
        shown += because
        lines = [found.line("arrived_on", found.show.day(notice["arrived_on"]))]
        chosen = notice["chosen_on"]
        lines.append(found.line("chosen_on", found.show.day(chosen) if chosen else found.say("paper.none_chosen")))
        if notice["revoked"]:
            lines.append(found.line("notice_result", found.say("paper.taken_back")))
        else:
            lines.append(found.line("notice_result", found.show.day(notice["effective_on"]), because))
        title = found.say("paper.notice" if len(notices) == 1 else "paper.notice_number", number=number)
        if isinstance(holder, Option):
            title = f"{found.option_name(holder)}{found.say('paper.of')}{title}"
        yield DocumentSection(title, lines)
    title = found.option_name(holder) if isinstance(holder, Option) else ""
    yield DocumentSection(title, [*_last_day(found, holder, shown)])
    if not isinstance(holder, Option):
        yield from _options_end(found, told_apart=True)


def _by_customer(holder: Holder) -> bool:
    return any(notice.by == "customer" for notice in holder.standing_notices)


def _reasons_of(found: Sources, holder: Holder, notice_id: str) -> list[Answer]:
    """The reasons for the day of a notice. Its row covers all notices, and another one may decide."""
    notice = next(one for one in holder.notices if one.id == notice_id)
    effect = effect_of(notice, holder.billing_starts_on, found.editions, option=isinstance(holder, Option))
    put_off = effect.decided_by == "minimum_term"
    return [*rulings_view(tuple(one for one in effect.rulings if put_off or one.rule in OF_A_NOTICE))]


def _ending(found: Sources, holder: Holder) -> Cancellation:
    end = term_view(found.dossier, holder, found.editions)["cancellation"]
    assert end is not None
    return end


def _last_day(found: Sources, holder: Holder, said: Sequence[Answer]) -> Iterator[DocumentLine]:
    """The valid last day of service, for reasons that were not given above."""
    end = _ending(found, holder)
    given = [one["because"] for one in said]
    because = [one for one in end["because"] if one["because"] not in given]
    yield found.line("last_day", found.show.day(end["effective_on"]), because, strong=True)
    yield found.line("ends_at", found.show.instant(end["ends_at"]))


def _options_end(found: Sources, *, told_apart: bool = False) -> Iterator[DocumentSection]:
    """The options that end with the contract. told_apart: options with a notice have a separate section."""
    for option in found.dossier.options:
        if told_apart and _by_customer(option):
            continue
        if option.effective_on is not None and option.decided_by == "base_contract":
            because = [
                one for one in _ending(found, option)["because"] if one["rule"] == "ends_with_base_contract"
            ]
            line = found.line("last_day", found.show.day(option.effective_on), because)
            yield DocumentSection(found.option_name(option), [line])


def _instant(act: RecordedAct | None) -> datetime | None:
    return datetime.fromisoformat(act.at) if act is not None else None


def _standing(found: Sources, by: str, event: str) -> RecordedAct | None:
    """The newest act of that kind whose declaration is valid."""
    contract = found.dossier.contract
    standing = [notice.id for notice in contract.standing_notices if notice.by == by]
    acts = [act for act in found.acts.of(contract.id, event) if act.id in standing]
    return acts[-1] if acts else None
