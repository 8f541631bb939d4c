from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from footage.action import Action
from footage.errors import NotFound, Unavailable
from footage.ids import CameraId, DistrictId, SiteId
from footage.instant import Elapsed
from footage.keyframe import WHOLE
from footage.place import Circle
from footage.ports import Scope, VectorAnswer
from footage.segment import ClockReading, TimeSource
from footage.span import GapReason
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.registers.memory_register import MemoryRegister
from search.answer import to_json
from search.query import Query, Sort
from tests.common.builders import (
    BUS_STAND,
    START,
    a_camera,
    a_district,
    a_gap,
    a_site,
    at,
    during,
    segments_in_a_row,
)
from tests.common.small_city import FAR, PURPOSE, RED, SmallCity

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from footage.encoder import EncoderIdentity, Vectors
    from footage.ids import SegmentKey
    from footage.instant import Instant, Interval
    from footage.segment import Segment

HOUR = during(0, 600)


def test_a_mover_is_found_where_and_when_it_was_with_its_box(city: SmallCity) -> None:
    answer = city.search.search(Query("red pickup", HOUR), PURPOSE)
    assert {f.camera.id for f in answer.found[:2]} == {"camera-1", "camera-2"}
    for found in answer.found[:2]:
        start = START if found.camera.id == "camera-1" else at(60)
        best = found.moment.best
        assert Elapsed.seconds(8) <= best.row.instant - start <= Elapsed.seconds(16)
        assert best.row.box != WHOLE
        assert abs(best.row.box.w - 0.183) < 0.03
    assert answer.exhaustive
    assert answer.below_cut > 0


@pytest.mark.parametrize(
    ("scope", "cameras"),
    [
        (Scope(cameras=frozenset({CameraId("camera-2")})), {"camera-2"}),
        (Scope(sites=frozenset({SiteId("site-1")})), {"camera-1", "camera-2"}),
        (Scope(districts=frozenset({DistrictId("district-2")})), {"camera-3"}),
        (Scope(circle=Circle(FAR, 500)), {"camera-3"}),
        (
            Scope(sites=frozenset({SiteId("site-1")}), circle=Circle(BUS_STAND, 50)),
            {"camera-1", "camera-2"},
        ),
    ],
)
def test_the_scope_decides_what_is_searched(
    city: SmallCity, scope: Scope, cameras: set[str]
) -> None:
    answer = city.search.search(Query("blue", HOUR, scope, threshold=-1.0), PURPOSE)
    assert {found.camera.id for found in answer.found} == cameras
    assert answer.coverage.asked == HOUR.length * len(cameras)


def test_the_interval_decides_what_is_searched(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(60, 90), threshold=-1.0), PURPOSE)
    assert {found.camera.id for found in answer.found} == {"camera-2"}


def test_limit_order_and_what_is_beyond(city: SmallCity) -> None:
    query = Query("red", HOUR, limit=2, threshold=-1.0)
    by_score = city.search.search(query, PURPOSE)
    by_time = city.search.search(replace(query, sort=Sort.TIME), PURPOSE)
    assert [found.rank for found in by_score.found] == [1, 2]
    assert by_score.beyond_limit > 0
    assert {f.moment for f in by_time.found} == {f.moment for f in by_score.found}
    starts = [f.moment.interval.start for f in by_time.found]
    assert starts == sorted(starts)


def test_unwanted_words_push_moments_down(city: SmallCity) -> None:
    plain = city.search.search(Query("red blue", HOUR, limit=1), PURPOSE)
    without = city.search.search(Query("red blue -blue", HOUR, limit=1), PURPOSE)
    assert without.found[0].moment.best.row.instant != plain.found[0].moment.best.row.instant or (
        without.found[0].moment.score > 0
    )
    best = without.found[0].moment.best.row
    assert (best.camera, best.box) != ("camera-3", WHOLE)
    assert best.camera in {"camera-1", "camera-2"}


