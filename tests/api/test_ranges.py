"""Dated lists of domains and certificates: what is in range, and the errors of a faulty file."""

from collections.abc import Iterator
from datetime import date

import pytest

from lifecycle.terms.art3_art4_conditions import in_range
from lifecycle.terms.edition import content_of, hash_of
from lifecycle.terms.editions import EDITIONS
from lifecycle.terms.ranges import FaultyRanges, RangeList, list_on, parse_ranges
from lifecycle.terms.services import FaultyService, load_service
from tests.api.desk import Desk, Json

TEXT = """
[[ranges]]
from_on = 2022-04-01
domains = ["jp", "xn--wgv71a.example"]

[[ranges]]
from_on = 2022-06-01
domains = ["jp", "example.com"]
certificates = ["OV", "EV"]
"""
LISTS = parse_ranges(TEXT)
HTTPS = {"https": True, "certificate_obtained": False}


@pytest.mark.parametrize(
    ("day", "name", "inside"),
    [
        ("2022-03-31", "video.example.net", True),  # no list yet
        ("2022-04-01", "video.example.jp", True),
        ("2022-04-01", "VIDEO.Example.JP.", True),
        ("2022-04-01", "jp", True),
        ("2022-04-01", "video.notjp", False),
        ("2022-04-01", "日本.example", True),
        ("2022-05-31", "video.example.com", False),
        ("2022-06-01", "video.example.com", True),
        ("2022-06-01", "日本.example", False),
    ],
)
def test_the_list_of_the_day_counts_for_a_domain_and_all_below_it(day: str, name: str, inside: bool) -> None:
    found = list_on(LISTS, date.fromisoformat(day))
    assert (found is None or found.has_domain(name)) is inside


def test_a_refusal_names_article_reading_and_the_day_of_the_list() -> None:
    terms = EDITIONS.on(date(2022, 6, 1))
    assert in_range("certificate", "DV", LISTS[0], terms) is None  # the list has no certificates
    assert in_range("certificate", "ov", LISTS[1], terms) is None
    for said, how in (("DV", "is not of the range"), (None, "kind must be said")):
        ruling = in_range("certificate", said, LISTS[1], terms)
        assert ruling is not None and how in ruling.because
        assert (ruling.article, ruling.reading, ruling.on) == ("Art. 3(1)(3)", "R28", date(2022, 6, 1))
        assert "list of 1 June 2022" in ruling.because and "2022年6月1日" in ruling.because_ja


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"example.com"]', '"exa mple.com"]', "line 8: /ranges/1/domains/1: "),
        ("from_on = 2022-04-01", 'from_on = "2022-04-01"', "line 3: /ranges/0/from_on: "),
        ("from_on = 2022-06-01", "", "line 6: /ranges/1/from_on: Field required"),
        ("2022-06-01", "2022-04-01", "line 7: /ranges/1/from_on: two lists start on this day"),
        ("certificates =", "certificate =", "line 9: /ranges/1/certificate: "),
        ("[[ranges]]", "[ranges]", "(at line 6, "),
    ],
)
def test_a_fault_in_a_ranges_file_has_its_line_and_pointer(old: str, new: str, why: str) -> None:
    with pytest.raises(FaultyRanges) as fault:
        parse_ranges(TEXT.replace(old, new))
    assert why in str(fault.value)


def test_a_service_with_a_faulty_file_is_not_loaded() -> None:
    with pytest.raises(FaultyService, match="nowhere"):
        load_service("nowhere", {"ranges.toml": "[[ranges"})


def test_lists_are_of_the_edition_only_where_there_are_some() -> None:
    content = content_of(EDITIONS.on(date(2022, 5, 1)))
    assert "ranges" not in content["texts"]
    assert len(hash_of(content)) == 64


@pytest.fixture
def ranged() -> Iterator[tuple[RangeList, ...]]:
    EDITIONS.ranges = LISTS
    yield LISTS
    EDITIONS.ranges = ()


@pytest.mark.usefixtures("ranged")
def test_a_domain_outside_the_list_is_not_recorded_as_obtained(desk: Desk) -> None:
    domain = {"name": "video.example.net", "acquired": True, "dns_registered": True}
    refused = desk.post(
        "/v1/contracts", desk.application | {"reference": "OD-9", "delivery": {"custom_domain": domain}}, 409
    )
    assert [(one["rule"], one["article"], one["on"]) for one in refused["rulings"]] == [
        ("in_range", "Art. 3(1)(1)", "2022-04-01")
    ]
    contract = desk.accepted(delivery={"custom_domain": domain | {"acquired": False}})
    for more in ({}, {"met_on": "2022-04-20"}):
        refused = desk.do(contract, "meet_condition", 409, condition="domain", **more)
        assert refused["rulings"][0]["rule"] == "in_range"
    inside = {"custom_domain": domain | {"name": "video.example.jp"}, "https": False}
    assert desk.do(contract, "change_delivery", delivery=inside)["conditions"]["open"] == []


@pytest.mark.usefixtures("ranged")
def test_a_certificate_is_met_with_a_kind_of_the_list_of_its_day(desk: Desk) -> None:
    contract: Json = desk.accepted(delivery=HTTPS)
    desk.move_to("2022-06-02")
    for kind in ({}, {"certificate_kind": "DV"}):
        desk.do(contract, "meet_condition", 409, condition="certificate", **kind)
    met = desk.do(contract, "meet_condition", condition="certificate", certificate_kind="OV")
    assert met["conditions"]["open"] == []
    assert desk.history(contract)[-1]["facts"]["certificate_kind"] == "OV"
    assert desk.get("/v1/terms")["ranges"][1] == {
        "from_on": "2022-06-01", "domains": ["jp", "example.com"], "certificates": ["OV", "EV"],
    }  # fmt: skip


@pytest.mark.usefixtures("ranged")
def test_an_application_names_the_kind_of_its_certificate(desk: Desk) -> None:
    EDITIONS.ranges = ()
    early = desk.apply(delivery=HTTPS | {"certificate_obtained": True})
    EDITIONS.ranges = (RangeList(date(2022, 4, 1), (), ("OV",)),)
    body = desk.application | {"reference": "OD-9", "delivery": HTTPS | {"certificate_obtained": True}}
    for kind in (None, "DV"):
        refused = desk.post(
            "/v1/contracts", body | {"delivery": body["delivery"] | {"certificate_kind": kind}}, 409
        )
        assert [(one["rule"], one["article"]) for one in refused["rulings"]] == [("in_range", "Art. 3(1)(3)")]
    refused = desk.do(early, "accept", 409, billing_starts_on="2022-05-01")
    assert [one["rule"] for one in refused["rulings"]] == ["in_range"]  # by the list of today
    desk.do(early, "amend", 409, delivery={"certificate_kind": "DV"})
    amended = desk.do(early, "amend", delivery={"certificate_kind": "OV"})
    assert amended["delivery"]["certificate_kind"] == "OV"
    assert desk.accept(early)["state"] == "accepted"
    without = {"delivery": {"https": False, "certificate_kind": "OV"}}
    assert desk.post("/v1/contracts", body | without, 422)["errors"] == [
        {"pointer": "/delivery", "detail": "certificate_kind goes with https: true only"}
    ]
