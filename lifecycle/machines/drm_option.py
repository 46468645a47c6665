"""The DRM option's lifecycle: its own term and notices, and never longer than its contract (Art. 5)."""

from statemachine import State, StateMachine

from lifecycle.machines.event import guards, stays
from lifecycle.machines.events.accept_option import ACCEPT_OPTION
from lifecycle.machines.events.apply_for_option import APPLY_FOR_OPTION
from lifecycle.machines.events.change_fees import CHANGE_FEES
from lifecycle.machines.events.notify_cancellation import NOTIFY_CANCELLATION
from lifecycle.machines.events.receive_form import RECEIVE_OPTION_FORM
from lifecycle.machines.events.receive_informal_notice import RECEIVE_INFORMAL_NOTICE
from lifecycle.machines.events.reject import REJECT_OPTION
from lifecycle.machines.events.reschedule_billing import RESCHEDULE_OPTION_BILLING
from lifecycle.machines.events.revoke_cancellation import (
    REVOKE_OPTION_CANCELLATION,
    billing_has_begun,
    others_stand,
)
from lifecycle.machines.events.start_billing import START_BILLING
from lifecycle.machines.events.terminate import TERMINATE_OPTION
from lifecycle.machines.events.withdraw import WITHDRAW


class DrmOptionLifecycle(StateMachine):
    """Like the contract's; in addition, the contract's end ends it from any state that is not final (R18)."""

    allow_event_without_transition = False
    catch_errors_as_events = False
    opens_with = APPLY_FOR_OPTION

    applied = State(initial=True)
    accepted = State()
    billing = State()
    cancel_notified = State()
    terminated = State(final=True)
    rejected = State(final=True)
    withdrawn = State(final=True)

    accept = applied.to(accepted, validators=guards(ACCEPT_OPTION))
    reject = applied.to(rejected, validators=guards(REJECT_OPTION))
    withdraw = applied.to(withdrawn, validators=guards(WITHDRAW))

    receive_form = stays(applied, by=RECEIVE_OPTION_FORM)

    reschedule_billing = stays(accepted, cancel_notified, by=RESCHEDULE_OPTION_BILLING)
    notify_cancellation = cancel_notified.from_(
        accepted, billing, cancel_notified, validators=guards(NOTIFY_CANCELLATION)
    )
    receive_informal_notice = stays(accepted, billing, cancel_notified, by=RECEIVE_INFORMAL_NOTICE)
    revoke_cancellation = (
        cancel_notified.to(cancel_notified, cond=others_stand, validators=guards(REVOKE_OPTION_CANCELLATION))
        | cancel_notified.to(billing, cond=billing_has_begun, validators=guards(REVOKE_OPTION_CANCELLATION))
        | cancel_notified.to(accepted, validators=guards(REVOKE_OPTION_CANCELLATION))
    )

    change_fees = stays(accepted, billing, cancel_notified, by=CHANGE_FEES)

    start_billing = accepted.to(billing, validators=guards(START_BILLING)) | stays(
        cancel_notified, by=START_BILLING
    )
    terminate = terminated.from_(accepted, billing, cancel_notified, validators=guards(TERMINATE_OPTION))
