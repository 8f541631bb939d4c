"""The note of how far the custody log's tree has come, in a file beside the log.

The note is a help alone: where the file is lost or damaged the tree goes on from the newest
checkpoint in the object store, and a note that was altered does not fit the tiles there.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Final

from evidence.custody import Head
from evidence.custody_tree import TreeNote
from footage import durable
from footage.errors import BadInput
from footage.instant import Instant
from infra.host.file_lock import locked

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

    from footage.clock import Clock

_NOTE: Final = "tree.json"
_LOCK: Final = "tree.lock"
_FORMAT: Final = "footage.custody-tree/1"


class TreeFile:
    """Keeps the contract of `evidence.custody_tree.TreeNotes`.

    Args:
        folder: The folder of the custody log.
        clock: For waiting.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock

    def read(self) -> TreeNote | None:
        """Return the note; None where there is none that can be read."""
        path = self._folder / _NOTE
        with durable.seam(path):
            if not path.exists():
                return None
            data = path.read_bytes()
        try:
            return _from(json.loads(data))
        except (ValueError, KeyError, TypeError, BadInput):
            return None

    def write(self, note: TreeNote) -> None:
        """Replace the note, durably."""
        document = {
            "format": _FORMAT,
            "entries": note.head.count,
            "hash": note.head.hash,
            "edge": base64.b64encode(note.edge).decode(),
            "checkpoint": note.checkpoint,
            "signed_at": str(note.signed_at) if note.signed_at else None,
        }
        with durable.seam(self._folder):
            durable.replace(self._folder / _NOTE, json.dumps(document).encode())

    def alone(self) -> AbstractContextManager[None]:
        """Return a section that one process holds at a time."""
        return locked(self._folder / _LOCK, clock=self._clock)

    def signed_at(self) -> Instant | None:
        """Return when the last checkpoint was signed, as the note says; None: none."""
        note = self.read()
        return note.signed_at if note else None


def _from(document: dict[str, object]) -> TreeNote:
    if document["format"] != _FORMAT:
        raise ValueError("of another version")
    signed_at = document["signed_at"]
    return TreeNote(
        Head(int(str(document["entries"])), str(document["hash"])),
        base64.b64decode(str(document["edge"]), validate=True),
        str(document["checkpoint"]),
        Instant.parse(str(signed_at)) if signed_at else None,
    )
