"""Publishing of several segments together: few calls, and each segment as safe as alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from footage.errors import DataLoss, Unavailable
from footage.instant import Elapsed
from footage.keyframe import Gate
from infra.vectors.faiss_index import FaissIndex
from tests.common.builders import DAY, START, a_camera, at, during
from tests.common.marks import marked
from tests.common.purging import Watched
from tests.common.small_city import BLUE, RED, SmallCity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from footage.encoder import Vectors
    from footage.ids import SegmentKey
    from footage.keyframe import Keyframe
    from footage.picture import Picture
    from footage.ports import VectorRow
    from footage.segment import Segment
    from indexer.pipeline import Indexer
    from indexer.report import IndexReport

    State = tuple[set[VectorRow], int, list[Keyframe], list[frozenset[SegmentKey]]]

pytestmark = pytest.mark.slow

CAMERAS = ("camera-1", "camera-2", "camera-3")


class Crash(BaseException):
    """The process ends here: nothing may catch it."""


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    return SmallCity(tmp_path)


def filled(city: SmallCity) -> list[Segment]:
    """Four segments of three cameras, that one group holds."""
    return [
        city.film("camera-1", START, [RED], 20),
        city.film("camera-1", at(20), [BLUE], 30),
        city.film("camera-2", START, [RED], 20),
        city.film("camera-3", START, (), 20),
    ]


def watched(city: SmallCity, tell: Callable[[str], None]) -> Indexer:
    parts = {name: Watched(name, getattr(city, name), tell) for name in ("catalogue", "vectors")}
    return replace(city.indexer, **cast("Any", parts))


def state(city: SmallCity) -> State:
    """Return rows, number of rows, keyframes and marks."""
    identity, window = city.encoder.identity, during(0, 3600)
    answer = city.vectors.search(identity, city.encoder.encode_texts(["red"]), window, None, k=9999)
    cameras = [a_camera(camera).id for camera in CAMERAS]
    marks = (identity.digest, identity.unreadable_mark)
    return (
        {hit.row for hit in answer.hits},
        answer.scanned,
        list(city.catalogue.keyframes(cameras, window)),
        [marked(city.catalogue, mark, cameras, window) for mark in marks],
    )


def waiting(city: SmallCity) -> list[SegmentKey]:
    return [s.key for s in city.catalogue.unindexed(city.encoder.identity.digest, limit=99)]


def test_a_group_of_several_cameras_is_written_in_one_call_each(city: SmallCity) -> None:
    filled(city)
    calls: list[str] = []
    watched(city, calls.append).run_once()
    counted = Counter(call.removeprefix("before ") for call in calls if call.startswith("before"))
    parts = ("add_keyframes", "existing", "mark_indexed")
    once = ["vectors.add", *(f"catalogue.{part}" for part in parts)]
    promised = {"catalogue.mark_indexed": 2}  # the first group of a day promises its vectors, too
    assert {call: counted[call] for call in once} == {**dict.fromkeys(once, 1), **promised}
    assert counted["vectors.remove"] == 0
    assert waiting(city) == []


@pytest.mark.slow
def test_a_crash_between_any_two_calls_loses_and_doubles_nothing(tmp_path: Path) -> None:
    whole = SmallCity(tmp_path)
    filled(whole)
    whole.indexer.run_once()
    found = state(whole)
    for step in range(99):
        city, calls = SmallCity(tmp_path), [0]
        filled(city)

        def crash(_: str, calls: list[int] = calls, step: int = step) -> None:
            calls[0] += 1
            if calls[0] > step:
                raise Crash

        try:
            watched(city, crash).run_once()
        except Crash:
            rows, _, keyframes, (marked, _) = state(city)
            assert {k.segment for k in keyframes} >= {row.segment for row in rows} >= set()
            assert marked in (frozenset(), found[3][0]), f"step {step}"
            assert not marked or rows == found[0], f"step {step}"
            city.indexer.run_once()
            assert state(city) == found, f"step {step}"
        else:
            assert step > 9
            return
    raise AssertionError


class Torn:
    """Does one call for the first half of what comes in, and ends the process."""

    def __init__(self, inner: object, call: str) -> None:
        self._inner, self._call = inner, call

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of any port
        act = getattr(self._inner, name)
        if name != self._call:
            return act

        def half(items: Sequence[object], *rest: object) -> None:
            known = list(items)
            act(known[: len(known) // 2], *rest)
            raise Crash

        return half


@pytest.mark.slow
@pytest.mark.parametrize("call", ["add_keyframes", "mark_indexed", "unmark_indexed"])
def test_a_call_that_ends_half_done_loses_and_doubles_nothing(tmp_path: Path, call: str) -> None:
    whole, city = SmallCity(tmp_path), SmallCity(tmp_path)
    filled(whole)
    filled(city)
    whole.indexer.run_once()
    with pytest.raises(Crash):
        replace(city.indexer, catalogue=cast("Any", Torn(city.catalogue, call))).run_once()
    rows, _, _, (marked, _) = state(city)
    assert {row.segment for row in state(whole)[0] if row.segment in marked} <= {
        row.segment for row in rows
    }
    city.indexer.run_once()
    rows, scanned, keyframes, marks = state(city)
    assert scanned == len(rows)
    assert marks == state(whole)[3]
    assert {(k.segment, k.offset) for k in keyframes} == {
        (k.segment, k.offset) for k in state(whole)[2]
    }
    assert rows >= {row for row in state(whole)[0] if row.segment not in marked}


@pytest.mark.slow
def test_a_damaged_day_keeps_back_its_own_segments_of_a_group_only(
    city: SmallCity, tmp_path: Path
) -> None:
    city.film("camera-2", START)
    indexer = replace(city.indexer, vectors=FaissIndex(tmp_path / "vectors"))
    indexer.run_once()
    (current,) = (tmp_path / "vectors").glob("*/*/current")
    current.write_bytes(b"torn")
    kept_back = [city.film("camera-1", START), city.film("camera-1", at(60))]
    later = city.film("camera-1", START + DAY)
    city.film("camera-3", START + DAY)
    reports: list[IndexReport] = []
    with pytest.raises(DataLoss, match="2 segments not indexed"):
        indexer.run_once(reports.append)
    assert waiting(city) == [segment.key for segment in kept_back]
    assert reports[-1].segments == 2
    found = city.catalogue.keyframes([later.camera], later.interval)
    # The same still scene as the day before, which no search can see: so the first counts as new.
    assert [keyframe.gate for keyframe in found][:2] == [Gate.CHANGED, Gate.UNCHANGED]


def test_an_object_that_cannot_be_read_now_keeps_back_no_earlier_camera(city: SmallCity) -> None:
    city.film("camera-1", START)
    hidden = city.film("camera-2", START)

    class Hiding:
        def get(self, key: SegmentKey) -> bytes:
            if key == hidden.key:
                raise Unavailable("the disk of this object is away")
            return city.store.get(key)

    with pytest.raises(Unavailable):
        replace(city.indexer, store=cast("Any", Hiding())).run_once()
    assert waiting(city) == [hidden.key]


def test_a_group_ends_by_number_or_by_time(city: SmallCity) -> None:
    for camera in CAMERAS:
        city.film(camera, START, (), 4)
    reports: list[IndexReport] = []
    replace(city.indexer, group_segments=2).run_once(reports.append)
    assert [report.segments for report in reports] == [2, 3]
    for camera in CAMERAS:
        city.film(camera, at(10), (), 4)
    slow = replace(city.indexer, decoder=cast("Any", Slow(city)), group_time=Elapsed.seconds(3))
    reports.clear()
    slow.run_once(reports.append)
    assert [report.segments for report in reports] == [2, 3]


class Slow:
    """Takes a second for each of the two keyframes of a film."""

    def __init__(self, city: SmallCity) -> None:
        self._city = city

    def open(self, init: bytes) -> Any:  # noqa: ANN401 - a decoder
        self._city.clock.sleep(Elapsed.seconds(2))
        return self._city.decoder.open(init)


def test_the_encoders_batches_span_segments_and_cameras(city: SmallCity) -> None:
    filled(city)
    batches: list[int] = []
    encode = city.encoder.encode_pictures

    def counting(pictures: Sequence[Picture]) -> Vectors:
        batches.append(len(pictures))
        return encode(pictures)

    city.encoder.encode_pictures = counting  # type: ignore[method-assign]
    total = replace(city.indexer, pictures_at_once=10).run_once().vectors
    assert total > 20
    assert batches == [10] * (total // 10) + [total % 10] * (total % 10 > 0)
    encoded = {(row.segment, row.offset, row.box) for row in state(city)[0]}
    assert len(encoded) == total
