"""A subject with only some readable fields: ensures that a step reads only the fields that its event declares."""

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
    """A step read a field that its event does not declare: a fault of the program."""


class Unread:
    """A placeholder for the value of such a field. Only its identity may be used, so that it can be passed on."""

    def _asked(self, *_: object) -> NoReturn:
        raise ReadsMore("a field was read that the event does not name")

    __bool__ = __len__ = __iter__ = __contains__ = __hash__ = _asked
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _asked
    __add__ = __sub__ = __and__ = __or__ = __getitem__ = __getattr__ = _asked


UNREAD: Any = Unread()


def with_only(contract: Contract, fields: tuple[str, ...]) -> Contract:
    """Return the contract with the declared and the standard fields; reading any other one raises ReadsMore."""
    kept = {*STANDING, *fields}
    return Contract.of({name: value if name in kept else UNREAD for name, value in vars(contract).items()})
