"""Runs a contract day by day: set the day, execute a command, read the result."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Concatenate

import orjson
from sqlalchemy import Connection, Engine, select

from lifecycle.commands.applications import Application, apply, apply_for_option
from lifecycle.commands.command import CommandContext, ExpectedVersion
from lifecycle.machines.dossier import Contract, Dossier, Option
from lifecycle.machines.facts import When
from lifecycle.records import tables
from lifecycle.records.engine import reading, writing
from lifecycle.records.mapping import load
from lifecycle.terms.calendar import TOKYO
from tests.commands import acts as contracts

NOW = When()
RECEIVED, ACCEPTED, STARTS = "2022-04-20", "2022-04-22", "2022-05-01"

APPLICATION = Application(
    reference="OD-2022-0001",
    received=NOW,
    personal={
        "customer": {"name": "株式会社サンプル配信", "email": "keiyaku@example.co.jp"},
        "administrator": {"name": "山田太郎", "email": "yamada@example.co.jp"},
    },
    item="premium",
    requested_billing_start_on=date.fromisoformat(STARTS),
    laws_accepted=True,
    rights_cleared=True,
    delivery={"custom_domain": None, "https": False},
)

Command = Callable[Concatenate[Connection, str, CommandContext, ...], Dossier]


def day(text: str) -> date:
    """A civil day: `2022-05-01`."""
    return date.fromisoformat(text)


def tokyo(text: str) -> datetime:
    """An instant by the clocks of Japan: `2022-05-01 09:00`; without a time, nine in the morning."""
    return datetime.fromisoformat(text if " " in text else f"{text} 09:00").replace(tzinfo=TOKYO)


def on(text: str) -> When:
    """The day on which something happened."""
    return When(on=day(text))


def at_version(version: int | None) -> tuple[ExpectedVersion, ...]:
    """What a caller expects who has seen a version."""
    return () if version is None else (ExpectedVersion(version),)


class Diary:
    """Acts on one database, each act in a transaction of its own, at the instant that was set."""

    def __init__(self, engine: Engine, today: str = RECEIVED) -> None:
        self.engine = engine
        self.now = tokyo(today)

    def today(self, text: str) -> None:
        """Sets the day: `2022-05-01`, or the instant `2022-05-01 09:00`."""
        self.now = tokyo(text)

    def order(self, reason: str | None = None, version: int | None = None) -> CommandContext:
        """Return the context of a command."""
        return CommandContext("desk", self.now, reason, at_version(version))

    def do(
        self, command: Command, subject_id: str, *given: Any,
        reason: str | None = None, version: int | None = None, **named: Any,
    ) -> Dossier:  # fmt: skip
        """Carries out one command."""
        with writing(self.engine) as conn:
            return command(conn, subject_id, self.order(reason, version), *given, **named)

    def apply(self, **other: Any) -> str:
        """Enter an application, APPLICATION with the given changes, and return the contract's id."""
        with writing(self.engine) as conn:
            return apply(conn, replace(APPLICATION, **other), self.order())[0].contract.id

    def apply_for_option(self, contract_id: str, reference: str = "OD-2022-0001-D", received: When = NOW) -> str:
        """Enters an option's application; the option's id."""
        with writing(self.engine) as conn:
            return apply_for_option(conn, contract_id, reference, received, self.order())[1]

    def accept_option(self, option_id: str, starts_on: str = STARTS) -> Dossier:
        """Accepts an option with the fees that the customer was quoted."""
        return self.do(
            contracts.accept_option, option_id, NOW, day(starts_on), initial_fee_yen=30_000, monthly_fee_yen=50_000
        )

    def accepted(self, **other: Any) -> str:
        """A contract applied for on 20 April 2022 and accepted on the 22nd, to be billed from 1 May; its id."""
        self.today(RECEIVED)
        contract = self.apply(**other)
        self.today(ACCEPTED)
        self.do(contracts.accept, contract, NOW)
        return contract

    def accepted_with_option(self, starts_on: str = STARTS) -> tuple[str, str]:
        """The same with a DRM option accepted on the same day; both ids."""
        contract = self.accepted(options=[("drm", "OD-2022-0001-D")])
        option = self.look(contract).options[0].id
        self.accept_option(option, starts_on)
        return contract, option

    def look(self, contract_id: str) -> Dossier:
        """The dossier as it is stored."""
        with reading(self.engine) as conn:
            return load(conn, contract_id)

    def contract(self, contract_id: str) -> Contract:
        """The contract as it is stored."""
        return self.look(contract_id).contract

    def option(self, contract_id: str) -> Option:
        """The contract's newest option as it is stored."""
        return self.look(contract_id).options[-1]

    def history(self, subject_id: str) -> list[dict[str, Any]]:
        """The payloads of a subject's history, in order."""
        statement = select(tables.history.c.payload).where(tables.history.c.subject_id == subject_id)
        with reading(self.engine) as conn:
            rows = conn.execute(statement.order_by(tables.history.c.seq)).scalars()
            return [orjson.loads(row) for row in rows]

    def events(self, subject_id: str) -> list[str]:
        """The events of a subject's history, in order."""
        return [row["event"] for row in self.history(subject_id)]

    def everything(self) -> Mapping[str, list[tuple[Any, ...]]]:
        """All rows of all tables: what a transaction that failed must not have changed."""
        with reading(self.engine) as conn:
            return {
                table.name: sorted(tuple(map(repr, row)) for row in conn.execute(select(table)))
                for table in tables.metadata.sorted_tables
            }
