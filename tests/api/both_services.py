"""A desk with both services: the built-in one and the second service of the tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import httpx2

from lifecycle.commands.command import CommandContext
from lifecycle.commands.editions import record_editions
from lifecycle.records.engine import writing
from tests.api.desk import ADDRESS, BEARER, Desk, InContext, Json
from tests.api.inprocess import InProcess
from tests.services import cloud_archive

ARCHIVE: Json = {
    "service": "cloud_archive",
    "item": "archive_large",
    "received_on": "2022-04-20",
    "options": [{"kind": "vault", "reference": "V-1"}],
}


@contextmanager
def of_both_services(one: Desk) -> Iterator[Desk]:
    """The desk with both services; its answers are not held against the document of one."""
    with (
        cloud_archive(),
        httpx2.Client(transport=InProcess(InContext(one.context)), base_url=ADDRESS, headers=BEARER) as client,
    ):
        with writing(one.engine) as conn:
            record_editions(conn, CommandContext("service", datetime.fromisoformat("2022-04-22T09:00:00+09:00")))
        yield Desk(client, one.context)
