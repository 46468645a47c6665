"""`make clients`: lints the OpenAPI document, generates clients from it, and runs a contract's lifecycle in each.

`make clients` installs the tools in .clients. Each client runs against its own sandbox.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson

from tests.api.desk import TOKEN, application
from tests.docs.pages import ROOT
from tests.hostile.__main__ import server_on

HERE, TOOLS = ROOT / "tests" / "clients", ROOT / ".clients"
PYTHON, NODE = TOOLS / "venv" / "bin", TOOLS / "node_modules" / ".bin"
NODE_TYPES = "declare const process: { argv: string[] };\n"


def run(folder: Path, *words: str | Path) -> None:
    """Run a tool. Exits with its output if it fails."""
    done = subprocess.run([*map(str, words)], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def lint(folder: Path) -> None:
    """Neither linter may find anything, warnings included."""
    (folder / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    run(folder, NODE / "spectral", "lint", "--fail-severity", "warn", "openapi.json")
    done = subprocess.run(
        [NODE / "redocly", "lint", "--format", "json", "openapi.json"], cwd=folder, capture_output=True, text=True
    )
    found = orjson.loads(done.stdout)["totals"]
    if found["errors"] or found["warnings"]:
        sys.exit(f"redocly lint: {found}\n{done.stdout[:4000]}")


def generate(folder: Path) -> None:
    """Generate every client; the Java client is generated only, not run."""
    made = folder / "openapi_python_client_made"
    config = HERE / "openapi-python-client.yml"
    run(folder, PYTHON / "openapi-python-client", "generate", "--path", "openapi.json", "--meta", "none",
        "--output-path", made, "--config", config)  # fmt: skip
    for language, place in (("python", "generated"), ("java", "java")):
        run(
            folder, PYTHON / "openapi-generator-cli", "generate", "-i", "openapi.json", "-g", language, "-o", place
        )
    shutil.move(folder / "generated" / "openapi_client", folder / "openapi_client")
    run(
        folder,
        NODE / "openapi-typescript",
        "openapi.json",
        "--default-non-nullable=false",
        "-o",
        "openapi_typescript_made.d.ts",
    )
    run(folder, NODE / "openapi-ts", "-f", "openapi-ts.config.mjs")
    (folder / "node.d.ts").write_text(NODE_TYPES)
    run(folder, NODE / "tsc", "-p", "tsconfig.json")


LIVES = {
    "openapi-python-client": (PYTHON / "python", "life_python_client.py"),
    "openapi-generator": (PYTHON / "python", "life_generator.py"),
    "openapi-typescript": ("node", "built/life_fetch.js"),
    "hey-api": ("node", "built/life_hey.js"),
}


def main() -> None:
    """Lints, generates, plays."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "openapi.json").write_bytes(orjson.dumps(application(True).openapi()))
        for file in [
            path
            for path in HERE.iterdir()
            if path.suffix in (".ts", ".json", ".mjs") or path.stem.startswith("life_")
        ]:
            shutil.copy(file, folder)
        (folder / "node_modules").symlink_to(TOOLS / "node_modules")
        lint(folder)
        print("redocly lint and spectral find nothing", flush=True)
        generate(folder)
        for tool, (runs, life) in LIVES.items():
            with tempfile.TemporaryDirectory() as place, server_on("sqlite", Path(place)) as server:
                run(folder, runs, life, server.address, TOKEN, f"OD-{tool}")
            print(f"{tool}: a life from application to termination", flush=True)


if __name__ == "__main__":
    main()
