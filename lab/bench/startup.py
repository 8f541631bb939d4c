"""How long `footage --help` takes, against the libraries it cannot do without."""

from __future__ import annotations

import sys

from lab.bench.harness import RUNS, Figure, median, side_by_side


def figures() -> list[Figure]:
    """Seconds of `footage --help` and of a bare import of typer and rich, in turn."""
    ours, bare = side_by_side(
        [sys.executable, "-m", "infra.cli", "--help"],
        [sys.executable, "-c", "import typer, rich"],
    )
    ratios = [a / b for a, b in zip(ours, bare, strict=True)]
    return [
        Figure("help_s", median(ours), "s", RUNS),
        Figure("bare_import_s", median(bare), "s", RUNS),
        Figure("help_ratio", median(ratios), "1", RUNS, "import typer, rich"),
    ]
