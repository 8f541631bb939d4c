"""Searching, and the pictures of what was found."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from footage.action import Action, Phase
from footage.digest import Digest
from footage.instant import Instant, Interval
from tests.common.api_city import WHOLE, ApiCity, a_picture, parts_of, serving
from tests.common.builders import during

if TYPE_CHECKING:
    from pathlib import Path

    import httpx


def _search(city: ApiCity, **asked: object) -> httpx.Response:
    return city.client.post("/api/v1/search", json={"text": "red", **WHOLE, **asked})


def _picture(city: ApiCity, thumbnail: str) -> httpx.Response:
    segment, _, offset = thumbnail.rpartition("#")
    return city.client.get(f"/api/v1/keyframes/{segment}", params={"offset": offset})


def test_what_was_there_is_found_with_its_coverage(city: ApiCity) -> None:
    answer = _search(city, case="FIR 12/2026", purpose="theft").json()
    best = answer["moments"][0]
    seen = Interval(Instant.parse(best["start"]), Instant.parse(best["end"]))
    assert best["camera"] == "camera-1"
    assert seen.overlaps(during(8, 16))
    assert answer["method"] == "exhaustive"
    assert answer["coverage"]["asked_s"] == 72
    assert {m["reason"] for m in answer["coverage"]["missing"]} >= {"camera_lost", "expired"}
    intent, outcome = city.entries()
    assert answer["custody_entry"] == intent.number
    assert (intent.action, intent.case, intent.what["text"]) == (
        Action.SEARCH,
        "FIR 12/2026",
        "red",
    )
    assert outcome.phase is Phase.OUTCOME


def test_a_search_may_name_its_place(city: ApiCity) -> None:
    answer = _search(city, cameras=["camera-2"]).json()
    assert {moment["camera"] for moment in answer["moments"]} <= {"camera-2"}
    assert answer["coverage"]["asked_s"] == 24
    assert _search(city, sites=["site-9"]).status_code == 404
    assert _search(city, near="32.9,70.9,10").status_code == 404


def test_a_search_may_name_its_hours(city: ApiCity) -> None:
    """The recorded time is 15:08 on a Sunday, by the clocks of the sites."""
    everything = _search(city).json()
    evening = _search(city, hours="sun 15:00-16:00").json()
    assert evening["query"]["hours"] == "sun 15:00-16:00"
    assert len(evening["moments"]) == len(everything["moments"]) > 0
    assert evening["coverage"]["windows"] == everything["coverage"]["windows"]
    for none in ("mon", "16:00-15:00", "noon"):
        refused = _search(city, hours=none)
        assert refused.status_code == 422, none
        assert "hours" in refused.json()["detail"]


def test_a_threshold_takes_the_place_of_the_cut_off(city: ApiCity) -> None:
    everything = _search(city, threshold=-1).json()
    assert (everything["cut_off"], everything["below_cut"]) == (-1, 0)
    assert everything["moments"][0]["moment"] == f"{everything['custody_entry']}.1"
    assert _search(city, threshold=1.5).status_code == 422


def test_the_picture_of_a_moment(city: ApiCity) -> None:
    best = _search(city).json()["moments"][0]
    answer = _picture(city, best["thumbnail"])
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.size == (320, 180)
    red, green, blue = np.asarray(picture.crop(_pixels(best["best"]["box"]))).mean(axis=(0, 1))
    assert red > green + 20
    assert red > blue + 20
    intent, outcome = city.entries()[-2:]
    assert (intent.action, intent.what["segment"]) == (Action.VIEW, best["segment"])
    assert outcome.what["result"] == {"bytes": len(answer.content)}


def _pixels(box: dict[str, float]) -> tuple[int, int, int, int]:
    right, bottom = box["x"] + box["w"], box["y"] + box["h"]
    left, top = round(box["x"] * 320), round(box["y"] * 180)
    return left, top, round(right * 320), round(bottom * 180)


def _by_picture(city: ApiCity, data: bytes, **asked: object) -> httpx.Response:
    return city.client.post(
        "/api/v1/search/picture",
        files={"picture": ("car.png", data, "image/png")},
        data={"question": json.dumps({**WHOLE, **asked})},
    )


def test_a_moment_finds_itself_by_its_number_and_by_its_thumbnail(city: ApiCity) -> None:
    best = _search(city).json()["moments"][0]
    by_number = city.client.post("/api/v1/search", json={**WHOLE, "like": best["moment"]}).json()
    by_name = {**WHOLE, "like": best["thumbnail"], "box": best["best"]["box"]}
    for found in (by_number, city.client.post("/api/v1/search", json=by_name).json()):
        first = found["moments"][0]
        assert first["example"] is True
        assert first["best"]["box"] == best["best"]["box"]
        assert first["best"]["score"] > 0.999
        assert {moment["band"] for moment in found["moments"]} == {"unjudged"}
        assert found["cut_off"] == -1
        assert found["query"]["example"]["segment"] == best["segment"]
    assert by_number["query"]["example"]["moment"] == best["moment"]
    whole = city.client.post("/api/v1/search", json={**WHOLE, "like": best["thumbnail"]}).json()
    assert whole["moments"][0]["best"]["box"] == {"x": 0, "y": 0, "w": 1, "h": 1}
    both = _search(city, like=best["moment"], text_weight=0.3).json()
    assert both["query"]["text_weight"] == 0.3


def test_a_picture_sent_finds_what_it_shows_and_is_not_kept(city: ApiCity) -> None:
    best = _search(city).json()["moments"][0]
    picture = _picture(city, best["thumbnail"]).content
    found = _by_picture(city, picture, box=best["best"]["box"], case="FIR 1", purpose="theft")
    assert found.status_code == 200, found.text
    first = found.json()["moments"][0]
    assert (first["camera"], first["example"]) == ("camera-1", False)
    assert first["best"]["score"] > 0.99
    assert found.json()["query"]["example"]["name"] == "car.png"
    intent, outcome = city.entries()[-2:]
    facts = {"sha256": str(Digest.of(picture)), "bytes": len(picture), "box": best["best"]["box"]}
    entered = intent.what["example"]
    assert isinstance(entered, dict)
    assert {name: entered[name] for name in ("sha256", "bytes")} == {
        name: facts[name] for name in ("sha256", "bytes")
    }
    assert (intent.case, intent.action) == ("FIR 1", Action.SEARCH)
    assert outcome.what["ok"] is True
    assert b"car.png" not in (city.parts.home / "custody" / "custody.jsonl").read_bytes()
    weighed = _by_picture(city, a_picture(), text="red", text_weight=1)
    assert weighed.json()["moments"][0]["camera"] == "camera-1"


def test_what_is_no_example_is_refused_before_anything_is_searched(city: ApiCity) -> None:
    image = a_picture()
    for refused in (
        _by_picture(city, b"no picture"),
        _by_picture(city, image[:40]),
        _by_picture(city, image, like="1.1"),
        _by_picture(city, image, box={"x": 0.5}),
        _by_picture(city, image, text_weight=0.5),
        city.client.post("/api/v1/search/picture", files={"picture": ("a", image)}),
        city.client.post("/api/v1/search/picture", data={"question": "{}"}),
        city.client.post(
            "/api/v1/search/picture", files={"picture": ("a", image)}, data={"question": "{"}
        ),
        city.client.post("/api/v1/search", json={**WHOLE}),
        city.client.post("/api/v1/search", json={**WHOLE, "like": "x#1"}),
        city.client.post("/api/v1/search", json={**WHOLE, "text": "red", "box": {"x": 0}}),
        city.client.post("/api/v1/search", json={**WHOLE, "text": "red", "text_weight": 0.1}),
    ):
        assert refused.status_code == 422, refused.text
        assert refused.headers["content-type"] == "application/problem+json"
    missing = city.client.post("/api/v1/search", json={**WHOLE, "like": "999.1"})
    assert missing.status_code == 404
    assert city.entries() == []


def test_a_picture_that_is_not_there_is_entered_as_not_shown(city: ApiCity) -> None:
    segment = city.segments()[0].key
    assert _picture(city, f"{segment}#7").status_code == 404
    assert city.entries()[-1].what["ok"] is False
    assert _picture(city, "nonsense#7").status_code == 422
    assert len(city.entries()) == 2


def test_nothing_is_searched_or_shown_that_cannot_be_entered(city: ApiCity) -> None:
    thumbnail = _search(city).json()["moments"][0]["thumbnail"]
    city.break_custody()
    for answer in (_search(city), _picture(city, thumbnail)):
        assert answer.is_error
        assert answer.headers["content-type"] == "application/problem+json"


def test_without_a_case_nothing_is_shown_where_one_is_required(home: Path) -> None:
    with serving(parts_of(home, require_case=True)) as city:
        refused = _search(city)
        assert refused.status_code == 403
        assert refused.json()["type"].endswith(":case-required")
        allowed = _search(city, case="FIR 12/2026", purpose="theft")
        thumbnail = allowed.json()["moments"][0]["thumbnail"]
        video = "/api/v1/cameras/camera-1/video"
        purpose = {"case": "FIR 12/2026", "purpose": "theft"}
        assert _picture(city, thumbnail).status_code == 403
        assert city.client.get(video, params=WHOLE).status_code == 403
        assert city.client.get(video, params={**WHOLE, **purpose}).status_code == 200
