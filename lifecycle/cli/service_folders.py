"""The folders of further services, as LIFECYCLE_SERVICES names them."""

import os
from pathlib import Path

import typer

from lifecycle.terms.editions import Editions
from lifecycle.terms.services import FaultyService, load_service


def load_folders(folders: str) -> None:
    """Loads the service of each folder. Raises BadParameter."""
    for folder in filter(None, folders.split(os.pathsep)):
        try:
            load_folder(Path(folder))
        except FaultyService as error:
            raise typer.BadParameter(str(error), param_hint="LIFECYCLE_SERVICES") from None


def load_folder(folder: Path) -> Editions:
    """Loads the service of a folder. Raises FaultyService."""
    folder = folder.resolve()
    try:
        files = [file for file in folder.rglob("*.toml") if file.is_file()]
        found = {file.relative_to(folder).as_posix(): file.read_text("utf-8") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        raise FaultyService(f"{folder}: {error}") from None
    return load_service(str(folder), found)
