"""Writes a contract's papers: lists them by name, adds the addressee and the sender."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from api.documents import contract_papers, money_papers
from api.documents.content import Document, Draft
from api.documents.correction_paper import correction, corrections_in
from api.documents.sources import Sources
from api.messages.catalogue import Language
from api.problems import Problem
from api.request.issuer import Issuer
from lifecycle.machines.dossier import Dossier
from lifecycle.machines.entries import Row
from lifecycle.queries.document_facts import is_decided
from lifecycle.terms.calendar import Month, tokyo_day

BY_NAME = {
    "acceptance": contract_papers.acceptance,
    "cancellation": contract_papers.cancellation,
    "end_by_agreement": contract_papers.end_by_agreement,
    "end_by_company": contract_papers.end_by_company,
}
OF_A_MONTH = {"statement": money_papers.statement, "adjustment": money_papers.adjustment}
OF_A_THING = {"claim": money_papers.claim, "correction": correction}
_NAMES = re.compile(
    r"acceptance|cancellation|end_by_(agreement|company)|adjustment-\d{4}-\d\d|claim-\w{1,40}|correction-[\w.]{1,50}",
    re.ASCII,
)


def name_of_paper(name: str) -> str:
    """Return the name itself. Raises ValueError for a name that no paper has."""
    if _NAMES.fullmatch(name) is None:
        raise ValueError("is not the name of a paper")
    return name


UNSIGNED = (
    "A paper says who sends it: set LIFECYCLE_ISSUER_NAME, LIFECYCLE_ISSUER_ADDRESS and LIFECYCLE_ISSUER_CONTACT, "
    "and start the service anew."
)


def require_issuer(issuer: Issuer | None, *, sandbox: bool) -> None:
    """Raise Problem 409 if no sender is set."""
    if issuer is None and not sandbox:
        raise Problem(409, "issuer-not-set", "Nobody is named as the issuer of papers", UNSIGNED)


class DocumentWriter:
    """Writes one contract's papers in one language from the current record. issuer: the sender. sandbox: whether
    they are samples.
    """

    def __init__(
        self, conn: Connection, contract_id: str, now: datetime, language: Language, issuer: Issuer | None,
        *, sandbox: bool,
    ) -> None:  # fmt: skip
        self.found = Sources(conn, contract_id, now, language)
        self.issuer, self.sandbox = issuer, sandbox

    def paper(self, name: str) -> Document:
        """Return a paper by its name, with the month or the id after the hyphen. Raises Problem 404, 409."""
        draft = self._draft(name)
        require_issuer(self.issuer, sandbox=self.sandbox)
        return self._made(draft)

    def _draft(self, name: str) -> Draft:
        if name in BY_NAME:
            return BY_NAME[name](self.found)
        kind, _, of = name.partition("-")
        if kind in OF_A_THING:
            return OF_A_THING[kind](self.found, of)
        if kind in OF_A_MONTH and len(of) == 7:
            try:
                month = Month.parse(of)
            except ValueError:
                month = None
            if month is not None:
                return OF_A_MONTH[kind](self.found, month)
        raise Problem(404, "unknown", "Not found", "There is no such paper.")

    def _made(self, draft: Draft) -> Document:
        found, say = self.found, self.found.say
        issued_on = draft.issued_on or tokyo_day(found.now)
        rests = any(line.because for section in draft.sections for line in section.lines)
        notes = (*draft.notes, *([say("paper.closing")] if rests else []))
        return Document(
            name=f"{found.view['reference']}-{draft.name}",
            reference=found.view["reference"],
            language=found.language,
            title=say(f"paper.{draft.title}"),
            to=addressed(found.customer_at(draft.act_at), found.language),
            issued=say("paper.issued", day=found.show.day(issued_on)),
            issued_on=issued_on,
            issuer=self.issuer,
            sample=say("paper.sample") if self.sandbox else "",
            opening=say(f"paper.{draft.opening}", **draft.words),
            sections=draft.sections,
            notes=notes,
            labels=(say("paper.label"), say("paper.amount")),
        )


def available_papers(dossier: Dossier, rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Return the available papers of a contract except those about a month: name, and the key of its title. rows:
    its history.
    """
    contract = dossier.contract
    by = {notice.by for one in (contract, *dossier.options) for notice in one.standing_notices}
    there = {
        "acceptance": contract.accepted_on is not None, "cancellation": "customer" in by,
        "end_by_agreement": "agreement" in by, "end_by_company": "company" in by,
    }  # fmt: skip
    papers = [(name, name) for name, is_there in there.items() if is_there]
    papers += [(f"claim-{one.id}", "claim") for one in dossier.credits if is_decided(one)]
    return papers + [(f"correction-{name}", "correction") for name in corrections_in(rows)]


_BODIES = re.compile(
    r"株式会社|有限会社|合同会社|合資会社|合名会社|相互会社|法人|財団|社団|組合|連合会|商工会|協会|協議会|委員会|学会|機構|公社|公団"
    r"|大学|学校|学園|学院|研究所|病院|医院|診療所|新聞社|放送局|出版社|事務所|事業部|本舗|商店|商会|製作所"
    r"|\((?:株|有|同|資|名|相|一社|公社|一財|公財|学|医|福|特非|独|宗)\)"
    r"|(?:省|庁|県|府|都庁|道庁|市|区|町|村|役所|役場|署|局|部|課|室|館|園|団|社)$"
    r"|\b(?:co|corp|inc|ltd|llc|llp|plc|gmbh|ag|k\.?k|corporation|company|limited|university|foundation|association)\b\.?",
    re.IGNORECASE,
)


def is_body(name: str) -> bool:
    """Whether a name is that of a company or another organisation, as far as the name shows."""
    return _BODIES.search(unicodedata.normalize("NFKC", name).strip()) is not None


def addressed(name: str, language: Language) -> str:
    """Return the name as the addressee line of a letter; empty for no name."""
    if not name:
        return ""
    if language == "en":
        return f"To {name}"
    return f"{name} {'御中' if is_body(name) else '様'}"
