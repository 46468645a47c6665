"""The people of a contract: particulars, succession, amendments, delivery, and the people of a past day (R39)."""

from typing import Any

import pytest

from tests.api.desk import Desk, Json
from tests.api.parts import last_row, refusing
from tests.api.situations import contract_in

FULL = {
    "name": "株式会社サンプル配信", "email": "keiyaku@example.co.jp", "number": "C-1001",
    "kana": "サンプルハイシン",
    "postal_code": "102-0071", "address": "東京都千代田区富士見2-10-2", "phone": "03-1234-5678",
}  # fmt: skip
NOTHING_ELSE = {"number": None, "kana": None, "postal_code": None, "address": None, "phone": None}
HEIR = {"name": "株式会社承継", "email": "keiyaku@example.com", "number": "C-2002"}
SATO = {"name": "佐藤花子", "email": "sato@example.co.jp"}
SUCCESSION = {"ground": "merger", "customer": HEIR, "administrator": SATO}


def as_of(desk: Desk, contract: Json, day: str, **query: str) -> tuple[str, str]:
    """Return the customer and the administrator on a day, as known now or at `known_at`."""
    shown = desk.show(contract, effective_at=f"{day}T12:00:00+09:00", **query)
    return shown["customer"]["name"], shown["administrator"]["name"]


def test_a_customer_is_found_by_number_kana_address_and_phone(desk: Desk) -> None:
    contract = desk.apply(customer=FULL)
    assert contract["customer"] == FULL
    for sought in ("c-1001", "さんぷる", "千代田区", "1234-5678"):
        assert [one["id"] for one in desk.get("/v1/contracts", q=sought)["items"]] == [contract["id"]]
    assert "1234" not in str(desk.history(contract))


def test_particulars_that_are_not_given_are_null(desk: Desk) -> None:
    contract = desk.apply()
    assert contract["customer"] == desk.application["customer"] | NOTHING_ELSE


def test_all_contracts_of_a_customer_are_found_by_the_number(desk: Desk) -> None:
    first, second, other = desk.apply(customer=FULL), desk.apply(customer=FULL), desk.apply()
    desk.do(other, "change_particulars", customer={"number": "C-10011"})
    for typed in ("C-1001", " c-1001 ", "Ｃ-1001"):
        found = desk.get("/v1/contracts", customer_number=typed)["items"]
        assert [one["id"] for one in found] == [first["id"], second["id"]]
    assert desk.get("/v1/contracts", customer_number="C-100")["items"] == []


# the contract was received on 20 April; the clock of the desk shows 22 April 2022, 09:00
def test_particulars_change_from_their_day_on_and_only_those_named(desk: Desk) -> None:
    contract = desk.apply(customer=FULL, received_on="2022-04-18")
    changed = {"name": "株式会社新社名", "phone": None}
    after = desk.do(contract, "change_particulars", on="2022-04-20", customer=changed, reason="register extract")
    assert after["customer"] == FULL | changed
    assert [as_of(desk, contract, f"2022-04-{day}")[0] for day in (18, 19, 20, 21)] == [
        FULL["name"], FULL["name"], "株式会社新社名", "株式会社新社名",
    ]  # fmt: skip
    row = last_row(desk, contract)
    assert (row["facts"], len(row["personal"])) == ({"changed": ["name", "phone"]}, 64)
    assert [(r["rule"], r["reading"]) for r in row["rulings"]] == [("particulars_changed", "R39")]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_the_people_of_a_day_do_not_depend_on_the_order_of_entry(desk: Desk, order: tuple[int, ...]) -> None:
    contract = desk.apply(received_on="2022-04-10")
    acts: list[tuple[str, Json]] = [
        ("change_administrator", {"on": "2022-04-12", "administrator": SATO}),
        ("change_particulars", {"on": "2022-04-14", "customer": {"address": "大阪市"}}),
        ("change_administrator", {"on": "2022-04-16", "administrator": {"name": "鈴木"}}),
    ]
    for number in order:
        after = desk.do(contract, acts[number][0], **acts[number][1])
    assert (after["administrator"]["name"], after["customer"]["address"]) == ("鈴木", "大阪市")
    known = [as_of(desk, contract, f"2022-04-{day}")[1] for day in (11, 12, 15, 16)]
    assert known == ["山田太郎", "佐藤花子", "佐藤花子", "鈴木"]
    assert desk.get("/v1/contracts", q="佐藤")["items"] == []


def test_the_people_as_known_at_an_instant_can_still_be_queried(desk: Desk) -> None:
    contract = desk.apply(received_on="2022-04-10")
    desk.move_to("2022-05-10")
    desk.do(contract, "change_administrator", on="2022-04-20", administrator=SATO)
    assert as_of(desk, contract, "2022-04-25") == ("株式会社サンプル配信", "佐藤花子")
    assert as_of(desk, contract, "2022-04-25", known_at="2022-05-01T00:00:00+09:00")[1] == "山田太郎"


