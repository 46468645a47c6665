"""Requests generated from the OpenAPI document by Schemathesis: examples, boundaries, fuzzing, sequences."""

import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

# A valid body may still be refused by a rule that a schema cannot say (a day or an instant, not both), and what a
# dry run answers is never there afterwards.
EXCLUDED = "positive_data_acceptance,ensure_resource_availability"
# Being not ready is an answer of its own, documented with 503.
NOT_READY = "health-readyz"


def fire(
    address: str, token: str, ids: Mapping[str, Sequence[str]], folder: Path,
    *, seconds: int, examples: int | None, seed: int,
) -> tuple[int, list[str]]:  # fmt: skip
    """Runs every phase against a server; how many cases, and what was wrong.

    ids: by path parameter, of what is there. examples: cases per operation and phase, instead of seconds in all.
    """
    (folder / "schemathesis.toml").write_text(configuration(ids), encoding="utf-8")
    bound = ["--max-time", str(seconds)] if examples is None else ["--max-examples", str(examples)]
    done = subprocess.run(
        [Path(sys.executable).parent / "schemathesis", "run", f"{address}/openapi.json",
         "-H", f"Authorization: Bearer {token}", "--exclude-checks", EXCLUDED,
         "--exclude-operation-id", NOT_READY, "--phases", "examples,coverage,fuzzing,stateful", *bound,
         "--seed", str(seed), "--no-color", "--suppress-health-check", "all", "--warnings", "off",
         "--max-failures", "20"],
        cwd=folder, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    counted = re.search(r"([\d,]+) generated", done.stdout)
    cases = int(counted[1].replace(",", "")) if counted else 0
    return cases, [] if done.returncode == 0 and cases else [done.stdout[-20_000:], done.stderr[-2_000:]]


def configuration(ids: Mapping[str, Sequence[str]]) -> str:
    """Half of the ids are existing ones."""
    lines: list[str] = []
    for name, values in ids.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(list(values))}", ""]
    lines += ["[parameters]"]
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.5 }}' for name in ids]
    return "\n".join(lines) + "\n"
