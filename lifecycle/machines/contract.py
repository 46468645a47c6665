"""The contract's lifecycle: from application to termination (Art. 2, 6, 7)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards, stays
from lifecycle.machines.events.accept import ACCEPT
from lifecycle.machines.events.amend import AMEND
from lifecycle.machines.events.apply import APPLY
from lifecycle.machines.events.change_administrator import CHANGE_ADMINISTRATOR
from lifecycle.machines.events.change_delivery import CHANGE_DELIVERY
from lifecycle.machines.events.change_item import CHANGE_ITEM
from lifecycle.machines.events.change_particulars import CHANGE_PARTICULARS
from lifecycle.machines.events.end_by_agreement import END_BY_AGREEMENT
from lifecycle.machines.events.end_by_company import END_BY_COMPANY
from lifecycle.machines.events.follow_up_misuse import FOLLOW_UP_MISUSE
from lifecycle.machines.events.hold_billing import HOLD_BILLING
from lifecycle.machines.events.meet_condition import MEET_CONDITION
from lifecycle.machines.events.notify_cancellation import NOTIFY_CANCELLATION
from lifecycle.machines.events.receive_form import RECEIVE_FORM
from lifecycle.machines.events.receive_informal_notice import RECEIVE_INFORMAL_NOTICE
from lifecycle.machines.events.reject import REJECT
from lifecycle.machines.events.report_misuse import REPORT_MISUSE
from lifecycle.machines.events.reschedule_billing import RESCHEDULE_BILLING
from lifecycle.machines.events.revoke_cancellation import REVOKE_CANCELLATION, billing_has_begun, others_stand
from lifecycle.machines.events.start_billing import START_BILLING
from lifecycle.machines.events.succeed import SUCCEED
from lifecycle.machines.events.terminate import TERMINATE
from lifecycle.machines.events.waive_condition import WAIVE_CONDITION
from lifecycle.machines.events.withdraw import WITHDRAW


class ContractLifecycle(StateMachine):
    """The clock fires `start_billing`, `hold_billing` and `terminate`; each event's module has its rules."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = APPLY

    applied = State(initial=True)
    accepted = State()
    billing = State()
    cancel_notified = State()
    terminated = State(final=True)
    rejected = State(final=True)
    withdrawn = State(final=True)

    accept = applied.to(accepted, validators=guards(ACCEPT))
    reject = applied.to(rejected, validators=guards(REJECT))
    withdraw = applied.to(withdrawn, validators=guards(WITHDRAW))

    amend = stays(applied, by=AMEND)
    receive_form = stays(applied, by=RECEIVE_FORM)

    reschedule_billing = stays(accepted, cancel_notified, by=RESCHEDULE_BILLING)
    notify_cancellation = cancel_notified.from_(
        accepted, billing, cancel_notified, validators=guards(NOTIFY_CANCELLATION)
    )
    receive_informal_notice = stays(accepted, billing, cancel_notified, by=RECEIVE_INFORMAL_NOTICE)
    end_by_company = cancel_notified.from_(accepted, billing, cancel_notified, validators=guards(END_BY_COMPANY))
    end_by_agreement = cancel_notified.from_(
        accepted, billing, cancel_notified, validators=guards(END_BY_AGREEMENT)
    )
    revoke_cancellation = (
        cancel_notified.to(cancel_notified, cond=others_stand, validators=guards(REVOKE_CANCELLATION))
        | cancel_notified.to(billing, cond=billing_has_begun, validators=guards(REVOKE_CANCELLATION))
        | cancel_notified.to(accepted, validators=guards(REVOKE_CANCELLATION))
    )

    start_billing = accepted.to(billing, validators=guards(START_BILLING)) | stays(
        cancel_notified, by=START_BILLING
    )
    hold_billing = stays(accepted, cancel_notified, by=HOLD_BILLING)
    terminate = cancel_notified.to(terminated, validators=guards(TERMINATE))

    change_item = stays(accepted, billing, cancel_notified, by=CHANGE_ITEM)
    meet_condition = stays(applied, accepted, billing, cancel_notified, by=MEET_CONDITION)
    waive_condition = stays(applied, accepted, billing, cancel_notified, by=WAIVE_CONDITION)
    change_administrator = stays(applied, accepted, billing, cancel_notified, by=CHANGE_ADMINISTRATOR)
    change_particulars = stays(applied, accepted, billing, cancel_notified, by=CHANGE_PARTICULARS)
    succeed = stays(accepted, billing, cancel_notified, by=SUCCEED)
    change_delivery = stays(accepted, billing, cancel_notified, by=CHANGE_DELIVERY)
    report_misuse = stays(applied, accepted, billing, cancel_notified, by=REPORT_MISUSE)
    follow_up_misuse = stays(applied, accepted, billing, cancel_notified, by=FOLLOW_UP_MISUSE)
