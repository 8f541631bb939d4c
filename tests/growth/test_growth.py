"""Growth of work with what is stored already (invariant 12), counted, never timed.

`CASES` is the one table: each path does its work over 1, 4 and 16 times as many rows, and the work
may grow by the stated factor. Work is what any machine does alike: steps of SQLite's virtual
machine, bytes by system calls.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Final, cast

import numpy as np
import pytest

from footage.action import Purpose
from footage.case import CaseState
from footage.clock import SimulatedClock
from footage.encoder import EncoderIdentity, Vectors
from footage.ids import CameraId
from footage.instant import DAY, Elapsed, Instant, Interval
from footage.keyframe import WHOLE
from footage.ports import Scope, VectorRow
from footage.span import Gap, GapReason
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.custody.custody_file import CustodyFile
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_register import MemoryRegister
from infra.registers.sql_cases import SqlCases
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.memory_vectors import MemoryVectors
from retention.plan import make_plan
from retention.plan_file import plan_page, write_plan
from retention.policy import Policy
from search.query import Query
from search.service import SearchService
from tests.common.builders import a_keyframe, a_register, segments_in_a_row
from tests.common.case_parts import ANNA, BORIS, a_case, a_member, an_exhibit, some_words
from tests.common.custody_list import CustodyList
from tests.common.custody_logs import a_deed
from tests.common.flat_encoder import FLAT as FLAT_ENCODER
from tests.common.flat_encoder import FlatEncoder, same_vectors
from tests.common.work import Work, bytes_moved, database_steps, register_steps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.ports import Encoder

MIDNIGHT: Final = Instant.parse("2026-11-22T00:00:00Z")
CAMERA: Final = CameraId("camera-1")
MARK: Final = "sha256:" + "a" * 64
FLAT: Final = 1.3
"""Allowed growth of work that may not depend on what is stored: pages of a taller tree."""
LINEAR: Final = 16 * 1.3

ENCODER: Final = EncoderIdentity("wide", MARK, 64)


@dataclass(frozen=True)
class Case:
    """A path, and the factor by which its work may grow over 16 times as many rows."""

    path: str
    rows: str
    most: float
    work: Callable[[Path, int], Work]


def stored(folder: Path, count: int, *, days: int = 1) -> SqliteCatalogue:
    """Make a catalogue with `count` marked segments a day, a keyframe and a gap each ten."""
    catalogue = SqliteCatalogue(folder / "catalogue.db")
    for day in range(days):
        start = MIDNIGHT - DAY * day
        mine = segments_in_a_row(count, start=start, seconds=60, run=f"run-{day}")
        catalogue.add_segments(mine)
        catalogue.add_keyframes(a_keyframe(segment, 0) for segment in mine)
        catalogue.mark_indexed([segment.key for segment in mine], MARK)
    return catalogue


def read_days(folder: Path, times: int) -> Work:
    catalogue = stored(folder, 60 * times)
    with database_steps(catalogue) as work:
        (found,) = catalogue.days({CAMERA}, Interval(MIDNIGHT, MIDNIGHT + DAY))
    assert len(found.spans) == 1
    return work


def read_days_of_history(folder: Path, times: int) -> Work:
    catalogue = stored(folder, 10, days=5 * times)
    with database_steps(catalogue) as work:
        assert list(catalogue.days({CAMERA}, Interval(MIDNIGHT, MIDNIGHT + DAY)))
    return work


def read_an_hour(folder: Path, times: int) -> Work:
    catalogue = stored(folder, 10, days=5 * times)
    hour = Interval(MIDNIGHT, MIDNIGHT + Elapsed.parse("5m"))
    with database_steps(catalogue) as work:
        assert len(list(catalogue.segments(Scope(cameras=frozenset({CAMERA})), hour))) == 5
    return work


def add_a_segment(folder: Path, times: int) -> Work:
    catalogue = stored(folder, 60 * times)
    last = segments_in_a_row(60 * times + 1, start=MIDNIGHT, seconds=60, run="run-0")[-1]
    with database_steps(catalogue) as work:
        catalogue.add_segments([last])
    return work


def mark_a_segment(folder: Path, times: int) -> Work:
    catalogue = stored(folder, 60 * times)
    last = segments_in_a_row(60 * times + 1, start=MIDNIGHT, seconds=60, run="run-0")[-1]
    catalogue.add_segments([last])
    with database_steps(catalogue) as work:
        catalogue.mark_indexed([last.key], MARK)
    return work


def find_waiting(folder: Path, times: int) -> Work:
    catalogue = stored(folder, 60 * times)
    catalogue.unindexed(MARK, limit=10)
    last = segments_in_a_row(60 * times + 1, start=MIDNIGHT, seconds=60, run="run-0")[-1]
    catalogue.add_segments([last])
    with database_steps(catalogue) as work:
        assert [segment.key for segment in catalogue.unindexed(MARK, limit=10)] == [last.key]
    return work


def read_gaps(folder: Path, times: int) -> Work:
    catalogue = SqliteCatalogue(folder / "catalogue.db")
    hour = Elapsed.parse("1h")
    catalogue.add_gaps(
        Gap(CAMERA, Interval(at, at + Elapsed.parse("1m")), GapReason.CAMERA_LOST)
        for at in (MIDNIGHT - hour * n for n in range(100 * times))
    )
    with database_steps(catalogue) as work:
        window = Interval(MIDNIGHT, MIDNIGHT + hour)
        assert len(list(catalogue.gaps(Scope(cameras=frozenset({CAMERA})), window))) == 1
    return work


def begin_of_recorder(folder: Path, times: int) -> Work:
    """The begin of a recorder's camera, behind days of segments and gaps."""
    catalogue = stored(folder, 10, days=5 * times)
    hour = Elapsed.parse("1h")
    catalogue.add_gaps(
        Gap(CAMERA, Interval(at, at + Elapsed.parse("1m")), GapReason.CAMERA_LOST)
        for at in (MIDNIGHT - hour * n for n in range(100 * times))
    )
    with database_steps(catalogue) as work:
        assert catalogue.recorded_since([CAMERA])
    return work


