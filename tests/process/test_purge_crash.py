"""A purge killed by SIGKILL after any step, and applied again, ends as if it had not been.

The register, the catalogue, the vectors and the custody log are the embedded ones, on disk; the
object store is a folder, MinIO and versitygw.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from footage.instant import Elapsed
from infra.host.process import run
from tests.common import purge_child

if TYPE_CHECKING:
    from lab.servers.minio import Minio
    from lab.servers.versitygw import Versitygw

ROOT = Path(__file__).resolve().parents[2]
AT_MOST = Elapsed.parse("4m")


@pytest.fixture(
    params=[
        "directory",
        pytest.param("minio", marks=pytest.mark.server),
        pytest.param("versitygw", marks=pytest.mark.server),
    ]
)
def config(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    found = {"folder": str(tmp_path / "trials")}
    if request.param == "directory":
        return found
    server: Minio | Versitygw = request.getfixturevalue(f"{request.param}_server")
    return found | {
        "endpoint": server.endpoint,
        "access_key": server.access_key,
        "secret_key": server.secret_key,
    }


@pytest.mark.slow
def test_killed_after_each_step_it_ends_the_same(config: dict[str, str], tmp_path: Path) -> None:
    told = tmp_path / "config.json"
    told.touch(mode=0o600)
    told.write_text(json.dumps(config))
    argv = [sys.executable, "-m", "tests.common.purge_child", str(told)]
    lines = run(argv, timeout=AT_MOST, cwd=ROOT).text.splitlines()
    smooth, *trials = [json.loads(line) for line in lines]
    held = [purge_child.SEGMENTS[1].key, purge_child.HELD_ON_OBJECT.key]
    assert smooth["stored"] == held
    steps = [trial["step"] for trial in trials]
    assert "after vectors.remove" in steps
    assert "after store.delete" in steps
    assert len(steps) > 15
    wrong = [trial for trial in trials if not as_if_undisturbed(trial, smooth)]
    assert wrong == []


def as_if_undisturbed(trial: dict[str, Any], smooth: dict[str, Any]) -> bool:
    ended = (trial["killed"], trial["resumed"]) == (signal.SIGKILL, 0)
    return ended and bool(trial["honest"]) and trial["left"] == smooth["left"]
