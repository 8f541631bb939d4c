"""Playing a camera's segments by HLS."""

from __future__ import annotations

import io
import itertools
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import av
import httpx
import pytest

from api import recorded
from footage.action import Action
from footage.instant import Elapsed
from footage.span import GapReason
from tests.common.api_city import WHOLE, ApiCity, parts_of, serving
from tests.common.builders import a_gap, at
from tests.common.playlists import Entry, ReadPlaylist, read_playlist
from tests.common.tiny_films import FPS

if TYPE_CHECKING:
    from pathlib import Path

URL = "/api/v1/cameras/{}/hls.m3u8"
FOR = {"case": "FIR 12/2026 & more", "purpose": "theft"}


def _url(camera: str, window: dict[str, str], **more: str) -> str:
    return f"{URL.format(camera)}?{urlencode({**window, **more})}"


def _between(start_s: float, end_s: float) -> dict[str, str]:
    return {"from": str(at(start_s)), "to": str(at(end_s))}


def _playlist(city: ApiCity, url: str) -> ReadPlaylist:
    answer = city.client.get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert answer.headers["cache-control"] == "no-store"
    return read_playlist(answer.text)


def _get(city: ApiCity, url: str, uri: str, **headers: str) -> httpx.Response:
    return city.client.get(str(city.client.base_url.join(url).join(uri)), headers=headers)


