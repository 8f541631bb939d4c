"""Reconciles hold marks on objects while a recorder runs: at the start, then every 5 minutes.

A separate thread reconciles, so that recording waits for neither store nor register. Once all marks
agree a round costs one question to the register. Where no guarantees of the store are recorded yet,
the thread tries the store and records the result.
"""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.instant import Elapsed
from infra.run.logged_marks import LoggedMarks
from infra.run.rounds import repeated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.objects.store_guarantees import StoreGuarantees
    from infra.wiring import Parts

_EVERY: Final = Elapsed.parse("5m")
"""Time between two rounds: marks stay wrong that long after the store has come back."""

_log = logging.getLogger(__name__)


@contextmanager
def marks_kept(parts: Parts) -> Iterator[None]:
    """Reconcile hold marks in a thread until the `with` block ends."""
    # Built here: two threads must not build the same part at once.
    marks, guarantees = LoggedMarks(parts.hold_marks), parts.guarantees
    with repeated("hold-marks", _EVERY, lambda _: one_round(marks, guarantees)):
        yield


def one_round(marks: LoggedMarks, guarantees: StoreGuarantees) -> None:
    """Reconcile the hold marks that are due; an error is logged, and the next round tries again."""
    try:
        marks.reassert(everything=False)
        if guarantees.seen() is None:
            found = guarantees.renew().guarantees
            _log.info("holds are kept by: %s; %s", found.hold_strength, "; ".join(found.findings))
    except FootageError as exc:
        _log.warning("marks of holds are reconciled later: %s", exc)
