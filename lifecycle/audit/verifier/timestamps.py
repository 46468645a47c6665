"""Time stamps of kept checkpoints (RFC 3161). They are checked with `rfc3161-client`, if it is installed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from lifecycle.audit.checkpoint import Forged, Unreadable, is_stamp

_BY_HAND = "not checked / 未検査"


def stamps_checked(files: Sequence[tuple[str, bytes]], trusted: Path | None) -> str | None:
    """Return the result for the time stamps among the files of an auditor, in a line; None without time stamps.

    A time stamp (.tsr) is for the checkpoint with the same name (.txt) in the same place. trusted: the
    certificates of the authorities that the auditor trusts, a PEM file. Raises Forged for a time stamp of
    something else, or of an authority that is not trusted; Unreadable; OSError.
    """
    stamps = {name: content for name, content in files if is_stamp(content)}
    if not stamps:
        return None
    if trusted is None:
        return f"{len(stamps)} time stamps: {_BY_HAND}; --timestamp-ca or openssl ts -verify checks them"
    try:
        import rfc3161_client  # noqa: F401
    except ImportError:
        return f"{len(stamps)} time stamps: {_BY_HAND}; the package rfc3161-client is not installed"
    texts = dict(files)
    moments = [_moment(name, content, texts, trusted) for name, content in stamps.items()]
    return f"{len(stamps)} time stamps are good / タイムスタンプ良; the latest is of {max(moments).isoformat()}"


def _moment(name: str, content: bytes, texts: dict[str, bytes], trusted: Path) -> datetime:
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    text = str(Path(name).with_suffix(".txt"))
    if text not in texts:
        raise Unreadable(f"{name}: its checkpoint {Path(text).name} is not beside it")
    try:
        answer = decode_timestamp_response(content)
        roots = load_pem_x509_certificates(trusted.read_bytes())
        VerifierBuilder(roots=roots).build().verify_message(answer, texts[text])
    except VerificationError as error:
        raise Forged(f"{name}: no time stamp of {Path(text).name} by a trusted authority: {error}") from None
    except ValueError as error:
        raise Unreadable(f"{name} or {trusted} cannot be read: {error}") from None
    return answer.tst_info.gen_time
