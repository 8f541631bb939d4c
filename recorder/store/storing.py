"""Calls to the object store and the catalogue, made in threads of a pool beside the event loop.

Order (invariant 2): object → row → the spool's file removed; for a gap: row → copy in the store →
the spool's file removed, so that a store that is away hides no gap. A crash between two of these
steps repeats what is already done, which changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from footage.errors import FootageError
from recorder.store.retry_queue import bisect_failures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ports import Catalogue
    from footage.segment import Segment
    from recorder.gaps import Written
    from recorder.spool.spool import CameraSpool, Spooled
    from recorder.store.ingest import Ingest


class StoredFile(NamedTuple):
    """A file in the spool whose object is stored as `segment`.

    `segment` is None where the file was gone before: no row is left to be added.
    """

    spool: CameraSpool
    spooled: Spooled
    segment: Segment | None


class GapRow(NamedTuple):
    """A gap in the state that is to be written into the catalogue now."""

    spool: CameraSpool
    written: Written


class StoreWriter:
    """The thread part of `recorder.store.uploader.Uploader`. Every call from a thread of a pool.

    Calls may run side by side: nothing is kept between two calls. Each takes values and returns
    results; nothing here touches the event loop.
    """

    def __init__(self, ingest: Ingest, catalogue: Catalogue) -> None:
        self._ingest = ingest
        self._catalogue = catalogue

    def put(self, spool: CameraSpool, spooled: Spooled) -> Segment | None:
        """Store a segment's object; None where the spool file is gone, as the segment is stored.

        Raises:
            FootageError: As `Ingest.put` raises, and Unavailable where the spool's disk is gone.
        """
        return self._ingest.put(spooled) if spool.holds(spooled) else None

    def enter(self, files: Sequence[StoredFile]) -> dict[int, FootageError]:
        """Add rows of segments to the catalogue, then remove the files; may be repeated.

        Returns:
            Failures by position in `files`; all other segments have rows, and no files any more.
        """

        def add(positions: Sequence[int]) -> None:
            segments = (files[at].segment for at in positions)
            self._ingest.enter_all([segment for segment in segments if segment is not None])

        failed = dict(bisect_failures(add, range(len(files))))
        for at, file in enumerate(files):
            if at not in failed:
                try:
                    file.spool.forget(file.spooled)
                except FootageError as exc:
                    failed[at] = exc
        return failed

    def enter_gaps(self, rows: Sequence[GapRow]) -> dict[int, FootageError]:
        """Write gaps into the catalogue; may be repeated.

        Returns:
            Failures by position in `rows`; all other gaps are written.
        """

        def add(positions: Sequence[int]) -> None:
            self._catalogue.add_gaps([rows[at].written.gap for at in positions])

        return dict(bisect_failures(add, range(len(rows))))

    def copy_gaps(self, rows: Sequence[GapRow]) -> dict[int, FootageError]:
        """Copy final gaps into the store, then remove these from the spool; may be repeated.

        All gaps of a call are one object for each day: a recorder whose cameras are all lost at
        once sends few requests.

        Args:
            rows: Final gaps that are in the catalogue.

        Returns:
            Failures by position in `rows`; all other gaps have a copy, and no file any more.
        """
        try:
            self._ingest.copy_gaps([row.written.gap for row in rows], rows[0].spool.folder)
        except FootageError as exc:
            return dict.fromkeys(range(len(rows)), exc)
        failed: dict[int, FootageError] = {}
        for at, (spool, written) in enumerate(rows):
            try:
                spool.forget_gap(written.gap)
            except FootageError as exc:
                failed[at] = exc
        return failed
