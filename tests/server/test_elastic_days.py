"""Day summaries in Elasticsearch: crashes between steps, many writers, old clusters, cost."""

from __future__ import annotations

import itertools
import json
import secrets
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from footage.clock import SystemClock
from footage.day import DaySegment, DaySummary, day_of, summarise
from footage.errors import NotFound
from footage.ids import CameraId
from footage.instant import Elapsed, Interval, total
from infra.catalogues import documents
from infra.catalogues.elastic_catalog import ElasticCatalogue
from tests.common.builders import START, a_gap, a_keyframe, a_segment, at, segments_in_a_row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.ids import SegmentKey
    from footage.segment import Segment
    from lab.servers.elasticsearch import Elasticsearch

    Opener = Callable[[], ElasticCatalogue]

pytestmark = pytest.mark.server

ONE = CameraId("camera-1")
ENCODER, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64
DAY = Elapsed.parse("1d")
TODAY = day_of(START)
ALL_DAY = Interval(TODAY, TODAY + DAY)


class Died(Exception):
    """The client's process ended here."""


@pytest.fixture
def prefix() -> str:
    return f"days-{secrets.token_hex(6)}"


@pytest.fixture
def opener(elastic_server: Elasticsearch, prefix: str) -> Iterator[Opener]:
    opened: list[ElasticCatalogue] = []

    def another() -> ElasticCatalogue:
        opened.append(ElasticCatalogue(elastic_server.url, prefix=prefix, clock=SystemClock()))
        return opened[-1]

    yield another
    for catalogue in opened:
        catalogue.close()


def ask(server: Elasticsearch, path: str, body: object = None, method: str = "GET") -> Any:  # noqa: ANN401 - JSON
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method=method,
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - as above
        return json.load(answer)


def requests_of(catalogue: ElasticCatalogue, mortal: int | None = None) -> Counter[str]:
    """Count the requests of a client from now on; before request number `mortal` the client dies.

    Reads and writes are counted by the last part of the address, e.g. "_bulk".
    """
    counted: Counter[str] = Counter()
    transport = catalogue._client._es.transport
    send = transport.perform_request

    def counting(method: str, target: str, **rest: Any) -> Any:  # noqa: ANN401 - passed on
        if counted.total() == mortal:
            raise Died
        counted[target.partition("?")[0].rpartition("/")[2]] += 1
        return send(method, target, **rest)

    transport.perform_request = counting  # type: ignore[method-assign]
    return counted


def the_day(catalogue: ElasticCatalogue, camera: CameraId = ONE) -> DaySummary | None:
    return next(catalogue.days([camera], Interval(START, START + Elapsed(1))), None)


def sums_up(catalogue: ElasticCatalogue, camera: CameraId = ONE) -> DaySummary:
    """The summary that the segments give."""
    return summarise(camera, TODAY, catalogue.day_segments(camera, TODAY))


def assert_says_no_more(catalogue: ElasticCatalogue) -> None:
    """No more recorded or looked at than the segments are."""
    said, true = the_day(catalogue), sums_up(catalogue)
    if said is None:
        return
    recorded = [span.interval for span in true.spans]
    assert all(not span.interval.less(recorded) for span in said.spans)
    for mark, intervals in said.looked.items():
        assert all(not interval.less(true.looked.get(mark, ())) for interval in intervals)


def segments_of(day: Sequence[Segment]) -> list[SegmentKey]:
    return [segment.key for segment in day]


def test_one_index_a_month_keeps_summaries_and_goes_when_all_its_days_are_empty(
    opener: Opener, elastic_server: Elasticsearch, prefix: str
) -> None:
    catalogue = opener()
    november = [a_segment(), a_segment(start=START + DAY)]
    december = a_segment(start=START + DAY * 20)
    catalogue.add_segments([*november, december])
    names = [f"{prefix}-days-2026-11", f"{prefix}-days-2026-12"]
    assert sorted(ask(elastic_server, f"{prefix}-days-*/_mapping")) == names
    whole = Interval(START, START + DAY * 30)
    assert len(list(catalogue.days(None, whole))) == 3
    catalogue.remove_segments([november[0].key])
    assert len(list(catalogue.days(None, whole))) == 2
    catalogue.drop_empty_days(before=START + DAY * 40)
    assert sorted(ask(elastic_server, f"{prefix}-days-*/_mapping")) == names
    catalogue.remove_segments([november[1].key])
    assert names[0] not in catalogue.drop_empty_days(before=START + DAY * 5)
    assert names[0] in catalogue.drop_empty_days(before=START + DAY * 40)
    assert [summary.day for summary in catalogue.days(None, whole)] == [TODAY + DAY * 20]
    catalogue.add_segments(november)
    assert len(list(catalogue.days(None, whole))) == 3


