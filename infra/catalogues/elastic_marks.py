"""Index marks on the segments of Elasticsearch, and their entry in day summaries.

`indexed_by` has the marks of a segment, `marks_changing` the marks of which the summary may not
know yet. A segment waits for indexing unless its mark is set and not changing.

Set a mark: 1. set and changing, on the segment; 2. summary; 3. no longer changing.
Take a mark back: 1. changing, on the segment; 2. summary; 3. neither set nor changing; 4. summary
once more, see `elastic_days`.

So a summary never says more than the segments do, and after a crash between any two steps the
segment waits: the encoder looks at it again and sets the mark, which enters the mark in the summary
whether or not the mark was set before. Only a crash after the last step but one of taking back,
together with someone else who derived the summary at the same moment, can leave a looked-at time in
the summary for a segment that waits, and that until the segment is looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from footage.errors import Unavailable
from footage.ids import SegmentKey
from infra.catalogues.elastic_days import ATTEMPTS
from infra.catalogues.elastic_documents import interval_from
from infra.catalogues.elastic_wire import BulkAction, Json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from footage.day import DaySegment
    from footage.instant import Interval
    from infra.catalogues.elastic_client import ElasticClient
    from infra.catalogues.elastic_days import ElasticDays
    from infra.catalogues.elastic_indices import ElasticIndices
    from infra.catalogues.elastic_queries import Names
    from infra.catalogues.elastic_wire import Version

_FIELDS: Final = ("indexed_by", "marks_changing", "start_us", "end_us")


@dataclass(frozen=True, slots=True)
class _Marks:
    """Marks of a segment: those set, and those of which the summary may not know yet."""

    marked: frozenset[str]
    changing: frozenset[str]

    @classmethod
    def of(cls, document: Mapping[str, object]) -> _Marks:
        """Read the marks of a segment's document."""
        return cls(_names(document.get("indexed_by")), _names(document.get("marks_changing")))

    def fields(self) -> Json:
        """The fields of the segment's document."""
        return {"indexed_by": sorted(self.marked), "marks_changing": sorted(self.changing)}


@dataclass(frozen=True, slots=True)
class _Found:
    """A segment with its marks, in the version that was read or written."""

    key: SegmentKey
    interval: Interval
    marks: _Marks
    version: Version


class ElasticMarks:
    """Sets index marks of segments and takes marks back, in the order of the module docstring."""

    def __init__(
        self, client: ElasticClient, names: Names, indices: ElasticIndices, days: ElasticDays
    ) -> None:
        self._client, self._names, self._indices, self._days = client, names, indices, days

    def mark(self, keys: Sequence[SegmentKey], encoder: str) -> set[SegmentKey]:
        """Mark segments as indexed by the encoder; return those that were not, or not wholly."""

        def begun(_: SegmentKey, was: _Marks) -> _Marks:
            if encoder in was.marked - was.changing:
                return was
            return _Marks(was.marked | {encoder}, was.changing | {encoder})

        def entered(_: SegmentKey, was: _Marks) -> _Marks:
            return _Marks(was.marked, was.changing - {encoder})

        found = self._write(self._read(keys), begun)
        touched = [each for each in found if encoder in each.marks.changing]
        if touched:
            self._days.mark({each.key: each.interval for each in touched}, encoder)
            self._write(touched, entered)
        return {each.key for each in touched}

    def unmark(self, keys: Sequence[SegmentKey], encoder: str | None) -> set[SegmentKey]:
        """Take back the encoder's marks, or every encoder's; return the segments that had one."""

        def going(marks: _Marks) -> frozenset[str]:
            known = marks.marked | marks.changing
            return known if encoder is None else known & {encoder}

        def begun(_: SegmentKey, was: _Marks) -> _Marks:
            return _Marks(was.marked, was.changing | going(was))

        found = self._write(self._read(keys), begun)
        touched = [each for each in found if going(each.marks)]
        gone = {each.key: going(each.marks) for each in touched}

        def without(key: SegmentKey, facts: DaySegment) -> DaySegment:
            return replace(facts, marks=facts.marks - gone.get(key, frozenset()))

        def ended(key: SegmentKey, was: _Marks) -> _Marks:
            return _Marks(was.marked - gone[key], was.changing - gone[key])

        if touched:
            intervals = {each.key: each.interval for each in touched}
            written = self._days.change(intervals, without, always=True)
            self._write(touched, ended)
            self._days.renew(written)
        return {each.key for each in touched}

    def _read(self, keys: Sequence[SegmentKey]) -> list[_Found]:
        named = [(self._names.of_segment("segments", key), str(key)) for key in keys]
        return [
            _Found(
                SegmentKey(document.id),
                interval_from(document.source),
                _Marks.of(document.source),
                document.version,
            )
            for document in self._client.get_many(named, _FIELDS)
        ]

    def _write(
        self, found: Sequence[_Found], change: Callable[[SegmentKey, _Marks], _Marks]
    ) -> list[_Found]:
        """Change marks of segments, each in the version read: no other mark is lost.

        Returns:
            The segments with the marks and versions that they have now; those that were removed
            meanwhile are missing.
        """
        done: list[_Found] = []
        left = found
        for _ in range(ATTEMPTS):
            changed = [replace(each, marks=change(each.key, each.marks)) for each in left]
            differ = [now for was, now in zip(left, changed, strict=True) if now.marks != was.marks]
            actions = [
                BulkAction(
                    "update",
                    self._names.of_segment("segments", each.key),
                    each.key,
                    {"doc": each.marks.fields()},
                    each.version,
                )
                for each in differ
            ]
            self._indices.prepare("segments", (action.index for action in actions))
            outcomes = dict(
                zip((each.key for each in differ), self._client.bulk(actions), strict=True)
            )
            conflicts = []
            for each in changed:
                outcome = outcomes.get(each.key)
                if outcome and outcome.conflict:
                    conflicts.append(each.key)
                else:
                    version = outcome.version if outcome else each.version
                    done.append(replace(each, version=version))
            if not conflicts:
                return done
            left = self._read(conflicts)
        raise Unavailable(
            f"{len(left)} segments kept changing while they were marked", hint="try again"
        )


def _names(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
