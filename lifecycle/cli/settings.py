"""Every setting is an option of a command: unknown variables are refused, secrets and services come from files."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from lifecycle import __version__
from lifecycle.cli.logs import Level, LogFormat, configure
from lifecycle.records.fitness import newest
from lifecycle.terms.editions import Editions
from lifecycle.terms.services import FaultyService, load_service

SERVING = ("serve", "api", "scheduler")
PREFIX, FILE = "LIFECYCLE_", "_FILE"
SECRETS = (
    "LIFECYCLE_ADMIN_TOKEN",
    "LIFECYCLE_AUDIT_CHECKPOINTS_URL",  # a secret: the URL alone allows posting
    "LIFECYCLE_DATABASE_URL",
    "LIFECYCLE_OIDC_CLIENT_SECRET",
    "LIFECYCLE_READ_URL",
    "LIFECYCLE_SMTP_PASSWORD",
)  # each can also be read from a file


def setting(variable: str, help: str, **bounds: Any) -> Any:
    """An option that is also an environment variable. bounds: as in typer, such as min."""
    return typer.Option(envvar=variable, help=help, **bounds)


@dataclass(frozen=True, slots=True)
class Setting:
    """An environment variable: its option, the commands that take it, its default."""

    variable: str
    option: str
    commands: tuple[str, ...]
    default: object
    help: str


def settings(root: Any) -> list[Setting]:
    """Every setting of a command line, in the order of its variables' names."""
    found: dict[str, list[tuple[str, Any]]] = {}
    for command, option in _options(root, ()):
        found.setdefault(option.envvar, []).append((command, option))
    return [
        Setting(name, uses[0][1].opts[0], tuple(c for c, _ in uses), uses[0][1].default, uses[0][1].help or "")
        for name, uses in sorted(found.items())
    ]


def refuse_unknown(known: set[str], environment: Mapping[str, str]) -> None:
    """Raise BadParameter for an unknown LIFECYCLE_ variable, with similar names."""
    allowed = known | {name + FILE for name in SECRETS}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in allowed:
            near = get_close_matches(name, sorted(allowed), 2, 0.85)
            hint = f"; is it {' or '.join(near)}?" if near else ""
            raise typer.BadParameter(f"there is no setting {name}{hint}", param_hint="environment")


def secrets_in_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the contents of the files in LIFECYCLE_…_FILE variables, by variable, without a final newline.

    Raises BadParameter for a file that cannot be read or is blank, or if the variable itself is set, too.
    """
    found = {}
    for name in SECRETS:
        if (file := environment.get(name + FILE)) is None:
            continue
        if name in environment:
            raise typer.BadParameter(f"give {name} or {name}{FILE}, not both", param_hint="environment")
        try:
            found[name] = Path(file).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not text"
            raise typer.BadParameter(f"{name}{FILE} cannot be read: {why}", param_hint="environment") from None
        if not found[name].strip():
            raise typer.BadParameter(f"{name}{FILE} names an empty file: {file}", param_hint="environment")
    return found


def _tell_version(wanted: bool) -> None:
    if wanted:
        print(f"lifecycle {__version__}, schema {newest()}")
        raise typer.Exit


def prepare(
    context: typer.Context,
    log: Annotated[
        LogFormat,
        setting(
            "LIFECYCLE_LOG", "How logs are written; auto: text on a terminal, else JSON.", case_sensitive=False
        ),
    ] = "auto",
    log_level: Annotated[
        Level,
        setting(
            "LIFECYCLE_LOG_LEVEL",
            "Lowest level that is logged; info has a line per request.",
            case_sensitive=False,
        ),
    ] = "warning",
    services: Annotated[
        str,
        setting("LIFECYCLE_SERVICES", f"Folders of further services, separated by {os.pathsep}"),
    ] = "",
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    """Before any command: check the variables against the settings, load services, read secrets from files."""
    configure(log, log_level, serving=context.invoked_subcommand in SERVING)
    refuse_unknown({setting.variable for setting in settings(context.command)}, os.environ)
    load_folders(services)
    given = secrets_in_files(os.environ)
    os.environ.update(given)
    context.call_on_close(lambda: [os.environ.pop(name, None) for name in given])


def _options(command: Any, path: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for parameter in command.params:
        if parameter.envvar:
            yield " ".join(path), parameter
    for name, inner in getattr(command, "commands", {}).items():
        yield from _options(inner, (*path, name))


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