def begin_of_first_day(folder: Path, times: int) -> Work:
    catalogue = stored(folder, 60 * times)
    with database_steps(catalogue) as work:
        assert catalogue.recorded_since([CAMERA]) == {CAMERA: MIDNIGHT}
    return work


def begin_behind_imports(folder: Path, times: int) -> Work:
    """The begin of a camera that a recorder took over, behind imported segments with holes."""
    catalogue = SqliteCatalogue(folder / "catalogue.db")
    before = segments_in_a_row(60 * times, start=MIDNIGHT - DAY, seconds=60, run="import-1")
    catalogue.add_segments(before)
    catalogue.add_gaps(
        Gap(CAMERA, Interval(at, at + Elapsed.parse("5s")), GapReason.NO_PICTURES)
        for at in (segment.interval.start for segment in before)
    )
    catalogue.add_segments(segments_in_a_row(2, start=MIDNIGHT + DAY, seconds=60, run="run-0"))
    with database_steps(catalogue) as work:
        assert catalogue.recorded_since([CAMERA]) == {CAMERA: MIDNIGHT + DAY}
    return work


def no_begin_of_imports(folder: Path, times: int) -> Work:
    """No recorder told of the camera; the holes of its imports are passed over."""
    catalogue = SqliteCatalogue(folder / "catalogue.db")
    minute = Elapsed.parse("1m")
    catalogue.add_segments(segments_in_a_row(60, start=MIDNIGHT, seconds=60, run="import-1"))
    catalogue.add_gaps(
        Gap(CAMERA, Interval(at, at + Elapsed.parse("5s")), GapReason.NO_PICTURES)
        for at in (MIDNIGHT + minute * n for n in range(100 * times))
    )
    with database_steps(catalogue) as work:
        assert catalogue.recorded_since([CAMERA]) == {}
    return work


def vectors_of(count: int) -> Vectors:
    numbers = np.random.default_rng(1).standard_normal((count, ENCODER.dimension))
    numbers /= np.linalg.norm(numbers, axis=1, keepdims=True)
    return Vectors(ENCODER.dimension, numbers.astype("<f4").tobytes())


