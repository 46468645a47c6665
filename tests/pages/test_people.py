"""Sign-in through OpenID Connect; any answer that does not match the request is refused."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
import typer
from joserfc.jwk import RSAKey

from api.openid.sign_in import OpenId, SignInAttempt, granted, is_safe
from lifecycle.cli.people import openid_of
from lifecycle.people.tokens import NameTaken, issue_token
from lifecycle.records.engine import open_engine, writing
from scheduler.clock import system_clock
from tests.api.desk import START, application
from tests.api.processes import WITH_TOKEN, Server, free_port
from tests.pages.provider import CLIENT, SECRET, Provider, by_public_key, half_hash, running, unsigned

RETURN = "/sign-in/openid/return"


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Provider]]:
    """A real server and a real provider, for the whole module."""
    folder, document = tmp_path_factory.mktemp("people"), application(True).openapi()
    with running() as provider:
        settings = {"LIFECYCLE_OIDC_ISSUER": provider.address, "LIFECYCLE_OIDC_CLIENT_ID": CLIENT}
        (folder / "secret").write_text(f"{SECRET}\n")
        settings["LIFECYCLE_OIDC_CLIENT_SECRET_FILE"] = str(folder / "secret")
        url = f"sqlite:///{folder / 'people.db'}"
        port = free_port()
        settings["LIFECYCLE_PUBLIC_URL"] = f"http://127.0.0.1:{port}"
        words = ("serve", "--sandbox", "--now", START)
        with Server(folder / "log", document, url, *words, port=port, **settings, **WITH_TOKEN) as server:
            yield server, provider


@pytest.fixture
def provider(standing: tuple[Server, Provider]) -> Iterator[Provider]:
    """The provider; what a test twists is straight again afterwards."""
    found = standing[1]
    before = dict(vars(found))
    yield found
    vars(found).update(before)


@pytest.fixture
def person(standing: tuple[Server, Provider]) -> Iterator[httpx2.Client]:
    """A browser of a person who is not signed in. It does not follow redirects."""
    with httpx2.Client(base_url=standing[0].address, verify=False) as client:
        yield client


def begun(person: httpx2.Client, following: str = "/contracts") -> str:
    """Where the service sends a browser that wants to sign in."""
    answer = person.get("/sign-in/openid", params={"next": following})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def let_in(person: httpx2.Client, following: str = "/contracts") -> str:
    """Where the provider sends the browser back to."""
    answer = httpx2.get(begun(person, following), verify=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def refused(answer: httpx2.Response, said: str = "ログインできませんでした", status: int = 403) -> None:
    """Nobody has come in."""
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert "lifecycle" not in answer.headers.get("location", "")


def test_a_person_signs_in_and_out_and_is_named_in_the_history(
    standing: tuple[Server, Provider], person: httpx2.Client, provider: Provider
) -> None:
    contract = standing[0].desk().accepted()
    page = person.get("/sign-in", params={"next": "/contracts"}).text
    assert 'href="/sign-in/openid?next=/contracts"' in page
    answer = person.get(let_in(person))
    assert (answer.status_code, answer.headers["location"]) == (303, "/contracts")
    assert "person:248289761001" in person.get("/contracts").text
    path = f"/contracts/{contract['id']}/notify_cancellation"
    looked = send(person, path, person.get(path).text, "look")
    assert send(person, path, looked, "do")
    assert standing[0].desk().history(contract)[-1]["actor"] == "person:248289761001"
    assert person.get("/v1/contracts").status_code == 401  # the session is for the pages
    csrf = re.search(r'name="csrf" value="(\w+)"', person.get("/").text)
    assert csrf is not None
    person.post("/sign-out", data={"csrf": csrf[1]}, headers={"Origin": standing[0].address})
    assert person.get("/contracts").headers["location"].startswith("/sign-in")


def send(person: httpx2.Client, path: str, page: str, step: str) -> str:
    """Sends the form of a page at its step; the page that follows."""
    form = next(f for f in re.findall(r"<form.*?</form>", page, re.S) if 'name="step" value="look"' in f)
    if step == "do":
        form += "".join(re.findall(r'<input[^>]*form="entry"[^>]*>', page))
    fields = {m[1]: _value(m[0]) for m in re.finditer(r'<input[^>]*name="([^"]+)"[^>]*>', form)} | {"step": step}
    answer = person.post(path, data=fields, headers={"Origin": str(person.base_url).rstrip("/")})
    assert answer.status_code in (200, 303), answer.text
    return answer.text or "done"


def _value(tag: str) -> str:
    import html

    found = re.search(r'value="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


def test_the_sign_in_request_contains_no_secret(person: httpx2.Client) -> None:
    sent = {name: values[0] for name, values in parse_qs(urlsplit(begun(person)).query).items()}
    secret = person.cookies["openid"].partition(".")[0]
    assert (sent["response_type"], sent["code_challenge_method"], sent["scope"]) == ("code", "S256", "openid")
    assert sent["redirect_uri"].endswith(RETURN)
    assert SignInAttempt(secret).verifier not in str(sent)
    assert len({sent["state"], sent["nonce"], sent["code_challenge"], secret}) == 4


def test_the_cookie_of_a_sign_in_is_restricted_to_its_path(person: httpx2.Client) -> None:
    said = person.get("/sign-in/openid").headers["set-cookie"]
    assert all(part in said for part in ("HttpOnly", "SameSite=lax", "Path=/sign-in/openid", "Max-Age=600"))


@pytest.mark.parametrize("elsewhere", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_a_sign_in_never_redirects_to_another_site(
    person: httpx2.Client, provider: Provider, elsewhere: str
) -> None:
    assert person.get(let_in(person, elsewhere)).headers["location"] == "/"


TWISTED = {
    "another nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "another audience": {"aud": "somebody-else"},
    "more audiences and no authorised party": {"aud": [CLIENT, "somebody-else"]},
    "another authorised party": {"azp": "somebody-else"},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": 1_600_000_000},
    "no expiry": {"exp": None},
    "an expiry that is no number": {"exp": "tomorrow"},
    "not yet": {"nbf": 32_503_680_000},
    "issued in the future": {"iat": 32_503_680_000},
    "another access token": {"at_hash": half_hash("another")},
    "no subject": {"sub": None},
    "a subject that is no text": {"sub": ["x"]},
    "a subject with signs that are not printed": {"sub": "a\nb"},
    "a subject too long": {"sub": "x" * 91},
}


@pytest.mark.parametrize("twist", TWISTED)
def test_an_id_token_with_wrong_claims_is_refused(person: httpx2.Client, provider: Provider, twist: str) -> None:
    def twisted(claims: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in (claims | TWISTED[twist]).items() if value is not None}

    provider.claims = twisted
    refused(person.get(let_in(person)))
    assert person.get("/contracts").headers["location"].startswith("/sign-in")


def foreign(provider: Provider, claims: dict[str, Any], name: str = "r1") -> str:
    """Signed with another key, under the right key's name unless another is given."""
    return provider.sign(claims, RSAKey.generate_key(2048, {"kid": name}))


