"""Malformed input and the exact answers to it."""

from copy import deepcopy
from typing import Any

import pytest

from tests.api.desk import APPLICATION, Json

CANARY = "canary-7f3a"
# What is refused before any database is asked needs no second kind of it.
WITHOUT_DATABASE = pytest.mark.parametrize("open_standing", ["sqlite"], indirect=True, scope="module")


def answer(path: str, *errors: tuple[str, str]) -> Json:
    """The whole answer to malformed input."""
    return {
        "type": "/problems/malformed",
        "title": "Malformed input",
        "status": 422,
        "detail": f"{len(errors)} value(s) are malformed.",
        "instance": path,
        "errors": [{"pointer": pointer, "detail": detail} for pointer, detail in errors],
    }


def application(pointer: str, value: Any) -> Json:
    """An application that is right but for one value; a list is entered as /options/0, /options/1, …"""
    body = deepcopy(APPLICATION) | {
        "reference": "K",
        "delivery": {"custom_domain": {"name": "video.example.jp"}, "https": True},
        "options": [{"kind": "drm", "reference": "D"}],
    }
    *way, last = pointer.strip("/").split("/")
    place: Any = body
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    return body


TEXT, BOOL, WHOLE, DAY = (
    "is not text",
    "is not true or false",
    "is not a whole number",
    "is not a day in the form YYYY-MM-DD",
)
INSTANT = "is not an instant in the form YYYY-MM-DDThh:mm:ss+09:00; the offset is required"
YEARS, UNKNOWN = "lies outside 2000 to 2199", "is not known here"
NUL, HALF = "contains a sign that cannot be kept: U+0000", "contains a sign that cannot be kept: U+D800"

APPLICATIONS: list[tuple[str, Any, str]] = [
    ("/reference", "", "is empty"),
    ("/reference", " \t\n　", "is empty"),
    ("/reference", "K" * 101, "is longer than 100 characters"),
    ("/reference", f"{CANARY}\x00", NUL),
    ("/reference", f"{CANARY}\ud800", HALF),
    ("/reference", f"\x1b[31m{CANARY}", "contains a sign that cannot be kept: U+001B"),
    ("/reference", 5, TEXT),
    ("/reference", None, TEXT),
    ("/reference", [CANARY], TEXT),
    ("/reference", float("nan"), TEXT),
    ("/reference", 10**30, TEXT),
    ("/customer", None, "is not an object"),
    ("/customer", CANARY, "is not an object"),
    ("/customer", [], "is not an object"),
    ("/customer/name", "配" * 501, "is longer than 500 characters"),
    ("/customer/name", f"{CANARY}\ud800", HALF),
    ("/customer/email", CANARY, r"is not in the form ^[^@\s]+@[^@\s]+$"),
    ("/customer/email", f"a@b@{CANARY}", r"is not in the form ^[^@\s]+@[^@\s]+$"),
    ("/customer/email", f"{'a' * 250}@b.jp", "is longer than 254 characters"),
    ("/administrator/name", "", "is empty"),
    ("/item", "gold", "is not one of 'basic' or 'premium'"),
    ("/item", 1, "is not one of 'basic' or 'premium'"),
    ("/requested_billing_start_on", "2022-02-30", "is not a day of the calendar"),
    ("/requested_billing_start_on", "2022-2-3", DAY),
    ("/requested_billing_start_on", "20220203", DAY),
    ("/requested_billing_start_on", "２０２２-05-01", DAY),
    ("/requested_billing_start_on", " 2022-05-01", DAY),
    ("/requested_billing_start_on", "2022-05-01T00:00:00+09:00", DAY),
    ("/requested_billing_start_on", CANARY, DAY),
    ("/requested_billing_start_on", 20220501, DAY),
    ("/requested_billing_start_on", True, DAY),
    ("/requested_billing_start_on", "1999-12-31", YEARS),
    ("/requested_billing_start_on", "2200-01-01", YEARS),
    ("/received_at", "2022-04-20T10:00:00", INSTANT),
    ("/received_at", "2022-04-20 10:00:00+09:00", INSTANT),
    ("/received_at", "2022-04-20T10:00+09:00", INSTANT),
    ("/received_at", "2022-04-20T10:00:00.1234567Z", INSTANT),
    ("/received_at", 1650000000, INSTANT),
    ("/received_at", "2022-04-20T25:00:00+09:00", "is not an instant of the calendar"),
    ("/received_at", "2022-04-20T10:00:60Z", "is not an instant of the calendar"),
    ("/received_at", "2022-04-20T10:00:00+25:00", "is not an instant of the calendar"),
    ("/received_at", "1999-12-31T23:59:59Z", YEARS),
    ("/received_at", "2200-01-01T00:00:00Z", YEARS),
    ("/declarations", None, "is not an object"),
    ("/declarations/laws_accepted", 1, BOOL),
    ("/declarations/laws_accepted", "true", BOOL),
    ("/declarations/rights_cleared", None, BOOL),
    ("/delivery/https", 0, BOOL),
    ("/delivery/custom_domain/name", "localhost", r"is not in the form ^[^\s/@:]+\.[^\s/@:]+$"),
    ("/delivery/custom_domain/name", f"https://{CANARY}.jp", r"is not in the form ^[^\s/@:]+\.[^\s/@:]+$"),
    ("/delivery/custom_domain/acquired", "yes", BOOL),
    ("/delivery/custom_domain", CANARY, "is not an object"),
    ("/options", {"kind": "drm"}, "is not a list"),
    ("/options", [{"kind": "drm", "reference": "D"}] * 2, "has more than 1 items"),
    ("/options/0/kind", "vpn", "is not one of 'drm'"),
    ("/zzz", CANARY, UNKNOWN),
    ("/state", "billing", UNKNOWN),
    ("/customer/zzz", CANARY, UNKNOWN),
    ("/administrator/zzz", CANARY, UNKNOWN),
    ("/declarations/zzz", CANARY, UNKNOWN),
    ("/delivery/zzz", CANARY, UNKNOWN),
    ("/delivery/custom_domain/zzz", CANARY, UNKNOWN),
    ("/options/0/zzz", CANARY, UNKNOWN),
]