class TestACrashBetweenTwoSteps:
    """Each operation dies before its first, second, ... request, and then is done again."""

    def test_of_adding_is_healed_by_adding_again(self, opener: Opener) -> None:
        first, *more = segments_in_a_row(4)
        other = opener()
        other.add_segments([first])
        for n in itertools.count():
            dying = opener()
            died = dies(dying, n, lambda: dying.add_segments(more))  # noqa: B023 - called now
            if died:
                refresh(other)
                assert_says_no_more(other)
                other.add_segments(more)
            assert the_day(other) == sums_up(other)
            assert [span.segments for span in sums_up(other).spans] == [4]
            other.remove_segments(segments_of(more))
            if not died:
                break
        assert n > 4

    def test_of_removing_is_healed_by_removing_again(self, opener: Opener) -> None:
        segments = segments_in_a_row(6)
        gone = [segments[0].key, segments[3].key]
        other = opener()
        for n in itertools.count():
            other.add_segments(segments)
            other.mark_indexed(segments_of(segments), ENCODER)
            dying = opener()
            died = dies(dying, n, lambda: dying.remove_segments(gone))  # noqa: B023 - called now
            if died:
                refresh(other)
                assert_says_no_more(other)
                other.remove_segments(gone)
            assert the_day(other) == sums_up(other)
            assert [span.segments for span in sums_up(other).spans] == [2, 2]
            if not died:
                break
        assert n > 6

    def test_of_marking_leaves_the_segment_waiting_until_it_is_marked_again(
        self, opener: Opener
    ) -> None:
        segments = segments_in_a_row(3)
        keys = segments_of(segments)
        other = opener()
        other.add_segments(segments)
        for n in itertools.count():
            dying = opener()
            died = dies(dying, n, lambda: dying.mark_indexed(keys[:2], ENCODER))  # noqa: B023 - called now
            if died:
                refresh(other)
                assert_says_no_more(other)
                if the_looked(other) != [Interval(at(0), at(120))]:
                    assert segments_of(other.unindexed(ENCODER, limit=9)) == keys
                other.mark_indexed(keys[:2], ENCODER)
            assert the_day(other) == sums_up(other)
            assert the_looked(other) == [Interval(at(0), at(120))]
            assert segments_of(other.unindexed(ENCODER, limit=9)) == keys[2:]
            other.unmark_indexed(keys)
            if not died:
                break
        assert n > 6

    def test_of_unmarking_leaves_the_segment_waiting_or_wholly_looked_at(
        self, opener: Opener
    ) -> None:
        segments = segments_in_a_row(3)
        keys = segments_of(segments)
        other = opener()
        other.add_segments(segments)
        for n in itertools.count():
            other.mark_indexed(keys, ENCODER)
            assert the_looked(other) == [Interval(at(0), at(180))]
            dying = opener()
            died = dies(dying, n, lambda: dying.unmark_indexed(keys[1:2], ENCODER))  # noqa: B023 - called now
            if died:
                refresh(other)
                assert_says_no_more(other)
                if the_looked(other) != [Interval(at(0), at(180))]:
                    # No caller needs to repeat: the indexer sees the segment wait.
                    assert segments_of(other.unindexed(ENCODER, limit=9)) == keys[1:2]
                    other.mark_indexed(keys[1:2], ENCODER)
                    assert the_looked(other) == [Interval(at(0), at(180))]
                other.unmark_indexed(keys[1:2], ENCODER)
            assert the_day(other) == sums_up(other)
            assert total(the_looked(other)) == Elapsed.seconds(120)
            if not died:
                break
        assert n > 6


