"""Thumbnails near an instant, and sheets of sprites of an interval."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest
from PIL import Image

from api import sprite_sheet
from footage.access import Grant, Role
from footage.action import Action, Purpose
from footage.errors import Unavailable
from footage.instant import DAY, Elapsed, Instant
from tests.common.builders import at
from tests.common.tiny_films import GOP_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tests.common.api_city import ApiCity

THUMBNAIL = "/api/v1/cameras/{}/thumbnail"
SPRITES = "/api/v1/cameras/{}/sprites"
FOR = {"case": "FIR 12/2026 & more", "purpose": "theft"}
EMPTY = (226, 228, 232)


def _between(start_s: float, end_s: float) -> dict[str, str]:
    return {"from": str(at(start_s)), "to": str(at(end_s))}


def _index(city: ApiCity, camera: str, window: dict[str, str], **more: str) -> dict[str, Any]:
    answer = city.client.get(SPRITES.format(camera), params={**window, **more})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def _sheet(city: ApiCity, camera: str, index: dict[str, Any]) -> httpx.Response:
    url = city.client.base_url.join(SPRITES.format(camera)).join(index["sheet"])
    return city.client.get(url)


def _pixels(answer: httpx.Response) -> NDArray[np.float64]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.headers["cache-control"] == "no-store"
    return np.asarray(Image.open(io.BytesIO(answer.content)).convert("RGB"), dtype=np.float64)


def _tile(pixels: NDArray[np.float64], index: dict[str, Any], number: int) -> NDArray[np.float64]:
    tile = index["tiles"][number]
    x, y = tile["x"], tile["y"]
    return pixels[y : y + index["tile_height"], x : x + index["tile_width"]]


# ------------------------------------------------------------------------ thumbnails


def test_a_thumbnail_is_the_nearest_keyframe_and_a_view(city: ApiCity) -> None:
    asked = {"at": str(at(9.2)), **FOR}
    answer = city.client.get(THUMBNAIL.format("camera-1"), params=asked)
    assert _pixels(answer).shape == (180, 320, 3)
    assert answer.headers["footage-instant"] == str(at(10))
    assert float(answer.headers["footage-uncertainty"]) >= 0
    intent, outcome = city.entries()
    assert (intent.action, intent.case) == (Action.VIEW, FOR["case"])
    moment = {"start": str(at(9.2)), "end": str(at(9.2) + Elapsed(1))}
    assert intent.what == {"camera": "camera-1", **moment, "thumbnail": True}
    segment = next(s for s in city.segments() if at(9.2) in s.interval)
    assert outcome.what["result"] == {
        "segment": segment.key,
        "instant": str(at(10)),
        "bytes": len(answer.content),
    }
    key, offset = answer.headers["footage-keyframe"].rsplit("#", 1)
    assert key == segment.key
    keyframe = city.client.get(f"/api/v1/keyframes/{key}", params={"offset": offset})
    assert np.abs(_pixels(keyframe) - _pixels(answer)).mean() < 2


def test_widths_are_chosen_from_a_few_and_never_scaled_up(city: ApiCity) -> None:
    for width, size in (("160", (90, 160)), ("320", (180, 320)), ("640", (180, 320))):
        asked = {"at": str(at(1)), "width": width}
        answer = city.client.get(THUMBNAIL.format("camera-1"), params=asked)
        assert _pixels(answer).shape[:2] == size
    asked = {"at": str(at(1)), "width": "161"}
    assert city.client.get(THUMBNAIL.format("camera-1"), params=asked).status_code == 422


def test_a_thumbnail_in_a_gap_tells_the_reason(city: ApiCity) -> None:
    for camera, reason in (("camera-2", "camera_lost"), ("camera-3", "expired policy 'streets'")):
        told = city.client.get(THUMBNAIL.format(camera), params={"at": str(at(10))})
        assert (told.status_code, reason in told.json()["detail"]) == (404, True)


def test_a_picture_asked_for_again_is_kept_until_its_segment_goes(city: ApiCity) -> None:
    """And is entered each time (invariant 7)."""
    url, asked = THUMBNAIL.format("camera-1"), {"at": str(at(1))}
    first = city.client.get(url, params=asked)
    segment = city.segments()[0]
    objects = city.parts.home / "store" / "objects"
    objects.rename(objects.with_name("away"))
    again = city.client.get(url, params=asked)
    assert again.content == first.content
    assert [entry.what.get("ok") for entry in city.entries()][1::2] == [True, True]
    objects.with_name("away").rename(objects)
    assert city.services.derived.segments() == [segment.key]
    city.services.derived.discard([segment.key])
    city.parts.catalogue.remove_segments([segment.key])
    assert city.client.get(url, params=asked).status_code in {404, 500}
    assert city.services.derived.segments() == []


def test_without_the_keeping_pictures_are_made_all_the_same(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise Unavailable("the disk is away")

    for name in ("get", "put"):
        monkeypatch.setattr(type(city.services.derived), name, broken)
    with caplog.at_level(logging.WARNING, "api.kept"):
        answer = city.client.get(THUMBNAIL.format("camera-1"), params={"at": str(at(1))})
    assert answer.status_code == 200
    assert {record.message for record in caplog.records if record.name == "api.kept"} == {
        "a derived file cannot be read: the disk is away",
        "a derived file cannot be kept: the disk is away",
    }


# ------------------------------------------------------------------------ sprites


def test_a_sheet_shows_what_its_index_says(city: ApiCity) -> None:
    """A red thing crosses camera-1 in seconds 8 to 16: to be seen in those tiles alone."""
    index = _index(city, "camera-1", _between(0, 24), tiles="12")
    assert city.entries() == []  # an index shows no picture
    pixels = _pixels(_sheet(city, "camera-1", index))
    assert pixels.shape == (2 * 90, 10 * 160, 3)
    for number, tile in enumerate(index["tiles"]):
        assert (tile["start"], tile["end"]) == (str(at(2 * number)), str(at(2 * number + 2)))
        shown = Instant.parse(tile["instant"])
        assert abs((shown - at(2 * number + 1)).us) <= GOP_S * 500_000
        road = _tile(pixels, index, number)[48:]
        red = ((road[..., 0] > 160) & (road[..., 1] < 90)).sum()
        assert bool(red > 50) is (at(8) <= shown <= at(16)), (number, tile, red)


def test_slots_without_footage_are_empty_and_said_to_be(city: ApiCity) -> None:
    index = _index(city, "camera-2", _between(-4, 32), tiles="9", width="96")
    instants = [tile["instant"] is not None for tile in index["tiles"]]
    assert instants == [False, True, True, False, False, False, True, True, False]
    gaps = [tile["gaps"] for tile in index["tiles"]]
    lost = ["camera_lost"]
    assert gaps == [["not_scheduled"], [], [], lost, lost, lost, [], [], ["unknown"]]
    pixels = _pixels(_sheet(city, "camera-2", index))
    assert pixels.shape == (54, 9 * 96, 3)
    for number, shown in enumerate(instants):
        inside = _tile(pixels, index, number)[8:-8, 8:-8]
        assert np.allclose(inside, EMPTY, atol=3) is not shown


def test_an_index_in_webvtt_lies_in_the_time_of_play(city: ApiCity) -> None:
    """camera-2 was lost from second 8 to 20: play goes on from one to the other."""
    window, asked = _between(-4, 32), {"tiles": "9", "width": "96"}
    index = _index(city, "camera-2", window, **asked)
    answer = city.client.get(SPRITES.format("camera-2") + ".vtt", params={**window, **asked})
    assert answer.headers["content-type"].startswith("text/vtt")
    assert city.entries() == []
    head, *cues = answer.text.strip().split("\n\n")
    assert head == "WEBVTT"
    times = [cue.split("\n")[0] for cue in cues]
    assert times == [
        f"00:00:{start:02}.000 --> 00:00:{start + 4:02}.000" for start in (0, 4, 8, 12)
    ]
    shown = [tile for tile in index["tiles"] if tile["instant"] is not None]
    assert [cue.split("\n")[1] for cue in cues] == [
        f"{index['sheet']}#xywh={tile['x']},{tile['y']},96,54" for tile in shown
    ]


def test_a_sheet_is_one_view_of_its_interval(city: ApiCity) -> None:
    window = _between(0, 24)
    index = _index(city, "camera-1", window, tiles="100", **FOR)
    answer = _sheet(city, "camera-1", index)
    assert "footage-unreadable" not in answer.headers
    intent, outcome = city.entries()
    assert (intent.action, intent.case, intent.code) == (Action.VIEW, FOR["case"], FOR["purpose"])
    shown = {"camera": "camera-1", "start": window["from"], "end": window["to"]}
    assert intent.what == {**shown, "sprites": 100}
    result = {"pictures": 24 // GOP_S, "unreadable": 0, "bytes": len(answer.content)}
    assert outcome.what["result"] == result
    assert _sheet(city, "camera-1", index).content == answer.content
    assert len(city.entries()) == 4


def test_a_sheet_is_not_given_under_the_index_of_other_footage(city: ApiCity) -> None:
    index = _index(city, "camera-1", _between(0, 24))
    assert _sheet(city, "camera-1", index).status_code == 200
    city.services.derived.discard([city.segments()[1].key])
    city.parts.catalogue.remove_segments([city.segments()[1].key])
    told = _sheet(city, "camera-1", index)
    assert (told.status_code, "index again" in told.json()["detail"]) == (409, True)
    assert city.entries()[-1].what["ok"] is False
    asked = {**_between(0, 24), "plan": "0" * 31}
    assert city.client.get(SPRITES.format("camera-1") + ".jpg", params=asked).status_code == 422


def test_a_picture_that_cannot_be_decoded_is_crossed_out_and_told_each_time(city: ApiCity) -> None:
    index = _index(city, "camera-1", _between(0, 24), tiles="6")
    segment = city.segments()[1]
    path = city.parts.home / "store" / "objects" / segment.key
    data = bytearray(path.read_bytes())
    for row in city.parts.catalogue.keyframes([segment.camera], segment.interval):
        data[row.offset + 40 : row.offset + row.length] = bytes(row.length - 40)
    path.write_bytes(data)
    for _ in range(2):
        answer = _sheet(city, "camera-1", index)
        assert answer.headers["footage-unreadable"] == "1"
        crossed = _tile(_pixels(answer), index, 1)
        assert crossed.mean() < 80
        assert crossed[44:47, 79:82, 0].mean() > 120
        result = city.entries()[-1].what["result"]
        assert isinstance(result, dict)
        assert result["unreadable"] == 1


def test_a_sheet_that_takes_too_long_is_refused(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = _index(city, "camera-1", _between(0, 24))
    monkeypatch.setattr(sprite_sheet, "WITHIN", Elapsed(-1))
    told = _sheet(city, "camera-1", index)
    assert (told.status_code, "fewer tiles" in told.json()["detail"]) == (503, True)


@pytest.mark.parametrize(
    ("window", "more"),
    [
        pytest.param(_between(0, 86_401), {}, id="more than a day"),
        pytest.param(_between(0, 24), {"tiles": "101"}, id="too many tiles"),
        pytest.param(_between(0, 24), {"tiles": "0"}, id="no tile"),
        pytest.param(_between(0, 24), {"width": "1000"}, id="large tiles"),
    ],
)
def test_a_sheet_is_bounded(city: ApiCity, window: dict[str, str], more: dict[str, str]) -> None:
    told = city.client.get(SPRITES.format("camera-1"), params={**window, **more})
    assert told.status_code == 422


def test_small_pictures_out_of_reach_are_refused_and_the_refusal_is_entered(city: ApiCity) -> None:
    index = _index(city, "camera-1", _between(4, 9))
    grant = Grant(Role.INVESTIGATOR, recorded_from=at(4), recorded_until=at(8))
    with city.client_of("guest", grant) as guest:
        for second, status in ((5, 200), (3, 403), (8, 403)):
            asked = {"at": str(at(second))}
            assert guest.get(THUMBNAIL.format("camera-1"), params=asked).status_code == status
        for window, status in ((_between(4, 8), 200), (_between(4, 9), 403)):
            answer = guest.get(SPRITES.format("camera-1"), params=window)
            assert answer.status_code == status
        url = city.client.base_url.join(SPRITES.format("camera-1")).join(index["sheet"])
        assert guest.get(url).status_code == 403
        assert httpx.get(url).status_code == 401
    done = [entry.what.get("ok") for entry in city.entries()][1::2]
    assert done == [True, False, False, False]


def test_a_purge_takes_the_pictures_of_what_it_deletes_along(city: ApiCity) -> None:
    index = _index(city, "camera-2", _between(0, 28), tiles="7")
    assert _sheet(city, "camera-2", index).status_code == 200
    asked = {"at": str(at(21))}
    assert city.client.get(THUMBNAIL.format("camera-2"), params=asked).status_code == 200
    assert len(city.services.derived.segments()) == len(city.segments("camera-2"))
    city.parts.policy_path.write_text('[[policy]]\nname = "streets"\nkeep = "1d"\n')
    city.simulated.sleep(DAY * 2)
    policies = city.parts.policies()
    assert policies
    plan, _ = city.parts.retention.plan(policies)
    city.parts.purge.apply(plan, policies, Purpose("omar"))
    assert city.segments("camera-2") == []
    assert city.services.derived.segments() == []
    assert city.services.derived.size_bytes == 0
    assert city.client.get(THUMBNAIL.format("camera-2"), params=asked).status_code == 404
    assert _sheet(city, "camera-2", index).status_code == 404


def test_without_custody_no_small_picture_leaves(city: ApiCity) -> None:
    index = _index(city, "camera-1", _between(0, 24))
    city.break_custody()
    asked = {"at": str(at(1))}
    for answer in (
        city.client.get(THUMBNAIL.format("camera-1"), params=asked),
        _sheet(city, "camera-1", index),
    ):
        assert answer.is_error
        assert answer.headers["content-type"] == "application/problem+json"