@pytest.mark.parametrize("state", ["accepted", "billing", "cancel_notified"])
@pytest.mark.parametrize(
    ("ground", "consented_on", "article"),
    [
        ("merger", None, "Companies Act"),
        ("split", None, "Companies Act"),
        ("transfer", "2022-04-21", "Civil Code"),
        ("inheritance", None, "Civil Code"),
    ],
)
def test_a_contract_passes_on_with_its_terms_and_fees(
    desk: Desk, state: str, ground: str, consented_on: str | None, article: str
) -> None:
    contract = contract_in(desk, state)
    body = SUCCESSION | {"ground": ground} | ({"consented_on": consented_on} if consented_on else {})
    charges = desk.get(f"/v1/contracts/{contract['id']}/charges")
    after = desk.do(contract, "succeed", **body)
    assert after["customer"] == HEIR | {"kana": None, "postal_code": None, "address": None, "phone": None}
    assert (after["administrator"], after["state"]) == (SATO, state)
    for name in ("id", "reference", "minimum_term_ends_on", "billing_starts_on", "cancellation"):
        assert after[name] == contract[name]
    assert desk.get(f"/v1/contracts/{contract['id']}/charges") == charges
    (ruling,) = last_row(desk, contract)["rulings"]
    assert (ruling["rule"], ruling["reading"], ruling["article"]) == ("succession", "R39", article)


def test_before_its_day_the_former_party_is_shown_and_after_it_the_new_one(desk: Desk) -> None:
    contract = desk.accept(desk.apply(received_on="2022-04-10"), accepted_on="2022-04-12")
    after = desk.do(contract, "succeed", on="2022-04-20", ground="inheritance", customer={"name": "山田一子"})
    assert (after["customer"]["name"], after["administrator"]["name"]) == ("山田一子", "山田太郎")
    assert as_of(desk, contract, "2022-04-19")[0] == "株式会社サンプル配信"
    assert as_of(desk, contract, "2022-04-20")[0] == "山田一子"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"ground": "transfer"}, ""),  # no consent
        ({"ground": "merger", "consented_on": "2022-04-20"}, ""),
        ({"ground": "sale"}, "/ground"),
        ({"customer": {"email": "a@example.com"}}, "/customer/name"),
        ({"customer": {"name": "x", "fax": "1"}}, "/customer/fax"),
        ({"on": "2022-13-01"}, "/on"),
    ],
)
def test_an_incomplete_or_contradictory_succession_is_malformed(desk: Desk, body: Json, pointer: str) -> None:
    contract = contract_in(desk, "accepted")
    problem = desk.do(contract, "succeed", 422, **SUCCESSION | body)
    assert [error["pointer"] for error in problem["errors"]] == [pointer]


@pytest.mark.parametrize("customer", [{}, {"name": None}, {"name": ""}, {"number": "x" * 51}, {"phone": 3}])
def test_particulars_that_are_empty_or_remove_the_name_are_malformed(desk: Desk, customer: Json) -> None:
    desk.do(desk.apply(), "change_particulars", 422, customer=customer)


def test_changes_of_people_in_the_future_are_refused(desk: Desk) -> None:
    contract = contract_in(desk, "accepted")
    bodies: dict[str, tuple[str, Any]] = {
        "change_administrator": ("Art. 4(1)", {"administrator": SATO}),
        "change_particulars": ("Civil Code", {"customer": {"phone": "1"}}),
        "succeed": ("Civil Code", SUCCESSION),
        "change_delivery": ("Art. 3(1)", {"delivery": {"https": True}}),
    }
    for event, (article, body) in bodies.items():
        problem = desk.do(contract, event, 409, **body | {"on": "2022-04-23"})
        assert refusing(problem) == [("not_in_future", article)]


# --- before the acceptance ---------------------------------------------------------------------


