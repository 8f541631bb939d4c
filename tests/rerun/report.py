"""The report that a pytest process leaves for `scripts/test`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Report:
    """A pytest process: outcome by node id, files not collected, why the run stopped early."""

    outcomes: Mapping[str, str]
    uncollected: tuple[str, ...] = ()
    stopped: str = ""
    seed: int | None = None

    def having(self, outcome: str) -> tuple[str, ...]:
        """The node ids with an outcome, in order of completion."""
        return tuple(name for name, found in self.outcomes.items() if found == outcome)


def write(report: Report, path: Path) -> None:
    """Write the report as JSON; ASCII alone, so that no node id is too odd for the file."""
    path.write_text(json.dumps(asdict(report)), encoding="ascii")


def read(path: Path) -> Report | None:
    """The report at `path`; None for a process that ended without a report."""
    if not path.exists():
        return None
    fields = json.loads(path.read_text(encoding="ascii"))
    return Report(
        outcomes=fields["outcomes"],
        uncollected=tuple(fields["uncollected"]),
        stopped=fields["stopped"],
        seed=fields["seed"],
    )
