"""The verifier as one file, which can be used without installing the service: it needs only `cryptography`.

The file consists of the modules that `lifecycle audit verify` runs, and the machines' steps.
"""

import ast
from importlib.resources import files
from pprint import pformat

from lifecycle.audit.verifier.breaks import LOG_CHAIN, SIGN_ON_STEPS
from lifecycle.audit.verifier.chains import Steps
from lifecycle.machines.events.record_edition import ANNOUNCE, CORRECT, ON_RECORD, RECORD, REWORD
from lifecycle.machines.stateless_rows import STATELESS
from lifecycle.machines.table import MACHINES, TABLES, beginning

MODULES = (
    "merkle", "checkpoint", "export_format", "verifier/lines", "verifier/breaks", "verifier/row_members",
    "verifier/kept", "verifier/supersession", "verifier/editions", "verifier/gaps", "verifier/chains",
    "judge", "verifier/first_bad", "verifier/verify", "verifier/compare", "verifier/policy",
    "verifier/timestamps", "verify_command",
)  # fmt: skip
_HEAD = '''#!/usr/bin/env python3
"""Verifies an export of the history: python verify.py EXPORT --checkpoint FILE … --key VKEY [--judge]

Needs Python 3.11 or newer and the package `cryptography`. Exit code: 0 good, 1 tampered with, 2 unreadable.
"""

'''
_TAIL = """

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], STEPS))
"""


def standalone() -> str:
    """Return the source of the one file."""
    imports: list[str] = []
    bodies: list[str] = []
    for name in MODULES:
        source = files("lifecycle.audit").joinpath(f"{name}.py").read_text("utf-8")
        lines = source.splitlines()
        tree = ast.parse(source)
        first = next(node for node in tree.body[1:] if not isinstance(node, ast.Import | ast.ImportFrom))
        for node in tree.body[1 : tree.body.index(first)]:
            if not (isinstance(node, ast.ImportFrom) and str(node.module).startswith("lifecycle.")):
                imports.append(ast.unparse(node))
        above = first.decorator_list[0].lineno if isinstance(first, ast.ClassDef) and first.decorator_list else 0
        bodies.append("\n".join(lines[(above or first.lineno) - 1 :]))
    table = f"STEPS = {pformat(legal_steps(), width=110)}"
    return "\n".join([_HEAD + "\n".join(sorted(set(imports))), "", *(f"\n{b}\n" for b in bodies), table, _TAIL])


def legal_steps() -> Steps:
    """kind → event → state before ("" for the first row) → states after, read from the machines."""
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for kind in MACHINES:
        events = found.setdefault(kind, {})
        first, begins = beginning(kind)
        events[first] = {"": list(begins)}
        for (state, event), edges in TABLES[kind].items():
            ends = events.setdefault(event, {}).setdefault(state, [])
            ends += sorted({edge.target for edge in edges} - set(ends))
    states = [state.id for state in MACHINES["contract"].states]
    found["contract"] |= {event: {state: [state] for state in states} for event in sorted(STATELESS)}
    found["edition"] = {
        RECORD: {"": [ON_RECORD]},
        REWORD: {ON_RECORD: [ON_RECORD]},
        CORRECT: {ON_RECORD: [ON_RECORD]},
        ANNOUNCE: {ON_RECORD: [ON_RECORD]},
    }
    found[LOG_CHAIN] = {event: dict(ends) for event, ends in SIGN_ON_STEPS.items()}
    return found
