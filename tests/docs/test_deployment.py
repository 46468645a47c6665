"""Dockerfile and compose.yaml: every command, option, setting, file and secret in them exists."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from typer.testing import CliRunner

from lifecycle.audit.keys import read_key
from lifecycle.cli import app
from lifecycle.cli.settings import FILE, SECRETS, settings
from tests.docs.pages import ROOT, text

COMPOSE: dict[str, Any] = yaml.safe_load(text(ROOT / "compose.yaml"))
OURS = {name: one for name, one in COMPOSE["services"].items() if name != "database"}
DOCKERFILE = text(ROOT / "Dockerfile")
KNOWN = {one.variable for one in settings(typer.main.get_command(app))} | {name + FILE for name in SECRETS}


def options_of(words: list[str]) -> set[str]:
    """The options that the command line knows for a command."""
    command: Any = typer.main.get_command(app)
    for word in words:
        if word in getattr(command, "commands", {}):
            command = command.commands[word]
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("name", OURS)
def test_each_container_runs_a_command_with_existing_options_and_settings(name: str) -> None:
    one = OURS[name]
    assert one["command"][0] in typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert {word for word in one["command"] if word.startswith("--")} <= options_of(one["command"])
    assert set(one["environment"]) <= KNOWN
    read = {Path(value).name for value in one["environment"].values() if value.startswith("/run/secrets/")}
    assert read == set(one["secrets"]) <= set(COMPOSE["secrets"])


def test_two_apis_and_two_schedulers_wait_for_one_migration() -> None:
    running = [one["command"][0] for one in OURS.values()]
    assert sorted(running) == ["api", "api", "migrate", "roles", "scheduler", "scheduler"]
    done = {"condition": "service_completed_successfully"}
    waits = {"migrate": {"database": {"condition": "service_healthy"}}, "roles": {"migrate": done}}
    for name, one in OURS.items():
        assert one["depends_on"] == waits.get(name, {"roles": done})


def test_each_process_uses_its_own_database_login(tmp_path: Path) -> None:
    made = dict(
        re.findall(r"CREATE ROLE desk_(\w+) LOGIN PASSWORD :'(\w+)'", COMPOSE["configs"]["logins"]["content"])
    )
    assert made == {name: name for name in ("owner", "api", "scheduler")}
    told = re.search(r"<!-- shown -->\n```bash\n(mkdir.+?)```", text(ROOT / "docs" / "operations.md"), re.DOTALL)
    assert told is not None
    typed = 'docker() { echo "$*" >> docker; }\n' + told[1].replace("chmod 0444 secrets/*", "")
    subprocess.run(["bash", "-euo", "pipefail", "-c", typed], cwd=tmp_path, check=True, timeout=30)
    _build, making, up = (tmp_path / "docker").read_text().splitlines()
    assert up == "compose up --detach" and f"--volume {tmp_path}/secrets:/secrets contract-lifecycle " in making
    words = making.partition(" contract-lifecycle ")[2].replace("/secrets", str(tmp_path / "secrets")).split()
    made_key = CliRunner().invoke(app, words)
    assert made_key.exit_code == 0 and str(read_key(tmp_path / "secrets" / "audit_key").public) in made_key.output
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert {path.name for path in (tmp_path / "secrets").iterdir()} == set(COMPOSE["secrets"])
    for name, one in OURS.items():
        who = "owner" if name in ("migrate", "roles") else name.partition("-")[0]
        assert f"{who}_url" in one["secrets"]
        word = (tmp_path / "secrets" / f"{who}_password").read_text().strip()
        assert (tmp_path / "secrets" / f"{who}_url").read_text().startswith(f"postgresql://desk_{who}:{word}@")


def test_the_containers_write_checkpoints_alone_and_have_no_capability_or_secret() -> None:
    for name, one in OURS.items():
        assert one["read_only"] is True and one["cap_drop"] == ["ALL"]
        assert one.get("volumes", []) == (["checkpoints:/checkpoints"] if "scheduler" in name else [])
    assert COMPOSE["services"]["database"]["volumes"] == ["database:/var/lib/postgresql"]
    user = re.search(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE)
    assert user is not None and f"install --directory --owner={user[1]} /checkpoints" in DOCKERFILE
    for one in COMPOSE["services"].values():
        assert not [key for key in one["environment"] if re.search("PASSWORD|TOKEN|URL", key) and key[-5:] != FILE]
    assert "secrets/" in text(ROOT / ".gitignore").splitlines()


def test_each_server_has_a_health_check_on_a_port_it_listens_on() -> None:
    for name, one in OURS.items():
        if name not in ("migrate", "roles"):
            port = one["command"][one["command"].index("--port" if "api" in name else "--metrics-port") + 1]
            assert f"127.0.0.1:{port}/healthz" in one["healthcheck"]["test"][-1]


def test_the_image_is_built_from_the_hash_lock_and_runs_unprivileged() -> None:
    for lock in ("requirements.txt", "build-requirements.txt"):
        assert f"install --require-hashes -r {lock}" in DOCKERFILE
    assert re.findall(r"^USER (\S+)", DOCKERFILE, re.M) == ["10001"]
    words = yaml.safe_load(re.findall(r"^CMD (.+)$", DOCKERFILE, re.M)[-1])
    assert {word for word in words if word.startswith("--")} <= options_of(words)
    assert set(re.findall(r"\bLIFECYCLE_\w+", DOCKERFILE)) <= KNOWN
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.M)
    kept = {line[1:] for line in text(ROOT / ".dockerignore").splitlines() if line.startswith("!")}
    named = {name for line in copied for name in line.split()}
    assert named == kept and all((ROOT / name).exists() for name in named)


@pytest.mark.parametrize("name", ["lifecycle-scheduler.service", "lifecycle-api@.service"])
def test_the_systemd_units_start_again_and_are_exposed_little(name: str, tmp_path: Path) -> None:
    unit = re.search(
        rf"```ini\n# {re.escape(name)}.*?\n(.+?)```", text(ROOT / "docs" / "operations.md"), re.DOTALL
    )
    assert unit is not None
    for line in ("Wants=network-online.target", "Restart=always", "RestartSec=5", "StartLimitIntervalSec=0"):
        assert line in unit[1].splitlines()
    assert set(re.findall(r"\bLIFECYCLE_\w+", unit[1])) <= KNOWN
    if (analyze := shutil.which("systemd-analyze")) is None:
        pytest.skip("systemd-analyze is not installed")
    (tmp_path / name).write_text(unit[1])
    words = [analyze, "security", "--no-pager", "--offline=true", f"{tmp_path / name}"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=30).stdout
    level = re.search(r"exposure level .*?: ([\d.]+)", told)
    assert level is not None and float(level[1]) < 3, told


def test_an_unknown_option_is_detected() -> None:
    assert "--prot" not in options_of(["api"]) and "--port" in options_of(["api"])
    assert "--reason" in options_of(["scheduler", "resume"])
