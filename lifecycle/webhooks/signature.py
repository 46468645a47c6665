"""Signatures of webhook messages by Standard Webhooks 1.0 (symmetric, v1): HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence

PREFIX = "whsec_"
_BYTES = 32  # of a secret; the specification wants 24 to 64


def new_secret() -> str:
    """A secret for one receiver: `whsec_` and 256 random bits in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def headers(message_id: str, at: int, body: bytes, signed_with: Sequence[str]) -> dict[str, str]:
    """A message's headers. at: seconds since 1970 of this try; signed_with: secrets, a signature for each.

    message_id: without a full stop, which parts what is signed.
    """
    signatures = " ".join(f"v1,{signature(secret, message_id, at, body)}" for secret in signed_with)
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": signatures}


def signature(secret: str, message_id: str, at: int, body: bytes) -> str:
    """One signature, in base64. Raises ValueError for a secret that is none."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{message_id}.{at}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
