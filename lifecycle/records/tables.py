"""The tables. Facts and derived days in columns; history append-only; personal data separate (audit, erasure)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Text, false, text, true
from sqlmodel import Field, SQLModel

from lifecycle.records import access, parts, running, sealed, side_tables, webhooks
from lifecycle.records import issued as money
from lifecycle.records.base import (
    ASSIGNED,
    BY_PEOPLE,
    NUMBERED,
    EntityColumns,
    by_reference,
    by_text_parts,
    by_timer,
    named_in_database,
    narrow,
    of_other_services,
    with_day,
)
from lifecycle.records.base import metadata as metadata
from lifecycle.terms.default_service import DEFAULT_SERVICE
from lifecycle.terms.version import DEFAULT_OPTION


class SubjectColumns(EntityColumns):
    """The columns of machines.dossier.Subject, under the same names, and those that the sweep needs."""

    reference: str = Field(max_length=100)
    reference_key: str | None = Field(default=None, sa_type=Text)
    received_on: date
    accepted_on: date | None = None
    planned_start_on: date | None = None
    billing_from: str | None = Field(default=None, max_length=60)
    billing_started: bool = False
    notices: list[dict[str, Any]] = Field(default_factory=list, sa_type=JSON)
    in_form: bool = Field(default=True, sa_column_kwargs={"server_default": true()})
    informal: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    informal_on: date | None = None
    billing_starts_on: date | None = None
    minimum_term_ends_on: date | None = None
    effective_on: date | None = None
    decided_by: str | None = Field(default=None, max_length=20)
    terminated_on: date | None = None
    rulings_said: str | None = Field(default=None, sa_type=Text)


class ContractRow(SubjectColumns, table=True):
    """The present state of a contract."""

    __tablename__ = "contract"
    __table_args__ = (
        by_timer("contract"),
        Index("ix_contract_state", "state", "id"),
        Index("ix_contract_held", "id", postgresql_where=text("billing_held"), sqlite_where=text("billing_held")),
        Index("ix_contract_item", "item", "id"),
        of_other_services(),
        *by_reference("contract"),
        Index("ix_contract_assigned", "assigned_to", "id", **ASSIGNED),
        with_day("contract", "effective_on"),
        with_day("contract", "billing_starts_on"),
        with_day("contract", "misuse_due_on"),
        with_day("contract", "certificate_expires_on"),
        with_day("contract", "informal_on"),
    )
    item: str = Field(max_length=20)
    requested_billing_start_on: date | None = None
    laws_accepted: bool = False
    rights_cleared: bool = False
    administrator_named: bool = False
    delivery: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    met: list[str] | None = Field(default=None, sa_type=JSON)
    waived: list[str] | None = Field(default=None, sa_type=JSON)
    billing_held: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    misuse: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)
    misuse_due_on: date | None = None
    certificate_expires_on: date | None = None
    part_kinds: int = Field(
        default=0, sa_column_kwargs={"server_default": "1", **named_in_database("holds", "part_kinds")}
    )
    line_at: datetime | None = None
    line_rank: int | None = None
    taken_over: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    billed_until: str | None = Field(default=None, max_length=7)
    assigned_to: str | None = Field(default=None, max_length=200)
    other_references: list[str] | None = Field(default=None, sa_type=JSON)
    service: str = Field(
        default=DEFAULT_SERVICE, max_length=40, sa_column_kwargs={"server_default": DEFAULT_SERVICE}
    )


class OptionRow(SubjectColumns, table=True):
    """The present state of a DRM option."""

    __tablename__ = "drm_option"
    __table_args__ = (
        with_day("drm_option", "informal_on"),
        by_timer("drm_option"),
        Index("ix_drm_option_contract", "contract_id", "id"),
        Index("ix_drm_option_state", "state", "id"),
        *by_reference("drm_option"),
    )
    contract_id: str = Field(foreign_key="contract.id", max_length=40)
    kind: str = Field(default=DEFAULT_OPTION, max_length=20)
    initial_fee_yen: int | None = Field(default=None, sa_type=BigInteger)
    monthly_fee_yen: int | None = Field(default=None, sa_type=BigInteger)
    minimum_term_cut_days: int = 0
    fees: list[dict[str, Any]] | None = Field(default=None, sa_type=JSON)


class PersonalRow(SQLModel, table=True):
    """Personal data of a contract, separate so that it can be erased.

    salt: 256 random bits; the history contains HMAC-SHA256(salt, data). search: the data folded for the search.
    customer_number: the company's own number of the customer, folded likewise.
    """

    __tablename__ = "personal"
    __table_args__ = (
        narrow("ix_personal_search", "contract_id", "search"),
        by_text_parts("ix_personal_search_parts", "search"),
        Index("ix_personal_customer_number", "customer_number", "contract_id", **NUMBERED),
    )
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    salt: str = Field(max_length=64)
    data: dict[str, Any] = Field(sa_type=JSON)
    search: str = Field(sa_type=Text)
    customer_number: str | None = Field(default=None, max_length=100)


class PeopleVersionRow(SQLModel, table=True):
    """A change of a contract's people by an entry, with a salt of its own; erased with them.

    entry_id: the id of its history row, which contains HMAC-SHA256(salt, data).
    """

    __tablename__ = "people_version"
    contract_id: str = Field(primary_key=True, foreign_key="contract.id", max_length=40)
    entry_id: str = Field(primary_key=True, max_length=60)
    salt: str = Field(max_length=64)
    data: dict[str, Any] = Field(sa_type=JSON)


class HistoryRow(SQLModel, table=True):
    """One transition. payload: the exact hashed text, RFC 8785 JSON; the other columns repeat values of it."""

    __tablename__ = "history"
    __table_args__ = (
        Index("ix_history_recorded_at", "recorded_at"),
        Index("ix_history_people", "actor", "recorded_at", **BY_PEOPLE),
    )
    subject_id: str = Field(primary_key=True, max_length=40)
    seq: int = Field(primary_key=True)
    contract_id: str = Field(max_length=40, index=True)
    event: str = Field(max_length=30)
    effective_at: datetime
    recorded_at: datetime
    actor: str = Field(max_length=100)
    hash: str = Field(max_length=64)
    payload: str = Field(sa_type=Text)


class SupersededRow(SQLModel, table=True):
    """A superseded history row, and the row of the same chain that supersedes it. Append-only."""

    __tablename__ = "superseded"
    subject_id: str = Field(primary_key=True, max_length=40)
    seq: int = Field(primary_key=True)
    by_seq: int
    contract_id: str = Field(max_length=40, index=True)
    recorded_at: datetime


class ParkedRow(SQLModel, table=True):
    """A due row whose step raised, parked so that other timers continue; a person can retry it.

    attempts: the number of failures; retry_at: when the clock retries it, None if it waits for a person.
    """

    __tablename__ = "parked"
    subject_id: str = Field(primary_key=True, max_length=40)
    event: str = Field(max_length=20)
    due_at: datetime
    attempts: int = Field(sa_column_kwargs=named_in_database("tries", "attempts"))
    reason: str = Field(sa_type=Text)
    retry_at: datetime | None = None


class ClockRow(SQLModel, table=True):
    """The service's time, one row. heartbeat_at: the last sweep's heartbeat, by the service's clock.

    sandbox_now: the instant of a sandbox, None in a live database. high_water_mark: the latest instant that a
    sweep recorded, which never goes back. sweep_ms, late_ms: duration and largest delay of the last sweep that
    fired something. judged_from: entries recorded since then are judged at their places in legal order.
    """

    __tablename__ = "clock"
    id: int = Field(default=1, primary_key=True)
    sandbox_now: datetime | None = None
    heartbeat_at: datetime | None = Field(
        default=None, sa_column_kwargs=named_in_database("swept_at", "heartbeat_at")
    )
    high_water_mark: datetime | None = Field(
        default=None, sa_column_kwargs=named_in_database("mark_at", "high_water_mark")
    )
    sweep_ms: int | None = Field(default=None, sa_type=BigInteger)
    late_ms: int | None = Field(default=None, sa_type=BigInteger)
    judged_from: datetime | None = None


contract = ContractRow.__table__  # type: ignore[attr-defined]
option = OptionRow.__table__  # type: ignore[attr-defined]
search_text, other_reference = side_tables.search_text, side_tables.other_reference
personal = PersonalRow.__table__  # type: ignore[attr-defined]
people_version = PeopleVersionRow.__table__  # type: ignore[attr-defined]
history = HistoryRow.__table__  # type: ignore[attr-defined]
superseded = SupersededRow.__table__  # type: ignore[attr-defined]
outbox, log, log_node = sealed.outbox, sealed.log, sealed.log_node
checkpoint, sealing, sealer_turn = sealed.checkpoint, sealed.sealing, sealed.sealer_turn
countersigned = sealed.countersigned
idempotency = access.idempotency
session = access.session
own_settings, shown_page = access.own_settings, access.shown_page
token = access.token
approval = access.approval
parked = ParkedRow.__table__  # type: ignore[attr-defined]
clock = ClockRow.__table__  # type: ignore[attr-defined]
operations_log, forecast, baseline, counters = (
    running.operations_log,
    running.forecast,
    running.baseline,
    running.counters,
)
personal_read = running.personal_read
applied_migration = running.applied_migration
issued, billed_elsewhere, settled = money.issued, money.billed_elsewhere, money.settled
billed_elsewhere_moved = money.billed_elsewhere_moved
archived = side_tables.archived
webhook, undelivered = webhooks.webhook, webhooks.undelivered
mail = side_tables.mail
note, attachment = side_tables.note, side_tables.attachment

SUBJECTS = {
    "contract": contract,
    "option": option,
    "item_change": parts.item_change,
    "measure": parts.measure,
    "credit": parts.credit,
    "usage": parts.usage,
    "erasure": parts.erasure,
    "outage": parts.outage,
    "edition": parts.edition,
}
