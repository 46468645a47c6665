"""Accounts of an organisation: sign-out at the provider, change of person, roles from UserInfo."""

import re
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from api.openid.sign_out import EVENT
from tests.api.processes import Server
from tests.pages.provider import CLIENT, Provider
from tests.pages.test_people import begun, let_in, person, provider, refused, standing

__all__ = ["person", "provider", "standing"]
SUB = "248289761001"


def signed_out(person: httpx2.Client, provider: Provider, **twisted: Any) -> httpx2.Response:
    """Send a sign-out from the provider. twisted: altered claims, None for none."""
    claims = {"iss": provider.address, "aud": CLIENT, "iat": int(time.time()), "jti": "1", "sub": SUB,
              "events": {EVENT: {}}} | twisted  # fmt: skip
    token = provider.sign({name: value for name, value in claims.items() if value is not None})
    return person.post("/sign-in/openid/signed-out", data={"logout_token": token})


def test_a_sign_out_offers_to_sign_out_at_the_provider(
    standing: tuple[Server, Provider], person: httpx2.Client, provider: Provider
) -> None:
    person.get(let_in(person))
    csrf = re.search(r'name="csrf" value="(\w+)"', person.get("/").text)
    assert csrf is not None
    answer = person.post("/sign-out", data={"csrf": csrf[1]}, headers={"Origin": standing[0].address})
    page = person.get(answer.headers["location"]).text
    assert "ログアウトしました" in page and 'href="/sign-in/openid/end"' in page
    place = urlsplit(person.get("/sign-in/openid/end").headers["location"])
    assert f"{place.scheme}://{place.netloc}{place.path}" == f"{provider.address}/end"
    assert parse_qs(place.query) == {
        "client_id": [CLIENT],
        "post_logout_redirect_uri": [f"{standing[0].address}/sign-in"],
        "state": ["everywhere"],
    }


def test_another_person_can_sign_in_in_the_same_browser(person: httpx2.Client) -> None:
    assert "prompt" not in begun(person)
    assert "prompt=login" in person.get("/sign-in").text
    answer = person.get("/sign-in/openid", params={"prompt": "login"})
    assert parse_qs(urlsplit(answer.headers["location"]).query)["prompt"] == ["login"]


def test_roles_that_only_userinfo_has_count(person: httpx2.Client, provider: Provider) -> None:
    provider.person, provider.told = {"sub": SUB}, {"sub": SUB, "roles": ["auditor"]}
    assert person.get(let_in(person)).status_code == 303
    assert person.get("/audit").status_code == 200


def test_userinfo_of_another_person_is_refused(person: httpx2.Client, provider: Provider) -> None:
    provider.person, provider.told = {"sub": SUB}, {"sub": "another", "roles": ["auditor"]}
    refused(person.get(let_in(person)))


def test_a_sign_out_at_the_provider_ends_the_session(person: httpx2.Client, provider: Provider) -> None:
    person.get(let_in(person))
    assert signed_out(person, provider).status_code == 200
    assert person.get("/contracts").headers["location"].startswith("/sign-in")


@pytest.mark.parametrize(
    "twisted",
    [{"iss": "https://other.example"}, {"aud": "another"}, {"iat": 1}, {"events": {}}, {"events": None},
     {"nonce": "n"}, {"sub": None}, {"exp": 1}],
    ids=str,
)  # fmt: skip
def test_a_logout_token_that_is_not_one_ends_nothing(
    person: httpx2.Client, provider: Provider, twisted: dict[str, Any]
) -> None:
    person.get(let_in(person))
    assert signed_out(person, provider, **twisted).status_code == 400
    assert person.get("/contracts").status_code == 200


def test_an_invalid_logout_token_ends_no_session(person: httpx2.Client) -> None:
    for token in ("", "x", "e30.e30.e30"):
        answer = person.post("/sign-in/openid/signed-out", data={"logout_token": token})
        assert answer.status_code == 400
