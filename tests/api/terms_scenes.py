"""Operations on the terms: how each subject is created, and with which body."""

from collections.abc import Callable

from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import record_editions
from lifecycle.commands.terms_operations import FILE
from lifecycle.records.engine import writing
from tests.api.desk import Desk, Json

Scene = Callable[[Desk], tuple[str, Json | None]]
ANNOUNCED = {
    "version": "2022-05-01", "announced_on": "2022-04-01", "how": "website and e-mail", "reason": "not in the file"
}  # fmt: skip


def filed(desk: Desk) -> tuple[str, Json]:
    """A file of terms, and one contract."""
    desk.accepted()
    return "/v1/terms/rehearse", {"file": FILE}


def recorded(desk: Desk) -> tuple[str, Json]:
    """A version on record, to be announced."""
    with writing(desk.engine) as conn:
        record_editions(conn, CommandContext("service", desk.context.clock()))
    return "/v1/terms/announce", ANNOUNCED


def settled(desk: Desk) -> tuple[str, Json]:
    """A contract that agrees with its entries."""
    desk.accepted()
    return "/v1/terms/resettle", {"reason": "the file came late"}


SCENES: dict[str, Scene] = {"terms-rehearse": filed, "terms-announce": recorded, "terms-resettle": settled}
