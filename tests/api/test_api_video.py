"""Playing an interval."""

from __future__ import annotations

import io
import itertools

import av
import httpx
import pytest

from footage.action import Phase
from footage.instant import Elapsed, Instant
from tests.common.api_city import WHOLE, ApiCity
from tests.common.builders import at
from tests.common.tiny_films import FPS

URL = "/api/v1/cameras/camera-1/video"


def _between(start_s: float, end_s: float) -> dict[str, str]:
    return {"from": str(at(start_s)), "to": str(at(end_s))}


def _times(data: bytes) -> list[float]:
    with av.open(io.BytesIO(data), "r") as container:
        return [float(frame.time or 0) for frame in container.decode(video=0)]


def _tail(city: ApiCity, answer: httpx.Response) -> None:
    intent, outcome = city.entries()[-2:]
    assert (intent.phase, outcome.phase) == (Phase.INTENT, Phase.OUTCOME)
    assert outcome.what["intent"] == intent.number
    assert outcome.what["ok"] is answer.is_success


def test_a_film_of_all_segments_plays_without_a_break(city: ApiCity) -> None:
    answer = city.client.get(URL, params=WHOLE)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    assert int(answer.headers["content-length"]) == len(answer.content)
    times = _times(answer.content)
    assert len(times) == 24 * FPS
    assert [round((b - a) * FPS, 3) for a, b in itertools.pairwise(times)] == [1.0] * (
        len(times) - 1
    )
    assert len(city.segments()) > 3


def test_a_film_is_stored_bytes_and_nothing_else(city: ApiCity) -> None:
    answer = city.client.get(URL, params=WHOLE)
    stored = [city.parts.store.get(segment.key) for segment in city.segments()]
    media = [s.media.init_bytes for s in city.segments()]
    rest = answer.content[media[0] :]
    assert answer.content[: media[0]] == stored[0][: media[0]]
    for data, init in zip(stored, media, strict=True):
        index = int.from_bytes(data[-4:], "big")
        fragments = data[init:-index]
        assert rest.startswith(fragments)
        rest = rest[len(fragments) :]
    assert rest == b""


def test_a_part_covers_what_was_asked_in_whole_groups_of_pictures(city: ApiCity) -> None:
    answer = city.client.get(URL, params=_between(5, 13))
    assert Instant.parse(answer.headers["footage-start"]) == at(4)
    assert Instant.parse(answer.headers["footage-end"]) == at(14)
    assert len(_times(answer.content)) == 10 * FPS


def test_a_moment_inside_one_segment(city: ApiCity) -> None:
    answer = city.client.get(URL, params=_between(10.5, 10.6))
    assert answer.headers["footage-start"] == str(at(10))
    assert len(_times(answer.content)) == 2 * FPS


def test_more_than_is_recorded_gives_what_there_is_and_says_so(city: ApiCity) -> None:
    answer = city.client.get(URL, params=_between(-60, 60))
    assert answer.headers["footage-start"] == str(at(0))
    assert answer.headers["footage-end"] == str(at(24))


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-999", 0, 1000),
        ("bytes=1000-", 1000, None),
        ("bytes=-500", -500, None),
        ("bytes=500-99999999", 500, None),
        ("bytes=3000-20000", 3000, 20001),
    ],
)
def test_a_range_is_that_part_of_the_whole(
    city: ApiCity, header: str, start: int, end: int | None
) -> None:
    whole = city.client.get(URL, params=WHOLE).content
    answer = city.client.get(URL, params=WHOLE, headers={"Range": header})
    wanted = whole[start:end]
    first = start % len(whole)
    assert answer.status_code == 206
    assert answer.content == wanted
    shown = f"bytes {first}-{first + len(wanted) - 1}/{len(whole)}"
    assert answer.headers["content-range"] == shown


def test_a_range_outside_is_416(city: ApiCity) -> None:
    answer = city.client.get(URL, params=WHOLE, headers={"Range": "bytes=99999999-"})
    assert answer.status_code == 416
    assert answer.headers["content-range"].startswith("bytes */")
    assert answer.json()["type"].endswith(":range")
    _tail(city, answer)


