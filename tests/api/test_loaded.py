"""Objects loaded before a process serves are excluded from later garbage collections."""

import gc

import pytest
import uvicorn
from sqlalchemy import Engine

from api import serving
from lifecycle.timers.fuse import DEFAULT

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FRONT = serving.Front("127.0.0.1", 0, "a token", 30.0, four_eyes=False)


@pytest.mark.parametrize("process", ["api", "scheduler"])
def test_loaded_objects_are_excluded_from_garbage_collection(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, process: str
) -> None:
    kept: list[int] = []
    monkeypatch.setattr(uvicorn.Server, "run", lambda *_, **__: kept.append(gc.get_freeze_count()))
    monkeypatch.setattr("api.serving.run_forever", lambda *_: kept.append(gc.get_freeze_count()))
    monkeypatch.setattr("signal.signal", lambda *_: None)
    try:
        if process == "api":
            serving.api_only(engine, FRONT, say=lambda _: None)
        else:
            serving.scheduler_only(engine, 30.0, DEFAULT, None)
    finally:
        gc.unfreeze()
    assert kept[0] > 10_000
