"""Reconciliation of hold marks on objects, with the result in the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evidence.hold_marks import HoldMarks
    from footage.hold import MarksReport

_log = logging.getLogger(__name__)


class LoggedMarks:
    """Reconcile hold marks as `marks` does; log changes, missing objects and unfinished holds."""

    def __init__(self, marks: HoldMarks) -> None:
        self._marks = marks

    def reassert(self, *, everything: bool) -> MarksReport:
        """Reconcile marks as `HoldMarks.reassert` does, and log the report."""
        report = self._marks.reassert(everything=everything)
        if report.marked or report.lifted:
            _log.info("marks of holds: %d set, %d removed", report.marked, report.lifted)
        for key in report.missing:
            _log.error("held, but not in the store: %s", key)
        for hold, why in report.unfinished:
            _log.warning("marks of %s are not finished: %s", hold, why)
        return report