def test_several_ranges_are_answered_with_the_whole(city: ApiCity) -> None:
    answer = city.client.get(URL, params=WHOLE, headers={"Range": "bytes=0-1,4-5"})
    assert answer.status_code == 200
    assert len(_times(answer.content)) == 24 * FPS


def test_if_range_gives_the_part_only_of_the_same_film(city: ApiCity) -> None:
    etag = city.client.get(URL, params=WHOLE).headers["etag"]
    part = {"Range": "bytes=0-9"}
    same = city.client.get(URL, params=WHOLE, headers={**part, "If-Range": etag})
    other = city.client.get(URL, params=_between(0, 9), headers={**part, "If-Range": etag})
    assert (same.status_code, other.status_code) == (206, 200)


def test_an_interval_across_a_gap_lists_the_spans(city: ApiCity) -> None:
    url = "/api/v1/cameras/camera-2/video"
    answer = city.client.get(url, params=_between(0, 28))
    assert answer.status_code == 409
    spans = answer.json()["spans"]
    assert [span["start"] for span in spans] == [str(at(0)), str(at(20))]
    for span in spans:
        alone = city.client.get(url, params={"from": span["start"], "to": span["end"]})
        assert len(_times(alone.content)) == 8 * FPS
        _tail(city, alone)


def test_nothing_recorded_says_why(city: ApiCity) -> None:
    answer = city.client.get("/api/v1/cameras/camera-3/video", params=WHOLE)
    assert answer.status_code == 404
    assert "expired policy 'streets': keep 30d" in answer.json()["detail"]
    _tail(city, answer)


def test_nothing_recorded_is_not_said_over_a_full_store(city: ApiCity) -> None:
    """A catalogue emptied over a full store is told, as for timelines (invariant 11)."""
    city.parts.catalogue.remove_segments([one.key for one in city.segments()])
    city.services.clock.sleep(Elapsed.parse("1h"))  # the objects are no longer just being stored
    answer = city.client.get(URL, params=WHOLE)
    assert answer.json()["type"].endswith(":data-loss")
    assert "footage catalogue rebuild" in answer.json()["detail"]
    _tail(city, answer)


def test_more_than_an_hour_is_refused(city: ApiCity) -> None:
    assert city.client.get(URL, params=_between(0, 3601)).status_code == 422


def test_a_request_is_one_intent_and_one_outcome(city: ApiCity) -> None:
    purpose = {"case": "FIR 12/2026", "purpose": "theft"}
    answer = city.client.get(URL, params={**WHOLE, **purpose}, headers={"Range": "bytes=100-5099"})
    intent, outcome = city.entries()
    assert (intent.actor, intent.case, intent.code) == ("amina", "FIR 12/2026", "theft")
    assert intent.what == {"camera": "camera-1", "start": WHOLE["from"], "end": WHOLE["to"]}
    assert outcome.what == {
        "intent": intent.number,
        "ok": True,
        "result": {
            "bytes": 5000,
            "first_byte": 100,
            "of_bytes": int(answer.headers["content-range"].rpartition("/")[2]),
        },
    }


def test_a_film_cut_off_breaks_the_connection_and_is_entered_so(city: ApiCity) -> None:
    # The object loses its tail after the film was planned from it: seen only while sending.
    last = city.segments()[-1]
    path = city.parts.home / "store" / "objects" / last.key
    data = path.read_bytes()
    keep = last.media.init_bytes + 100
    path.write_bytes(data[:keep])
    with pytest.raises(httpx.RemoteProtocolError):
        city.client.get(URL, params=_between(0, 24.5))
    intent, outcome = city.entries()
    assert outcome.what["intent"] == intent.number
    assert outcome.what["ok"] is False


def test_nothing_is_shown_that_cannot_be_entered(city: ApiCity) -> None:
    city.break_custody()
    answer = city.client.get(URL, params=WHOLE)
    assert answer.is_error
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_camera_is_404(city: ApiCity) -> None:
    answer = city.client.get("/api/v1/cameras/camera-9/video", params=WHOLE)
    assert answer.status_code == 404
    _tail(city, answer)
