"""Playing footage of a codec that browsers cannot play, by proxies."""

from __future__ import annotations

import io
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import av
import httpx
import pytest

from footage.access import Grant, Role
from footage.action import Action
from footage.ids import site_id
from footage.instant import Elapsed
from footage.mp4 import walk
from footage.span import GapReason
from tests.common.api_city import PLAIN, WHOLE, ApiCity, parts_of, serving
from tests.common.builders import a_camera, a_district, a_gap, a_site, at
from tests.common.odd_films import odd_film
from tests.common.playlists import ReadPlaylist, read_playlist
from tests.common.processes import family
from tests.common.until import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.segment import Segment

CAMERA = "camera-4"
PROFILE = "h264-720-1"
PLAYLIST = f"/api/v1/cameras/{CAMERA}/hls.m3u8"
PROGRESS = f"/api/v1/cameras/{CAMERA}/proxy"
FPS = 10


@pytest.fixture
def hevc(home: Path) -> Iterator[ApiCity]:
    """The city with a camera that sends H.265: from second 0 to 8, and from 20 to 28."""
    parts = parts_of(home)
    parts.register.add_cameras([a_camera(CAMERA)])
    film = odd_film(home / "hevc.mp4", "hevc", sound="aac")
    for start_s in (0, 20):
        parts.importer.ingest(film, a_camera(CAMERA), at(start_s), length=Elapsed.parse("4s"))
    parts.close()
    with serving(parts_of(home)) as city:
        yield city


def url(**more: str) -> str:
    window = {"from": str(at(-10)), "to": str(at(60))}
    return f"{PLAYLIST}?{urlencode({**window, 'view': 'proxy', **more})}"


def playlist(city: ApiCity, **more: str) -> ReadPlaylist:
    answer = city.client.get(url(**more))
    assert answer.status_code == 200, answer.text
    return read_playlist(answer.text)


def get(city: ApiCity, uri: str, **headers: str) -> httpx.Response:
    return city.client.get(str(city.client.base_url.join(url()).join(uri)), headers=headers)


def pictures(data: bytes) -> int:
    with av.open(io.BytesIO(data), "r") as film:
        return sum(1 for _ in film.decode(video=0))


def of_segment(segment: Segment, name: str) -> str:
    return f"/api/v1/segments/{segment.key}/{name}"


def test_an_interval_plays_as_h264_at_the_times_of_the_footage(hevc: ApiCity) -> None:
    found, stored = playlist(hevc), hevc.segments(CAMERA)
    plain = playlist(hevc, view="original")
    assert [one["X-DERIVED"] for one in found.streams] == [PROFILE]
    assert len(found.entries) == len(stored) == 4
    for entry, other, segment in zip(found.entries, plain.entries, stored, strict=True):
        assert (entry.date, entry.seconds) == (other.date, other.seconds)
        assert entry.discontinuity is other.discontinuity
        init, media = get(hevc, entry.init), get(hevc, entry.uri)
        assert init.headers["footage-derived"] == media.headers["footage-derived"] == PROFILE
        assert media.headers["footage-start"] == str(segment.interval.start)
        assert media.headers["cache-control"] == "no-store"
        film = walk(io.BytesIO(init.content + media.content))
        original = walk(io.BytesIO(hevc.parts.store.get(segment.key)))
        assert film.media.codec == "avc1"
        assert film.start_pts_ticks == original.start_pts_ticks
        # Decoding begins with the sound, but where nothing is played right before.
        assert film.first_dts_ticks <= film.start_pts_ticks
        if entry is found.entries[0]:
            assert film.first_dts_ticks == film.start_pts_ticks
        assert film.media.timescale == original.media.timescale
        assert film.media.duration_ticks == entry.seconds * film.media.timescale
        stored_alone = hevc.parts.store.get(segment.key)
        assert pictures(init.content + media.content) == pictures(stored_alone) > 3 * FPS


def test_the_footage_itself_is_given_out_unless_a_proxy_is_asked_for(hevc: ApiCity) -> None:
    (segment, *_) = hevc.segments(CAMERA)
    get(hevc, of_segment(segment, "proxy.m4s"))
    answer = get(hevc, of_segment(segment, "media.m4s"))
    stored = hevc.parts.store.get(segment.key)
    for one in walk(io.BytesIO(stored)).samples:
        assert stored[one.offset : one.offset + one.length] in answer.content
    assert "footage-derived" not in answer.headers
    plain = playlist(hevc, view="original")
    assert plain.streams[0]["X-CODEC"] == "hvc1"
    assert "X-DERIVED" not in plain.streams[0]


