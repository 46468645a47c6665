"""Signatures of webhook messages by Standard Webhooks 1.0 (symmetric, v1): HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_BYTES = 32  # bytes of a secret; the specification requires 24 to 64


def new_secret() -> str:
    """Return a secret for one receiver: `whsec_` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(message_id: str, at: int, body: bytes, signed_with: Sequence[str]) -> dict[str, str]:
    """Return a message's headers. at: of this attempt, in seconds since 1970. signed_with: secrets, each for one
    signature.

    message_id: without a full stop, which separates the signed parts.
    """
    signatures = " ".join(f"v1,{signature(secret, message_id, at, body)}" for secret in signed_with)
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signatures}


def signature(secret: str, message_id: str, at: int, body: bytes) -> str:
    """Return one signature, in base64. Raises ValueError for an invalid secret."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{at}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
