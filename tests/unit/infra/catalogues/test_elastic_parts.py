"""Index names, queries, bulk lines and refusals of the catalogue in Elasticsearch, without one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import infra
from footage.clock import SimulatedClock
from footage.day import DaySegment, day_of, summarise
from footage.errors import BadInput, DataLoss, FootageError, Misconfigured, NoSpace, Unavailable
from footage.ids import CameraId, SegmentKey
from footage.instant import Elapsed, Instant, Interval
from footage.keyframe import Box, Gate
from footage.place import Circle, Point
from footage.ports import Scope
from infra.catalogues import documents
from infra.catalogues import elastic_queries as queries
from infra.catalogues.elastic_catalog import ElasticCatalogue
from infra.catalogues.elastic_documents import in_order, keyframes_from, packed_document
from infra.catalogues.elastic_wire import AUTO, BulkAction, addresses, refusal, shown, with_replicas
from lab.servers.loopback import free_ports
from tests.common.builders import START, a_gap, a_keyframe, a_segment

NAMES = queries.Names("city")
DAY = Elapsed.parse("1d")
A_DAY = summarise(CameraId("camera-1"), day_of(START), [DaySegment.of(a_segment())])


def test_segments_and_keyframes_lie_by_the_day_in_the_key() -> None:
    key = a_segment().key
    assert NAMES.of_segment("segments", key) == "city-segments-2026-11-22"
    assert NAMES.of_segment("keyframes", key) == "city-keyframes-2026-11-22"
    with pytest.raises(BadInput):
        NAMES.of_segment("segments", SegmentKey("elsewhere.mp4"))


def test_gaps_lie_by_the_year_they_start_in() -> None:
    assert NAMES.of_gap(START) == "city-gaps-2026"


@pytest.mark.parametrize(
    ("first", "last", "days"),
    [
        ("2026-11-22T10:00:00Z", "2026-11-22T11:00:00Z", ["21", "22"]),
        ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z", ["21", "22"]),
        ("2026-11-22T00:00:00Z", "2026-11-23T00:00:00.000001Z", ["21", "22", "23"]),
        ("2026-11-22T23:59:59Z", "2026-11-24T00:00:01Z", ["21", "22", "23", "24"]),
    ],
)
def test_an_overlap_looks_at_the_day_before_too(first: str, last: str, days: list[str]) -> None:
    window = Interval(Instant.parse(first), Instant.parse(last))
    expected = [f"city-segments-2026-11-{day}" for day in days]
    assert NAMES.overlapping("segments", window).split(",") == expected


def test_summaries_lie_by_the_month() -> None:
    assert NAMES.of_month(START) == "city-days-2026-11"
    window = Interval(START, START + DAY * 12)
    assert NAMES.overlapping("days", window) == "city-days-2026-11,city-days-2026-12"
    assert NAMES.day_in("city-segments-2026-11-22") == day_of(START)
    assert str(queries.DayId.of(a_segment().key)) == "camera-1/2026-11-22"


def test_keyframes_packed_by_segment_come_back_in_order() -> None:
    one, two = a_segment("camera-1"), a_segment("camera-2", START + Elapsed.seconds(5))
    boxes = (Box(0.1, 0.2, 0.3, 0.4), Box(0, 0, 1, 1))
    frames = [a_keyframe(one, n, change=n / 7, regions=boxes[: n % 3]) for n in range(9)]
    others = [a_keyframe(two, n, gate=Gate.UNCHANGED) for n in range(4)]
    packed = [packed_document([*reversed(frames)]), packed_document(others)]
    assert keyframes_from(json.loads(json.dumps(packed[0]))) == frames
    window = Interval(START + Elapsed.seconds(4), START + Elapsed.seconds(12))
    expected = sorted([*frames, *others], key=lambda k: (k.instant, k.segment))
    assert list(in_order(packed, window)) == [k for k in expected if k.instant in window]


def test_keyframes_of_a_minute_are_a_short_document() -> None:
    frames = [a_keyframe(number=n, gate=Gate.UNCHANGED, change=0.0) for n in range(30)]
    assert len(json.dumps(packed_document(frames))) < 2_000


@pytest.mark.parametrize("frames", [None, [[0, 1]], ["x"], [["x", 1, 1, "changed", 0, []]]])
def test_packed_keyframes_that_are_malformed_are_lost(frames: object) -> None:
    with pytest.raises(DataLoss):
        keyframes_from({**packed_document([a_keyframe()]), "frames": frames})


def test_a_long_or_open_window_is_asked_by_pattern() -> None:
    month = Interval(START, START + DAY * 31)
    assert NAMES.overlapping("segments", month) == "city-segments-*"
    assert NAMES.overlapping("segments", None) == "city-segments-*"
    assert len(NAMES.overlapping("segments", Interval(START, START + DAY * 29)).split(",")) == 31


def test_a_scope_becomes_filters_and_a_circle_a_wider_one() -> None:
    scope = Scope(
        cameras=frozenset({CameraId("b"), CameraId("a")}), circle=Circle(Point(1, 2), 1_000)
    )
    query = queries.segments(scope, Interval(Instant(5), Instant(9)))
    assert query == {
        "bool": {
            "filter": [
                {"terms": {"camera": ["a", "b"]}},
                {"geo_distance": {"distance": "1003.0m", "place": {"lat": 1, "lon": 2}}},
                {"range": {"start_us": {"lt": 9}}},
                {"range": {"end_us": {"gt": 5}}},
            ]
        }
    }


def test_bulk_lines_carry_the_version_they_expect() -> None:
    assert BulkAction("delete", "i", "x").lines() == [{"delete": {"_index": "i", "_id": "x"}}]
    assert BulkAction("update", "i", "x", {"doc": {}}, (7, 2)).lines() == [
        {"update": {"_index": "i", "_id": "x", "if_seq_no": 7, "if_primary_term": 2}},
        {"doc": {}},
    ]
    assert BulkAction("update", "i", "x", {"doc": {}}).lines()[0] == {
        "update": {"_index": "i", "_id": "x", "retry_on_conflict": 5}
    }


FLOOD = "TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark"


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (401, "security_exception", Misconfigured),
        (403, "security_exception", Misconfigured),
        (403, "cluster_block_exception: FORBIDDEN/8/index write (api)", Unavailable),
        (429, f"cluster_block_exception: {FLOOD}", NoSpace),
        (429, "es_rejected_execution_exception", Unavailable),
        (503, "no_shard_available_action_exception", Unavailable),
        (404, "index_not_found_exception", Unavailable),
        (400, "strict_dynamic_mapping_exception", Misconfigured),
    ],
)
def test_a_refusal_says_what_it_means_and_what_to_do(
    status: int, error: str, kind: type[FootageError]
) -> None:
    raised = refusal("http://es:9200", status, {"reason": error})
    assert type(raised) is kind
    assert "http://es:9200" in str(raised)
    assert raised.hint


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (
            "segments",
            {**documents.segment_document(a_segment()), "indexed_by": [], "marks_changing": []},
        ),
        ("gaps", documents.gap_document(a_gap())),
        ("keyframes", packed_document([a_keyframe()])),
        ("days", {**documents.day_document(A_DAY), "segments": 1, "apart": True}),
    ],
)
def test_the_strict_templates_know_each_field_and_no_other(
    kind: str, document: documents.Document
) -> None:
    file = Path(infra.__file__).parent / "catalogues" / "elastic_templates" / f"{kind}.json"
    mappings = json.loads(file.read_text("utf-8"))["mappings"]
    assert mappings["dynamic"] == "strict"
    assert set(mappings["properties"]) == set(document)


@pytest.mark.parametrize("url", ["somewhere", "http://a:9200,b:9200", "http://a:9200,", ""])
def test_an_address_that_is_none_is_misconfigured(url: str) -> None:
    with pytest.raises(Misconfigured, match="commas"):
        ElasticCatalogue(url, clock=SimulatedClock(START))


def test_several_addresses_are_parted_by_commas_and_told_without_their_logins() -> None:
    url = "http://u:a,b@one:9200, https://two:9200,http://u:p@three:9200 "
    assert addresses(url) == ["http://u:a,b@one:9200", "https://two:9200", "http://u:p@three:9200"]
    assert shown(url) == "http://***@one:9200, https://two:9200, http://***@three:9200"


@pytest.mark.parametrize("kind", queries.KINDS)
def test_a_template_keeps_as_many_copies_as_are_asked_for(kind: str) -> None:
    file = Path(infra.__file__).parent / "catalogues" / "elastic_templates" / f"{kind}.json"
    template = json.loads(file.read_text("utf-8"))
    assert template["settings"]["auto_expand_replicas"] == "0-1"
    assert with_replicas(template, AUTO) == template
    settings = with_replicas(template, 2)["settings"]
    assert settings == template["settings"] | {
        "auto_expand_replicas": "false",
        "number_of_replicas": 2,
    }


def test_a_password_is_never_shown() -> None:
    secret = f"secret-{START}"
    url, clock = "http://127.0.0.1:9", SimulatedClock(START)
    catalogue = ElasticCatalogue(url, clock=clock, username="u", password=secret)
    assert secret not in repr(catalogue) + repr(catalogue._client)
    catalogue.close()


def test_no_server_is_unavailable_and_nothing_is_asked_before_the_first_call() -> None:
    (port,) = free_ports(1)
    catalogue = ElasticCatalogue(f"http://127.0.0.1:{port}", clock=SimulatedClock(START))
    segment = a_segment()
    with pytest.raises(Unavailable):
        catalogue.health()
    with pytest.raises(Unavailable):
        catalogue.add_segments([segment])
    with pytest.raises(Unavailable):
        catalogue.segment(segment.key)
    with pytest.raises(Unavailable):
        list(catalogue.segments())
    catalogue.close()


def test_a_segment_longer_than_a_day_is_refused_before_anything_is_sent() -> None:
    catalogue = ElasticCatalogue("http://127.0.0.1:9", clock=SimulatedClock(START))
    with pytest.raises(BadInput):
        catalogue.add_segments([a_segment(seconds=86_401)])
    catalogue.close()


def test_a_password_in_the_address_is_never_told() -> None:
    (port,) = free_ports(1)
    clock = SimulatedClock(START)
    catalogue = ElasticCatalogue(f"http://amina:geheim@127.0.0.1:{port}", clock=clock)
    with pytest.raises(Unavailable) as told:
        catalogue.health()
    catalogue.close()
    assert f"***@127.0.0.1:{port}" in str(told.value)
    assert "geheim" not in str(told.value)
