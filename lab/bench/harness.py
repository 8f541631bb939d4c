"""Figures of benchmarks: medians of several runs, ratios measured side by side, machine named."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUNS = 7
_TO_BENCH = "FOOTAGE_BENCH_"


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value: the median of `runs` runs; for a ratio, `ratio_to` names the divisor."""

    name: str
    value: float
    unit: str
    runs: int
    ratio_to: str = ""


def document(bench: str, figures: Sequence[Figure]) -> dict[str, object]:
    """Return the figures of a benchmark as the JSON document of `footage bench NAME --json`."""
    return {"bench": bench, "machine": machine(), "figures": [asdict(figure) for figure in figures]}


def machine() -> str:
    """Return processor, SHA extension, number of cores and Python version.

    SHA-256 is a third of the recorder's own work: without the extension (SHA-NI of x86, sha2 of
    Arm) figures of recording are not comparable.
    """
    facts: dict[str, str] = {}
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        facts.setdefault(name.strip(), value.strip())
    cpu = facts.get("model name") or platform.processor() or platform.machine()
    flags = facts.get("flags", facts.get("Features", "")).split()
    extension = next((flag for flag in ("sha_ni", "sha2") if flag in flags), "no SHA extension")
    return f"{cpu}, {extension}, {os.cpu_count()} cores, Python {platform.python_version()}"


def seconds(argv: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Run a command and return the wall time in seconds, from start to end of the process.

    Raises:
        CalledProcessError: The command failed.
    """
    begun = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True, env=environment(env or {}))
    return time.perf_counter() - begun


def environment(more: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with `more`, without what is said to benchmarks alone.

    The product refuses a variable that looks like a setting and is none.
    """
    mine = {name: text for name, text in os.environ.items() if not name.startswith(_TO_BENCH)}
    return {**mine, **more}


def side_by_side(
    one: Sequence[str], other: Sequence[str], runs: int = RUNS
) -> tuple[list[float], list[float]]:
    """Return the wall times in seconds of two commands, run in turn after a warm-up.

    A machine whose speed drifts slows both.
    """
    seconds(one)
    seconds(other)
    pairs = [(seconds(one), seconds(other)) for _ in range(runs)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def median(values: Sequence[float]) -> float:
    """Return the median of times in seconds, to a tenth of a millisecond."""
    return round(statistics.median(values), 4)
