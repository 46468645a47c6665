"""Fresh databases of each kind, one after the other."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import scratch
from tests.lending import Lending


@dataclass
class Fresh:
    """Returns a new, migrated database for each call; it is deleted after the block."""

    kind: str
    make: Callable[[], AbstractContextManager[str]]

    def __call__(self) -> AbstractContextManager[str]:
        return self.make()


@contextmanager
def sqlite_copy(template: Path) -> Iterator[str]:
    """The URL of a copy of a file."""
    with scratch.folder("fault") as folder:
        yield f"sqlite:///{shutil.copy(template, folder / 'lifecycle.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest) -> Fresh:
    """A way to fresh databases; the test runs once for each kind."""
    lending: Lending = request.getfixturevalue(f"{request.param}_lending")

    @contextmanager
    def url() -> Iterator[str]:
        with lending.lent() as lent:
            yield lent.url

    return Fresh(request.param, url)
