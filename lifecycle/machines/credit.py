"""What an outage earns one contract: claimable by the clock, claimed, credited, or lapsed (Art. 8, R25 to R27)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards, stays
from lifecycle.machines.events.claim_credit import CLAIM_CREDIT, fault_unknown, not_claimed_yet
from lifecycle.machines.events.credit_due import BECOME_CLAIMABLE, CREDIT, LAPSE_CREDIT, REFUSE_CREDIT
from lifecycle.machines.events.follow_outage import ATTRIBUTE_CREDIT, RECOVER_CREDIT
from lifecycle.machines.events.open_credit import OPEN_CREDIT


class CreditLifecycle(StateMachine):
    """`recover` and `attribute` come from the outage; people only claim. The rest is the clock's.

    No state is final: what is credited or refused follows from facts that may become known late (R26).
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
