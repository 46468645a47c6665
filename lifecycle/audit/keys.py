"""The key that signs checkpoints: a file outside the database that only its owner can read; never printed."""

import base64
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from lifecycle.audit.checkpoint import DASH, ED25519, Checkpoint, Unreadable, VerificationKey, is_name, unbase64

_PREFIX = "PRIVATE+KEY+"  # the format of the signed-note tools


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A name and an Ed25519 key of 32 bytes."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def public(self) -> VerificationKey:
        """The half that auditors keep."""
        return VerificationKey(self.name, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note of a text that ends with a line feed."""
        raw = self.public.id + self._key.sign(text.encode())
        return f"{text}\n{DASH}{self.name} {base64.b64encode(raw).decode()}\n"

    def seal(self, size: int, root: bytes) -> str:
        """The signed checkpoint of the log named like the key."""
        return self.sign(Checkpoint(self.name, size, root).text)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def new_key(path: Path, name: str | None = None) -> VerificationKey:
    """Makes a key and writes it to a new file (mode 0600). Raises FileExistsError, OSError, Unreadable."""
    key = SigningKey(name or f"lifecycle-{secrets.token_hex(4)}", secrets.token_bytes(32))
    if not is_name(key.name):
        raise Unreadable("a key's name is not empty and has neither white space nor plus")
    encoded = base64.b64encode(ED25519 + key.seed).decode()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(handle, "w", encoding="utf-8") as file:
        file.write(f"{_PREFIX}{key.name}+{key.public.id.hex()}+{encoded}\n")
    return key.public


def read_key(path: Path) -> SigningKey:
    """Read the key in a file. Raises OSError, or Unreadable, which never quotes the file."""
    try:
        name, _, encoded = path.read_text("utf-8").strip().removeprefix(_PREFIX).split("+", 2)
        raw = unbase64(encoded)
    except (ValueError, Unreadable):
        raise Unreadable(f"{path} holds no signing key: lifecycle audit key --new makes one") from None
    if raw[:1] != ED25519 or len(raw) != 33 or not is_name(name):
        raise Unreadable(f"{path} holds no signing key: lifecycle audit key --new makes one")
    return SigningKey(name, raw[1:])
