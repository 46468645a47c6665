"""Permissions: every route under every role, tokens, and personal data of customers."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.access.roles import BY_ADDRESS, PERMITTED, PUBLIC
from lifecycle.people.tokens import GRANTS, PERSONAL_DATA, ROLES, issue_token
from lifecycle.records.engine import writing
from scheduler.clock import system_clock
from tests.api.answers import operations
from tests.api.desk import Desk, Json, path_of
from tests.docs.roles import PAGE, drawn
from tests.how_many import IN_FULL

MADE = datetime(2022, 4, 1, tzinfo=UTC)
LAST = system_clock() + timedelta(days=1)
# What each role is for, in the words of the order desk; everything else is closed to it.
MAY: dict[str, set[str]] = {
    "order_desk": {"contracts-apply", "contracts-withdraw", "contracts-notify_cancellation", "options-apply"},
    "operator": {
        "contracts-accept", "contracts-reject", "contracts-meet_condition", "contracts-reschedule_billing",
        "contracts-revoke_cancellation", "parts-accept_item_change", "outages-open_outage", "parts-take_measure",
    },
    "auditor": {"audit-transitions", "audit-checkpoints", "contracts-history"},
    "viewer": {"contracts-get", "clock-due"},
    "admin": {
        "tokens-create", "tokens-revoke", "sessions-end", "webhooks-add", "webhooks-rotate", "webhooks-remove",
    },
}  # fmt: skip
Headers = dict[str, str]
PREFIXES = {
    "contract": "c", "option": "o", "change": "i", "measure": "m", "outage": "x", "subject": "c", "approval": "a",
    "webhook": "w", "attachment": "c",
}  # fmt: skip
DECIDES = {
    "contracts-accept", "contracts-end_by_agreement", "contracts-end_by_company", "contracts-revoke_cancellation",
    "options-accept",
}  # fmt: skip


def bearer(desk: Desk, *grants: str, name: str | None = None, expires_at: datetime | None = LAST) -> Headers:
    """The header of a caller with these grants."""
    with writing(desk.engine) as conn:
        token = issue_token(
            conn,
            name or f"of {grants}"[:100],
            grants,
            datetime(2022, 4, 1, tzinfo=LAST.tzinfo),
            expires_at=expires_at,
        )
    return {"Authorization": f"Bearer {token}"}


def test_every_operation_names_its_roles_and_no_operation_is_named_that_is_not_there(document: Json) -> None:
    listed = {operation["operationId"] for *_, operation in operations(document)}
    assert set(PERMITTED) | PUBLIC | BY_ADDRESS == listed
    assert all(roles and roles <= {*ROLES, PERSONAL_DATA} for roles in PERMITTED.values())


def test_each_role_may_do_what_it_is_for_and_only_the_operator_decides() -> None:
    for role, wanted in MAY.items():
        assert wanted <= {operation for operation, roles in PERMITTED.items() if role in roles}, role
    assert all(PERMITTED[operation] == {"operator"} for operation in DECIDES)
    admins = {operation for operation, roles in PERMITTED.items() if roles == {"admin"}}
    assert admins == MAY["admin"]


ONLY_ASKING = {"terms-rehearse"}  # a POST for the length of what is asked; it stores nothing


def test_roles_that_only_read_have_no_operation_that_changes(document: Json) -> None:
    changing = {o["operationId"] for method, _, o in operations(document) if method != "get"} - ONLY_ASKING
    for role in ("viewer", "auditor"):
        assert not [operation for operation in changing if role in PERMITTED[operation]]
    acts = {o for o in changing if "admin" in PERMITTED[o]}
    assert {o.partition("-")[0] for o in acts} == {"tokens", "sessions", "webhooks", "mail"}


def test_the_table_in_the_docs_is_the_one_that_holds() -> None:
    page = PAGE.read_text("utf-8")
    assert page.count("| `") > len(PERMITTED)
    assert page == drawn(page), "draw it anew: python -m tests.docs.roles"


@pytest.fixture(scope="module")
def holders(standing_desk: Desk) -> dict[str, Headers]:
    """A person for each role, and one with only the right to personal data."""
    return {grant: bearer(standing_desk, grant) for grant in GRANTS}


def requests(document: Json) -> Iterator[tuple[str, str, str]]:
    """Every operation, with a path that names no existing subject."""
    for method, path, operation in operations(document):
        filled = path.replace("{month}", "2022-05").replace("{name}", "nobody").replace("{form}", "csv")
        filled = filled.replace("{paper}", "acceptance")
        for name, letter in PREFIXES.items():
            filled = filled.replace("{" + name + "_id}", f"{letter}_{'0' * 26}")
        yield operation["operationId"], method, filled


@pytest.mark.parametrize(
    "open_standing", ["sqlite", "postgresql"] if IN_FULL else ["sqlite"], indirect=True, scope="module"
)
def test_every_route_is_closed_to_every_role_that_is_not_listed(
    standing_desk: Desk, document: Json, holders: dict[str, Headers]
) -> None:
    """In the short run, on one database, one of the permitted roles calls each operation; the roles alternate."""
    for number, (operation, method, path) in enumerate(requests(document)):
        if operation in PUBLIC | BY_ADDRESS:
            continue
        assert standing_desk.client.request(method, path, headers={"Authorization": ""}).status_code == 401
        listed = sorted(PERMITTED[operation])
        for grant, headers in holders.items():
            if grant in listed and not (IN_FULL or grant == listed[number % len(listed)]):
                continue
            answer = standing_desk.client.request(method, path, headers=headers)
            shut = answer.status_code == 403 and answer.json()["type"].endswith("forbidden")
            assert shut == (grant not in PERMITTED[operation]), (operation, grant, answer.text)


def test_a_refusal_names_the_permitted_roles(desk: Desk) -> None:
    contract = desk.apply()
    answer = desk.post(f"{path_of(contract)}/accept", {}, 403, headers=bearer(desk, "order_desk"))
    assert answer["detail"] == "It is open to: operator."
    assert desk.show(contract)["state"] == "applied"


def test_customers_data_is_shown_to_those_who_work_with_it_and_to_whom_it_is_granted(desk: Desk) -> None:
    contract = desk.apply()
    name = contract["customer"]["name"]
    for grants in (["order_desk"], ["operator"], ["auditor", "personal_data"]):
        headers = bearer(desk, *grants)
        assert desk.client.get(path_of(contract), headers=headers).json()["customer"]["name"] == name
    for grants in (["auditor"], ["viewer"], ["admin"]):
        headers = bearer(desk, *grants)
        shown = desk.client.get(path_of(contract), headers=headers).json()
        then = desk.client.get(path_of(contract), headers=headers, params={"known_at": contract_time(desk)}).json()
        listed = desk.client.get("/v1/contracts", headers=headers, params={"q": contract["reference"]}).json()
        assert [shown["customer"], then["administrator"], listed["items"][0]["customer"]] == [None] * 3
        guessed = desk.client.get("/v1/contracts", headers=headers, params={"q": name[:4]}).json()
        assert guessed["items"] == []  # nor may a search tell who is whose customer


def contract_time(desk: Desk) -> str:
    """The instant of the desk's own clock."""
    found: str = desk.get("/v1/clock")["now"]
    return found


