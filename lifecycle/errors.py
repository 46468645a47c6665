"""Errors for callers: each has its status, its kind and its reason (RFC 9457)."""

from collections.abc import Mapping, Sequence
from typing import Any

MOST_ERRORS = 100
PROBLEMS_AT = "/problems/"  # where the service has a page about each kind


class DomainError(Exception):
    """An error of the domain.

    status: of HTTP. kind: the last part of the problem type. title: the kind in words. headers: such as
    Retry-After.
    """

    status: int = 409
    kind: str = "conflict"
    title: str = "Conflict"
    headers: Mapping[str, str] = {}

    @property
    def detail(self) -> str:
        """What is wrong in this case."""
        return str(self)

    @property
    def extras(self) -> Mapping[str, Any]:
        """Further members of the answer."""
        return {}

    def as_problem(self, instance: str) -> dict[str, Any]:
        """The members of application/problem+json. instance: the path of the request."""
        return {
            "type": PROBLEMS_AT + self.kind,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            **self.extras,
        }


class Problem(DomainError):
    """An error without a class of its own; `more` has further members of the answer."""

    def __init__(
        self, status: int, kind: str, title: str, detail: str,
        *, headers: Mapping[str, str] | None = None, **more: Any,
    ) -> None:  # fmt: skip
        super().__init__(detail)
        self.status, self.kind, self.title = status, kind, title
        self.headers, self.more = dict(headers or {}), more

    @property
    def extras(self) -> Mapping[str, Any]:
        """The further members that were given."""
        return self.more


class Malformed(DomainError):
    """Malformed input: a JSON pointer and a sentence for each value that is wrong, never the value itself."""

    status, kind, title = 422, "malformed", "Malformed input"

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{len(errors)} value(s) are malformed.")
        self.errors = [{"pointer": pointer, "detail": detail} for pointer, detail in errors[:MOST_ERRORS]]

    @property
    def extras(self) -> Mapping[str, Any]:
        """Pointer and detail of each."""
        return {"errors": self.errors}


class Unknown(DomainError, LookupError):
    """No contract, option or other resource has this id."""

    status, kind, title = 404, "unknown", "Not found"

    def __init__(self, what: str, wanted: str) -> None:
        super().__init__(f"no {what} has the id {wanted}")
        self.what, self.wanted = what, wanted

    @property
    def detail(self) -> str:
        """What does not exist, without the given id."""
        return f"There is no such {self.what}."


class Archived(DomainError):
    """The contract's history was archived to a file and dropped: the file has the requested rows."""

    kind, title = "archived", "The history is archived"

    def __init__(self, file: str, sha256: str) -> None:
        super().__init__(f"The contract's history was archived: it is in the file {file} (SHA-256 {sha256}).")
        self.file, self.sha256 = file, sha256

    @property
    def extras(self) -> Mapping[str, Any]:
        """The file."""
        return {"archive": {"file": self.file, "sha256": self.sha256}}


class TryAgain(DomainError):
    """Nothing was stored; the same request may succeed a moment later."""

    status, kind, title = 503, "overtaken", "Try again"
    headers: Mapping[str, str] = {"Retry-After": "1"}

    @property
    def detail(self) -> str:
        """The one reason there is."""
        return "Conflict: the record has changed. Reload it and try again."
