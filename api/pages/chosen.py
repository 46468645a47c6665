"""Contracts chosen in the list: one act for all of them, each by its own command, previewed together.

A row that is refused, or whose effect differs from the preview, does not affect the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from api.pages.chosen_papers import PAPERS, papers_file
from api.pages.filled_form import FilledForm
from api.pages.form_table import BY_NAME
from api.pages.forms import open_form
from api.pages.layout import page
from api.pages.preview import NotTicked
from api.pages.routing import ours, pages, see
from api.pages.session import PageSession, PostedForm, SignedInSession
from api.pages.two_steps import carry_out, rehearse
from api.problems import Problem
from api.request.context import context_of
from api.routes.files import contract_rows, sheet
from lifecycle.errors import DomainError
from lifecycle.people.own_settings import ROWS
from lifecycle.records.contract_filter import ContractFilter

router = pages()
MOST = max(ROWS)  # as many as a page of the list shows
EXPORT = "export"


class ChosenAct(NamedTuple):
    """An act on chosen contracts. needs: the operation that the visitor must be allowed."""

    name: str
    needs: str


ACTS = (
    ChosenAct("accept", "contracts-accept"),
    ChosenAct("assign", "contracts-assign"),
    ChosenAct(EXPORT, "files-list_contracts"),
    *(ChosenAct(name, "files-paper") for name in PAPERS),
)


@dataclass(slots=True)
class ChosenRow:
    """One contract. outcome: done, proposed or refused, None while it is previewed."""

    sheet: FilledForm
    outcome: str | None = None

    @property
    def id(self) -> str:
        """The contract's id."""
        return self.sheet.ids["contract_id"]

    @property
    def stands(self) -> bool:
        """Whether it can be confirmed."""
        return self.sheet.preview is not None and not self.sheet.preview.ends_now


@router.get("/contracts/chosen")
async def look_again(request: Request, visit: SignedInSession) -> Response:
    """Go back to the list, because an address chooses nothing."""
    return see("/contracts")


@router.post("/contracts/chosen")
async def act_on_chosen(request: Request, visit: SignedInSession, sent: PostedForm) -> Response:
    """Preview an act for all chosen contracts, or execute it for all previewed ones."""
    act = next((one for one in ACTS if one.name == sent.get("act")), None)
    if act is None:
        raise Problem(422, "malformed", "Malformed input", "There is no such act.")
    visit.need(act.needs)
    every = str(sent.get("every") or "").split()
    ids = list(dict.fromkeys((*(str(one) for one in sent.getlist("chosen")), *every)))[:MOST]
    back = ours(str(sent.get("from") or "/contracts"))
    if not ids:
        return see(back)
    if act.name == EXPORT:
        return await _exported(request, visit, ids)
    if act.name in PAPERS:
        return await run_in_threadpool(papers_file, request, visit, act.name, ids, back)
    doing = sent.get("step") == "do"
    rows = [await _row(request, visit, act, one, sent, doing=doing) for one in ids]
    found = [row for row in rows if row is not None]
    return page(
        request, visit, "chosen.html", act=act, rows=found, form=BY_NAME[act.needs], back=back, doing=doing
    )


async def _row(
    request: Request, visit: PageSession, act: ChosenAct, id_: str, sent: FormData, *, doing: bool
) -> ChosenRow | None:
    """Return a contract's row, None for an unknown id."""
    typed: Mapping[str, Any] = {name: str(text) for name, text in sent.items()}
    try:
        filled = await open_form(request, visit, BY_NAME[act.needs], {"contract_id": id_}, typed, sent=True)
    except DomainError:
        return None
    row = ChosenRow(filled)
    agreed = sent.get(f"agreed-{id_}")
    if doing and filled.possible_duplicates and not sent.get(f"sure-{id_}"):
        row.outcome = "refused"
        await rehearse(request, visit, filled)
        filled.problem = filled.problem or NotTicked().as_problem(filled.path)
    elif doing and agreed is not None and not filled.errors:
        given = {
            "agreed": str(agreed), "key": str(sent.get(f"key-{id_}") or ""), "ends": "", "accept": "",
            "version": str(sent.get(f"version-{id_}") or ""),
        }  # fmt: skip
        address = await carry_out(request, visit, filled, given)
        row.outcome = "refused" if address is None else "proposed" if address.endswith("&proposed") else "done"
    else:
        await rehearse(request, visit, filled)
    return row


async def _exported(request: Request, visit: PageSession, ids: Sequence[str]) -> Response:
    context = context_of(request)
    wanted = ContractFilter(ids=tuple(ids), people=visit.principal.sees_personal_data)
    with context.exporting.entered():
        return sheet("contracts", "xlsx", contract_rows(wanted), context, visit.language)
