"""Operations on outages and on the credits that they open (Art. 8)."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from lifecycle.commands import outages
from lifecycle.commands.answers import credit_answer, outage_answer, with_changes
from lifecycle.commands.command import Call, Outcome
from lifecycle.commands.enter_event import Executed
from lifecycle.commands.four_eyes import lapse
from lifecycle.commands.operation import AnyOperation, Operation
from lifecycle.commands.outage_report import OutageReport
from lifecycle.machines.body import NeedsReason
from lifecycle.machines.dossier import row_id
from lifecycle.machines.event import EITHER, OPERATOR
from lifecycle.machines.events.attribute_outage import AttributedBody
from lifecycle.machines.events.claim_credit import ClaimedBody
from lifecycle.machines.events.correct_outage import CorrectOutage, OutageCorrectionBody
from lifecycle.machines.events.open_outage import OutageFoundBody
from lifecycle.machines.events.recover_outage import RecoveredBody
from lifecycle.machines.parts import Outage
from lifecycle.queries.changes_of_many import SummedChanges, Tell
from lifecycle.queries.views.changes import OutageChanges


class OutageDone(NamedTuple):
    """An outage after a command, and the changes to the record of its contracts."""

    outage: Outage
    changes: OutageChanges | None


def _open(call: Call) -> OutageDone:
    body: OutageFoundBody = call.body
    only = None if body.contracts == "all" else tuple(dict.fromkeys(body.contracts))
    report = OutageReport(
        body.known_at, body.source, body.attributable, only, body.recovered_at, body.service
    )  # fmt: skip
    return _told(call, lambda tell: outages.open_outage(call.conn, call.context, report, tell))


def _recover(call: Call) -> OutageDone:
    at = call.body.recovered_at
    return _told(call, lambda tell: outages.recover(call.conn, call.subject_id, call.context, at, tell))


def _attribute(call: Call) -> OutageDone:
    fault = call.body.attributable
    return _told(
        call,
        lambda tell: outages.attribute(call.conn, call.subject_id, call.context, attributable=fault, tell=tell),
    )


def _correct(call: Call) -> OutageDone:
    body: OutageCorrectionBody = call.body
    outage = outages.load_outage(call.conn, call.subject_id)
    given = {name: getattr(body.facts, name) for name in body.facts.model_fields_set}
    if "contracts" in given:
        named = given["contracts"]
        given["contracts"] = None if named == "all" else tuple(dict.fromkeys(named))
    was = {name: vars(outage)[name] for name in CorrectOutage.names()}
    facts = CorrectOutage(**{**was, **given})
    return _told(call, lambda tell: outages.correct_outage(call.conn, call.subject_id, call.context, facts, tell))


def _annul(call: Call) -> OutageDone:
    return _told(call, lambda tell: outages.annul_outage(call.conn, call.subject_id, call.context, tell))


def _told(call: Call, run: Callable[[Tell], Outage]) -> OutageDone:
    summed = SummedChanges(call.conn, call.now)
    outage = run(summed.add)
    opens = call.command.subject_id is None
    lapsed = () if opens else lapse(call, [outage], row_id(outage.id, outage.seq))
    return OutageDone(outage, summed.view(lapsed))


def _is_weighty(call: Call, done: OutageDone) -> bool:
    """Whether money of a sent month changes for any contract (R35)."""
    return done.changes is not None and any(one["issued"] for one in done.changes["money"])


def _show(call: Call, done: OutageDone) -> Outcome:
    outcome = outage_answer(call.conn, done.outage, created=call.command.subject_id is None)
    if done.changes is None:
        return outcome
    return replace(outcome, content={**outcome.content, "changes": done.changes})


def _claim(call: Call) -> tuple[Executed, str]:
    outage_id = call.command.part or ""
    return outages.claim(call.conn, call.subject_id, outage_id, call.context, call.body.happened)


def _show_claim(call: Call, done: tuple[Executed, str]) -> Outcome:
    executed, credit_id = done
    return with_changes(call, credit_answer(executed.dossier, credit_id, call.now), executed)


OUTAGE_OPERATIONS: tuple[AnyOperation, ...] = (
    Operation(
        name="outages-open_outage", body=OutageFoundBody, run=_open,
        show=_show, roles=OPERATOR,
    ),
    Operation(
        name="outages-recover", body=RecoveredBody, run=_recover,
        show=_show, roles=OPERATOR,
    ),
    Operation(
        name="outages-attribute", body=AttributedBody, run=_attribute,
        show=_show, roles=OPERATOR,
    ),
    Operation(
        name="outages-correct_outage", body=OutageCorrectionBody, run=_correct,
        show=_show, roles=OPERATOR, weighty=_is_weighty,
    ),
    Operation(
        name="outages-annul_outage", body=NeedsReason,
        run=_annul,
        show=_show, roles=OPERATOR, weighty=_is_weighty,
    ),
    Operation(
        name="outages-claim", body=ClaimedBody, run=_claim,
        show=_show_claim, roles=EITHER,
    ),
)  # fmt: skip
