"""Which failures are run again, and what the second run makes of them."""

from __future__ import annotations

import pytest

from tests.rerun.decide import MOST_RERUN, Verdict, after_first, after_second, closing_line
from tests.rerun.report import Report

ONE_FAILED = Report({"t.py::a": "failed", "t.py::b": "passed"})


def test_the_failures_of_a_whole_run_are_run_again() -> None:
    decision = after_first(1, ONE_FAILED)
    assert decision.again == ("t.py::a",)


@pytest.mark.parametrize(
    ("code", "report", "status", "word"),
    [
        (0, None, 1, "no report"),
        (1, None, 1, "no report"),
        (-9, None, 137, "no report"),
        (2, ONE_FAILED, 2, "no whole run"),
        (3, ONE_FAILED, 3, "no whole run"),
        (5, Report({}), 5, "no whole run"),
        (1, Report(ONE_FAILED.outcomes, uncollected=("u.py",)), 1, "u.py"),
        (1, Report(ONE_FAILED.outcomes, stopped="after 1 failures"), 1, "after 1 failures"),
        (1, Report({"t.py::a": "passed"}), 1, "no test did"),
        (1, Report({f"t.py::a[{n}]": "failed" for n in range(11)}), 1, "11 failures"),
    ],
)
def test_nothing_else_is_run_again(
    code: int, report: Report | None, status: int, word: str
) -> None:
    decision = after_first(code, report)
    assert (decision.again, decision.code) == ((), status)
    assert word in decision.why


def test_a_run_that_passed_ends_without_a_word() -> None:
    decision = after_first(0, Report({"t.py::a": "passed"}))
    assert (decision.again, decision.code, decision.why) == ((), 0, "")


def test_as_many_failures_as_the_limit_are_run_again() -> None:
    report = Report({f"t.py::a[{n}]": "failed" for n in range(MOST_RERUN)})
    assert len(after_first(1, report).again) == MOST_RERUN


def test_what_passes_the_second_time_is_flaky() -> None:
    verdict = after_second(("a", "b"), 1, Report({"a": "passed", "b": "failed"}))
    assert verdict == Verdict(flaky=("a",), failed=("b",), code=1)
    assert after_second(("a",), 0, Report({"a": "passed"})) == Verdict(("a",), (), 0)


@pytest.mark.parametrize("outcome", ["failed", "skipped", "xfailed", "xpassed"])
def test_only_a_pass_counts_the_second_time(outcome: str) -> None:
    verdict = after_second(("a",), 0, Report({"a": outcome}))
    assert (verdict.failed, verdict.code) == (("a",), 1)


@pytest.mark.parametrize(("code", "status"), [(0, 1), (4, 4), (-11, 139)])
def test_a_second_run_without_a_report_fails(code: int, status: int) -> None:
    verdict = after_second(("a",), code, None)
    assert (verdict.failed, verdict.code) == (("a",), status)


def test_a_second_run_that_ends_badly_fails_though_its_tests_passed() -> None:
    verdict = after_second(("a",), 1, Report({"a": "passed"}))
    assert verdict.code == 1
    assert verdict.why == "the second run ended with 1"


def test_the_closing_line_counts_each_test_once_and_the_flaky_ones_besides() -> None:
    first = Report({"a": "failed", "b": "failed", "c": "passed", "d": "skipped"})
    line = closing_line(first, ("a",), 61.5)
    assert line == "==== 1 failed, 2 passed, 1 skipped, 1 flaky in 61.50s ===="
