"""Sign-ins, refusals and changed rights are logged with address and principal at every log level."""

import logging
from typing import Any

import pytest

from lifecycle.cli.logs import configure
from tests.api.desk import Desk, Invoke

LOGGER = "security"


@pytest.fixture
def events(caplog: pytest.LogCaptureFixture) -> Any:
    """Return the events logged so far: event, address, principal and the other fields."""
    caplog.set_level(logging.INFO, LOGGER)

    def logged() -> list[dict[str, Any]]:
        names = ("address", "principal", "by", "operation", "about", "roles", "why")
        return [
            {"event": record.getMessage()} | {n: vars(record)[n] for n in names if n in vars(record)}
            for record in caplog.records
            if record.name == LOGGER
        ]

    return logged


def test_a_wrong_token_is_an_event_with_the_address(desk: Desk, events: Any) -> None:
    desk.client.get("/v1/clock", headers={"Authorization": "Bearer wrong"})
    (event,) = events()
    assert event == {"event": "sign-in failed", "address": event["address"], "principal": None, "by": "token"}
    assert event["address"]


def test_a_refusal_names_the_principal_and_the_operation(desk: Desk, events: Any) -> None:
    token = desk.post("/v1/tokens", {"name": "sato", "roles": ["viewer"], "expires_on": "2099-03-31"}, 201)[
        "token"
    ]
    desk.client.get("/v1/tokens", headers={"Authorization": f"Bearer {token}"})
    made, refused = events()
    assert (made["event"], made["principal"], made["about"], made["roles"]) == (
        "tokens-create", "admin", "sato", "viewer",
    )  # fmt: skip
    assert (refused["event"], refused["principal"], refused["operation"]) == (
        "refused",
        "sato",
        "tokens-list_tokens",
    )
    assert token not in str(events())


def test_revoking_and_ending_sessions_are_events_and_a_dry_run_is_none(desk: Desk, events: Any) -> None:
    desk.post("/v1/tokens", {"name": "sato", "roles": ["viewer"], "expires_on": "2099-03-31"}, 201)
    desk.post("/v1/tokens/sato/revoke", {"reason": "lost"}, dry_run=True)
    desk.post("/v1/tokens/sato/revoke", {"reason": "lost"})
    assert [event["event"] for event in events()] == ["tokens-create", "tokens-revoke"]


def test_the_command_line_logs_security_events_at_its_level(
    desk: Desk, database_url: str, invoke: Invoke, events: Any
) -> None:
    invoke(
        "--log-level",
        "info",
        "token",
        "create",
        "--name",
        "ito",
        "--role",
        "viewer",
        "--database-url",
        database_url,
    )
    (event,) = events()
    assert (event["principal"], event["address"], event["about"]) == ("command line", None, "ito")


def test_a_server_logs_security_events_at_any_level() -> None:
    for level in ("debug", "info", "warning", "error"):
        configure("json", level, serving=True)
        assert logging.getLogger(LOGGER).isEnabledFor(logging.INFO)
    configure("auto", "warning")
