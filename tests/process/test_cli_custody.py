"""A command that a signal ends in the middle of its action enters the outcome (invariant 7)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from footage.action import Action, Phase
from tests.common.api_city import WHOLE, parts_of, record_city
from tests.common.stream_city import until

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("sign", "code", "error"),
    [(signal.SIGTERM, 143, "SystemExit"), (signal.SIGINT, 130, "KeyboardInterrupt")],
)
def test_an_export_that_a_signal_ends(
    tmp_path: Path, sign: signal.Signals, code: int, error: str
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    record_city(home)
    parts = parts_of(home)
    # Opening a pipe to read waits for a writer, which never comes: the export gets no further.
    last = [s for s in parts.catalogue.segments() if s.camera == "camera-1"][-1]
    stored = home / "store" / "objects" / last.key
    stored.unlink()
    os.mkfifo(stored)
    out = tmp_path / "out"
    argv = [sys.executable, "-m", "infra.cli", "export", "--camera", "camera-1",
            "--from", WHOLE["from"], "--to", WHOLE["to"], "--out", str(out)]  # fmt: skip
    with subprocess.Popen(argv, env={**os.environ, "FOOTAGE_HOME": str(home)}) as export:
        until(lambda: any(one.action is Action.EXPORT for one in parts.custody.read()))
        while export.poll() is None:
            # Sent again where the first came between Python's look for signals and the opening of
            # the pipe: that opening never ends, so that signal would never be seen.
            export.send_signal(sign)
            with suppress(subprocess.TimeoutExpired):
                export.wait(20)
        assert export.returncode == code
    intent, outcome = (one for one in parts.custody.read() if one.action is Action.EXPORT)
    assert (intent.phase, outcome.phase) == (Phase.INTENT, Phase.OUTCOME)
    assert outcome.what == {"intent": intent.number, "ok": False, "result": {"error": error}}
    assert not out.exists()
    parts.close()
