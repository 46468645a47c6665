"""Options that several commands share: declared once, as parameters of the function that combines them."""

from collections.abc import Callable
from functools import wraps
from inspect import Signature, signature
from typing import Any, TypeVar

Returned = TypeVar("Returned")


def taking(**groups: Callable[..., Any]) -> Callable[[Callable[..., Returned]], Callable[..., Returned]]:
    """Add the options of functions to a command. groups: by the command's parameter, the function whose options
    replace it. The command gets the return value of that function.
    """

    def grouped(command: Callable[..., Returned]) -> Callable[..., Returned]:
        own = [p for p in signature(command).parameters.values() if p.name not in groups]
        theirs = {name: signature(group).parameters for name, group in groups.items()}

        @wraps(command)
        def taken(**given: Any) -> Returned:
            made = {
                name: group(**{option: given.pop(option) for option in theirs[name]})
                for name, group in groups.items()
            }
            return command(**given, **made)

        options = [*own, *(option for of_one in theirs.values() for option in of_one.values())]
        taken.__signature__ = Signature(options)  # type: ignore[attr-defined]
        taken.__annotations__ = {option.name: option.annotation for option in options}
        return taken

    return grouped