def test_every_view_of_a_proxy_is_entered_as_derived(hevc: ApiCity) -> None:
    entry = playlist(hevc, case="FIR 1", purpose="theft").entries[0]
    assert "purpose=theft" in entry.uri
    get(hevc, entry.init)  # shows no picture: not entered
    part = get(hevc, entry.uri, Range="bytes=10-109")
    assert (part.status_code, len(part.content)) == (206, 100)
    opened, _, intent, outcome = hevc.entries()
    assert opened.what["derived"] == intent.what["derived"] == PROFILE
    assert intent.what["viewing"] == opened.number
    assert (intent.action, intent.case) == (Action.VIEW, "FIR 1")
    assert outcome.what["result"]["bytes"] == 100  # type: ignore[index]
    assert outcome.what["ok"] is True


def test_an_address_changed_is_refused(hevc: ApiCity) -> None:
    first, *_ = playlist(hevc, case="FIR 1").entries
    later = playlist(hevc, case="FIR 1", **{"from": str(at(5))}).entries[0]
    other = first.uri.partition("?")[0] + "?" + later.uri.partition("?")[2]
    assert get(hevc, other).status_code == 403
    assert get(hevc, first.uri.replace("FIR+1", "FIR+2")).status_code == 403


def test_a_page_is_told_whether_its_browser_plays_a_stream(hevc: ApiCity) -> None:
    window = {"from": str(at(-10)), "to": str(at(60))}
    told = hevc.client.get(f"/api/v1/cameras/{CAMERA}/streams", params=window).json()
    (stream,) = told["streams"]
    assert (stream["codec"], stream["segments"]) == ("hvc1", 4)
    assert stream["codecs"].startswith("hvc1.1.6.L")
    assert stream["codecs"].endswith(",mp4a.40.2")
    assert stream["browser_plays"] == "some"
    assert (stream["start"], stream["end"]) == (str(at(0)), str(at(28)))
    plain = hevc.client.get("/api/v1/cameras/camera-1/streams", params=window).json()
    assert [one["browser_plays"] for one in plain["streams"]] == ["yes"]
    assert hevc.client.get("/api/v1/cameras/camera-3/streams", params=window).status_code == 404
    assert not hevc.entries()  # shows no footage


def test_progress_is_told(hevc: ApiCity) -> None:
    window = {"from": str(at(0)), "to": str(at(60))}
    before = hevc.client.get(PROGRESS, params=window).json()
    assert (before["segments"], before["ready"], before["profile"]) == (4, 0, PROFILE)
    # The camera sent the same twice: two segments share a proxy.
    for segment in hevc.segments(CAMERA)[:1]:
        assert get(hevc, of_segment(segment, "proxy-init.mp4")).status_code == 200
    after = hevc.client.get(PROGRESS, params=window).json()
    assert (after["ready"], after["running"], after["waiting"]) == (2, 0, 0)
    none = {"from": str(at(100)), "to": str(at(200))}
    assert hevc.client.get(PROGRESS, params=none).status_code == 404
    long = {"from": str(at(0)), "to": str(at(100_000))}
    assert hevc.client.get(PROGRESS, params=long).status_code == 422


def test_what_is_kept_is_given_again_and_made_again_when_altered(hevc: ApiCity) -> None:
    uri = of_segment(hevc.segments(CAMERA)[0], "proxy.m4s")
    first = get(hevc, uri)
    assert get(hevc, uri).content == first.content
    outcomes = hevc.services.proxies.counted().outcomes
    assert (outcomes["made"], outcomes["kept"]) == (1, 1)
    (kept,) = [one for one in (hevc.parts.home / "derived" / "files").rglob("*") if one.is_file()]
    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    assert get(hevc, uri).content == first.content
    assert hevc.services.proxies.counted().outcomes["made"] == 2


