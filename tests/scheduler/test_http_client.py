"""Webhook targets: checked addresses alone, whatever a name resolves to, over TLS that proves the name."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Engine

from lifecycle.records.engine import open_engine
from lifecycle.webhooks.addresses import NotAllowed, check_address, check_url, networks_of
from lifecycle.webhooks.signature import headers, new_secret
from scheduler import sender
from tests.commands.diary import Diary
from tests.scheduler.receiver import Receiver, receiving
from tests.scheduler.sending import LOOPBACK, Office

INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "198.18.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:a00:1::1", "2001:db8::1",
    "fec0::1", "feff::1", "::127.0.0.1", "::10.0.0.1", "192.0.0.9", "192.0.0.170", "192.88.99.1", "64:ff9b:1::1",
    "5f00::1", "3fff::1", "100::1", "100:0:0:1::1", "2001::1", "4000::1",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "203.104.1.1", "2001:4860:4860::8888", "64:ff9b::808:808"]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next look."""
    monkeypatch.setattr(sender, "SPACING", 0.01)


@pytest.fixture
def office(sqlite_url: str) -> Iterator[Office]:
    """A post office on the embedded database: no database decides where messages go."""
    engine: Engine = open_engine(sqlite_url)
    yield Office(Diary(engine))
    engine.dispose()


def allowed(address: str, networks: str = "", *, secure: bool = True) -> bool:
    try:
        check_address(ip_address(address), networks_of(networks), secure=secure)
    except NotAllowed:
        return False
    return True


def test_only_public_addresses_are_reached_and_what_a_setting_allows() -> None:
    assert [address for address in INSIDE if allowed(address)] == []
    assert [address for address in OUTSIDE if not allowed(address)] == []
    assert [address for address in OUTSIDE if allowed(address, secure=False)] == []
    assert allowed("10.1.2.3", "192.168.0.0/16, 10.0.0.0/8", secure=False)
    assert allowed("::ffff:10.1.2.3", "10.0.0.0/8") and allowed("fd12::1", "fd00::/8", secure=False)
    assert not allowed("11.1.2.3", "10.0.0.0/8", secure=False)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "https://", "https:///path", "example.com", "", "https://user:pw@example.com/",
        "https://example.com/#part", "http://example.com/", "https://127.0.0.1/", "https://[::1]/",
        "https://169.254.169.254/latest/meta-data", "https://example.com\\@127.0.0.1/", "https://例え.jp/",
        "https://example.com:99999/", "https://a b/", "https://example.com/\n", "https://" + "a" * 500,
        "https://[::ffff:10.0.0.1]/", "https://@example.com/",
    ],
)  # fmt: skip
def test_an_address_that_cannot_do_is_refused_when_it_is_given(url: str) -> None:
    with pytest.raises(NotAllowed):
        check_url(url, ())


def test_a_network_may_be_allowed_without_tls() -> None:
    assert check_url("http://receiver.internal:8080/x?y=1", LOOPBACK).port == 8080
    assert check_url("https://example.com/hooks", ()).hostname == "example.com"
    with pytest.raises(NotAllowed):
        check_url("http://10.0.0.1/", LOOPBACK)
    with pytest.raises(ValueError, match="bits"):
        networks_of("10.0.0.1/8")


def failed(office: Office, url: str, **how: object) -> str:
    """Why a message does not get to an address."""
    webhook = office.add(url)
    office.diary.apply(reference=f"OD-{url[:60]}")
    office.until(lambda: bool(office.left(webhook)), **how)
    return str(office.left(webhook)[0].reason)


def test_a_name_that_resolves_to_an_internal_address_is_not_used(office: Office) -> None:
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(f"{host}:{port}")
        return ["93.184.215.14", "127.0.0.1"]

    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        reason = failed(office, f"https://receiver.test:{port}/", networks=(), resolve=resolve)
    assert reason == "is at 127.0.0.1, which is not a public address"
    assert receiver.got == [] and asked == [f"receiver.test:{port}"]


def test_the_connection_is_made_to_the_address_that_was_checked(office: Office) -> None:
    """The name changes its address after the first resolution: it is not resolved again in that turn."""
    places = iter([["127.0.0.1"], ["127.0.0.2"], ["127.0.0.3"]])

    async def resolve(host: str, port: int) -> list[str]:
        return next(places)

    with receiving() as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        webhook = office.add(f"http://receiver.test:{port}/hooks?key=1")
        for number in range(3):
            office.diary.apply(reference=f"OD-{number}")
        office.until(office.settled(webhook, 2), resolve=resolve)
    assert sorted(receiver.taken) == [0, 1, 2] and next(places) == ["127.0.0.2"]
    assert {one.headers["host"] for one in receiver.got} == {f"receiver.test:{port}"}


def test_without_the_setting_nothing_is_sent_to_the_loopback_interface(office: Office, receiver: Receiver) -> None:
    assert failed(office, receiver.url, networks=()) == "is without TLS, and no network is allowed that"
    assert receiver.got == []


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def test_an_unreachable_address_is_reported_with_the_reason(office: Office) -> None:
    async def nowhere(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    assert "Connect" in failed(office, "http://127.0.0.1:9/")
    assert "Name or service not known" in failed(office, "https://receiver.test/", resolve=nowhere)


def certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS of a server that proves a name, and of a client that believes it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    made = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = folder / "both.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ) + made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize(("named", "taken"), [("receiver.test", True), ("somebody.test", False)])
def test_over_tls_the_name_is_verified_although_the_connection_is_to_an_address(
    office: Office, tmp_path: Path, named: str, taken: bool
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    server, client = certified(tmp_path, named)
    with receiving(server) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        webhook = office.add(f"https://receiver.test:{port}/")
        office.diary.apply()
        office.until(office.settled(webhook, 0), resolve=resolve, tls=client)
        assert bool(receiver.taken) is taken
    assert taken or "certificate is not valid for 'receiver.test'" in str(office.left(webhook)[0].reason)


def test_the_signature_is_the_specification_s() -> None:
    """The vector that the libraries of Standard Webhooks test themselves with."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    made = headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [secret])
    assert made == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }  # fmt: skip
    both = headers("c_1_1", 1, b"{}", [new_secret(), new_secret()])["webhook-signature"].split(" ")
    assert len(set(both)) == 2 and all(one.startswith("v1,") for one in both)