def test_coverage_tells_what_was_not_looked_at(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    city.film("camera-1", at(30))
    expired = a_gap("camera-1", during(-100, 0), GapReason.EXPIRED, "policy 'streets': keep 30d")
    city.catalogue.add_gaps([expired])
    only = Scope(cameras=frozenset({CameraId("camera-1")}))
    answer = city.search.search(Query("red", during(-100, 60), only), PURPOSE)
    data = json.loads(json.dumps(to_json(answer)))
    assert data["coverage"] == {
        "asked_s": 160.0,
        "recorded_s": 60.0,
        "indexed_s": 30.0,
        "searched_s": 30.0,
        "looked_within_s": 2.2,
        "cameras": 1,
        "windows": [{"start": str(at(-100)), "end": str(at(60))}],
        "partly": [],
        "limited_to_grants": False,
        "missing": [
            {
                "camera": "camera-1",
                "start": str(at(-100)),
                "end": str(START),
                "reason": "expired",
                "detail": "policy 'streets': keep 30d",
            },
            {
                "camera": "camera-1",
                "start": str(at(30)),
                "end": str(at(60)),
                "reason": "not_indexed",
                "detail": "not indexed yet",
            },
        ],
    }


def test_the_json_keeps_the_names_of_the_contract(city: SmallCity) -> None:
    data = json.loads(json.dumps(to_json(city.search.search(Query("red", HOUR), PURPOSE))))
    assert {"moments", "coverage", "method", "encoder", "below_cut"} <= data.keys()
    assert {"name", "digest"} <= data["encoder"].keys()
    moment = data["moments"][0]
    contract = {"camera", "site", "start", "end", "best", "thumbnail", "segment"}
    contract |= {"recorded_at", "today", "moved", "clock"}
    assert contract <= moment.keys()
    assert moment["today"].keys() == {"site", "district", "lat", "lon"}
    assert moment["recorded_at"].keys() == {*moment["today"], "written_site"}
    assert moment["clock"].keys() == {"source", "uncertainty_s", "offset_s"}
    assert moment["best"].keys() == {"instant", "box", "score"}
    assert moment["thumbnail"].startswith(moment["segment"])
    assert data["method"] == "exhaustive"


def test_a_search_is_entered_before_and_after(city: SmallCity) -> None:
    answer = city.search.search(Query("red", HOUR), PURPOSE, sheet=True)
    (deed,) = city.custody.intents
    assert (deed.action, deed.purpose) == (Action.SEARCH, PURPOSE)
    assert deed.what["text"] == "red"
    assert deed.what["threshold"] is None
    assert deed.what["sheet"] is True
    json.dumps(deed.what)
    ((entry, ok, result),) = city.custody.outcomes
    assert (entry, ok) == (answer.entry, True)
    assert result["moments"] == len(answer.found)
    json.dumps(result)


@dataclass
class Unreachable:
    """Vectors that must not, or cannot, be asked."""

    asked: int = 0

    def search(
        self,
        encoder: EncoderIdentity,
        query: Vectors,
        interval: Interval,
        cameras: frozenset[CameraId] | None,
        *,
        k: int,
    ) -> VectorAnswer:
        del encoder, query, interval, cameras, k
        self.asked += 1
        raise Unavailable("vectors cannot be reached")

    def held(
        self, encoder: EncoderIdentity, interval: Interval
    ) -> Mapping[Instant, frozenset[CameraId]]:
        del encoder, interval
        return {}

    add = remove = damaged = set_aside = property(lambda _: None)


def test_nothing_is_looked_up_when_the_log_cannot_be_written(city: SmallCity) -> None:
    city.custody.refuses = True
    vectors = Unreachable()
    with pytest.raises(Unavailable, match="custody"):
        replace(city.search, vectors=vectors).search(Query("red", HOUR), PURPOSE)
    assert vectors.asked == 0
    assert city.custody.outcomes == []


def test_a_failed_search_is_entered_as_failed(city: SmallCity) -> None:
    with pytest.raises(Unavailable, match="vectors"):
        replace(city.search, vectors=Unreachable()).search(Query("red", HOUR), PURPOSE)
    told = {"error": "Unavailable", "why": "vectors cannot be reached"}
    assert [(ok, dict(result)) for _, ok, result in city.custody.outcomes] == [(False, told)]


@pytest.mark.parametrize(
    ("scope", "named"),
    [
        (Scope(cameras=frozenset({CameraId("camera-9")})), "camera-9"),
        (Scope(sites=frozenset({SiteId("site-9")})), "site-9"),
        (Scope(districts=frozenset({DistrictId("district-9")})), "district-9"),
        (Scope(circle=Circle(FAR.__class__(0.0, 0.0), 10)), "no camera"),
    ],
)
def test_an_unknown_place_is_named(city: SmallCity, scope: Scope, named: str) -> None:
    with pytest.raises(NotFound, match=named):
        city.search.search(Query("red", HOUR, scope), PURPOSE)
    assert [ok for _, ok, _ in city.custody.outcomes] == [False]


def test_an_unreadable_shard_is_named_and_makes_the_answer_approximate(city: SmallCity) -> None:
    @dataclass
    class Damaged(Unreachable):
        def search(
            self,
            encoder: EncoderIdentity,
            query: Vectors,
            interval: Interval,
            cameras: frozenset[CameraId] | None,
            *,
            k: int,
        ) -> VectorAnswer:
            answer = city.vectors.search(encoder, query, interval, cameras, k=k)
            return replace(answer, unreadable=("0123456789ab/2026-11-22",))

    answer = replace(city.search, vectors=Damaged()).search(Query("red", HOUR), PURPOSE)
    assert answer.method == "approximate"
    assert answer.coverage.searched == Elapsed(0)
    assert "shard_unreadable" in {missing.reason for missing in answer.coverage.missing}


def test_what_is_indexed_during_the_scan_was_not_searched(tmp_path: Path) -> None:
    """Invariant 6: the scan did not see its vectors."""
    city = SmallCity(tmp_path)
    city.film("camera-1", START, [RED])

    @dataclass
    class Overtaken(Unreachable):
        def search(
            self,
            encoder: EncoderIdentity,
            query: Vectors,
            interval: Interval,
            cameras: frozenset[CameraId] | None,
            *,
            k: int,
        ) -> VectorAnswer:
            answer = city.vectors.search(encoder, query, interval, cameras, k=k)
            city.indexer.run_once()
            return answer

    answer = replace(city.search, vectors=Overtaken()).search(Query("red", HOUR), PURPOSE)
    assert (answer.found, answer.scanned) == ((), 0)
    assert answer.coverage.searched == Elapsed(0)
    assert "not_indexed" in {missing.reason for missing in answer.coverage.missing}


def test_rows_of_a_segment_that_is_gone_lead_nowhere(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    gone = city.film("camera-1", START, [RED])
    city.film("camera-2", START, [RED])
    city.indexer.run_once()
    city.catalogue.remove_segments([gone.key])
    answer = city.search.search(Query("red", HOUR), PURPOSE)
    assert {found.camera.id for found in answer.found} == {"camera-2"}


def test_rows_of_a_camera_that_the_register_does_not_know_are_left_out(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    register = MemoryRegister()
    register.add_districts([a_district("district-1")])
    register.add_sites([a_site("site-1")])
    register.add_cameras([a_camera("camera-2", site="site-1")])
    answer = replace(city.search, register=register).search(Query("red", HOUR), PURPOSE)
    assert answer.scanned > 0
    assert (answer.found, answer.below_cut) == ((), 0)


def test_a_moment_names_the_place_of_recording_and_how_sure_its_time_is(tmp_path: Path) -> None:
    city = SmallCity(tmp_path)
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    (segment,) = city.catalogue.segments()
    sure = ClockReading(TimeSource.ARRIVAL, Elapsed.seconds(-2), Elapsed.parse("300ms"))
    city.catalogue.add_segments([replace(segment, clock=sure)])
    (still, *_) = city.search.search(Query("red", HOUR), PURPOSE).found
    assert (still.moved, still.site_text, still.uncertainty_text) == (False, "site-1", "± 0.3 s")
    more = replace(segment, clock=replace(sure, uncertainty=Elapsed.parse("301ms")))
    assert replace(still, stored=more).uncertainty_text == "± 0.4 s", "never less than it is"

    register = MemoryRegister()
    register.add_districts([a_district("district-1")])
    register.add_sites([a_site("site-9")])
    register.add_cameras([a_camera("camera-1", site="site-9")])
    answer = replace(city.search, register=register).search(Query("red", HOUR), PURPOSE)
    assert answer.found[0].site_text == "site-1 (today site-9)"
    moment = to_json(answer)["moments"][0]  # type: ignore[index]
    told = (moment["site"], moment["recorded_at"]["site"], moment["today"]["site"])
    assert told == ("site-1", "site-1", "site-9")
    assert moment["moved"]
    assert (moment["clock"]["offset_s"], moment["clock"]["uncertainty_s"]) == (-2.0, 0.3)


class Counting(MemoryCatalogue):
    """A catalogue that refuses to read segments, and counts keys asked for."""

    keys = 0

    def segments(self, *where: Scope | Interval | None) -> Iterator[Segment]:
        """Refuse."""
        raise AssertionError(where)

    def existing(self, keys: Collection[SegmentKey]) -> frozenset[SegmentKey]:
        """Count the keys."""
        self.keys += len(keys)
        return super().existing(keys)


def test_a_search_reads_no_segments_but_asks_for_the_keys_of_hits(tmp_path: Path) -> None:
    """Invariant 12: segments of time without hits cost nothing."""
    city = SmallCity(tmp_path, catalogue=Counting())
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    dull = segments_in_a_row(200, "camera-2", START)
    city.catalogue.add_segments(dull)
    assert isinstance(city.catalogue, Counting)
    city.catalogue.keys = 0
    answer = city.search.search(Query("red", during(0, 12_000)), PURPOSE)
    assert answer.coverage.recorded == Elapsed.seconds(30 + 12_000)
    assert city.catalogue.keys == 1


def test_an_explanation_names_the_plan_and_the_time_of_each_step(city: SmallCity) -> None:
    answer = city.search.search(Query("red", HOUR), PURPOSE)
    told = answer.explanation
    assert (told.rows, told.cameras, told.gone) == (2_000, None, 0)
    assert told.hits == answer.scanned
    data = json.loads(json.dumps(to_json(answer, explain=True)))["explanation"]
    assert list(data["took_s"]) == [
        "cameras",
        "looked-at time",
        "words",
        "vectors",
        "recorded time",
        "moments",
        "coverage",
    ]
    assert "explanation" not in to_json(answer)


def test_an_empty_city_answers_with_its_coverage(tmp_path: Path) -> None:
    answer = SmallCity(tmp_path).search.search(Query("red", HOUR), PURPOSE)
    assert answer.found == ()
    assert answer.coverage.searched == Elapsed(0)
    assert answer.coverage.asked == HOUR.length * 3