def test_the_customer_changes_the_application_and_it_is_accepted_as_changed(desk: Desk) -> None:
    contract = desk.apply(received_on="2022-04-18", declarations={"laws_accepted": True, "rights_cleared": False})
    after = desk.do(
        contract, "amend", amended_on="2022-04-20", item="basic", reference="OD-NEW", customer=FULL,
        requested_billing_start_on="2022-06-01", declarations={"rights_cleared": True},
        delivery={"https": True, "certificate_obtained": True}, administrator=SATO,
    )  # fmt: skip
    assert (after["item"], after["reference"], after["customer"]) == ("basic", "OD-NEW", FULL)
    assert after["declarations"] == {"laws_accepted": True, "rights_cleared": True}
    assert after["delivery"] == {
        "custom_domain": None, "https": True, "certificate_obtained": True,
        "certificate_expires_on": None, "certificate_kind": None,
    }  # fmt: skip
    before = desk.show(contract, effective_at="2022-04-19T00:00:00+09:00")
    assert (before["item"], before["administrator"]["name"]) == ("premium", "山田太郎")
    accepted = desk.accept(contract)
    assert (accepted["billing_starts_on"], accepted["state"]) == ("2022-06-01", "accepted")
    (fee,) = desk.get(f"/v1/contracts/{contract['id']}/charges")["items"]
    assert (fee["kind"], fee["amount_yen"]) == ("initial_fee", 80_000)
    assert [one["id"] for one in desk.get("/v1/contracts", q="od-new")["items"]] == [contract["id"]]
    assert desk.get("/v1/contracts", q=contract["reference"])["items"] == []


def test_an_amendment_removes_a_value_by_null(desk: Desk) -> None:
    contract = desk.apply()
    after = desk.do(contract, "amend", administrator=None, requested_billing_start_on=None)
    assert (after["administrator"], after["requested_billing_start_on"]) == (None, None)
    assert refusing(desk.do(contract, "accept", 409, billing_starts_on="2022-05-01")) == [
        ("administrator_named", "Art. 4(1)")
    ]


def test_a_reference_that_is_taken_is_refused_and_names_the_other_contract(desk: Desk) -> None:
    first, second = desk.apply(), desk.apply()
    problem = desk.do(second, "amend", 409, reference=first["reference"])
    assert problem["existing"] == f"/v1/contracts/{first['id']}"


@pytest.mark.parametrize("body", [{}, {"reason": "x"}, {"item": None}, {"received_on": "2022-04-01"}])
def test_an_amendment_that_names_nothing_or_the_day_of_receipt_is_malformed(desk: Desk, body: Json) -> None:
    desk.do(desk.apply(), "amend", 422, **body)


def test_after_the_acceptance_the_application_is_amended_no_more(desk: Desk) -> None:
    problem = desk.do(desk.accepted(), "amend", 409, item="basic")
    assert problem["state"] == "accepted" and "change_delivery" in problem["allowed_events"]


# --- the delivery after it ---------------------------------------------------------------------

DOMAIN = {"name": "v.example.jp", "acquired": True, "dns_registered": False}


def test_another_domain_leaves_its_conditions_open_and_billing_is_held(desk: Desk) -> None:
    contract = desk.accepted()
    after = desk.do(contract, "change_delivery", delivery={"custom_domain": DOMAIN, "https": False})
    assert (after["delivery"]["custom_domain"], after["conditions"]["open"]) == (DOMAIN, ["dns"])
    desk.move_to("2022-05-02")
    assert desk.show(contract)["billing_held"] is True


def test_conditions_met_for_the_former_domain_are_open_again_for_another(desk: Desk) -> None:
    contract = desk.accepted(delivery={"custom_domain": DOMAIN, "https": True})
    for name in ("dns", "certificate"):
        desk.do(contract, "meet_condition", condition=name)
    same = desk.do(contract, "change_delivery", delivery={"custom_domain": DOMAIN, "https": True})
    assert same["conditions"]["open"] == []
    other = DOMAIN | {"name": "w.example.jp", "acquired": False}
    after = desk.do(contract, "change_delivery", delivery={"custom_domain": other, "https": True})
    assert after["conditions"]["open"] == ["domain", "dns", "certificate"]


# --- erasure -----------------------------------------------------------------------------------


def test_an_erasure_reaches_every_version(desk: Desk) -> None:
    contract = desk.apply(customer=FULL, received_on="2022-04-18")
    desk.do(contract, "change_administrator", on="2022-04-20", administrator=SATO)
    desk.do(contract, "withdraw", withdrawn_on="2022-04-21")
    desk.post(f"/v1/contracts/{contract['id']}/erase_personal_data", {"reason": "asked for"})
    counts = desk.counts()
    assert (counts["personal"], counts["people_version"]) == (0, 0)
    shown = desk.show(contract, effective_at="2022-04-19T00:00:00+09:00")
    assert (shown["customer"], shown["administrator"]) == (None, None)


def test_the_annulment_of_a_succession_restores_the_former_party(desk: Desk) -> None:
    contract = contract_in(desk, "billing")
    desk.do(contract, "succeed", **SUCCESSION)
    entry = last_row(desk, contract)["id"]
    body = {"entries": [entry], "ground": "never_happened", "reason": "another contract"}
    after = desk.post(f"/v1/contracts/{contract['id']}/annulments", body)
    assert after["customer"]["name"] == "株式会社サンプル配信"
    assert desk.get("/v1/contracts", customer_number="C-2002")["items"] == []
