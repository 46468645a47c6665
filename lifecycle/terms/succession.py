"""Another party, other particulars: a contract goes on with whoever holds it (R39; Civil Code, Companies Act)."""

from datetime import date

from lifecycle.terms.editions import Terms, ja
from lifecycle.terms.ruling import Ruling

GROUNDS = {
    "merger": ("Companies Act", "a merger (Companies Act Art. 750)", "吸収合併（会社法第750条）"),
    "split": ("Companies Act", "a company split (Companies Act Art. 759)", "吸収分割（会社法第759条）"),
    "transfer": (
        "Civil Code",
        "a transfer with consent (Civil Code Art. 539-2)",
        "承諾のある譲渡（民法第539条の2）",
    ),
    "inheritance": ("Civil Code", "an inheritance (Civil Code Art. 896)", "相続（民法第896条）"),
}


def succession(ground: str, on: date, consented_on: date | None, terms: Terms) -> Ruling:
    """The contract passes to another party: no new fee, no new minimum term (R39)."""
    article, how, how_ja = GROUNDS[ground]
    consent, consent_ja = (
        (f"; the company consented on {consented_on}", f"（当社の承諾: {ja(consented_on)}）")
        if consented_on is not None
        else ("", "")
    )
    return Ruling(
        "succession", article, "R39", terms.version,
        f"On {on} the contract passes to another party by {how}{consent}. It continues unchanged: no new fee, no "
        "new minimum term.",
        f"{how_ja}により、{ja(on)}に契約上の地位が新たな当事者に承継される{consent_ja}。契約は従前のとおり存続し、"
        "新たな費用も最低利用期間も生じない。",
        on=on, assumed=terms.assumed,
    )  # fmt: skip


def particulars_changed(on: date, terms: Terms) -> Ruling:
    """The customer's particulars change from a day; the party stays the same (R39)."""
    return Ruling(
        "particulars_changed", "Civil Code", "R39", terms.version,
        f"The customer's particulars change from {on}; the party stays the same.",
        f"{ja(on)}から契約者の届出事項を変更する。契約当事者に変更はない。",
        on=on, assumed=terms.assumed,
    )  # fmt: skip


def application_amended(on: date, terms: Terms) -> Ruling:
    """The customer changes the application before it is accepted: it is accepted as changed (R10, Art. 7)."""
    return Ruling(
        "application_amended", "Art. 7", "R10", terms.version,
        f"The application was changed on {on}, before its acceptance: it is accepted as changed.",
        f"申込は承諾前の{ja(on)}に変更された。承諾の対象は変更後の申込である。",
        on=on, assumed=terms.assumed,
    )  # fmt: skip
