"""Every answer shows names and texts as they were typed."""

import pytest

from tests.api.desk import NO_MORE, Desk

NAMES = {
    "kanji beyond cp932": "𠮟る髙橋①㈱",
    "half width": "ｶﾌﾞｼｷｶﾞｲｼｬ",
    "emoji": "🎬映画👩‍👩‍👧‍👦社🇯🇵",
    "right to left": "شركة البث (2022)",
    "combining": "か\u3099 が e\u0301 é",
    "spaces at the ends": "  　空白社　 ",
    "lines and tabs": "本社\n\t配信部",
    "markup": "<script>alert('x')</script> & \"Söhne\"",
    "formula": "=1+1",
    "no break": "a\u00a0b",
    "a variant of a kanji": "葛\U000e0100城 𠮷野",
    "the longest": "鬱" * 500,
    "one sign": "社",
    "a backslash": "C:\\temp\\u0000",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_returned_as_typed_on_one_line(standing_desk: Desk, name: str) -> None:
    reference, name = " ".join(name[:100].split()), name.replace("\n\t", " ")
    person = {"name": name, "email": "info@example.jp"}
    contract = standing_desk.apply(reference=reference, customer=person, administrator={"name": name})
    assert (contract["reference"], contract["customer"]) == (reference, NO_MORE | person)
    assert contract["administrator"] == {"name": name, "email": None}
    assert standing_desk.show(contract) == contract
    listed = standing_desk.get("/v1/contracts", limit=500)["items"]
    assert contract in listed


def test_a_line_break_in_a_name_is_a_blank_as_it_is_in_a_file(standing_desk: Desk) -> None:
    for typed in ("株式会社検査\r\n配信事業部", "株式会社検査 \n\n配信事業部"):
        customer = {"name": typed, "email": None, "address": "東京都\n千代田区"}
        shown = standing_desk.apply(customer=customer)["customer"]
        assert (shown["name"], shown["address"]) == ("株式会社検査 配信事業部", "東京都 千代田区")


REFUSED = {
    "a\u200bb": "U+200B ZERO WIDTH SPACE",
    "a\ufeffb": "U+FEFF ZERO WIDTH NO-BREAK SPACE",
    "a\u202eb": "U+202E RIGHT-TO-LEFT OVERRIDE",
    "a\u200db": "U+200D ZERO WIDTH JOINER",
    "a\u00adb": "U+00AD SOFT HYPHEN",
    "a\u3164b": "U+3164 HANGUL FILLER",
    "a\u2028b": "U+2028 LINE SEPARATOR",
    "a\ue000b": "U+E000",
    "a\U0010ffffb": "U+10FFFF",
    "a\x07b": "U+0007",
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("field", ["reference", "customer"])
def test_an_invisible_character_in_a_name_is_refused_by_its_name(
    standing_desk: Desk, name: str, field: str
) -> None:
    body = (
        standing_desk.application
        | {"reference": "N"}
        | {field: {"name": name, "email": None} if field == "customer" else name}
    )
    (error,) = standing_desk.post("/v1/contracts", body, 422)["errors"]
    assert error["detail"] == f"contains a sign that cannot be kept: {REFUSED[name]}"


def test_a_longer_name_is_refused_with_the_permitted_number_of_characters(standing_desk: Desk) -> None:
    body = standing_desk.application | {"reference": "L", "customer": {"name": "鬱" * 501}}
    refused = standing_desk.post("/v1/contracts", body, 422)
    assert refused["errors"] == [{"pointer": "/customer/name", "detail": "is longer than 500 characters"}]


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_an_address_and_a_domain_are_returned_as_typed(standing_desk: Desk, name: str) -> None:
    plain = "".join(sign for sign in name[:60] if sign.isalnum()) or "x"
    customer = {"name": "社", "email": f"{plain}@例え.jp"}
    domain = {"name": f"{plain}.例え.jp", "acquired": True, "dns_registered": False}
    contract = standing_desk.apply(customer=customer, delivery={"custom_domain": domain})
    assert (contract["customer"], contract["delivery"]["custom_domain"]) == (NO_MORE | customer, domain)


@pytest.mark.parametrize("reason", NAMES.values(), ids=NAMES)
def test_a_reason_is_shown_as_typed(standing_desk: Desk, reason: str) -> None:
    contract = standing_desk.do(standing_desk.apply(), "reject", reason=reason)
    assert standing_desk.history(contract)[-1]["reason"] == reason


def test_the_longest_reason_is_kept_whole(desk: Desk) -> None:
    reason = "長い話。" * 500
    contract = desk.do(desk.apply(), "withdraw", reason=reason)
    assert desk.history(contract)[-1]["reason"] == reason


def test_no_history_contains_personal_data(desk: Desk) -> None:
    secret = {"name": "秘密太郎", "email": "himitsu@example.jp"}
    contract = desk.accepted(customer=secret, administrator=secret)
    desk.do(contract, "notify_cancellation")
    told = desk.client.get("/v1/audit/transitions").text + str(desk.history(contract))
    assert not any(word in told for word in secret.values())
    assert desk.history(contract)[0]["personal"]
