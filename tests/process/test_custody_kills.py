"""Many processes enter in one custody log and are killed: no fork, nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from evidence.custody import read_line
from evidence.custody_check import Kind
from footage.action import Phase
from tests.common.custody_writers import Home

if TYPE_CHECKING:
    from pathlib import Path

WRITERS = int(os.environ.get("TEST_CUSTODY_WRITERS", "8"))
"""Processes that write at once; 100 in `make chaos`."""


@pytest.mark.process
def test_what_was_acknowledged_stands_in_one_chain_whoever_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.common.custody_writers", str(tmp_path)]
    done = subprocess.run(
        [*argv, str(WRITERS), str(2 * WRITERS), "7"], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["failed"] == []

    home = Home(tmp_path)
    custody = home.custody()
    data = home.path.read_bytes()
    for size, digest in told["begins"]:
        assert sha256(data[:size]).hexdigest() == digest, "what was written is never rewritten"

    entries = {}
    for place, line in enumerate(data[: data.rfind(b"\n") + 1].splitlines(keepends=True), 1):
        entry = read_line(line)
        assert entry.number == place
        entries[place] = entry
    acknowledged = dict[int, str]()
    for path in (tmp_path / "told").iterdir():
        whole = path.read_text("ascii").rpartition("\n")[0].splitlines()
        for text in whole:
            said, fact = text.split()
            assert int(said) not in acknowledged, "a number is told once"
            acknowledged[int(said)] = fact
    assert len(acknowledged) >= 2 * WRITERS * 8
    for number, fact in acknowledged.items():
        entry = entries[number]
        told_by = "camera" if entry.phase is Phase.INTENT else "intent"
        assert str(entry.what[told_by]) == fact
    tokens = [e.what["camera"] for e in entries.values() if e.phase is Phase.INTENT]
    assert len(tokens) == len(set(tokens)), "no entry is written twice"

    check = custody.check(every=True)
    kinds = {one.kind for one in check.findings}
    assert kinds <= {Kind.OPEN, Kind.TORN, Kind.LATE, Kind.CLOCK}, kinds
    assert check.published is not None
    assert check.published.trouble == ""
    assert check.published.compared > 1
    assert custody.mend_index() == []
