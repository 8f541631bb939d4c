"""`python -m tests.rerun ARGS...`: pytest with ARGS, then failed tests once more, serially.

A test that passes the second time is printed as `flaky: NAME` and counted; a test that fails twice
fails the run.
Standard library alone, so that a broken product cannot break the verdict on itself.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.rerun.decide import after_first, after_second, closing_line
from tests.rerun.listing import unlisted
from tests.rerun.report import Report, read

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

LIST: Final = Path("docs/flaky.md")


def main(arguments: Sequence[str]) -> int:
    """Run the suite, and failed tests again; returns the exit status."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="footage-tests-") as folder:
        first_file, second_file = Path(folder, "first.json"), Path(folder, "second.json")
        code = _pytest([*arguments, f"--report-to={first_file}"])
        first = read(first_file)
        decision = after_first(code, first)
        if first is None or not decision.again:
            if decision.why:
                _say(f"no failure is run again: {decision.why}")
            if first is not None and decision.code:
                _conclude(first, (), (), time.monotonic() - began)
            return decision.code
        _say(f"running again, alone and serially: {len(decision.again)} failed")
        same_seed = [] if first.seed is None else [f"--randomly-seed={first.seed}"]
        code = _pytest(
            [
                *arguments,
                *same_seed,
                "-n0",
                f"--report-to={second_file}",
                f"--only-failed-of={first_file}",
            ]
        )
        verdict = after_second(decision.again, code, read(second_file))
    if verdict.why:
        _say(verdict.why)
    _conclude(first, verdict.flaky, verdict.failed, time.monotonic() - began)
    return verdict.code


def _conclude(
    first: Report, flaky: tuple[str, ...], failed: tuple[str, ...], seconds: float
) -> None:
    lines = [f"failed twice: {name}" for name in failed] + [f"flaky: {name}" for name in flaky]
    text = LIST.read_text(encoding="utf-8") if LIST.exists() else ""
    lines += [f"enter in {LIST}, with its cause: {name}" for name in unlisted(flaky, text)]
    lines.append(closing_line(first, flaky, seconds))
    sys.stdout.write("\n".join(["", *lines, ""]))  # a pytest that crashed ends within a line


def _pytest(arguments: Sequence[str]) -> int:
    """Run pytest to the end despite signals, since fixtures must end servers.

    A terminal sends Ctrl-C to pytest as well, a supervisor's signal is passed on.
    """
    sys.stdout.flush()
    command = [sys.executable, "-m", "pytest", "-p", "tests.rerun.plugin", *arguments]

    def passed_on(number: int, _frame: FrameType | None) -> None:
        process.send_signal(number)

    signal.signal(signal.SIGINT, lambda *_: None)
    process = subprocess.Popen(command)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, passed_on)
    return process.wait()


def _say(text: str) -> None:
    sys.stdout.write(f"\nscripts/test: {text}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
