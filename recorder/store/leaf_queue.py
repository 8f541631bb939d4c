"""Hands leaves of stored segments to the ledger; keeps on disk what the ledger cannot take now.

So an outage of the ledger costs no recording: the segment is stored and listed, and its leaf waits
in a file until the ledger is back. A crash before the file is written leaves the segment in the
spool, from where it is entered again.
"""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Final

from footage import durable
from footage.digest import Digest
from footage.errors import BadInput, Conflict, DataLoss, FootageError
from footage.leaf import Draft, draft_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.ports import Ledger
    from footage.segment import Segment

_ENDING: Final = ".jsonl"
_log = logging.getLogger(__name__)


class LeafQueue:
    """Leaves on the way to the ledger.

    Args:
        ledger: Takes the leaves.
        folder: For leaves that the ledger cannot take now; made when needed.
        clock: Says when a segment had been stored.
    """

    def __init__(self, ledger: Ledger, folder: Path, clock: Clock) -> None:
        self._ledger = ledger
        self._folder = folder
        self._clock = clock

    def add(self, segments: Sequence[Segment]) -> None:
        """Append leaves of segments that have just been stored; adding again changes nothing.

        Raises:
            NoSpace: The ledger is away, and the disk is full.
            Unavailable: The ledger is away, and the disk cannot be written.
        """
        now = self._clock.now()
        drafts = [draft_of(segment, stored=now) for segment in segments]
        try:
            self._ledger.append(drafts)
        except FootageError as exc:
            _log.warning("leaves of %d segments wait for the ledger: %s", len(drafts), exc)
            self._keep(drafts)

    @property
    def kept(self) -> int:
        """Number of files of leaves that wait on disk."""
        return len(self._files())

    def drain(self) -> None:
        """Append what waits on disk. A leaf that cannot be appended stays, and delays no other.

        Raises:
            Unavailable: The ledger is away.
            Conflict: The ledger has the segment of a leaf with another digest.
            DataLoss: A file cannot be read.
        """
        trouble: FootageError | None = None
        for path in self._files():
            try:
                self._drain(path)
            except (Conflict, DataLoss) as exc:
                trouble = trouble or exc
        if trouble is not None:
            raise trouble

    def _drain(self, path: Path) -> None:
        with durable.seam(path):
            lines = path.read_bytes().splitlines()
        try:
            drafts = [Draft.parse(json.loads(line)) for line in lines]
        except (ValueError, KeyError, TypeError, BadInput) as exc:
            raise DataLoss(f"{path} has leaves that cannot be read: {exc}") from exc
        refused: list[Draft] = []
        conflict: Conflict | None = None
        try:
            self._ledger.append(drafts)
        except Conflict:
            for draft in drafts:
                try:
                    self._ledger.append([draft])
                except Conflict as exc:
                    refused.append(draft)
                    conflict = exc
        with durable.seam(path):
            if conflict is None:
                durable.remove(path, up_to=self._folder)
            elif len(refused) < len(drafts):
                durable.replace(path, _written(refused))
        if conflict is not None:
            raise conflict

    def _keep(self, drafts: Sequence[Draft]) -> None:
        data = _written(drafts)
        path = self._folder / f"{Digest.of(data).hex[:32]}{_ENDING}"
        with durable.seam(path):
            durable.make_folder(self._folder)
            durable.replace(path, data)

    def _files(self) -> list[Path]:
        with durable.seam(self._folder):
            return sorted(self._folder.glob(f"*{_ENDING}"))


def _written(drafts: Sequence[Draft]) -> bytes:
    return b"".join(json.dumps(one.document()).encode() + b"\n" for one in drafts)