def _pictures(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as container:
        return sum(1 for _ in container.decode(video=0))


def _stretches(entries: list[Entry]) -> list[list[Entry]]:
    groups = itertools.accumulate(entry.discontinuity for entry in entries)
    pairs = zip(groups, entries, strict=True)
    return [
        [entry for _, entry in group]
        for _, group in itertools.groupby(pairs, key=lambda pair: pair[0])
    ]


def test_each_stretch_plays_as_stored_and_a_gap_parts_two(city: ApiCity) -> None:
    url = _url("camera-2", _between(-10, 60))
    found = _playlist(city, url)
    stored = city.segments("camera-2")
    assert len(found.entries) == len(stored)
    stretches = _stretches(found.entries)
    assert len(stretches) == 2
    for stretch in stretches:
        assert len({entry.init for entry in stretch}) == 1
        parts = [stretch[0].init, *(entry.uri for entry in stretch)]
        film = b"".join(_get(city, url, uri).content for uri in parts)
        assert _pictures(film) == 8 * FPS
    lost = [one for one in found.ranges if one["X-REASON"] == "camera_lost"]
    assert len(lost) == 1
    assert lost[0]["START-DATE"] == f"{str(at(8))[:-4]}Z"


def test_a_segment_is_its_stored_bytes_without_the_index(city: ApiCity) -> None:
    url = _url("camera-1", WHOLE)
    for segment, entry in zip(city.segments(), _playlist(city, url).entries, strict=True):
        stored = city.parts.store.get(segment.key)
        length = segment.media.init_bytes
        answer = _get(city, url, entry.uri)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.content == stored[length : -int.from_bytes(stored[-4:], "big")]
        assert _get(city, url, entry.init).content == stored[:length]


def test_no_object_is_opened_for_a_playlist(city: ApiCity) -> None:
    shutil.rmtree(city.parts.home / "store" / "objects")
    assert len(_playlist(city, _url("camera-1", WHOLE)).entries) == len(city.segments())


def test_a_viewing_is_the_playlist_s_entry_and_those_of_its_segments(city: ApiCity) -> None:
    url = _url("camera-1", WHOLE, **FOR)
    entry = _playlist(city, url).entries[1]
    _get(city, url, entry.init)  # holds no picture: not entered
    part = _get(city, url, entry.uri, Range="bytes=10-109")
    assert part.status_code == 206
    assert len(part.content) == 100
    opened, given_out, intent, outcome = city.entries()
    assert {one.action for one in (opened, intent)} == {Action.VIEW}
    assert {(one.case, one.code) for one in (opened, intent)} == {(FOR["case"], FOR["purpose"])}
    window = {"start": WHOLE["from"], "end": WHOLE["to"]}
    assert opened.what == {"camera": "camera-1", **window, "playlist": True}
    assert given_out.what["result"] == {"segments": len(city.segments()), "bytes": 0}
    segment = city.segments()[1]
    what = {"camera": "camera-1", "segment": segment.key, "viewing": opened.number}
    assert intent.what == what
    assert outcome.what["result"] == {
        "start": str(segment.interval.start),
        "end": str(segment.interval.end),
        "first_byte": 10,
        "of_bytes": int(part.headers["content-range"].rpartition("/")[2]),
        "bytes": 100,
    }


def test_a_segment_without_a_playlist_is_a_viewing_of_its_own(city: ApiCity) -> None:
    key = city.segments()[0].key
    assert city.client.get(f"/api/v1/segments/{key}/media.m4s", params=FOR).status_code == 200
    intent, _ = city.entries()
    assert intent.what == {"camera": "camera-1", "segment": key}
    assert intent.case == FOR["case"]


def test_an_address_that_was_changed_is_refused(city: ApiCity) -> None:
    url = _url("camera-1", WHOLE, **FOR)
    first = _playlist(city, url).entries[0].uri
    shorter = _playlist(city, _url("camera-1", _between(0, 1), **FOR)).entries[0].uri
    last = _playlist(city, url).entries[-1].uri
    other = _playlist(city, _url("camera-2", WHOLE, **FOR)).entries[0].uri
    before = len(city.entries())
    foreign = first.partition("?")[0] + "?" + other.partition("?")[2]
    beyond = last.partition("?")[0] + "?" + shorter.partition("?")[2]
    for changed in (
        beyond,
        first.replace("purpose=theft", "purpose=other"),
        first.replace("case=FIR+12", "case=FIR+13"),
        first.replace("viewing=", "viewing=1"),
        foreign,
    ):
        answer = _get(city, url, changed)
        assert answer.status_code == 403, changed
        assert answer.json()["type"].endswith(":not-this-viewing")
    assert len(city.entries()) == before


def test_an_address_alone_opens_nothing(city: ApiCity) -> None:
    url = _url("camera-1", WHOLE)
    entry = _playlist(city, url).entries[0]
    for uri in (entry.uri, entry.init):
        assert httpx.get(city.client.base_url.join(url).join(uri)).status_code == 401


def test_without_a_case_nothing_is_given_where_one_is_required(home: Path) -> None:
    with serving(parts_of(home, require_case=True)) as city:
        assert city.client.get(_url("camera-1", WHOLE)).status_code == 403
        key = city.segments()[0].key
        assert city.client.get(f"/api/v1/segments/{key}/media.m4s").status_code == 403
        url = _url("camera-1", WHOLE, **FOR)
        assert _get(city, url, _playlist(city, url).entries[0].uri).status_code == 200


def test_what_cannot_be_entered_is_not_given(city: ApiCity) -> None:
    url = _url("camera-1", WHOLE)
    entry = _playlist(city, url).entries[0]
    city.break_custody()
    assert city.client.get(url).is_error
    answer = _get(city, url, entry.uri)
    assert answer.is_error
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("row_left", [True, False])
def test_a_segment_purged_meanwhile_is_gone_with_the_reason(
    city: ApiCity, *, row_left: bool
) -> None:
    """Also while a purge is under way: the object goes before the row."""
    url = _url("camera-1", WHOLE)
    entry, segment = _playlist(city, url).entries[0], city.segments()[0]
    why = "policy 'streets': keep 30d"
    city.parts.catalogue.add_gaps([a_gap("camera-1", segment.interval, GapReason.EXPIRED, why)])
    city.parts.store.delete([segment.key])
    if not row_left:
        city.parts.catalogue.remove_segments([segment.key])
    for uri in (entry.uri, entry.init):
        answer = _get(city, url, uri)
        assert answer.status_code == 410
        assert why in answer.json()["detail"]
    assert city.entries()[-1].what["ok"] is False
    if not row_left:
        again = _playlist(city, url)
        assert len(again.entries) == len(city.segments())
        assert [one["X-REASON"] for one in again.ranges] == ["expired"]


def test_a_segment_that_never_was_is_404(city: ApiCity) -> None:
    key = "site-1/2026-11-22/camera-1/15/59-00.000Z.0.mp4"
    for name in ("media.m4s", "init.mp4"):
        assert city.client.get(f"/api/v1/segments/{key}/{name}").status_code == 404
        assert city.client.get(f"/api/v1/segments/no-key/{name}").status_code == 422


def test_a_segment_cut_short_in_the_store_is_a_loss(city: ApiCity) -> None:
    url = _url("camera-1", WHOLE)
    entry, segment = _playlist(city, url).entries[0], city.segments()[0]
    path = city.parts.home / "store" / "objects" / segment.key
    path.write_bytes(path.read_bytes()[:100])
    assert _get(city, url, entry.init).json()["type"].endswith(":data-loss")


def test_nothing_recorded_says_why(city: ApiCity) -> None:
    answer = city.client.get(_url("camera-3", WHOLE))
    assert answer.status_code == 404
    assert "expired policy 'streets': keep 30d" in answer.json()["detail"]


def test_more_than_a_day_or_too_many_segments_is_refused(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert city.client.get(_url("camera-1", _between(-5, 86_396))).status_code == 422
    assert city.client.get(_url("camera-1", _between(-5, 86_395))).status_code == 200
    monkeypatch.setattr(recorded, "MOST_SEGMENTS", 3)
    answer = city.client.get(_url("camera-1", WHOLE))
    assert answer.status_code == 422
    assert "more than 3 segments" in answer.json()["detail"]


def test_footage_the_catalogue_does_not_list_is_no_gap(city: ApiCity) -> None:
    """As for timelines: a playlist does not call a lost row a gap (invariant 11)."""
    rest = [one for one in city.segments() if one.interval.start >= at(16)]
    city.parts.catalogue.remove_segments([one.key for one in rest])
    city.services.clock.sleep(Elapsed.parse("1h"))  # the objects are no longer just being stored
    answer = city.client.get(_url("camera-1", _between(0, 60)))
    assert answer.json()["type"].endswith(":data-loss")
