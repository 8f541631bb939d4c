"""The seeded city that benchmarks share: where it lies, and how it is made once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING, Any

from lab.bench.harness import environment, seconds
from lab.demo.city import CITY_CSV

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def folder() -> Iterator[str]:
    """Give the folder that `FOOTAGE_BENCH_CITY` names and keeps, else one that goes at the end."""
    if kept := os.environ.get("FOOTAGE_BENCH_CITY"):
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as made:
        yield made


def filled(home: dict[str, str], rows: int, hours: int) -> dict[str, Any]:
    """Seed the city's day, unless done before; return the figures of the seeding.

    Args:
        home: The variable of the environment that names the home.
        rows: Number of vectors.
        hours: Hours of the day that are seeded.
    """
    told = Path(home["FOOTAGE_HOME"]) / "seeded.json"
    if not told.exists():
        seconds([sys.executable, "-m", "infra.cli", "cameras", "import", str(CITY_CSV)], home)
        made = child(home, "lab.bench.parts.city_fill", str(rows), str(hours))
        told.write_text(json.dumps(made), encoding="utf-8")
    found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return found


def child(home: dict[str, str], module: str, *words: str, given: object = None) -> dict[str, Any]:
    """Run a part of a benchmark in a process of its own; return the object that the part prints.

    Args:
        home: The variable of the environment that names the home.
        module: The part.
        words: Its arguments.
        given: Value that the part reads from its input as JSON.

    Raises:
        CalledProcessError: The part failed.
    """
    argv = [sys.executable, "-m", module, *words]
    done = subprocess.run(
        argv,
        check=True,
        input=json.dumps(given).encode(),
        stdout=subprocess.PIPE,
        env=environment(home),
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def p95(values: list[float]) -> float:
    """Return the 95th percentile of times, to a tenth; 0.0 of fewer than two."""
    if len(values) < 2:  # noqa: PLR2004 - as the docstring says
        return 0.0
    return round(quantiles(values, n=20, method="inclusive")[-1], 1)