def test_the_proxy_of_a_deleted_segment_is_gone(hevc: ApiCity) -> None:
    first, second, *_ = hevc.segments(CAMERA)
    for one in (first, second):
        assert get(hevc, of_segment(one, "proxy.m4s")).status_code == 200
    assert hevc.services.derived.segments() == [first.key, second.key]
    why = "policy 'streets': keep 30d"
    hevc.parts.catalogue.add_gaps([a_gap(CAMERA, first.interval, GapReason.EXPIRED, why)])
    hevc.parts.catalogue.remove_segments([first.key])
    for name in ("proxy.m4s", "proxy-init.mp4"):  # even before the file goes, nobody is given it
        answer = get(hevc, of_segment(first, name))
        assert answer.status_code == 410
        assert why in answer.json()["detail"]
    assert hevc.entries()[-1].what["ok"] is False


def test_a_segment_whose_object_is_gone_is_gone(hevc: ApiCity) -> None:
    """While a purge is under way: the object goes before the row."""
    (segment, *_) = hevc.segments(CAMERA)
    why = "policy 'streets': keep 30d"
    hevc.parts.catalogue.add_gaps([a_gap(CAMERA, segment.interval, GapReason.EXPIRED, why)])
    hevc.parts.store.delete([segment.key])
    answer = get(hevc, of_segment(segment, "proxy.m4s"))
    assert (answer.status_code, why in answer.text) == (410, True)


def test_no_proxy_is_given_beyond_the_reach(hevc: ApiCity) -> None:
    (segment, *_) = hevc.segments(CAMERA)
    get(hevc, of_segment(segment, "proxy.m4s"))  # kept now
    elsewhere = Grant(Role.INVESTIGATOR, sites=frozenset([site_id("site-2")]))
    names = ("proxy.m4s", "proxy-init.mp4")
    hevc.parts.register.add_districts([a_district("district-2")])
    hevc.parts.register.add_sites([a_site("site-2", district="district-2")])
    with hevc.client_of("elsewhere", elsewhere) as person:
        for name in names:
            assert person.get(of_segment(segment, name)).status_code == 403
        assert person.get(PROGRESS, params=WHOLE).status_code == 403
        assert person.get(url()).status_code == 403
    with hevc.client_of("admin", Grant(Role.STORAGE_ADMIN)) as person:
        for name in names:
            assert person.get(of_segment(segment, name)).status_code == 403
    with httpx.Client(base_url=hevc.client.base_url, verify=PLAIN) as bare:
        for name in names:
            assert bare.get(of_segment(segment, name)).status_code == 401


def test_nothing_is_made_where_the_act_cannot_be_entered(hevc: ApiCity) -> None:
    (segment, *_) = hevc.segments(CAMERA)
    hevc.break_custody()
    assert get(hevc, of_segment(segment, "proxy.m4s")).status_code == 409
    assert hevc.services.proxies.counted().outcomes["made"] == 0


def test_a_segment_that_never_was_is_404(hevc: ApiCity) -> None:
    key = "site-1/2026-11-22/camera-1/15/59-00.000Z.0.mp4"
    for name in ("proxy.m4s", "proxy-init.mp4"):
        assert hevc.client.get(f"/api/v1/segments/{key}/{name}").status_code == 404


def stall_ffmpeg(city: ApiCity) -> None:
    """Put a program in the place of FFmpeg that never ends by itself."""
    folder = city.parts.home / "tools"
    folder.mkdir()
    slow = folder / "ffmpeg"
    slow.write_text("#!/bin/sh\nexec sleep 1000\n")
    slow.chmod(0o700)
    city.parts.ffmpeg = city.parts.ffmpeg.__class__(slow, "9.0")


def test_a_client_that_goes_ends_ffmpeg(hevc: ApiCity) -> None:
    """FFmpeg is stopped here, so that the proxy never becomes ready."""
    (segment, *_) = hevc.segments(CAMERA)
    stall_ffmpeg(hevc)
    proxies, before = hevc.services.proxies, family(os.getpid())
    host, port = hevc.client.base_url.host, hevc.client.base_url.port
    with socket.create_connection((host, port)) as line:
        token = hevc.client.headers["authorization"]
        ask = f"GET {of_segment(segment, 'proxy.m4s')} HTTP/1.1\r\nHost: {host}\r\n"
        line.sendall(f"{ask}Authorization: {token}\r\n\r\n".encode())
        until(lambda: proxies.under_way([segment]) == (1, 0))
        until(lambda: len(family(os.getpid())) > len(before))
    until(lambda: proxies.counted().outcomes["abandoned"] == 1)
    until(lambda: family(os.getpid()) <= before)
    until(lambda: "ok" in hevc.entries()[-1].what)
    outcome = hevc.entries()[-1].what
    assert outcome["ok"] is False


