"""The dependencies: pinned with hashes, under known licences; vulnerabilities are reported."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from noto_cjk_sans_jp_regular import FONT_PATH

from tests import supply

ROOT = Path(__file__).parents[2]
# NotoSansCJKjp-Regular.otf, version 2.004
NOTO_SANS_CJK_JP = "68a3fc98800b2a27b371f2fb79991daf3633bd89309d4ffaa6946fd587f375b5"
LOCKS = [
    "requirements.txt",
    "build-requirements.txt",
    "tests/requirements.txt",
    "tests/benchmarks/requirements.txt",
]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_a_hash_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE | re.IGNORECASE)[1:]
    assert len(blocks) == len(supply.locked(text)) > (0 if lock.startswith("build") else 50)
    assert not [block for block in blocks if "--hash=sha256:" not in block]
    assert "://" not in text and "--index" not in text


def test_no_package_installer_is_part_of_the_service() -> None:
    tools = {"pip", "setuptools", "wheel"}
    assert not tools & set(supply.locked((ROOT / "requirements.txt").read_text("utf-8")))
    assert supply.locked((ROOT / "build-requirements.txt").read_text("utf-8")) == ["setuptools"]
    image = (ROOT / "Dockerfile").read_text("utf-8").rpartition("FROM ")[2]
    assert "pip uninstall --yes --root-user-action=ignore pip setuptools wheel" in image


def test_the_font_is_the_file_that_its_authors_published() -> None:
    assert hashlib.sha256(FONT_PATH.read_bytes()).hexdigest() == NOTO_SANS_CJK_JP


def test_a_known_vulnerability_is_reported_and_a_missing_answer_is_not() -> None:
    asked = [{"name": "a", "version": "1", "vulns": [{"id": "CVE-2022-1"}]}, {"name": "b", "skip_reason": "?"}]
    assert supply.findings(json.dumps({"dependencies": asked})) == (["a 1: CVE-2022-1"], 1)
    assert supply.findings("connection refused") is None


def test_a_licence_that_is_not_known_to_be_free_is_a_finding() -> None:
    licences = {"a": "MIT", "b": "AGPL-3.0-only", "c": "", "d": "Proprietary", "e": "LGPL-3.0-only"}
    assert supply.unfree(licences) == ["b", "c", "d"]
