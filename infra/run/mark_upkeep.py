"""Reconciles hold marks on objects while a recorder runs: at the start, then every 5 minutes.

A separate thread reconciles, so that recording waits for neither store nor register. Once all marks
agree a round costs one question to the register. Where no guarantees of the store are recorded yet,
the thread tries the store and records the result.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from footage.instant import Elapsed
from infra.run.logged_marks import LoggedMarks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.objects.store_guarantees import StoreGuarantees
    from infra.wiring import Parts

_EVERY: Final = Elapsed.parse("5m")
"""Time between two rounds: marks stay wrong that long after the store has come back."""
_LAST_WAIT: Final = Elapsed.parse("15s")
"""Time the end of the process waits for a round: trying a store takes about ten seconds."""

_log = logging.getLogger(__name__)


@contextmanager
def marks_kept(parts: Parts) -> Iterator[None]:
    """Reconcile hold marks in a thread until the `with` block ends."""
    # Built here: two threads must not build the same part at once.
    marks, guarantees = LoggedMarks(parts.hold_marks), parts.guarantees
    stopping = threading.Event()

    def rounds() -> None:
        while not stopping.is_set():
            one_round(marks, guarantees)
            stopping.wait(_EVERY.in_seconds)

    thread = threading.Thread(target=rounds, name="hold-marks", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(_LAST_WAIT.in_seconds)


def one_round(marks: LoggedMarks, guarantees: StoreGuarantees) -> None:
    """Reconcile the hold marks that are due; an error is logged, and the next round tries again."""
    try:
        marks.reassert(everything=False)
        if guarantees.seen() is None:
            found = guarantees.renew().guarantees
            _log.info("holds are kept by: %s; %s", found.hold_strength, "; ".join(found.findings))
    except FootageError as exc:
        _log.warning("marks of holds are reconciled later: %s", exc)
