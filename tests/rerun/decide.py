"""From exit status and Report of a pytest run: whether failures are run again, and the verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.rerun.report import Report

MOST_RERUN: Final = 10  # so many failures are no chance: the change caused them
_TESTS_FAILED: Final = 1  # pytest's exit status; any other means an incomplete run
_COUNTED: Final = ("failed", "passed", "skipped", "xfailed", "xpassed", "flaky", "errors")


@dataclass(frozen=True, slots=True)
class Decision:
    """After the first run: the tests to run again, or the exit status and why no test is."""

    again: tuple[str, ...] = ()
    code: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """After the second run: tests that passed, tests that failed, exit status and remark."""

    flaky: tuple[str, ...]
    failed: tuple[str, ...]
    code: int
    why: str = ""


def after_first(code: int, report: Report | None) -> Decision:
    """Decide after the first run; only failures of a complete run are run again."""
    if report is None:
        why = f"pytest ended with {code} and left no report"
        return Decision(code=_status(code) or _TESTS_FAILED, why=why)
    why = _why_not_again(code, report) if code else ""
    if code == 0 or why:
        return Decision(code=_status(code), why=why)
    return Decision(again=report.having("failed"))


def _why_not_again(code: int, report: Report) -> str:
    failures = len(report.having("failed"))
    if report.uncollected:
        return f"not collected: {', '.join(report.uncollected)}"
    if report.stopped or code != _TESTS_FAILED:
        return f"no whole run: {report.stopped or f'pytest ended with {code}'}"
    if failures == 0:
        return "pytest failed, and no test did"
    if failures > MOST_RERUN:
        return f"{failures} failures are no chance (over {MOST_RERUN})"
    return ""


def after_second(again: tuple[str, ...], code: int, report: Report | None) -> Verdict:
    """The verdict: flaky tests are those seen to pass in a second run that ended well."""
    outcomes = report.outcomes if report else {}
    flaky = tuple(name for name in again if outcomes.get(name) == "passed")
    failed = tuple(name for name in again if name not in flaky)
    if failed:
        return Verdict(flaky, failed, _status(code) or _TESTS_FAILED)
    why = f"the second run ended with {code}" if code else ""
    return Verdict(flaky, failed, _status(code), why)


def closing_line(first: Report, flaky: tuple[str, ...], seconds: float) -> str:
    """A line for both runs in pytest's form; a flaky test counts as passed, and as flaky."""
    counts = Counter(dict(first.outcomes, **dict.fromkeys(flaky, "passed")).values())
    counts.update(flaky=len(flaky), errors=len(first.uncollected))
    parts = [f"{counts[word]} {word}" for word in _COUNTED if counts[word]]
    return f"==== {', '.join(parts) or 'no tests ran'} in {seconds:.2f}s ===="


def _status(code: int) -> int:
    """An exit status a shell can pass on: a process killed by signal n ends with 128 + n."""
    return code if code >= 0 else 128 - code