def tampered(provider: Provider, claims: dict[str, Any]) -> str:
    """Changed after it was signed."""
    header, _, signature = provider.sign(claims).split(".")
    return ".".join((header, provider.sign(claims | {"roles": ["admin"]}).split(".")[1], signature))


SIGNED: dict[str, Any] = {
    "no signature": unsigned,
    "HS256 with the public key": by_public_key,
    "RS512": lambda provider, claims: provider.sign(claims, alg="RS512"),
    "a foreign key": foreign,
    "tampered": tampered,
    "a key that is not known": lambda provider, claims: foreign(provider, claims, "x"),
    "no token": lambda provider, claims: "",
    "nonsense": lambda provider, claims: "a.b.c",
}  # fmt: skip


@pytest.mark.parametrize("how", SIGNED)
def test_a_token_that_is_not_signed_by_the_provider_is_refused(
    person: httpx2.Client, provider: Provider, how: str
) -> None:
    provider.signed = SIGNED[how]
    refused(person.get(let_in(person)))


def test_es256_signatures_are_accepted(person: httpx2.Client, provider: Provider) -> None:
    provider.signed = lambda self, claims: self.sign(claims, self.ec, "ES256")
    assert person.get(let_in(person)).status_code == 303


def test_an_answer_of_the_provider_is_valid_once(person: httpx2.Client, provider: Provider) -> None:
    back = let_in(person)
    cookie = person.cookies["openid"]
    assert person.get(back).status_code == 303
    person.cookies.clear()
    refused(person.get(back, headers={"Cookie": f"openid={cookie}"}))


def test_an_answer_of_the_provider_is_valid_only_in_the_browser_of_the_request(
    person: httpx2.Client, provider: Provider
) -> None:
    back = let_in(person)
    with httpx2.Client(base_url=person.base_url, verify=False) as other:
        refused(other.get(back))
        begun(other)
        refused(other.get(back))  # a code of somebody else's, with a state that is not this browser's
        mine = parse_qs(urlsplit(begun(other)).query)["state"][0]
        code = parse_qs(urlsplit(back).query)["code"][0]
        refused(other.get(RETURN, params={"code": code, "state": mine}))  # PKCE: the verifier is another