def film(city: ApiCity, start_s: float, end_s: float, **headers: str) -> httpx.Response:
    asked = {"from": str(at(start_s)), "to": str(at(end_s)), "view": "proxy"}
    return city.client.get(f"/api/v1/cameras/{CAMERA}/video", params=asked, headers=headers)


def test_an_interval_is_one_film_of_h264(hevc: ApiCity) -> None:
    answer = film(hevc, 0, 8)
    assert answer.status_code == 200, answer.text
    assert answer.headers["footage-derived"] == PROFILE
    told = walk(io.BytesIO(answer.content))
    stored = [hevc.parts.store.get(one.key) for one in hevc.segments(CAMERA)[:2]]
    assert told.media.codec == "avc1"
    assert told.start_pts_ticks == walk(io.BytesIO(stored[0])).start_pts_ticks
    assert pictures(answer.content) == sum(map(pictures, stored)) > 7 * FPS
    before = hevc.services.proxies.counted().outcomes["kept"]
    part = film(hevc, 0, 8, Range="bytes=100-5099", **{"If-Range": answer.headers["etag"]})
    assert (part.status_code, part.content) == (206, answer.content[100:5100])
    # Both proxies are read for the layout, and the proxy of the range for the bytes.
    assert hevc.services.proxies.counted().outcomes["kept"] - before == 3
    intent, outcome = hevc.entries()[:2]
    assert (intent.action, intent.what["derived"]) == (Action.VIEW, PROFILE)
    assert outcome.what["result"]["bytes"] == len(answer.content)  # type: ignore[index]


def test_a_film_of_proxies_is_of_one_span_within_its_bounds(hevc: ApiCity) -> None:
    crossing = film(hevc, 0, 60)
    assert (crossing.status_code, len(crossing.json()["spans"])) == (409, 2)
    assert film(hevc, 0, 901).status_code == 422
    assert hevc.services.proxies.counted().outcomes["made"] == 0


def test_proxies_are_made_beforehand_as_a_job(hevc: ApiCity) -> None:
    window = {"from": str(at(-10)), "to": str(at(60))}
    with hevc.parts.job_runner().running():
        answer = hevc.client.post(PROGRESS, json=window)
        assert answer.status_code == 202, answer.text
        job = answer.headers["Location"]
        assert answer.json()["request"]["segments"] == answer.json()["total"] == 4
        until(lambda: hevc.client.get(job).json()["state"] not in {"queued", "running"})
    told = hevc.client.get(job).json()
    assert told["result"] == {"ready": 4, "refused": 0}
    assert told["done"] == told["total"] == 4
    progress = hevc.client.get(PROGRESS, params=window).json()
    assert progress["ready"] == progress["segments"] == 4
    assert not hevc.entries()  # nothing was shown


def test_a_job_of_proxies_is_asked_for_within_reach_and_bounds(hevc: ApiCity) -> None:
    long = {"from": str(at(0)), "to": str(at(3_601))}
    assert hevc.client.post(PROGRESS, json=long).status_code == 422
    none = {"from": str(at(100)), "to": str(at(200))}
    assert hevc.client.post(PROGRESS, json=none).status_code == 404
    hevc.parts.register.add_districts([a_district("district-2")])
    hevc.parts.register.add_sites([a_site("site-2", district="district-2")])
    elsewhere = Grant(Role.INVESTIGATOR, sites=frozenset([site_id("site-2")]))
    with hevc.client_of("elsewhere", elsewhere) as person:
        assert person.post(PROGRESS, json=WHOLE).status_code == 403
        assert (
            person.get(
                f"/api/v1/cameras/{CAMERA}/video", params={**WHOLE, "view": "proxy"}
            ).status_code
            == 403
        )


def test_a_cancelled_job_abandons_the_proxy_under_way(hevc: ApiCity) -> None:
    stall_ffmpeg(hevc)
    with hevc.parts.job_runner().running():
        answer = hevc.client.post(PROGRESS, json={"from": str(at(0)), "to": str(at(60))})
        job = answer.headers["Location"]
        until(lambda: hevc.services.proxies.counted().running == 1)
        assert hevc.client.delete(job).status_code == 202
        until(lambda: hevc.client.get(job).json()["state"] == "cancelled")
        until(lambda: hevc.services.proxies.counted().outcomes["abandoned"] == 1)