def dies(catalogue: ElasticCatalogue, n: int, work: Callable[[], object]) -> bool:
    """Do some work; return whether the client died before request `n` of the work."""
    requests_of(catalogue, n)
    try:
        work()
    except Died:
        return True
    return False


def refresh(catalogue: ElasticCatalogue) -> None:
    for kind in ("segments", "days"):
        catalogue._client.refresh([catalogue._names.every(kind)])


def the_looked(catalogue: ElasticCatalogue) -> list[Interval]:
    summary = the_day(catalogue)
    return list(summary.looked.get(ENCODER, ())) if summary else []


def test_many_writers_of_the_same_day_lose_nothing_of_each_other(opener: Opener) -> None:
    segments = segments_in_a_row(60)
    first, second, third = segments[:20], segments[20:40], segments[40:]
    clients = [opener() for _ in range(6)]
    clients[0].add_segments([*first, *second])
    clients[0].mark_indexed(segments_of(first), OTHER)

    first_pairs = [segments_of(first[n : n + 2]) for n in range(0, 10, 2)]
    second_parts = [segments_of(second[n : n + 4]) for n in range(0, 20, 4)]
    work: list[list[Callable[[], object]]] = [
        [partial(clients[0].add_segments, [segment]) for segment in third],
        [partial(clients[1].mark_indexed, keys, ENCODER) for keys in second_parts],
        [partial(clients[2].mark_indexed, keys, OTHER) for keys in second_parts],
        [partial(clients[3].unmark_indexed, [segment.key], OTHER) for segment in first[::2]],
        [partial(clients[4].remove_segments, keys) for keys in first_pairs],
        [partial(clients[5].resummarise, ONE, TODAY)] * 10,
    ]

    def do(steps: list[Callable[[], object]]) -> None:
        for step in steps:
            step()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(do, work))
    reader = opener()
    assert the_day(reader) == sums_up(reader)
    assert not reader.resummarise(ONE, TODAY)
    assert sum(span.segments for span in sums_up(reader).spans) == 50
    assert sums_up(reader).looked[ENCODER] == (Interval(at(20 * 60), at(40 * 60)),)


@pytest.mark.parametrize("there", [20, 80, 320])
def test_what_a_write_costs_does_not_grow_with_the_day(opener: Opener, there: int) -> None:
    catalogue = opener()
    segments = segments_in_a_row(there + 4)
    catalogue.add_segments(segments[:there])
    catalogue.mark_indexed(segments_of(segments[: there - 4]), ENCODER)
    new = segments[there:]

    def cost(work: Callable[[], object]) -> tuple[Counter[str], int]:
        before = Counter(counted)
        read.clear()
        work()
        return counted - before, sum(read)

    counted, read = requests_of(catalogue), documents_read(catalogue)
    keys = segments_of(segments[there - 4 : there])
    assert cost(lambda: catalogue.add_segments(new)) == (
        Counter({"_bulk": 2, "_mget": 1, "_refresh": 1}),
        1,
    )
    marked, documents_of_marking = cost(lambda: catalogue.mark_indexed(keys, ENCODER))
    assert marked == Counter({"_bulk": 3, "_mget": 2, "_refresh": 1})
    assert documents_of_marking == 5
    removed, documents_of_removing = cost(
        lambda: catalogue.remove_segments(segments_of(segments[:4]))
    )
    assert removed["_refresh"] == 1
    assert removed.total() <= 14
    assert documents_of_removing <= 24
    older = segments_of(segments[8:10])
    unmarked, documents_of_unmarking = cost(lambda: catalogue.unmark_indexed(older, ENCODER))
    assert unmarked["_refresh"] == 1
    assert unmarked.total() <= 14
    assert documents_of_unmarking <= 24
    again, documents_of_marking_again = cost(lambda: catalogue.mark_indexed(older, ENCODER))
    assert again["_refresh"] == 1
    assert again.total() <= 10
    assert documents_of_marking_again <= 24
    nothing, _ = cost(lambda: catalogue.unmark_indexed(keys, OTHER))
    assert nothing == Counter({"_mget": 1})
    written, _ = cost(lambda: catalogue.add_keyframes(a_keyframe(s) for s in new))
    assert written["_refresh"] == 0
    assert written.total() <= 2
    assert the_day(catalogue) == sums_up(catalogue)


