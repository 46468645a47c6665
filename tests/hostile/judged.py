"""Whether an answer is allowed: by its status, and by the document if it has the operation."""

from http.client import HTTPException, HTTPResponse
from io import BytesIO
from typing import Any
from urllib.parse import unquote

from tests.api.answers import PROBLEM, Answers, hold

NOT_HTTP = b"Invalid HTTP request received."  # said by the server before there is a request


class Judge:
    """Holds answers against the document. seen: the last answer, head and body."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.answers, self.seen = Answers(document), b""

    def judged(self, request: bytes, answer: bytes) -> tuple[int, str]:
        """Return the status, 0 after a permitted hang-up, and the fault, if any."""
        self.seen = answer
        if not answer:
            return 0, ""
        method, _, rest = request.decode("utf-8", "replace").partition(" ")
        try:
            response = read(method, answer)
            status, content = response.status, response.read()
        except (HTTPException, ValueError) as error:  # also an answer that was cut off
            return 0, f"no HTTP ({error})"
        if status >= 500:
            return status, "" if expected(request, status) else f"{status}"
        if status == 400 and content == (b"" if method == "HEAD" else NOT_HTTP):
            return status, ""
        path = unquote(rest.partition(" ")[0].partition("?")[0].partition("#")[0])
        return status, self.undocumented(method, path, response, content)

    def undocumented(self, method: str, path: str, response: HTTPResponse, content: bytes) -> str:
        """What the document does not allow; of a page, an error that is neither a page nor a problem."""
        media = response.headers.get("content-type", "")
        try:
            operation = self.answers.operation(method, path) if method.isupper() else None
            if operation is not None:
                hold(operation, response.status, media, content, f"{method} {path} -> {response.status}")
            else:
                shown = media == PROBLEM or media.startswith("text/html") or response.status < 400
                assert shown, f"{response.status} {media}"
        except (AssertionError, ValueError) as error:
            return f"undocumented: {error}"
        return ""


class _Line:
    """An answer that has come in whole, as a socket."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def makefile(self, *_: Any) -> BytesIO:
        return BytesIO(self.content)


def read(method: str, answer: bytes) -> HTTPResponse:
    """An answer as HTTP. Raises HTTPException, ValueError."""
    response = HTTPResponse(_Line(answer), method=method)  # type: ignore[arg-type]
    response.begin()
    return response


def expected(request: bytes, status: int) -> bool:
    """Readiness has its own statuses; HTTP's 501 is for unknown methods and codings."""
    return status == 501 or (status == 503 and b"/readyz" in request[:40])
