"""Verifies an auditor's export in the browser, with a certificate to print.

It runs the program of `lifecycle audit verify` on the uploaded files only, without a database.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

from fastapi import Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile

from api.pages.layout import page
from api.pages.routing import pages
from api.pages.session import SignedInSession, form_of
from api.request.context import context_of
from api.request.request_limits import caller_of
from lifecycle.audit.checkpoint import Forged, KeptCheckpoint, Unreadable, VerificationKey, read_kept
from lifecycle.audit.judge import Judge
from lifecycle.audit.standalone import legal_steps
from lifecycle.audit.verifier.verify import TAMPERED, UNREADABLE, Verdict, verify

router = pages()
NEEDS = "audit-checkpoints"
MOST_FILES = 101  # an export and a hundred checkpoints
LONGEST_SHOWN = 2_000  # characters of a bad line
MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was verified, and the result. row: the first bad line, shortened."""

    verdict: Verdict
    name: str
    size: int
    digest: str
    keys: Sequence[str]
    kept: Sequence[KeptCheckpoint]
    judged: bool
    row: str | None


@router.get("/audit/verify")
def ask_for_files(request: Request, visit: SignedInSession) -> Response:
    """Show the upload form."""
    visit.need(NEEDS)
    return page(request, visit, "verification.html", certificate=None, keys="", lacking=[], judge=True)


@router.post("/audit/verify")
async def verify_files(request: Request, visit: SignedInSession) -> Response:
    """Verify the files and discard them."""
    visit.need(NEEDS)
    context = context_of(request)
    async with form_of(request, visit, files=MOST_FILES) as form:
        export, keys, judge = (
            form.get("export"),
            str(form.get("keys") or "").replace("\0", ""),
            bool(form.get("judge")),
        )
        given = {"export": isinstance(export, UploadFile) and export.filename, "keys": keys.strip()}
        lacking = [name for name, there in given.items() if not there]
        certificate = None
        if not lacking and isinstance(export, UploadFile):
            with context.importing.entered(caller_of(request)):
                notes = [one for one in form.getlist("checkpoint") if isinstance(one, UploadFile) and one.filename]
                certificate = await run_in_threadpool(_certificate, export, notes, keys, judge=judge)
    return page(
        request, visit, "verification.html", status=422 if lacking else 200, now=context.clock(),
        certificate=certificate, keys=keys, lacking=lacking, judge=judge,
    )  # fmt: skip


def _certificate(export: UploadFile, notes: Sequence[UploadFile], keys: str, *, judge: bool) -> Certificate:
    with TemporaryDirectory() as folder:
        path = _put(export, Path(folder), "history.jsonl")
        with path.open("rb") as file:
            digest = file_digest(file, "sha256").hexdigest()
        read: list[VerificationKey] = []
        kept: Sequence[KeptCheckpoint] = []
        try:
            read = [VerificationKey.parse(line) for line in keys.split()[:MOST_KEYS]]
            files = [_put(note, Path(folder), f"{n:03}-{_plain(note)}") for n, note in enumerate(notes, 1)]
            kept = read_kept(files, read)
            verdict = verify(path, kept, read, legal_steps(), Judge() if judge else None)
        except Forged as error:
            verdict = Verdict(TAMPERED, f"TAMPERED / 改ざんあり: {_without(folder, error)}")
        except (Unreadable, OSError, ValueError) as error:
            verdict = Verdict(UNREADABLE, f"UNREADABLE / 読み取れません: {_without(folder, error)}")
        row = _line(path, verdict.last) if verdict.last else None
        size, names = path.stat().st_size, [str(key) for key in read]
    return Certificate(verdict, _plain(export), size, digest, names, kept, judge, row)


def _put(file: UploadFile, folder: Path, name: str) -> Path:
    path = folder / name
    with path.open("wb") as written:
        copyfileobj(file.file, written)
    return path


def _plain(file: UploadFile) -> str:
    return re.sub(r"[^\w.-]+", "_", file.filename or "")[-80:]


def _without(folder: str, error: Exception) -> str:
    return str(error).replace(f"{folder}/", "")


def _line(path: Path, number: int) -> str | None:
    """Return a line of the export, shortened; None past its end."""
    with path.open("rb") as file:
        for at, line in enumerate(file, 1):
            if at == number:
                return line[: LONGEST_SHOWN * 4].decode("utf-8", "replace")[:LONGEST_SHOWN].rstrip("\n")
    return None