YEN: list[tuple[Any, str]] = [
    (-1, "is less than 0"),
    (1_000_000_001, "is more than 1000000000"),
    (10**30, "is more than 1000000000"),
    (True, WHOLE),
    (1.0, WHOLE),
    ("5", WHOLE),
    (None, WHOLE),
    (float("nan"), WHOLE),
    (float("inf"), WHOLE),
    (1e400, WHOLE),
]

# event of a contract, body, errors
EVENTS: list[tuple[str, Json, list[tuple[str, str]]]] = [
    (
        "notify_cancellation",
        {"arrived_on": "2022-04-22", "arrived_at": "2022-04-22T08:00:00+09:00"},
        [("", "give arrived_on or arrived_at, not both")],
    ),
    (
        "notify_cancellation",
        {"arrived_on": "2022-04-22", "arrived_at": "2022-04-22T08:00:00"},
        [("/arrived_at", INSTANT)],
    ),
    ("notify_cancellation", {"chosen_on": "2022-02-30"}, [("/chosen_on", "is not a day of the calendar")]),
    ("notify_cancellation", {"arrived_on": "2021-02-29"}, [("/arrived_on", "is not a day of the calendar")]),
    ("notify_cancellation", {"arrived": CANARY}, [("/arrived", UNKNOWN)]),
    ("notify_cancellation", {"reason": "  "}, [("/reason", "is empty")]),
    ("notify_cancellation", {"reason": "長" * 2001}, [("/reason", "is longer than 2000 characters")]),
    ("accept", {"accepted_on": "2200-01-01"}, [("/accepted_on", YEARS)]),
    (
        "accept",
        {"accepted_on": "2022-04-22", "accepted_at": "2022-04-22T00:00:00Z"},
        [("", "give accepted_on or accepted_at, not both")],
    ),
    ("reject", {}, [("/reason", "is required")]),
    ("reject", {"reason": None}, [("/reason", TEXT)]),
    ("reject", {"reason": "　"}, [("/reason", "is empty")]),
    ("withdraw", {"reason": 1, "zzz": CANARY}, [("/reason", TEXT), ("/zzz", UNKNOWN)]),
    ("reschedule_billing", {}, [("/billing_starts_on", "is required")]),
    ("reschedule_billing", {"billing_starts_on": None}, [("/billing_starts_on", DAY)]),
    ("revoke_cancellation", {"notice": f"{CANARY}\x00"}, [("/reason", "is required"), ("/notice", NUL)]),
    (
        "revoke_cancellation",
        {"notice": "n" * 61, "reason": "agreed"},
        [("/notice", "is longer than 60 characters")],
    ),
]

JSON_TYPE = {"content-type": "application/json"}
UNREADABLE, INVALID = [("", "is not readable as JSON")], [("", "is not valid JSON")]
NO_OBJECT = [("", "is not a JSON object sent as application/json")]
RAW: dict[str, tuple[bytes, Json, list[tuple[str, str]]]] = {
    "nothing": (b"", JSON_TYPE, [("", "is required")]),
    "blanks": (b"  \n", JSON_TYPE, INVALID),
    "no JSON": (b"{reference: K}", JSON_TYPE, INVALID),
    "cut short": (b'{"reference": "K', JSON_TYPE, INVALID),
    "two values": (b"{} {}", JSON_TYPE, INVALID),
    "an array": (b"[]", JSON_TYPE, NO_OBJECT),
    "null": (b"null", JSON_TYPE, NO_OBJECT),
    "a number": (b"1", JSON_TYPE, NO_OBJECT),
    "Infinity": (b"Infinity", JSON_TYPE, NO_OBJECT),
    "bytes that are no UTF-8": (b'{"reference": "\xff\xfe"}', JSON_TYPE, UNREADABLE),
    "cp932": ('{"reference": "契約"}'.encode("cp932"), JSON_TYPE, UNREADABLE),
    "100,000 open brackets": (b"[" * 100_000, JSON_TYPE, UNREADABLE),
    "100,000 open objects": (b'{"a":' * 40_000, JSON_TYPE, UNREADABLE),
    "an integer of 5,000 digits": (b'{"reference": ' + b"9" * 5_000 + b"}", JSON_TYPE, UNREADABLE),
    "a lone surrogate as a name": (b'{"\\ud800": 1}', JSON_TYPE, [("", "contains text that is not Unicode")]),
    "text": (b'{"reference": "K"}', {"content-type": "text/plain"}, NO_OBJECT),
    "no type": (b'{"reference": "K"}', {}, NO_OBJECT),
    "a form": (b"reference=K", {"content-type": "application/x-www-form-urlencoded"}, NO_OBJECT),
}
