"""A catalogue rebuilt from the store and the register is equal to the one that was lost."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock, SystemClock
from footage.ids import CameraId
from footage.instant import Elapsed, Interval
from footage.segment_metadata import to_metadata
from footage.span import Gap, GapReason
from indexer.rebuild import rebuild_catalogue
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.objects.directory_store import DirectoryStore
from infra.objects.memory_store import MemoryStore
from infra.objects.minio_store import MinioStore
from infra.registers.memory_register import MemoryRegister
from infra.registers.sql_register import SqlRegister
from recorder.gaps import Written
from recorder.spool.spool import CameraSpool
from recorder.store.ingest import Ingest
from recorder.store.storing import GapRow, StoreWriter
from retention.expired import restore_expired
from retention.policy import Policy
from tests.common.builders import DAY, START, a_segment, during, segments_in_a_row
from tests.common.purging import LATER, PURPOSE, City, a_hold
from tests.common.recording import NoHolds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from footage.ports import Catalogue, ObjectStore, Register
    from footage.segment import Segment
    from lab.servers.minio import Minio

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")
KEEP = [Policy("streets", DAY * 30)]
EVER = Interval(START - DAY * 400, START + DAY * 400)


class Parts:
    """Stores of a kind, and empty catalogues of the kind."""

    def __init__(
        self, store: ObjectStore, register: Register, empty: Callable[[], Catalogue]
    ) -> None:
        self.store, self.register, self.empty = store, register, empty


@pytest.fixture(params=["memory", "embedded", pytest.param("s3", marks=pytest.mark.server)])
def parts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Parts]:
    clock = SimulatedClock(LATER)
    if request.param == "memory":
        yield Parts(MemoryStore(clock), MemoryRegister(), MemoryCatalogue)
        return
    opened: list[SqliteCatalogue] = []

    def empty() -> Catalogue:
        opened.append(SqliteCatalogue(tmp_path / f"catalogue-{len(opened)}.db"))
        return opened[-1]

    store: ObjectStore = DirectoryStore(tmp_path / "store", clock)
    if request.param == "s3":
        server: Minio = request.getfixturevalue("minio_server")
        keys, bucket = (server.access_key, server.secret_key), f"rebuilt-{secrets.token_hex(6)}"
        store = MinioStore(server.endpoint, bucket, *keys, secure=False, clock=SystemClock())
    register = SqlRegister(request.getfixturevalue("sqlite_register"))
    yield Parts(store, register, empty)
    register.close()
    for catalogue in opened:
        catalogue.close()


def stored(city: City, segments: list[Segment], folder: Path) -> None:
    source = folder / "source"
    for each in segments:
        segment = replace(each, size_bytes=len(each.key))
        source.write_bytes(segment.key.encode())
        city.store.put(segment.key, source, segment.digest, to_metadata(segment))
        city.catalogue.add_segments([segment])


def entered(city: City, folder: Path, *gaps: Gap) -> None:
    """Enter gaps as a recorder does: each once open and once closed."""
    writer = StoreWriter(Ingest(city.store, city.catalogue, NoHolds()), city.catalogue)
    for gap in gaps:
        spool = CameraSpool(folder / "spool", gap.camera)
        half = replace(gap, interval=Interval(gap.interval.start, gap.interval.end - Elapsed(9)))
        for written in (Written(half, final=False), Written(gap, final=True)):
            spool.keep_gap(written.gap)
            assert writer.enter_gaps([GapRow(spool, written)]) == {}
        assert writer.copy_gaps([GapRow(spool, written)]) == {}
        assert spool.gaps() == []
        spool.close()


def told(catalogue: Catalogue) -> tuple[object, ...]:
    return list(catalogue.segments()), list(catalogue.gaps()), list(catalogue.days(None, EVER))


def test_equals_the_catalogue_before(parts: Parts, tmp_path: Path) -> None:
    city = City(register=parts.register, catalogue=parts.empty(), store=parts.store)
    row = segments_in_a_row(30)
    kept = a_segment("camera-1", start=START + DAY * 39)
    stored(city, [*row[:12], *row[15:], a_segment("camera-2"), kept], tmp_path)
    entered(
        city,
        tmp_path,
        Gap(ONE, Interval(row[12].interval.start, row[14].interval.end), GapReason.CAMERA_LOST),
        Gap(TWO, during(60, 90), GapReason.SPOOL_OVERFLOW, "the spool was full"),
    )
    parts.register.place_hold(a_hold(interval=during(300, 360)))
    # Two plans, of which the second deletes more of the same day.
    for now in (START + DAY * 30 + Elapsed.seconds(700), LATER):
        city.clock = SimulatedClock(now)
        report = city.purge(batch=4).apply(city.plan(KEEP, now), KEEP, PURPOSE)
        assert report.complete
    before = told(city.catalogue)
    assert {gap.reason for gap in city.catalogue.gaps()} == {
        GapReason.CAMERA_LOST,
        GapReason.SPOOL_OVERFLOW,
        GapReason.EXPIRED,
    }
    rebuilt = parts.empty()
    done = rebuild_catalogue(parts.store, rebuilt)
    assert (done.gaps, done.passed_over, done.unreadable) == (2, (), ())
    restore_expired(parts.register, rebuilt)
    assert told(rebuilt) == before
    # Again over what is there already: nothing changes.
    rebuild_catalogue(parts.store, rebuilt)
    restore_expired(parts.register, rebuilt)
    assert told(rebuilt) == before
