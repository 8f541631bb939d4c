"""Storing the imported file itself beside its segments (`footage ingest --keep-original`).

After the last segment and its row, in this order:

1. the file is put under the key that the segments' runs tell, confirmed by the digest that was
   entered in the custody log;
2. the holds are read, and a hold that covers a segment is set on the object: a hold placed before
   1 may have looked for the object and not found it; a hold placed after 1 finds it. A release
   finds the object by way of the segments that the hold covers, so a hold that reaches only into a
   hole of the file sets no mark, which no release would remove: the register alone protects;
3. where no segment is left, retention may have deleted the last before 1, and found no file to
   delete. Then the file goes, too, unless a hold covers the file; after 1 retention finds the file
   itself.

A crash before 1 leaves an import that the same command goes on with; the put is atomic, so no half
object is ever seen; each step done again changes nothing (invariant 2). Segments come first, so
that no crash leaves an original that no segment leads to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage.errors import BadInput
from footage.hold import covering
from footage.originals import segments_left, stored_original, to_metadata

if TYPE_CHECKING:
    from pathlib import Path

    from footage.originals import Original
    from footage.ports import Catalogue, Holds, ObjectStore


@dataclass(frozen=True, slots=True)
class KeptOriginal:
    """The original file of an import.

    Attributes:
        new: Whether the file was stored now, or by a dry run would be.
    """

    original: Original
    new: bool


class Originals:
    """Stores original files.

    Args:
        store: Receives the files.
        catalogue: Tells whether a segment of a file is left.
        holds: Source of the holds, which mark originals as they are stored.
    """

    def __init__(self, store: ObjectStore, catalogue: Catalogue, holds: Holds) -> None:
        self._store, self._catalogue, self._holds = store, catalogue, holds

    def find(self, key: str) -> Original | None:
        """Return the stored original of this key; None where no original is stored.

        Raises:
            DataLoss: The object cannot be read.
            Unavailable: The store cannot be reached.
        """
        return stored_original(self._store, key)

    def is_stored(self, original: Original) -> bool:
        """Whether this very file is stored."""
        there = self.find(original.key)
        return there is not None and there.digest == original.digest

    def keep(self, path: Path, original: Original) -> KeptOriginal:
        """Store the file at `path`, which stays in place; a file stored before is left unchanged.

        Raises:
            BadInput: Retention deleted the segments meanwhile; the file is not kept without them.
            DataLoss: The file is not what was read before.
            Conflict: Another file is stored under the key.
            Unavailable: The store cannot be reached or is full; the same call goes on later.
        """
        new = not self.is_stored(original)
        if new:
            self._store.put(original.key, path, original.digest, to_metadata(original))
        holds, segments = self._holds.holds(), list(segments_left(self._catalogue, original))
        if any(covering(holds, segment) for segment in segments):  # invariant 4
            self._store.set_hold(original.key, on=True)
        if not segments:
            if not covering(holds, original):  # invariant 4
                self._store.delete([original.key])
            raise BadInput(
                f"the segments of {original.name} were deleted while the file was stored",
                hint="import it again",
            )
        return KeptOriginal(original, new)
