"""Pytest plugin: `--report-to FILE` writes a Report, `--only-failed-of FILE` reruns failures.

The report is written by the controlling process alone, after every other plugin has finished the
session without an exception: a process that was killed, or that ended early, leaves none.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.rerun.report import Report, read, write

if TYPE_CHECKING:
    from collections.abc import Generator

_RANK: Final = ("skipped", "xfailed", "xpassed", "passed", "failed")  # the strongest report counts


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("rerun")
    group.addoption("--report-to", type=Path, metavar="FILE")
    group.addoption("--only-failed-of", type=Path, metavar="FILE")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    previous: Path | None = config.option.only_failed_of
    if previous is not None:
        report = read(previous)
        assert report is not None, previous
        config.args = list(report.having("failed"))
        config.option.xmlpath = None  # --junit-xml tells of the whole run, not of this one
    target: Path | None = config.option.report_to
    if target is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(target), "rerun-recorder")


class Recorder:
    """Collects test reports of this process or of all xdist workers, and writes a Report."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._outcomes: dict[str, str] = {}
        self._uncollected: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        outcome = _outcome(report)
        before = self._outcomes.get(report.nodeid)
        if outcome and (before is None or _RANK.index(outcome) > _RANK.index(before)):
            self._outcomes[report.nodeid] = outcome

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._uncollected.append(report.nodeid)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        yield
        seed = getattr(session.config.option, "randomly_seed", None)
        write(
            Report(
                outcomes=self._outcomes,
                uncollected=tuple(self._uncollected),
                stopped=str(session.shouldfail or session.shouldstop or ""),
                seed=seed if isinstance(seed, int) else None,
            ),
            self._target,
        )


def _outcome(report: pytest.TestReport) -> str | None:
    """A test's outcome by a single report; None for a successful set-up or teardown."""
    expected = hasattr(report, "wasxfail")
    if report.failed:
        return "failed"
    if report.skipped:
        return "xfailed" if expected else "skipped"
    if report.when != "call":
        return None
    return "xpassed" if expected else "passed"
