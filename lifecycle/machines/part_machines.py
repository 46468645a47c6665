"""The lifecycles of a contract's parts except options, and of outages: each reads like its diagram."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards, stays
from lifecycle.machines.events.accept_item_change import ACCEPT_ITEM_CHANGE
from lifecycle.machines.events.annul_outage import ANNUL_OUTAGE
from lifecycle.machines.events.apply_for_item_change import APPLY_FOR_ITEM_CHANGE
from lifecycle.machines.events.attribute_outage import ATTRIBUTE_OUTAGE
from lifecycle.machines.events.claim_credit import CLAIM_CREDIT, fault_unknown, not_claimed_yet
from lifecycle.machines.events.correct_outage import CORRECT_OUTAGE, has_recovery
from lifecycle.machines.events.correct_usage import CORRECT_USAGE
from lifecycle.machines.events.credit_due import BECOME_CLAIMABLE, CREDIT, LAPSE_CREDIT, REFUSE_CREDIT
from lifecycle.machines.events.end_measure import END_MEASURE
from lifecycle.machines.events.erase_personal_data import ERASE_PERSONAL_DATA
from lifecycle.machines.events.follow_outage import ATTRIBUTE_CREDIT, RECOVER_CREDIT
from lifecycle.machines.events.lapse_item_change import LAPSE_ITEM_CHANGE
from lifecycle.machines.events.lift_measure import LIFT_MEASURE
from lifecycle.machines.events.open_credit import OPEN_CREDIT
from lifecycle.machines.events.open_outage import OPEN_OUTAGE
from lifecycle.machines.events.record_usage import RECORD_USAGE
from lifecycle.machines.events.recover_outage import RECOVER_OUTAGE
from lifecycle.machines.events.reject import REJECT
from lifecycle.machines.events.set_fee import SET_FEE
from lifecycle.machines.events.start_measure import START_MEASURE
from lifecycle.machines.events.take_effect import TAKE_EFFECT
from lifecycle.machines.events.take_measure import TAKE_MEASURE
from lifecycle.machines.events.withdraw import WITHDRAW_ITEM_CHANGE


class MeasureLifecycle(StateMachine):
    """A measure of Art. 10: planned, in force, ended by lifting, by its plan or with the contract (R30).

    The clock fires `start` and `end`.
    """

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = TAKE_MEASURE

    planned = State(initial=True)
    in_force = State()
    ended = State(final=True)
    lifted = State(final=True)

    start = planned.to(in_force, validators=guards(START_MEASURE))
    end = ended.from_(planned, in_force, validators=guards(END_MEASURE))
    lift = lifted.from_(planned, in_force, validators=guards(LIFT_MEASURE))


class ItemChangeLifecycle(StateMachine):
    """An item change: applied for, accepted, effective by the clock (Art. 1, 7; R15, R19, R22).

    The clock fires `take_effect`, and `lapse` if the contract ends first.

    No state is final: the one-off fee of an accepted change can be set later in every state (R22).
    """

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = APPLY_FOR_ITEM_CHANGE

    applied = State(initial=True)
    accepted = State()
    effective = State()
    rejected = State()
    withdrawn = State()

    accept = applied.to(accepted, validators=guards(ACCEPT_ITEM_CHANGE))
    reject = applied.to(rejected, validators=guards(REJECT))
    withdraw = withdrawn.from_(applied, accepted, validators=guards(WITHDRAW_ITEM_CHANGE))
    set_fee = stays(accepted, effective, rejected, withdrawn, by=SET_FEE)
    take_effect = accepted.to(effective, validators=guards(TAKE_EFFECT))
    lapse = rejected.from_(applied, accepted, validators=guards(LAPSE_ITEM_CHANGE))


class UsageLifecycle(StateMachine):
    """The usage of a contract in a month: recorded, can be corrected (Annex 1, R24)."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = RECORD_USAGE

    recorded = State(initial=True)
    correct = stays(recorded, by=CORRECT_USAGE)


class OutageLifecycle(StateMachine):
    """An outage: ongoing until the company records the recovery (Art. 8, R26).

    To whom it is attributable can be recorded later; its facts can be corrected or annulled.
    """

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = OPEN_OUTAGE

    ongoing = State(initial=True)
    recovered = State()
    annulled = State(final=True)
    recover = ongoing.to(recovered, validators=guards(RECOVER_OUTAGE))
    attribute = stays(ongoing, recovered, by=ATTRIBUTE_OUTAGE)
    correct = recovered.from_(
        ongoing, recovered, cond=has_recovery, validators=guards(CORRECT_OUTAGE)
    ) | ongoing.from_(ongoing, recovered, validators=guards(CORRECT_OUTAGE))
    annul = annulled.from_(ongoing, recovered, validators=guards(ANNUL_OUTAGE))


class CreditLifecycle(StateMachine):
    """The reduction for one contract after an outage: claimable by the clock, claimed, credited, lapsed (Art. 8,
    R25 to R27).

    `recover` and `attribute` come from the outage; people only claim. The clock fires the others.

    No state is final: it follows from facts that may become known late (R26).
    """

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = OPEN_CREDIT

    open = State(initial=True)
    claimable = State()
    claimed = State()
    credited = State()
    lapsed = State()
    refused = State()

    become_claimable = open.to(claimable, cond=not_claimed_yet, validators=guards(BECOME_CLAIMABLE)) | open.to(
        claimed, validators=guards(BECOME_CLAIMABLE)
    )
    claim = claimed.from_(claimable, lapsed, validators=guards(CLAIM_CREDIT)) | open.to(
        open, cond=fault_unknown, validators=guards(CLAIM_CREDIT)
    )
    credit = claimed.to(credited, validators=guards(CREDIT))
    lapse = claimable.to(lapsed, validators=guards(LAPSE_CREDIT))
    refuse = refused.from_(open, claimable, claimed, lapsed, validators=guards(REFUSE_CREDIT))
    recover = stays(open, claimable, claimed, credited, lapsed, refused, by=RECOVER_CREDIT)
    attribute = stays(open, claimable, claimed, credited, lapsed, refused, by=ATTRIBUTE_CREDIT)


class ErasureLifecycle(StateMachine):
    """The erasure of a contract's personal data: one row, after the end of the contract, and final (R14)."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = ERASE_PERSONAL_DATA

    erased = State(initial=True, final=True)