def test_without_pkce_the_provider_gives_nothing(person: httpx2.Client, provider: Provider) -> None:
    authorize = provider.authorize

    def forgetful(query: dict[str, Any]) -> Any:
        return authorize({name: value for name, value in query.items() if name != "code_challenge"})

    vars(provider)["authorize"] = forgetful
    try:
        refused(person.get(let_in(person)))
    finally:
        del vars(provider)["authorize"]


@pytest.mark.parametrize("given", [{"code": "x"}, {"code": "x", "state": "é"}, {"error": "access_denied"}])
def test_an_answer_without_a_request_is_refused(person: httpx2.Client, given: dict[str, str]) -> None:
    refused(person.get(RETURN, params=given))
    begun(person)
    refused(person.get(RETURN, params=given))


def test_an_answer_of_another_issuer_is_refused(person: httpx2.Client, provider: Provider) -> None:
    refused(person.get(re.sub("iss=[^&]*", "iss=https%3A%2F%2Fevil.example", let_in(person))))


@pytest.mark.parametrize("roles", [[], ["unheard-of"], ["personal_data"], None, 7, [["admin"]], {"admin": True}])
def test_a_person_without_a_role_gets_a_message(person: httpx2.Client, provider: Provider, roles: Any) -> None:
    provider.claims = lambda claims: claims | {"roles": roles}
    refused(person.get(let_in(person)), "権限がありません")


SETTINGS = OpenId("https://accounts.example", CLIENT, "https://desk.example")


def test_roles_are_read_from_the_configured_claim_by_the_configured_names() -> None:
    nested = {"realm_access": {"roles": ["desk", "ops", "x"]}}
    mapped = replace(
        SETTINGS, roles_claim="realm_access.roles",
        roles={"desk": frozenset({"order_desk"}), "ops": frozenset({"operator", "personal_data"})},
    )  # fmt: skip
    assert granted(nested, mapped) == {"order_desk", "operator", "personal_data"}
    assert granted(
        {"https://x.example/roles": "auditor"}, replace(SETTINGS, roles_claim="https://x.example/roles")
    )
    assert granted({"roles": ["admin"]}, mapped) == frozenset()
    assert granted({"roles": ["admin", "root"]}, SETTINGS) == {"admin"}


def test_the_log_contains_the_reason_of_a_refused_sign_in_and_no_name(
    standing: tuple[Server, Provider], person: httpx2.Client, provider: Provider
) -> None:
    provider.claims = lambda claims: claims | {"nonce": "another"}
    refused(person.get(let_in(person)))
    assert "InvalidClaimError nonce" in standing[0].said
    refusals = [line for line in standing[0].said.splitlines() if "InvalidClaimError nonce" in line]
    assert refusals and "248289761001" not in "".join(refusals) and SECRET not in standing[0].said
    assert "Traceback" not in standing[0].said


def given(**changes: Any) -> OpenId | None:
    settings = {
        "oidc_issuer": "https://accounts.example", "oidc_client_id": CLIENT, "oidc_client_secret": None,
        "public_url": "https://desk.example/", "oidc_scope": "openid", "oidc_roles_claim": "roles",
        "oidc_roles": None, "oidc_name_claim": "sub",
    }  # fmt: skip
    return openid_of(**(settings | changes))[0]


def test_contradictory_sign_in_settings_are_refused() -> None:
    found = given(oidc_roles="desk=order_desk, ops=operator,ops=personal_data")
    assert found is not None and found.return_url == f"https://desk.example{RETURN}"
    assert found.roles == {"desk": {"order_desk"}, "ops": {"operator", "personal_data"}}
    assert given(oidc_issuer=None) is None
    for wrong in (
        {"oidc_client_id": None}, {"public_url": None}, {"oidc_issuer": "http://accounts.example"},
        {"public_url": "desk"}, {"oidc_scope": "email"}, {"oidc_roles": "desk"}, {"oidc_roles": "desk=boss"},
    ):  # fmt: skip
        with pytest.raises(typer.BadParameter):
            given(**wrong)


@pytest.mark.parametrize("address", [None, 7, "", "http://x.example", "ftp://127.0.0.1", "//x", "http://[", "x"])
def test_an_address_without_tls_is_not_safe(address: Any) -> None:
    assert not is_safe(address)


def test_no_token_has_a_persons_name(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with writing(engine) as conn, pytest.raises(NameTaken):
        issue_token(conn, "person:248289761001", ["viewer"], system_clock())
    engine.dispose()
