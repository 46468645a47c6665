"""Which witnesses must have cosigned a checkpoint (c2sp.org/tlog-policy, tlog-cosignature).

A witness cosigns only a checkpoint that extends all earlier ones it has seen. A policy is a text with a line for
each log, witness and group, and one for the quorum: `log VKEY`, `witness NAME VKEY [URL]`, `group NAME
NUMBER|all|any MEMBER…`, `quorum NAME|none`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from lifecycle.audit.checkpoint import COSIGNATURE, Unreadable, VerificationKey, split_note

NOBODY = "none"


@dataclass(slots=True)
class Witness:
    """A witness: its key, and the address to which checkpoints are submitted, None without one."""

    key: VerificationKey
    url: str | None = None


@dataclass(slots=True)
class Policy:
    """The keys of logs; by name witnesses, and groups: how many of which members; and who must have signed."""

    logs: list[VerificationKey] = field(default_factory=list)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    groups: dict[str, tuple[int, list[str]]] = field(default_factory=dict)
    quorum: str = ""

    def is_met_by(self, note: bytes) -> bool:
        """Whether enough witnesses have cosigned a checkpoint. Raises Unreadable."""
        signed = {name for name, one in self.witnesses.items() if is_cosigned(note, one.key)}
        for name, (number, members) in self.groups.items():  # a member is defined before its group
            if len(signed.intersection(members)) >= number:
                signed.add(name)
        return self.quorum == NOBODY or self.quorum in signed


def is_cosigned(note: bytes, key: VerificationKey) -> bool:
    """Whether a witness has cosigned a checkpoint. Raises Unreadable."""
    text, signatures = split_note(note)
    for name, id_, signature in signatures:
        if (name, id_) == (key.name, key.id) and len(signature) == 72:
            said = cosigned_text(int.from_bytes(signature[:8], "big"), text)
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(signature[8:], said)
            except InvalidSignature:
                continue
            return True
    return False


def cosigned_text(seconds: int, text: str) -> bytes:
    """Return what a witness signs: the time, and the text of the checkpoint."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def read_policy(text: str) -> Policy:
    """Parse a policy. Raises Unreadable, which names the line."""
    found = Policy()
    for number, line in enumerate(text.splitlines(), start=1):
        if (words := line.split()) and not words[0].startswith("#"):
            try:
                _take(found, words[0], words[1:])
            except (Unreadable, ValueError, IndexError) as error:
                raise Unreadable(f"line {number} of the policy: {error}") from None
    if not found.quorum:
        raise Unreadable("the policy has no line `quorum`")
    return found


def _take(policy: Policy, word: str, rest: Sequence[str]) -> None:
    known = {NOBODY, *policy.witnesses, *policy.groups}
    if word == "log" and 1 <= len(rest) <= 2:
        policy.logs.append(VerificationKey.parse(rest[0]))
    elif word == "witness" and 2 <= len(rest) <= 3:
        _must(rest[0] not in known, f"{rest[0]} stands there twice")
        key = VerificationKey.parse(rest[1], COSIGNATURE)
        _must(len(key.name) <= 200, "the name of a witness has at most 200 characters")
        _must(
            key not in [one.key for one in policy.witnesses.values()], f"the key of {rest[0]} stands there twice"
        )
        policy.witnesses[rest[0]] = Witness(key, rest[2] if len(rest) == 3 else None)
    elif word == "group" and len(rest) >= 3:
        name, number, *members = rest
        count = {"any": 1, "all": len(members)}.get(number) or int(number)
        _must(name not in known, f"{name} stands there twice")
        _must(
            known - {NOBODY} >= set(members) and len(set(members)) == len(members),
            "a member is not known, or twice",
        )
        _must(1 <= count <= len(members), f"{number} of {len(members)} members cannot be")
        policy.groups[name] = (count, members)
    elif word == "quorum" and len(rest) == 1 and not policy.quorum:
        _must(rest[0] in known, f"{rest[0]} is not known")
        policy.quorum = rest[0]
    else:
        raise Unreadable("not a log, witness, group or quorum")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise Unreadable(otherwise)
