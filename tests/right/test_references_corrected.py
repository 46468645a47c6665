"""A mistyped reference is corrected, before and after acceptance (R35)."""

import pytest

from tests.api.desk import Desk, Json, path_of
from tests.right.test_corrections import correct, row


@pytest.fixture
def contract(desk: Desk) -> Json:
    """Accepted under a mistyped reference."""
    return desk.accepted(reference="OD-2022-0099")


def test_the_contract_is_found_by_its_corrected_reference(desk: Desk, contract: Json) -> None:
    entry = row(desk, contract, "apply")["id"]
    found = correct(desk, contract, entry, {"reference": "OD-2022-0090"})
    assert (found["reference"], found["state"]) == ("OD-2022-0090", "accepted")
    (day,) = found["changes"]["days"]
    assert (day["field"], day["before"], day["after"]) == ("reference", "OD-2022-0099", "OD-2022-0090")
    assert "acceptance" in found["changes"]["documents"], "it bears the reference"
    for asked, ids in (("OD-2022-0090", [contract["id"]]), ("OD-2022-0099", [])):
        assert [one["id"] for one in desk.get("/v1/contracts", reference=asked)["items"]] == ids
        assert [one["id"] for one in desk.get("/v1/contracts", q=asked)["items"]] == ids
    assert desk.apply(reference="OD-2022-0099")["id"] != contract["id"], "the other reference is free again"


def test_a_reference_of_another_contract_is_refused_with_that_contract(desk: Desk, contract: Json) -> None:
    other = desk.apply(reference="OD-2022-0090")
    refused = correct(desk, contract, row(desk, contract, "apply")["id"], {"reference": "ｏｄ－2022－0090"}, 409)
    assert refused["type"].endswith("duplicate") and refused["existing"].endswith(other["id"])
    assert desk.show(contract)["reference"] == "OD-2022-0099"


@pytest.mark.parametrize("reference", ["", " ", "A\u200bB", None, 7, "x" * 101])
def test_an_invalid_reference_is_marked(desk: Desk, contract: Json, reference: object) -> None:
    found = correct(desk, contract, row(desk, contract, "apply")["id"], {"reference": reference}, 422)
    assert [error["pointer"] for error in found["errors"]] == ["/facts/reference"]


def test_an_amended_reference_stays_where_the_application_is_corrected(desk: Desk) -> None:
    contract = desk.apply(reference="OD-2022-0099")
    desk.do(contract, "amend", reference="OD-2022-0100", reason="the customer sent a new form")
    found = correct(desk, contract, row(desk, contract, "apply")["id"], {"reference": "OD-2022-0090"})
    assert found["reference"] == "OD-2022-0100"
    found = correct(desk, contract, row(desk, contract, "amend")["id"], {"reference": "OD-2022-0101"})
    assert found["reference"] == "OD-2022-0101"


def test_the_references_of_options_and_item_changes_can_be_corrected(desk: Desk, contract: Json) -> None:
    option = desk.apply_for_option(contract)
    change = desk.post(f"{path_of(contract)}/item_changes", {"item": "basic", "reference": "I-1"}, 201)
    taken = desk.post(f"{path_of(desk.accepted())}/item_changes", {"item": "basic", "reference": "I-3"}, 201)
    correct(desk, contract, row(desk, option, "apply")["id"], {"reference": "OD-2022-0090-D"})
    correct(desk, contract, row(desk, change, "apply")["id"], {"reference": "I-2"})
    assert desk.show(option)["reference"] == "OD-2022-0090-D"
    assert desk.show(change)["reference"] == "I-2"
    refused = correct(desk, contract, row(desk, change, "apply")["id"], {"reference": taken["reference"]}, 409)
    assert refused["type"].endswith("duplicate")


def test_an_option_applied_for_with_its_contract_is_corrected_in_its_own_application(desk: Desk) -> None:
    contract = desk.apply(options=[{"kind": "drm", "reference": "OD-2022-0099-D"}])
    application, option = row(desk, contract, "apply")["id"], contract["options"][0]
    wrong = {"options": [{"kind": "drm", "reference": "OD-2022-0090-D"}]}
    (refused,) = correct(desk, contract, application, wrong, 422)["errors"]
    assert refused == {"pointer": "/facts/options", "detail": "is corrected in the option's own application"}
    correct(desk, contract, row(desk, option, "apply")["id"], {"reference": "OD-2022-0090-D"})
    assert desk.show(option)["reference"] == "OD-2022-0090-D"
    assert desk.show(contract)["options"][0]["id"] == option["id"]
    desk.apply_for_option(desk.apply(), reference="OD-2022-0099-D")
