"""Measure the custody log: checking the chain of a long log, and entering from many processes."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING, Final

from evidence import custody_check
from evidence.custody import EMPTY, intent_entry, outcome_entry
from footage.action import Action, Deed, Purpose
from footage.instant import Elapsed, Instant
from infra.registers.sql_register import SqlRegister
from lab.bench.harness import Figure, median

if TYPE_CHECKING:
    from evidence.custody import Head

ENTRIES: Final = 100_000
RUNS: Final = 5
PROCESSES: Final = 16
EACH: Final = 30
_START: Final = Instant.parse("2026-11-22T15:00:00Z")
_ASKED: Final[dict[str, object]] = {
    "text": "red pickup near the bus stand",
    "start": "2026-11-22T15:00:00.000000Z",
    "end": "2026-11-22T16:00:00.000000Z",
    "cameras": ["dik-001-1", "dik-001-2"],
    "limit": 20,
}
DEED: Final = Deed(Action.SEARCH, Purpose("investigator-3", "FIR-4711/2026", "robbery"), _ASKED)


def figures() -> list[Figure]:
    """Return CPU time an entry of a check, and the wait of processes that all enter at once."""
    lines, head = _log(ENTRIES)
    checks = []
    for _ in range(RUNS):
        begun = time.process_time()
        if custody_check.verify(iter(lines), head):
            raise RuntimeError("the log made for the benchmark is not whole")
        checks.append((time.process_time() - begun) / len(lines) * 1_000_000)
    waits = _entered_at_once()
    p95 = round(quantiles(waits, n=20, method="inclusive")[-1], 1)
    return [
        Figure("audit_verify_us_per_entry", median(checks), "CPU us", RUNS),
        Figure(f"custody_append_p95_ms_{PROCESSES}_processes", p95, "ms", len(waits)),
    ]


def _log(count: int) -> tuple[list[bytes], Head]:
    head, lines = EMPTY, []
    for n in range(count // 2):
        intent = intent_entry(DEED, head, _START + Elapsed(n))
        outcome = outcome_entry(
            DEED,
            intent.number,
            intent.head,
            _START + Elapsed(n),
            ok=True,
            result={"moments": 3, "below_cut": 12, "method": "exhaustive", "searched_s": 3599},
        )
        lines += [intent.line, outcome.line]
        head = outcome.head
    return lines, head


def _entered_at_once() -> list[float]:
    """Milliseconds that each entry took, of processes that enter one after another at once."""
    with tempfile.TemporaryDirectory() as folder:
        SqlRegister(f"sqlite:///{folder}/register.db").close()  # makes the tables once, not each
        argv = [sys.executable, "-m", "lab.bench.parts.custody_process", folder, str(EACH)]
        running = [Popen(argv, stdin=PIPE, stdout=PIPE) for _ in range(PROCESSES)]
        for child in running:
            if child.stdout is None or not child.stdout.readline():
                raise RuntimeError("a process that enters did not start")
        Path(folder, "go").touch()
        waits = [json.loads(child.communicate()[0]) for child in running]
    return [each for of_one in waits for each in of_one]
