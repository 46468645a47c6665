"""Files that the program reads beside its code are part of the installed package."""

import tomllib

from tests.docs.pages import ROOT, files, name, text

DATA = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["setuptools"]["package-data"]


def test_every_file_beside_the_code_is_packaged() -> None:
    packaged = {
        name(path)
        for package, patterns in DATA.items()
        for pattern in patterns
        for path in (ROOT / package.replace(".", "/")).glob(pattern)
    }
    beside = {
        name(p) for p in files() if p.suffix != ".py" and p.relative_to(ROOT).parts[0] in ("lifecycle", "api")
    }
    assert beside - packaged == set()
