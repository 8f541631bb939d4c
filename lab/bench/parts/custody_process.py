"""Enter actions in the custody log of a folder; prints the milliseconds of each, as JSON.

Prints a line when ready, and begins when the file "go" is there.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

from footage.clock import SystemClock
from footage.custody import bracket
from infra.custody.custody_file import CustodyFile
from infra.registers.sql_register import SqlRegister
from lab.bench.custody import DEED

_POLL_S: Final = 0.01


def main(folder: Path, each: int) -> None:
    """Enter `each` actions, one after another."""
    clock = SystemClock()
    register = SqlRegister(f"sqlite:///{folder / 'register.db'}")
    log = CustodyFile(folder / "custody", register, clock, require_case=False)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not (folder / "go").exists():
        time.sleep(_POLL_S)
    waits = []
    for _ in range(each):
        begun = time.perf_counter()
        with bracket(log, DEED):
            pass  # two entries: intent and outcome
        waits.append(round((time.perf_counter() - begun) * 500, 3))
    sys.stdout.write(json.dumps(waits))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
