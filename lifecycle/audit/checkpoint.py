"""Signed checkpoints of the log: its size and its root, in the text form that transparency logs use.

Signed note (c2sp.org/signed-note): a text, an empty line, then lines `— name base64(key id ‖ signature)`.
Checkpoint (c2sp.org/tlog-checkpoint): the text is the log's origin, its size and its root, a line each.
"""

import base64
import binascii
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

ED25519, COSIGNATURE = b"\x01", b"\x04"  # the algorithm numbers of the note format
LONGEST_NOTE = 100_000  # bytes
DASH = "— "


class Unreadable(Exception):
    """The input has the wrong format, so it proves nothing about the history."""


class Forged(Exception):
    """A text that the key did not sign."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """The name and the public half of a key, 32 bytes. kind: COSIGNATURE for a witness's key."""

    name: str
    public: bytes
    kind: bytes = ED25519

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256 over name and key, as the note format defines."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(self.kind + self.public).decode()}"

    @classmethod
    def parse(cls, text: str, kind: bytes = ED25519) -> "VerificationKey":
        """Parse a key of the form `name+id+base64`. Raises Unreadable."""
        name, _, rest = text.strip().partition("+")
        id_, _, encoded = rest.partition("+")
        raw = unbase64(encoded)
        if not is_name(name) or raw[:1] != kind or len(raw) != 33:
            raise Unreadable("not a verification key: name+id+base64 of an Ed25519 key")
        key = cls(name, raw[1:], kind)
        if key.id.hex() != id_:
            raise Unreadable("the verification key's id does not belong to it: it was copied wrongly")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The log at a size: the number of its leaves, and their root, 32 bytes. origin: which log."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def is_name(name: str) -> bool:
    """Whether a name is valid for a key: not empty, without white space and plus."""
    return bool(name) and name.isprintable() and not any(c.isspace() or c == "+" for c in name)


def unbase64(text: str) -> bytes:
    """Decode standard base64 only. Raises Unreadable."""
    try:
        found = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("not base64") from None
    if base64.b64encode(found).decode() != text:
        raise Unreadable("not base64 in the one form that it has")
    return found


def split_note(note: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Return the text of a signed note, and its signatures: name, key id, signature. Raises Unreadable."""
    try:
        said = note.decode()
    except UnicodeDecodeError:
        raise Unreadable("not a signed note: not UTF-8") from None
    text, found, signatures = said.rpartition("\n\n")
    if not found or not signatures.endswith("\n") or len(note) > LONGEST_NOTE:
        raise Unreadable("not a signed note: no text, empty line and signatures")
    return f"{text}\n", [_signature(line) for line in signatures[:-1].split("\n")]


def open_note(note: bytes, key: VerificationKey) -> str:
    """Return the text of a signed note.

    Raises Unreadable for another format, Forged if the key did not sign it.
    """
    text, signed = split_note(note)
    mine = [signature for name, id_, signature in signed if (name, id_) == (key.name, key.id)]
    if not mine:
        raise Forged(f"not signed by {key.name}+{key.id.hex()}")
    try:
        for signature in mine:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text.encode())
    except InvalidSignature:
        raise Forged(f"the signature of {key.name} is not of this text") from None
    return text


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(DASH).partition(" ")
    raw = unbase64(encoded)
    if not line.startswith(DASH) or not is_name(name) or len(raw) < 5:
        raise Unreadable("not a signed note: a line that is no signature")
    return name, raw[:4], raw[4:]


def read_checkpoint(note: bytes, key: VerificationKey) -> Checkpoint:
    """The checkpoint that a key signed. Raises Unreadable, Forged."""
    lines = open_note(note, key).split("\n")
    if len(lines) < 4 or not lines[1].isdecimal() or not lines[1].isascii() or len(lines[1]) > 18:
        raise Unreadable("not a checkpoint: origin, size and root")
    root = unbase64(lines[2])
    if lines[1] != str(int(lines[1])) or len(root) != 32 or not lines[0]:
        raise Unreadable("not a checkpoint: origin, size and root")
    return Checkpoint(lines[0], int(lines[1]), root)


@dataclass(frozen=True, slots=True)
class KeptCheckpoint:
    """A checkpoint that an auditor kept, and where it came from."""

    checkpoint: Checkpoint
    name: str
    note: bytes = b""


def read_by_any(note: bytes, keys: Sequence[VerificationKey]) -> Checkpoint:
    """Return a checkpoint that one of the keys has signed, under the name of that key.

    Raises Unreadable, Forged.
    """
    first, _, _ = note.partition(b"\n")
    named = [key for key in keys if key.name.encode() == first] or keys[:1]
    return read_checkpoint(note, named[0])


def read_kept(paths: Sequence[Path], keys: Sequence[VerificationKey]) -> list[KeptCheckpoint]:
    """Return the checkpoints in files, and in all files of directories. Raises Unreadable, Forged."""
    found = [_kept(name, note, keys) for name, note in read_files(paths) if not _is_beside(note)]
    return sorted(found, key=lambda one: one.checkpoint.size)


def is_proof(content: bytes) -> bool:
    """Whether a kept file is a consistency proof (compare.py), not a checkpoint."""
    return content.startswith(b"old ")


def is_stamp(content: bytes) -> bool:
    """Whether a kept file is a time-stamp response (RFC 3161): DER, not text."""
    return content[:1] == b"\x30" and content[1:2] > b"\x80"


def _is_beside(content: bytes) -> bool:
    return is_proof(content) or is_stamp(content)


def read_files(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Files, and all files of directories: names and contents. Raises Unreadable."""
    try:
        files = [file for path in paths for file in (sorted(path.iterdir()) if path.is_dir() else [path])]
        return [(str(file), file.read_bytes()) for file in files]
    except OSError as error:
        raise Unreadable(f"{error.filename} cannot be read: {error.strerror}") from None


def _kept(path: str, note: bytes, keys: Sequence[VerificationKey]) -> KeptCheckpoint:
    try:
        return KeptCheckpoint(read_by_any(note, keys), Path(path).name, note)
    except Unreadable as error:
        raise Unreadable(f"{path}: {error}") from None
    except Forged as error:
        raise Forged(f"{path}: {error}") from None
