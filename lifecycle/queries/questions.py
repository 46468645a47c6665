"""Previews without a command: the effect of a notice, and its last possible arrival. Read only."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import cast

from lifecycle.history.editions_known import Announcement, announced
from lifecycle.machines.check import Case, Refused, refusals
from lifecycle.machines.dossier import Contract, Dossier, Notice
from lifecycle.machines.events.notify_cancellation import NOTIFY_CANCELLATION, NotifyCancellation
from lifecycle.machines.table import NotPossible, allowed_events
from lifecycle.queries.views.common import ending_view, rulings_view
from lifecycle.queries.views.terms import ItemView, LatestArrival, Preview, RangeView, TermsView
from lifecycle.terms import art6_cancellation as art6
from lifecycle.terms.calendar import DAY, start_of, tokyo_day
from lifecycle.terms.edition import edition_of, texts_of
from lifecycle.terms.editions import EDITIONS, SERVICES, Editions
from lifecycle.terms.readings import READINGS
from lifecycle.terms.version import Item, Terms, late_since

NOTHING_ANNOUNCED: Mapping[str, Announcement] = {}


def preview_cancellation(
    item: str,
    billing_starts_on: date,
    arrived_on: date,
    chosen_on: date | None,
    now: datetime,
    editions: Editions = EDITIONS,
) -> Preview:
    """The effect of a notice to a hypothetical contract: the rule itself (Art. 6).

    The notice is judged by the rules of the event, as if it were entered with a reason now, or on its day of
    arrival where that is to come. Raises Refused, NotInForce.
    """
    _refuse_notice(item, billing_starts_on, arrived_on, chosen_on, now, editions)
    notice = Notice("", arrived_on, chosen_on, arrived_on)
    end = art6.ending((notice,), billing_starts_on, editions)
    assert end is not None
    one = art6.effect(arrived_on, chosen_on, billing_starts_on, editions)
    return {
        **ending_view(end, (notice,), billing_starts_on, editions),
        "item": item,
        "billing_starts_on": billing_starts_on.isoformat(),
        "arrived_on": arrived_on.isoformat(),
        "chosen_on": chosen_on.isoformat() if chosen_on else None,
        "notice_period_ends_on": one.notice_period_ends_on.isoformat(),
        "minimum_term_ends_on": one.minimum_term_ends_on.isoformat() if one.minimum_term_ends_on else None,
        "first_day_without_service": (end.effective_on + DAY).isoformat(),
        "residual_days": one.residual_days,
    }


def _refuse_notice(
    item: str, starts_on: date, arrived_on: date, chosen_on: date | None, now: datetime, editions: Editions
) -> None:
    """Raises Refused where the rules of the event refuse the notice to a contract accepted as late as may be."""
    accepted_on, arrived_at = min(starts_on, arrived_on), start_of(arrived_on)
    contract = Contract(
        id="", reference="", state="accepted", item=item, received_on=accepted_on, accepted_on=accepted_on,
        planned_start_on=starts_on,
    )  # fmt: skip
    facts = NotifyCancellation(arrived_on=arrived_on, chosen_on=chosen_on, keyed_on=arrived_on)
    dossier, entered_at = Dossier(contract), max(now, arrived_at)
    case = Case(dossier, contract, entered_at, editions, facts, "a preview", arrived_at, arrived_on)
    if refusing := refusals(NOTIFY_CANCELLATION.rules, case):
        raise Refused(refusing)


def latest_arrival(
    dossier: Dossier, effective_on: date, now: datetime, editions: Editions = EDITIONS
) -> LatestArrival:
    """The last day on which a notice may arrive to end the contract on a day.

    Raises NotPossible without a contract in force; Refused, naming the earliest possible day, where
    that last day has passed, the minimum term forbids the day, or there is an earlier end.
    """
    contract, editions = dossier.contract, editions.governing(dossier.contract)
    if contract.accepted_on is None or not contract.live:
        allowed = allowed_events(Case(dossier, contract, now, editions))
        raise NotPossible("notify_cancellation", contract.state, allowed)
    last = art6.latest_arrival(effective_on, editions.on(tokyo_day(now)))
    assert last.on is not None
    today = tokyo_day(now)
    earliest = _earliest_end(contract, effective_on, today, editions)
    refusing = art6.not_that_day(effective_on, contract.effective_on, earliest, last.on, today, editions.on(today))
    if refusing:
        raise Refused((refusing,))
    effect = art6.effect(last.on, effective_on, contract.billing_starts_on, editions)
    return {"arrive_by_on": last.on.isoformat(), "rulings": rulings_view((last, *effect.rulings))}


def terms_view(
    terms: Terms, until: date | None, recorded: Mapping[str, Announcement] = NOTHING_ANNOUNCED
) -> TermsView:
    """A version of the terms: its values, articles and readings.

    until: the day before the next version. recorded: announcements, by version.
    """
    announcement, made_known = recorded.get(terms.version), announced(terms, recorded)
    late = late_since(terms, made_known.announced_on)
    return {
        "service": terms.service,
        "version": terms.version,
        "edition": edition_of(terms),
        "in_force_from": terms.version,
        "in_force_until": until.isoformat() if until else None,
        "assumed": terms.assumed,
        "announced_on": made_known.announced_on.isoformat() if made_known.announced_on else None,
        "announced_how": announcement.how if announcement else None,
        "announced_late": late is not None,
        "reaches_from": late.isoformat() if late else None,
        "change": terms.change,
        "items": {name: _item(item) for name, item in terms.items.items()},
        "minimum_term_months": terms.minimum_term_months,
        "notice_days": terms.notice_days,
        "notice_rule": terms.notice_rule,
        "same_month_until_day": terms.same_month_until_day,
        "options": {
            terms.option_kind: {
                "requires_item": terms.option_item,
                "minimum_term_months": terms.option_minimum_term_months,
                "initial_fee_yen": None,
                "monthly_fee_yen": None,
            }
        },
        "credit": dict(terms.credit),
        "ranges": [cast(RangeView, one.stored()) for one in SERVICES[terms.service].ranges],
        "settings": {name: getattr(terms.settings, name) for name in terms.settings.__slots__},
        "articles": [*texts_of(terms.service)["articles"].values()],
        "readings": [
            {name: getattr(reading, name) for name in reading.__slots__} for reading in READINGS.values()
        ],
    }


def terms_in_force(
    day: date, editions: Editions = EDITIONS, recorded: Mapping[str, Announcement] = NOTHING_ANNOUNCED
) -> TermsView:
    """The version in force on a day. recorded: announcements. Raises NotInForce before the first one (R32)."""
    terms = editions.on(day)
    later = [other.in_force_from for other in editions if other.in_force_from > terms.in_force_from]
    return terms_view(terms, min(later) - DAY if later else None, recorded)


def _earliest_end(contract: Contract, wanted: date, today: date, editions: Editions) -> date:
    """The earliest end, no earlier than wanted, that a notice arriving today or later can bring."""
    effect = art6.effect(today, wanted, contract.billing_starts_on, editions)
    return effect.effective_on


def _item(item: Item) -> ItemView:
    return {
        "article": item.article,
        "name_ja": item.name_ja,
        "initial_fee_yen": item.initial_fee_yen,
        "monthly_fee_yen": item.monthly_fee_yen,
        "included": dict(item.included),
        "overage_yen": dict(item.overage_yen),
    }
