"""Figures: medians of several runs, ratios measured side by side in one run, the machine named."""

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


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value: the median of `runs`; `ratio_to` names what a ratio was taken against."""

    name: str
    value: float
    unit: str
    runs: int
    ratio_to: str = ""


def document(bench: str, figures: Sequence[Figure]) -> dict[str, object]:
    """What `footage bench NAME --json` prints."""
    return {"bench": bench, "machine": machine(), "figures": [asdict(figure) for figure in figures]}


def machine() -> str:
    """Processor, cores and Python, as a reader needs them to compare."""
    cpu = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return f"{cpu}, {os.cpu_count()} cores, Python {platform.python_version()}"


def seconds(argv: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Wall time of one process from start to end; raises CalledProcessError when it fails."""
    begun = time.perf_counter()
    subprocess.run(argv, check=True, capture_output=True, env={**os.environ, **(env or {})})
    return time.perf_counter() - begun


def side_by_side(
    one: Sequence[str], other: Sequence[str], runs: int = RUNS
) -> tuple[list[float], list[float]]:
    """Wall times of two commands in turn after a warm-up: a drifting machine hits both."""
    seconds(one)
    seconds(other)
    pairs = [(seconds(one), seconds(other)) for _ in range(runs)]
    return [a for a, _ in pairs], [b for _, b in pairs]


def median(values: Sequence[float]) -> float:
    """The median, to a tenth of a millisecond."""
    return round(statistics.median(values), 4)