@pytest.mark.parametrize("how", ["expired", "revoked", "never made"])
def test_a_token_that_is_no_longer_good_opens_nothing(desk: Desk, how: str) -> None:
    ends = MADE + timedelta(seconds=1) if how == "expired" else None
    headers = bearer(desk, "viewer", name="sato", expires_at=ends)
    if how == "never made":
        headers = {"Authorization": "Bearer lc_" + "0" * 43}
    if how == "revoked":
        assert desk.client.get("/v1/clock", headers=headers).status_code == 200
        gone = desk.post("/v1/tokens/sato/revoke", {"reason": "left the company"})
        assert (gone["revoked_by"], gone["revoked_because"]) == ("admin", "left the company")
        again = desk.post("/v1/tokens/sato/revoke", {"reason": "once more"})
        assert again == gone
    assert desk.client.get("/v1/clock", headers=headers).status_code == 401


def test_a_token_is_shown_once_and_its_name_stays_its_own(desk: Desk) -> None:
    body: dict[str, Any] = {"name": "suzuki", "roles": ["viewer"], "expires_on": "2099-03-31"}
    rehearsed = desk.post("/v1/tokens", body, dry_run=True)
    made = desk.post("/v1/tokens", body, 201)
    assert rehearsed["name"] == made["name"] and rehearsed["token"] != made["token"]
    opened = {key: desk.client.get("/v1/clock", headers={"Authorization": f"Bearer {of['token']}"}).status_code
              for key, of in (("rehearsed", rehearsed), ("made", made))}  # fmt: skip
    assert opened == {"rehearsed": 401, "made": 200}
    listed = desk.get("/v1/tokens")["items"]
    assert listed == [{key: value for key, value in made.items() if key != "token"}]
    assert (made["expires_on"], made["created_by"]) == ("2099-03-31", "admin")
    for name in ("suzuki", "clock", "admin"):
        assert desk.post("/v1/tokens", body | {"name": name}, 409)["type"].endswith("name-taken")
    assert desk.post("/v1/tokens/nobody/revoke", {"reason": "x"}, 404)
    over = desk.post("/v1/tokens", body | {"name": "ito", "expires_on": "2022-03-31"}, 422)
    assert over["errors"] == [{"pointer": "/expires_on", "detail": "is over already"}]


def test_no_idempotency_key_keeps_a_secret(desk: Desk) -> None:
    body = {"name": "suzuki", "roles": ["viewer"], "expires_on": None}
    answer = desk.post("/v1/tokens", body, 422, headers={"Idempotency-Key": "k"})
    assert answer["errors"][0]["pointer"] == "/header/Idempotency-Key"
    assert desk.get("/v1/tokens")["items"] == []
