"""Many processes enter in one custody log and are killed: no fork, nothing acknowledged is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from evidence.custody_check import Kind
from footage.action import Phase
from tests.common.custody_writers import EACH, Home

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.custody import Entry

WRITERS = int(os.environ.get("TEST_CUSTODY_WRITERS", "8"))
"""Processes that write at once; 100 in `make chaos`."""


@pytest.mark.process
@pytest.mark.timeout(1_800)
def test_what_was_acknowledged_stands_in_one_chain_whoever_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "tests.common.custody_writers", str(tmp_path)]
    kills = max(16, WRITERS)
    done = subprocess.run([*argv, str(WRITERS), str(kills), "7"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    told = json.loads(done.stdout)
    assert told["failed"] == []
    assert told["acknowledged"] >= kills * EACH
    begins = told["begins"]
    data = Home(tmp_path).path.read_bytes()
    for size, digest in begins:
        assert sha256(data[:size]).hexdigest() == digest, "what was written is never rewritten"
    stands(tmp_path)


def stands(folder: Path) -> None:
    """Check that all that was acknowledged stands in a log that is whole."""
    home = Home(folder)
    custody = home.custody()
    entries: dict[int, Entry] = {}
    for entry in custody.read():
        assert entry.number == len(entries) + 1
        entries[entry.number] = entry
    acknowledged: dict[int, str] = {}
    for path in (folder / "told").iterdir():
        for text in path.read_text("ascii").rpartition("\n")[0].splitlines():
            number, fact = text.split()
            assert int(number) not in acknowledged, "a number is told once"
            acknowledged[int(number)] = fact
    for said, fact in acknowledged.items():
        entry = entries[said]
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
