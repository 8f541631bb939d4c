"""Invariant 7: each user of custody enters an outcome when its act is cut short in the middle."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from api.film_response import AskedBytes
from api.routes.keyframes import view
from api.routes.video import Wanted, given
from evidence.hold_marks import HoldMarks
from evidence.holds import HoldService
from footage.access import EVERYTHING
from footage.action import Action, Purpose
from footage.clock import SimulatedClock
from footage.ids import CameraId
from infra.objects.memory_store import MemoryStore
from retention.policy import Policy
from search.query import Query
from tests.common.builders import DAY, START, during, segments_in_a_row
from tests.common.custody_list import CustodyList
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import exporter, the_parts
from tests.common.purging import PURPOSE, City
from tests.common.small_city import SmallCity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from api.deps import Services

CAMERA = CameraId("camera-1")
ALL_BYTES = AskedBytes(None, None)
MINUTES = during(0, 180)
POLICIES = [Policy("streets", DAY * 30)]


@pytest.fixture(params=[KeyboardInterrupt, SystemExit, asyncio.CancelledError, ZeroDivisionError])
def ending(request: pytest.FixtureRequest) -> type[BaseException]:
    kind: type[BaseException] = request.param
    return kind


class CutOff(MemoryStore):
    """A store in which a call after some others is ended by an exception."""

    ending: type[BaseException] | None = None
    calls_left = 0

    def _count(self) -> None:
        if self.ending is not None:
            if not self.calls_left:
                raise self.ending
            self.calls_left -= 1

    def get(self, key: str, *, offset: int = 0, length: int | None = None) -> bytes:
        self._count()
        return super().get(key, offset=offset, length=length)

    def set_hold(self, key: str, *, on: bool) -> None:
        self._count()
        super().set_hold(key, on=on)

    def delete(self, keys: Sequence[str]) -> Any:  # noqa: ANN401 - as it says
        self._count()
        return super().delete(keys)


@pytest.fixture
def store() -> CutOff:
    return CutOff(SimulatedClock(START))


@pytest.fixture
def custody() -> CustodyList:
    return CustodyList()


def _last(custody: CustodyList) -> tuple[bool, Mapping[str, object]]:
    """The outcome of the last intent, which must be there."""
    number, ok, result = custody.outcomes[-1]
    assert number == len(custody.intents) == len(custody.outcomes)
    return ok, result


def test_a_search(tmp_path: Path, ending: type[BaseException]) -> None:
    city = SmallCity(tmp_path)
    with pytest.raises(ending):
        replace(city.search, vectors=cast("Any", Ended(ending))).search(
            Query("red", MINUTES), LIAISON
        )
    assert _last(city.custody) == (False, {"error": ending.__name__})


@dataclass(frozen=True)
class Ended:
    """Any part of which every call is ended by an exception."""

    ending: type[BaseException]

    def __getattr__(self, call: str) -> object:
        def ended(*_: object, **__: object) -> None:
            raise self.ending

        return ended


def _viewed(custody: CustodyList, ending: type[BaseException]) -> Services:
    """Services of which all but custody end each call."""
    return cast("Services", Seen(custody, Ended(ending)))


@dataclass(frozen=True)
class Seen:
    """The services a view goes through."""

    custody: CustodyList
    ended: Ended

    def __getattr__(self, _: str) -> Ended:
        return self.ended


def test_a_film(custody: CustodyList, ending: type[BaseException]) -> None:
    with pytest.raises(ending):
        given(
            Wanted(
                _viewed(custody, ending), Purpose("amina"), EVERYTHING, CAMERA, MINUTES, ALL_BYTES
            )
        )
    assert _last(custody) == (False, {"error": ending.__name__})


def test_a_picture(custody: CustodyList, ending: type[BaseException]) -> None:
    (segment,) = segments_in_a_row(1)
    with pytest.raises(ending):
        view(_viewed(custody, ending), Purpose("amina"), EVERYTHING, segment.key, 0)
    assert _last(custody) == (False, {"error": ending.__name__})


def test_an_export(
    tmp_path: Path, store: CutOff, custody: CustodyList, ending: type[BaseException]
) -> None:
    parts = the_parts(tmp_path, store=store)
    parts.a_minute_each(3)
    service = exporter(replace(parts, custody=cast("Any", custody)))
    store.ending, store.calls_left = ending, 1
    with pytest.raises(ending):
        service.export([CAMERA], MINUTES, tmp_path / "bundle", LIAISON)
    assert _last(custody) == (False, {"error": ending.__name__})
    assert not (tmp_path / "bundle").exists()


def test_placing_and_releasing_a_hold(
    tmp_path: Path, store: CutOff, custody: CustodyList, ending: type[BaseException]
) -> None:
    parts = the_parts(tmp_path, store=store)
    parts.a_minute_each(3)
    marks = HoldMarks(parts.register, parts.catalogue, store, parts.clock)
    service = HoldService(parts.register, custody, parts.clock, lambda: marks, lambda: None)
    store.ending, store.calls_left = ending, 1
    with pytest.raises(ending):
        service.place([CAMERA], MINUTES, "Sessions Court", "robbery", LIAISON)
    ok, result = _last(custody)
    assert (ok, result["error"]) == (False, ending.__name__)

    (hold,) = service.holds()
    store.ending = None
    marks.reassert(everything=True)
    store.ending, store.calls_left = ending, 1
    with pytest.raises(ending):
        service.release(hold.id, "closed", LIAISON)
    ok, result = _last(custody)
    assert (ok, result["error"]) == (False, ending.__name__)


def test_renewing_the_marks_of_holds(
    tmp_path: Path, store: CutOff, custody: CustodyList, ending: type[BaseException]
) -> None:
    parts = the_parts(tmp_path, store=store)
    parts.a_minute_each(3)
    marks = HoldMarks(parts.register, parts.catalogue, store, parts.clock)
    service = HoldService(parts.register, custody, parts.clock, lambda: marks, lambda: None)
    service.place([CAMERA], MINUTES, "Sessions Court", "robbery", LIAISON)
    assert service.reassert(Purpose("timer")).marked == 3
    assert (custody.intents[-1].action, custody.intents[-1].purpose) == (
        Action.REASSERT,
        Purpose("timer"),
    )
    counts = {"marked": 3, "lifted": 0, "missing": 0, "unmarked": 0}
    assert _last(custody) == (True, {**counts, "unfinished": {}})
    store.ending, store.calls_left = ending, 1
    with pytest.raises(ending):
        service.reassert(Purpose("timer"))
    assert _last(custody) == (False, {"error": ending.__name__})


def test_a_purge_and_its_recovery(
    tmp_path: Path, store: CutOff, custody: CustodyList, ending: type[BaseException]
) -> None:
    city = City(store=store, custody=custody)
    city.fill(segments_in_a_row(3, size_bytes=10), tmp_path)
    plan = city.plan(POLICIES)
    store.ending, store.calls_left = ending, 1
    with pytest.raises(ending):
        city.purge(batch=1).apply(plan, POLICIES, PURPOSE)
    so_far = {"segments": 1, "purged": 1, "spared": 0, "bytes": 10}
    assert _last(custody) == (False, {**so_far, "error": ending.__name__})

    broken = replace(city, catalogue=cast("Any", Ended(ending)))
    with pytest.raises(ending):
        broken.purge().recover(PURPOSE)
    assert _last(custody) == (False, {"error": ending.__name__})
