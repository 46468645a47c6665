"""A subject of whose fields only some may be read: how a step is held to what its event says that it reads."""

from typing import Any, NoReturn

from lifecycle.machines.dossier import Contract

STANDING = (
    "id",
    "state",
    "due_event",
    "due_at",
    "version",
    "seq",
    "head_hash",
    "part_kinds",
    "rulings_said",
)  # read by every step


class ReadsMore(Exception):
    """A step asked for a field that its event does not name: a fault of the program."""


class Unread:
    """Stands for the value of such a field; only its identity may be asked, so that it passes for some value."""

    def _asked(self, *_: object) -> NoReturn:
        raise ReadsMore("a field was read that the event does not name")

    __bool__ = __len__ = __iter__ = __contains__ = __hash__ = _asked
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _asked
    __add__ = __sub__ = __and__ = __or__ = __getitem__ = __getattr__ = _asked


UNREAD: Any = Unread()


def with_only(contract: Contract, fields: tuple[str, ...]) -> Contract:
    """The contract with the fields named and the standing ones; asking it for any other raises ReadsMore."""
    kept = {*STANDING, *fields}
    return Contract.of({name: value if name in kept else UNREAD for name, value in vars(contract).items()})
