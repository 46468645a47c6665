"""The service that comes with the program: its name, which is the default everywhere, and its folder."""

from collections.abc import Mapping
from importlib.resources import files

DEFAULT_SERVICE = "media_sphere"
_FOLDER = files(__package__).joinpath(DEFAULT_SERVICE)
_RULES = sorted(_FOLDER.joinpath("rules").iterdir(), key=lambda file: file.name)
TEXTS: Mapping[str, str] = {file.name: file.read_text("utf-8") for file in _FOLDER.iterdir() if file.is_file()}
RULE_TEXTS = tuple(file.read_text("utf-8") for file in _RULES if file.name.endswith(".toml"))
