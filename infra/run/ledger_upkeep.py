"""Extends the ledger while a recorder runs: each minute its tree, its objects and a checkpoint.

The custody log's tree is extended in the same rounds, where the home keeps that log.

A thread of its own does so: recording waits for neither ledger nor store. Daily, segments of the
last days without a leaf are looked for, an hour of footage after each round: no checkpoint waits
for that. A home that has its register for itself
makes keys when there are none; where a register is shared, somebody says which home is to sign.
"""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from evidence.ledger import back_fill
from evidence.published_tree import EVERY
from footage.action import Purpose
from footage.errors import Conflict, DataLoss, FootageError
from footage.instant import DAY, ZERO, Elapsed, Interval
from footage.leaf import ON_TIME
from footage.ledger_objects import custody_log
from infra.custody.custody_file import LOG
from infra.custody.tree_file import TreeFile
from infra.node.metrics import LedgerLag
from infra.run.rounds import repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from evidence.ledger import LedgerKeeper
    from evidence.published_tree import Round
    from infra.wiring import Parts

SERVICE_ACTOR: Final = "service:ledger"
BEHIND: Final = Elapsed.parse("10m")
"""Age of the last checkpoint from which leaves that wait are told."""
_LAST_WAIT: Final = Elapsed.parse("15s")
_HOUR: Final = Elapsed.parse("1h")
_HOURS: Final = 48
"""Hours of footage in which segments without a leaf are looked for."""
_log = logging.getLogger(__name__)


class LedgerUpkeep:
    """Rounds of the ledger in a process that records."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._keeper: LedgerKeeper | None = None
        self._looked: Elapsed | None = None
        self._hours: list[Interval] = []
        self._told = ""
        self._custody = CustodyUpkeep(parts)

    def round(
        self, stop: Callable[[], bool] = lambda: False, *, at_once: bool = False
    ) -> Round | None:
        """Do a round; what fails is logged, once, and tried again in the next.

        Args:
            stop: Whether to end early.
            at_once: Sign a checkpoint however young the last is.
        """
        try:
            trouble = drained(self._parts)
            if self._keeper is None:
                ensure_keys(self._parts)
                self._keeper = self._parts.ledger_keeper()
            done = self._keeper.round(stop=stop, at_once=at_once)
        except FootageError as exc:
            self._keeper = None  # keys may be made or rotated meanwhile
            self._tell(f"the ledger is extended later: {exc}")
            return None
        if done.unsigned:
            self._keeper = None
            trouble = f"the ledger has no new checkpoint: {done.unsigned}"
        if not at_once and not stop():
            try:
                self._look_back()
            except FootageError as exc:
                trouble = trouble or f"segments without a leaf are looked for later: {exc}"
        self._tell(trouble)
        return done

    def work(self, stop: Callable[[], bool]) -> None:
        """Do a round of the ledger and one of the custody log's tree, as a thread repeats."""
        self.round(stop)
        self._custody.round(stop)

    def last_work(self) -> None:
        """Do the last rounds of a process, which sign at once."""
        self.round(at_once=True)
        self._custody.round(at_once=True)

    def _look_back(self) -> None:
        """Append late leaves of an hour of footage; segments of now may be on the way."""
        now, wall = self._parts.clock.monotonic(), self._parts.clock.now()
        if self._looked is None or now - self._looked >= DAY:
            self._hours = [
                Interval(wall - _HOUR * (number + 1), wall - _HOUR * number)
                for number in reversed(range(_HOURS))  # the last hour first
            ]
            self._looked = now
        if not self._hours:
            return
        before = wall - ON_TIME - ON_TIME
        if count := back_fill(self._parts.ledger, self._parts.catalogue, self._hours[-1], before):
            _log.warning("%d stored segments had no leaf in the ledger: entered late", count)
        self._hours.pop()  # not before it was looked through: what fails is looked at again

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self._told:
            _log.warning("%s", trouble)
        self._told = trouble


