"""Measure the time of `footage --help` against a bare import of typer and rich."""

from __future__ import annotations

import sys

from lab.bench.harness import RUNS, Figure, median, side_by_side


def figures() -> list[Figure]:
    """Return the seconds of `footage --help` and of a bare import of typer and rich, and the ratio.

    The two commands run in turn.
    """
    footage, bare = side_by_side(
        [sys.executable, "-m", "infra.cli", "--help"],
        [sys.executable, "-c", "import typer, rich"],
    )
    ratios = [a / b for a, b in zip(footage, bare, strict=True)]
    return [
        Figure("help_s", median(footage), "s", RUNS),
        Figure("bare_import_s", median(bare), "s", RUNS),
        Figure("help_ratio", median(ratios), "1", RUNS, "import typer, rich"),
    ]
