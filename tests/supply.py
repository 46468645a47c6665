"""`make audit`: known vulnerabilities and the licences of the dependencies.

A finding fails the check. An unreachable database of vulnerabilities does not; it is reported.
"""

import json
import re
import subprocess
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.txt"
# Licences that let the service be used and passed on without opening what uses it.
FREE = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Unlicense|CC0|0BSD|Zlib|Artistic|MPL|Mozilla"
    r"|LGPL|Lesser General Public|OFL",
    re.IGNORECASE,
)
out = Console(width=140, markup=False, highlight=False)


def locked(lock: str) -> list[str]:
    """The names of what a lock pins."""
    return re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE | re.IGNORECASE)


def licence_of(package: Distribution) -> str:
    """The licence stated by a package: SPDX expression, classifiers or the first line of its text."""
    said = package.metadata
    classified = [c.rpartition(" :: ")[2] for c in said.get_all("Classifier") or () if c.startswith("License ::")]
    return (
        said.get("License-Expression") or ", ".join(classified) or (said.get("License") or "").partition("\n")[0]
    )


def unfree(licences: dict[str, str]) -> list[str]:
    """Packages with a licence that is unknown or not in FREE."""
    return [name for name, licence in licences.items() if not FREE.search(licence)]


def findings(report: str) -> tuple[list[str], int] | None:
    """(known vulnerabilities, number of packages without an answer), or None if the report is invalid."""
    try:
        packages = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return None
    found = [f"{p['name']} {p['version']}: {v['id']}" for p in packages for v in p.get("vulns", ())]
    return found, sum("skip_reason" in p for p in packages)


def audited() -> bool:
    """Asks about the lock's packages; whether nothing is known against them."""
    words = ["-m", "pip_audit", "-r", str(LOCK), "--disable-pip", "--require-hashes", "-f", "json"]
    done = subprocess.run([sys.executable, *words, "--progress-spinner", "off"], capture_output=True, text=True)
    answer = findings(done.stdout)
    if answer is None:
        out.print(f"Vulnerabilities: nobody could be asked ({(done.stderr.strip().splitlines() or ['?'])[-1]})")
        return True
    found, silent = answer
    out.print(f"Vulnerabilities: {len(found)} known; {silent} packages could not be asked about")
    for line in found:
        out.print(f"  {line}")
    return not found


def licensed() -> bool:
    """Print the licences of the installed packages of the lock; return whether all are known and free."""
    licences: dict[str, str] = {}
    for name in locked(LOCK.read_text(encoding="utf-8")):
        try:
            licences[name] = licence_of(distribution(name))
        except PackageNotFoundError:
            continue  # for another platform
    table = Table("package", "licence")
    for name, licence in sorted(licences.items()):
        table.add_row(name, licence)
    out.print(table)
    for name in unfree(licences):
        out.print(f"{name}: not a licence we know to be free: {licences[name] or 'none named'}")
    return not unfree(licences)


if __name__ == "__main__":
    sys.exit(0 if all([audited(), licensed()]) else 1)