def indexed(folder: Path, count: int) -> tuple[FaissIndex, list[VectorRow]]:
    """Make an index with `count` rows of one day, three a segment, added in large groups."""
    mine = segments_in_a_row(count // 3, start=MIDNIGHT, seconds=10)
    rows = [
        VectorRow(CAMERA, segment.interval.start, segment.key, offset, 900, WHOLE)
        for segment in mine
        for offset in (1_000, 2_000, 3_000)
    ]
    index = FaissIndex(folder / "vectors")
    index.add(ENCODER, rows, vectors_of(len(rows)))
    return index, rows


def ask(catalogue: SqliteCatalogue, lasting: str = "30m") -> Work:
    """Ask about the begin of the day: 30 segments are searched, and each has a row that is found.

    Args:
        catalogue: Holds the segments.
        lasting: Length of the time asked about; more than 30 minutes: nobody explains the rest.
    """
    interval = Interval(MIDNIGHT, MIDNIGHT + Elapsed.parse(lasting))
    index = MemoryVectors()
    mine = list(catalogue.segments(Scope(cameras=frozenset({CAMERA}))))
    index.add(
        FLAT_ENCODER,
        [VectorRow(CAMERA, one.interval.start, one.key, 1_000, 900, WHOLE) for one in mine],
        same_vectors(len(mine)),
    )
    clock = SimulatedClock(MIDNIGHT + DAY * 2)
    store = MemoryStore(clock)
    service = SearchService(
        a_register(),
        catalogue,
        index,
        cast("Encoder", FlatEncoder()),
        CustodyList(),
        clock,
        lambda: store,
    )
    with database_steps(catalogue) as work:
        answer = service.search(Query("red", interval), Purpose("amina"))
    assert answer.coverage.searched == Elapsed.parse("30m")
    assert sum(found.moment.hits for found in answer.found) == 30
    return work


def search_a_day(folder: Path, times: int) -> Work:
    return ask(stored(folder, 60 * times))


def search_with_history(folder: Path, times: int) -> Work:
    return ask(stored(folder, 30, days=5 * times))


def search_unexplained(folder: Path, times: int) -> Work:
    """The camera was recorded before; since when is no matter, and not asked."""
    return ask(stored(folder, 30, days=5 * times), lasting="40m")


def add_vectors(folder: Path, times: int) -> Work:
    index, rows = indexed(folder, 1_500 * times)
    new = [
        VectorRow(row.camera, row.instant + Elapsed(1), row.segment, row.offset + 7, 900, WHOLE)
        for row in rows[-3:]
    ]
    index.add(ENCODER, new[:1], vectors_of(1))
    with bytes_moved() as work:
        index.add(ENCODER, new, vectors_of(3))
    return work


def remove_vectors(folder: Path, times: int) -> Work:
    index, rows = indexed(folder, 1_500 * times)
    with bytes_moved() as work:
        assert index.remove({row.segment for row in rows[:90]}) == 90
    return work


def custody_log(folder: Path, entries: int) -> CustodyFile:
    log = CustodyFile(folder, MemoryRegister(), SimulatedClock(MIDNIGHT), require_case=False)
    for _ in range(entries):
        log.intent(a_deed())
    return log


def enter_custody(folder: Path, times: int) -> Work:
    log = custody_log(folder, 200 * times)  # 200 entries fill what is read back before an entry
    with bytes_moved() as work:
        log.intent(a_deed())
    return work


def last_of_custody(folder: Path, times: int) -> Work:
    log = custody_log(folder, 250 * times)  # as many as fill what is read back for each entry
    with bytes_moved() as work:
        last = [entry.number for entry in islice(log.read_back(), 3)]
    assert last == [250 * times - before for before in range(3)]
    return work


def verify_custody(folder: Path, times: int) -> Work:
    clock = SimulatedClock(MIDNIGHT)
    log = CustodyFile(folder, MemoryRegister(), clock, require_case=False)
    for _ in range(40 * times):
        log.outcome(log.intent(a_deed()), a_deed(), ok=True, result={})
    with bytes_moved() as work:
        assert log.verify() == []
    return work


def recorded_cases(folder: Path, *, cases: int = 3, mine: int = 3, exhibits: int = 0) -> SqlCases:
    """Make a record of cases, of which Anna is a member of the last ones.

    Exhibits and versions of words about the first exhibit are those of the last case.
    """
    record = SqlCases(f"sqlite:///{folder / 'register.db'}")
    for number in range(1, cases + 1):
        member = a_member() if number > cases - mine else a_member(BORIS)
        record.open(a_case(number), [member])
    last = a_case(cases).id
    for _ in range(exhibits):
        record.add_exhibit(an_exhibit(last))
    for version in range(2, exhibits + 1):
        record.write(last, 1, some_words(version))
    return record


def page_of_cases(folder: Path, times: int) -> Work:
    with closing(recorded_cases(folder, cases=20 * times)) as record:
        with register_steps(record) as work:
            assert len(record.cases(limit=3)) == 3
            assert len(record.cases(state=CaseState.OPEN, before=a_case(9).id, limit=3)) == 3
        return work


def page_of_a_member(folder: Path, times: int) -> Work:
    with closing(recorded_cases(folder, cases=20 * times)) as record:
        with register_steps(record) as work:
            assert len(record.cases(member=ANNA, limit=5)) == 3
        return work


def case_of_an_act(folder: Path, times: int) -> Work:
    with closing(recorded_cases(folder, cases=20 * times)) as record:
        with register_steps(record) as work:
            found = record.of_reference("FIR 7/2026")
            assert found is not None
            assert record.is_member(found.id, BORIS)
        return work


def page_of_exhibits(folder: Path, times: int) -> Work:
    with closing(recorded_cases(folder, exhibits=10 * times)) as record:
        with register_steps(record) as work:
            assert len(record.exhibits(a_case(3).id, after=5, limit=3)) == 3
            assert len(record.versions(a_case(3).id, 1, limit=3)) == 3
        return work


def work_on_a_case(folder: Path, times: int) -> Work:
    with closing(recorded_cases(folder, exhibits=10 * times)) as record:
        with register_steps(record) as work:
            record.add_exhibit(an_exhibit(a_case(3).id))
            record.write(a_case(3).id, 1, some_words(10 * times + 1))
        return work


def page_of_a_plan(folder: Path, times: int) -> Work:
    """The last page, which had all others before it."""
    catalogue = MemoryCatalogue()
    catalogue.add_segments(segments_in_a_row(1, start=MIDNIGHT))
    (day,) = catalogue.days(None, Interval(MIDNIGHT, MIDNIGHT + DAY))
    days = [replace(day, camera=CameraId(f"camera-{n:05}")) for n in range(200 * times)]
    policies = [Policy("streets", DAY)]
    text = make_plan(days, catalogue.day_segments, (), policies, MIDNIGHT + DAY * 3)
    _, file = write_plan(text, folder)
    since = 0
    while following := plan_page(file, since=since, limit=50).following:
        since = following
    with bytes_moved() as work:
        page = plan_page(file, since=since, limit=50)
    assert (len(page.items), page.following) == (50, None)
    return work


CASES: Final = (
    Case("summaries of a camera's day", "segments of the day", FLAT, read_days),
    Case("summaries of a camera's day", "days before", FLAT, read_days_of_history),
    Case("segments of minutes", "days before", FLAT, read_an_hour),
    Case("gaps of an hour", "gaps before", FLAT, read_gaps),
    Case("begin of a recording", "days and gaps since", FLAT, begin_of_recorder),
    Case("begin of a recording", "segments of the first day", FLAT, begin_of_first_day),
    Case("begin of a recording", "imports before", FLAT, begin_behind_imports),
    Case("no begin of a recording", "holes of imports", FLAT, no_begin_of_imports),
    Case("entering a segment", "segments of the day", FLAT, add_a_segment),
    Case("marking a segment", "segments of the day", FLAT, mark_a_segment),
    Case("finding the waiting segment", "segments looked at", FLAT, find_waiting),
    Case("searching half an hour", "segments of the day", FLAT, search_a_day),
    Case("searching half an hour", "days before", FLAT, search_with_history),
    Case("searching time nobody explains", "days before", FLAT, search_unexplained),
    Case("adding three vectors", "vectors of the day", FLAT, add_vectors),
    Case("removing a segment's vectors", "vectors of the day", 3.0, remove_vectors),
    Case("a custody entry", "entries before", FLAT, enter_custody),
    Case("the last entries of the custody log", "entries before", FLAT, last_of_custody),
    Case("verifying the custody log", "entries", LINEAR, verify_custody),
    Case("a page of cases", "cases", FLAT, page_of_cases),
    Case("a page of a member's cases", "cases of others", FLAT, page_of_a_member),
    Case("the case of an act", "cases", FLAT, case_of_an_act),
    Case("a page of exhibits and versions", "exhibits and versions", FLAT, page_of_exhibits),
    Case("adding an exhibit and a note", "exhibits and versions", FLAT, work_on_a_case),
    Case("a page of a retention plan", "stretches before", FLAT, page_of_a_plan),
)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.path} by {case.rows}")
def test_work_grows_no_faster_than_stated(case: Case, tmp_path: Path) -> None:
    amounts = {}
    for times in (1, 4, 16):
        folder = tmp_path / str(times)
        folder.mkdir()
        amounts[times] = case.work(folder, times).amount
    assert amounts[1] > 0
    assert amounts[16] <= case.most * amounts[1], amounts
    assert amounts[4] <= case.most * amounts[1], amounts
