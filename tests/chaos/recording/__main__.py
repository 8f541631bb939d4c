"""Runs a campaign of --seed N; the last line has the counts, exit code 1 means a finding."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from footage.clock import SystemClock
from footage.instant import Elapsed
from tests.chaos.recording import alone
from tests.chaos.recording.trial import Choice, Outcome, hold
from tests.chaos.recording.world import LOOKS, Scale, World
from tests.common.servers import cache_of

if TYPE_CHECKING:
    from types import FrameType

    from tests.chaos.recording.alone import Report


_INTERRUPTED = 130
"""As a shell has it for Ctrl-C."""


def main() -> int:
    """Run a campaign and return the exit code."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=200, help="kills and cuts")
    parser.add_argument(
        "--run", action="store_true", help="kill `footage run` alone, with two cameras; no servers"
    )
    parser.add_argument("--pace", default="2500ms", help="time between two faults on average")
    parser.add_argument("--cameras", type=int, default=len(LOOKS))
    parser.add_argument("--nodes", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="for everything; a new one by default")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="footage-chaos-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(
        0o755
    )  # Elasticsearch and PostgreSQL run as another user when this process is root
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        outcome = _killed_alone(given, folder) if given.run else _campaign(given, folder)
    except KeyboardInterrupt:
        say(f"ended early; everything lies in {folder}")
        return _INTERRUPTED
    for line in outcome.findings:
        say(line)
    say(f"everything lies in {folder}")
    sys.stdout.write(f"{outcome.last_line}\n")
    return 0 if outcome.good else 1


def _campaign(given: argparse.Namespace, folder: Path) -> Outcome:
    choice = Choice(given.seed, given.kills, Elapsed.parse(given.pace))
    scale = Scale(cameras=given.cameras, nodes=given.nodes)
    cache = cache_of(os.environ, os.geteuid())
    return hold(World(folder, SystemClock(), cache, scale), choice, say)


def _killed_alone(given: argparse.Namespace, folder: Path) -> Report:
    report = alone.hold(alone.Alone(folder, SystemClock()), given.seed, given.kills, say)
    say(f"times: {report.times}")
    return report


def say(text: str) -> None:
    """Print a line for people."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    """Handle SIGTERM like Ctrl-C: end everything."""
    del number, frame
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