def test_the_oldest_waiting_are_read_and_no_more(opener: Opener) -> None:
    catalogue = opener()
    segments = segments_in_a_row(40)
    catalogue.add_segments(segments)
    read = documents_read(catalogue)
    assert catalogue.unindexed(ENCODER, limit=8) == segments[:8]
    assert sum(read) == 8
    assert catalogue.unindexed(ENCODER, limit=0) == []


def documents_read(catalogue: ElasticCatalogue) -> list[int]:
    """Number of documents in each answer of a search or read by id, from now on."""
    found: list[int] = []
    transport = catalogue._client._es.transport
    send = transport.perform_request

    def counting(method: str, target: str, **rest: Any) -> Any:  # noqa: ANN401 - passed on
        answer = send(method, target, **rest)
        body = answer.body
        if isinstance(body, dict):
            hits = body.get("hits", {}).get("hits", [])
            found.append(len(body.get("docs", [])) + len(hits))
        return answer

    transport.perform_request = counting  # type: ignore[method-assign]
    return found


def test_the_keyframes_of_a_segment_are_one_document(
    opener: Opener, elastic_server: Elasticsearch, prefix: str
) -> None:
    catalogue = opener()
    segments = segments_in_a_row(3)
    frames = [a_keyframe(segment, n) for segment in segments for n in range(30)]
    catalogue.add_keyframes(frames)
    assert catalogue.keyframe(frames[42].segment, frames[42].offset) == frames[42]
    ask(elastic_server, f"{prefix}-keyframes-*/_refresh", method="POST")
    assert ask(elastic_server, f"{prefix}-keyframes-*/_count")["count"] == 3
    catalogue.add_keyframes(frames[:2])
    assert list(catalogue.keyframes([ONE], ALL_DAY)) == [*frames[:2], *frames[30:]]


def test_the_backlog_is_complete_and_by_camera(opener: Opener) -> None:
    catalogue = opener()
    segments = [
        segment
        for n in range(1_100)
        for segment in segments_in_a_row(2, f"camera-{n}", at(n % 7), seconds=1)
    ]
    catalogue.add_segments(segments)
    catalogue.mark_indexed([segments[0].key, *segments_of(segments[2:4])], ENCODER)
    backlog = catalogue.backlog(ENCODER)
    assert len(backlog) == 1_099
    assert backlog[CameraId("camera-0")] == (1, at(1))
    assert backlog[CameraId("camera-1099")] == (2, at(1_099 % 7))
    assert CameraId("camera-1") not in backlog


# ---------------------------------------------------------------------- old clusters

OLD_KEYFRAMES = {
    "camera": {"type": "keyword"},
    "instant_us": {"type": "long"},
    "segment": {"type": "keyword"},
    "offset": {"type": "long"},
    "length": {"type": "long", "index": False},
    "gate": {"type": "keyword"},
    "change": {"type": "double", "index": False},
    "regions": {"type": "object", "enabled": False},
}
OLD_SEGMENTS = {
    **{name: {"type": "keyword"} for name in ("key", "camera", "site", "district")},
    "place": {"type": "geo_point"},
    "start_us": {"type": "long"},
    "end_us": {"type": "long"},
    "run": {"type": "keyword"},
    "sequence": {"type": "long", "index": False},
    "size_bytes": {"type": "long"},
    "digest": {"type": "keyword"},
    "media": {"type": "object", "enabled": False},
    "clock": {"type": "object", "enabled": False},
    "retention_class": {"type": "keyword"},
    "damage": {"type": "keyword", "ignore_above": 1024},
    "indexed_by": {"type": "keyword"},
}


@pytest.fixture
def old_day(elastic_server: Elasticsearch, prefix: str) -> list[Segment]:
    """Five segments, as the version before wrote them: two marked, with three keyframes each."""
    for kind, properties, order in (
        ("segments", OLD_SEGMENTS, ["start_us", "key"]),
        ("keyframes", OLD_KEYFRAMES, ["instant_us", "segment"]),
    ):
        body = {
            "settings": {"sort.field": order, "sort.order": ["asc", "asc"]},
            "mappings": {"dynamic": "strict", "properties": properties},
        }
        ask(elastic_server, f"{prefix}-{kind}-2026-11-22", body, "PUT")
    segments = segments_in_a_row(5)
    for n, segment in enumerate(segments):
        document = documents.segment_document(segment) | {"indexed_by": [ENCODER] if n < 2 else []}
        put(elastic_server, f"{prefix}-segments-2026-11-22", segment.key, document)
        for keyframe in (a_keyframe(segment, k) for k in range(3 if n < 2 else 0)):
            key = f"{segment.key}@{keyframe.offset}"
            document = documents.keyframe_document(keyframe)
            put(elastic_server, f"{prefix}-keyframes-2026-11-22", key, document)
    return segments