class CustodyUpkeep:
    """Rounds of the custody log's tree, in a process whose home keeps the log."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._told = ""

    def round(self, stop: Callable[[], bool] = lambda: False, *, at_once: bool = False) -> None:
        """Do a round; what fails is logged, once, and tried again in the next.

        Args:
            stop: Whether to end early.
            at_once: Sign a checkpoint however young the last is.
        """
        if not (self._parts.home / "custody" / LOG).exists():
            return
        try:
            if (signer := self._parts.signing_process) is not None:
                self._parts.in_force.signer_keys(signer.asked_sets())
            done = self._parts.custody_tree().round(stop=stop, at_once=at_once)
        except FootageError as exc:
            self._tell(f"the custody log gets its checkpoints later: {exc}")
            return
        self._tell(
            f"the custody log has no new checkpoint: {done.unsigned}" if done.unsigned else ""
        )

    def _tell(self, trouble: str) -> None:
        if trouble and trouble != self._told:
            _log.warning("%s", trouble)
        self._told = trouble


class StampUpkeep:
    """Rounds of time stamps over checkpoints, where the home signs and an authority is set.

    A thread of its own: an authority that does not answer delays no checkpoint.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stamps = parts.checkpoint_stamps()
        self._told = ""

    def round(self, stop: Callable[[], bool] = lambda: False) -> None:
        """Do a round for ledger and custody log; what fails is logged, once, and tried again."""
        if self._stamps is None:
            return
        trouble = ""
        try:
            if self._parts.ledger_keys.signer() is None:
                return  # another home signs, and has its checkpoints stamped
            state = self._parts.ledger.state()
            notes = TreeFile(self._parts.home / "custody", self._parts.clock)
            for log, at in (
                (state.log, state.signed_at),
                (custody_log(state.log), notes.signed_at()),
            ):
                if at is not None and not stop():
                    self._stamps.round(log, at)
        except FootageError as exc:
            trouble = f"checkpoints are time-stamped later: {exc}"
        if trouble and trouble != self._told:
            _log.warning("%s", trouble)
        self._told = trouble


@contextmanager
def stamps_kept(parts: Parts) -> Iterator[None]:
    """Have checkpoints time-stamped in a thread until the block ends, where this home does so."""
    if not parts.settings.seal.authority:
        yield
        return
    _ = parts.ledger, parts.store  # built here, not by two threads at once
    with repeated("time stamps", EVERY, StampUpkeep(parts).round):
        yield


@contextmanager
def custody_kept(parts: Parts) -> Iterator[None]:
    """Do rounds of the custody log's tree in a thread until the block ends."""
    _ = parts.ledger, parts.store, parts.custody  # built here, not by two threads at once
    with repeated("custody tree", EVERY, CustodyUpkeep(parts).round), stamps_kept(parts):
        yield


def is_behind(parts: Parts) -> bool:
    """Whether leaves wait and no checkpoint was signed within `BEHIND`."""
    signed_at = parts.ledger.state().signed_at
    if signed_at is not None and parts.clock.now() - signed_at <= BEHIND:
        return False
    return bool(parts.ledger.backlog().count or parts.leaf_queue.kept)


def ledger_lag(parts: Parts) -> Callable[[], LedgerLag | None]:
    """Return a call that tells how far the ledger is behind, by the register and files of the disk.

    The call returns None while the register cannot be reached.
    """
    ledger, queue, clock = parts.ledger, parts.leaf_queue, parts.clock
    began = clock.now()

    def look() -> LedgerLag | None:
        try:
            signed_at, backlog = ledger.state().signed_at, ledger.backlog()
        except FootageError as exc:
            _log.debug("how far the ledger is behind is not known: %s", exc)
            return None
        now = clock.now()
        return LedgerLag(
            backlog.count + queue.kept,
            max(now - backlog.since, ZERO) if backlog.since else ZERO,
            max(now - (signed_at or began), ZERO),
        )

    return look


def drained(parts: Parts) -> str:
    """Append the leaves that wait on disk; return why some of these stay there, "" for none.

    Raises:
        Unavailable: The ledger is away.
    """
    try:
        parts.leaf_queue.drain()
    except (Conflict, DataLoss) as exc:  # of some leaves alone, which must not stop the others
        return f"some leaves stay on disk: {exc}"
    return ""


def ensure_keys(parts: Parts) -> None:
    """Make the first keys of a home that has its register for itself."""
    from infra.run.key_ceremony import make_keys  # noqa: PLC0415 - loads the library of signatures

    if parts.register_shared or parts.signing_process or parts.ledger_keys.sets():
        return
    try:
        made = make_keys(parts, Purpose(SERVICE_ACTOR), first=True)
    except Conflict:
        if parts.ledger_keys.sets():
            return  # another process of this home made these meanwhile
        raise
    _log.info(
        "made keys for the ledger's checkpoints, to be noted elsewhere: %s",
        ", ".join(f"{name} sha256:{value}" for name, value in made.fingerprints.items()),
    )


@contextmanager
def ledger_kept(parts: Parts) -> Iterator[None]:
    """Do rounds of the ledger in a thread until the block ends, and a last one then.

    The last round covers what was recorded last; a store that hangs delays the end of the process
    no longer than `_LAST_WAIT`.
    """
    # Built here: two threads must not build the same part at once.
    _ = parts.ledger, parts.store, parts.leaf_queue, parts.custody, parts.catalogue
    upkeep = LedgerUpkeep(parts)
    with repeated("ledger", EVERY, upkeep.work), stamps_kept(parts):
        yield
    last = threading.Thread(target=upkeep.last_work, daemon=True)
    last.start()
    last.join(_LAST_WAIT.in_seconds)
