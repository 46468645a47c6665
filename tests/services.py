"""The second service, of tests/terms/cloud_archive, loaded in addition to the built-in one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lifecycle.cli.settings import load_folder
from lifecycle.terms.editions import Editions
from lifecycle.terms.services import unload_service

FOLDER = Path(__file__).parent / "terms" / "cloud_archive"
CLOUD_ARCHIVE = "cloud_archive"


@contextmanager
def cloud_archive() -> Iterator[Editions]:
    """The second service, as long as the block lasts."""
    yield load_folder(FOLDER)
    unload_service(CLOUD_ARCHIVE)


@contextmanager
def cloud_archive_gone() -> Iterator[None]:
    """Without the second service, as a process that was started without its folder."""
    unload_service(CLOUD_ARCHIVE)
    yield
    load_folder(FOLDER)