def put(server: Elasticsearch, index: str, key: str, document: object) -> None:
    path = f"{index}/_doc/{key.replace('/', '%2F')}?refresh=true"
    ask(server, path, document, "PUT")


class TestAClusterOfTheVersionBefore:
    def test_is_summed_up_when_asked(self, opener: Opener, old_day: list[Segment]) -> None:
        catalogue = opener()
        newer = segments_in_a_row(3, "camera-0", START + DAY)
        catalogue.add_segments(newer)
        window = Interval(START, START + DAY * 2)
        expected = [
            summarise(CameraId("camera-0"), TODAY + DAY, map(DaySegment.of, newer)),
            sums_up(catalogue),
        ]
        assert list(catalogue.days(None, window)) == expected
        assert list(catalogue.days([ONE], window)) == expected[1:]
        assert the_looked(catalogue) == [Interval(at(0), at(120))]
        assert segments_of(catalogue.unindexed(ENCODER, limit=9)) == [
            *segments_of(old_day[2:]),
            *segments_of(newer),
        ]
        assert catalogue.backlog(ENCODER)[ONE] == (3, at(120))

    @pytest.mark.parametrize("operation", ["add", "mark", "unmark", "remove", "resummarise"])
    def test_is_written_to_as_it_is(
        self, opener: Opener, old_day: list[Segment], operation: str
    ) -> None:
        catalogue, reader = opener(), opener()
        new = a_segment(start=at(300), number=1)
        work: dict[str, Callable[[], object]] = {
            "add": lambda: catalogue.add_segments([new]),
            "mark": lambda: catalogue.mark_indexed([old_day[2].key], ENCODER),
            "unmark": lambda: catalogue.unmark_indexed([old_day[0].key], ENCODER),
            "remove": lambda: catalogue.remove_segments([old_day[0].key]),
            "resummarise": lambda: catalogue.resummarise(ONE, TODAY),
        }
        work[operation]()
        assert the_day(reader) == sums_up(reader)
        assert not reader.resummarise(ONE, TODAY)
        waiting = len(reader.unindexed(ENCODER, limit=9))
        assert waiting == {"add": 4, "mark": 2, "unmark": 4}.get(operation, 3)

    def test_a_rebuild_enters_every_day(self, opener: Opener, old_day: list[Segment]) -> None:
        catalogue = opener()
        catalogue.add_segments(old_day)
        assert not catalogue.resummarise(ONE, TODAY)
        assert the_looked(opener()) == [Interval(at(0), at(120))]

    def test_keyframes_are_found_replaced_and_removed(
        self, opener: Opener, old_day: list[Segment]
    ) -> None:
        catalogue = opener()
        old = [a_keyframe(segment, n) for segment in old_day[:2] for n in range(3)]
        assert list(catalogue.keyframes([ONE], ALL_DAY)) == old
        assert catalogue.keyframe(old[4].segment, old[4].offset) == old[4]
        catalogue.add_keyframes([a_keyframe(old_day[0], 7), a_keyframe(old_day[2])])
        expected = [a_keyframe(old_day[0], 7), *old[3:], a_keyframe(old_day[2])]
        assert list(catalogue.keyframes([ONE], ALL_DAY)) == expected
        catalogue.remove_keyframes([old_day[1].key])
        assert list(catalogue.keyframes([ONE], ALL_DAY)) == [expected[0], expected[-1]]
        with pytest.raises(NotFound):
            catalogue.keyframe(old[4].segment, old[4].offset)


def test_gaps_have_no_summary(opener: Opener) -> None:
    catalogue = opener()
    catalogue.add_gaps([a_gap()])
    assert list(catalogue.days(None, ALL_DAY)) == []
