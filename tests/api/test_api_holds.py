"""Holds over HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from footage.access import Grant, Role
from footage.action import Action
from footage.digest import Digest
from footage.errors import Unavailable
from footage.instant import Interval
from footage.originals import Original, key_for, to_metadata
from tests.common.api_city import WHOLE, ApiCity
from tests.common.builders import at

if TYPE_CHECKING:
    from pathlib import Path

    import httpx
    import pytest

    from footage.ports import Leases

ORDER = {"authority": "Sessions Court, order 14/2026", "reason": "FIR 12/2026", **WHOLE}
URL = "/api/v1/holds"


def _place(city: ApiCity, *cameras: str, **other: object) -> httpx.Response:
    return city.client.post(URL, json={**ORDER, "cameras": list(cameras), **other})


def test_a_hold_protects_and_a_release_frees(city: ApiCity) -> None:
    answer = _place(city, "camera-1", case="FIR 12/2026", purpose="theft")
    assert answer.status_code == 201
    placed = answer.json()
    assert (placed["segments"], placed["strength"]) == (6, "ours")
    assert (placed["marks_pending"], placed["strength_seen"]) == ("", str(at(600)))
    assert placed["bytes"] == sum(segment.size_bytes for segment in city.segments())
    assert all(city.parts.store.is_held(segment.key) for segment in city.segments())
    assert [h["hold"] for h in city.client.get(URL).json()["holds"]] == [placed["hold"]]

    again = f"{URL}/{placed['hold']}/release"
    released = city.client.post(again, json={"reason": "case closed"}).json()
    assert (released["segments"], released["still_held"]) == (6, 0)
    assert released["marks_pending"] == ""
    assert released["released_at"] is not None
    assert not any(city.parts.store.is_held(segment.key) for segment in city.segments())
    assert city.client.get(URL).json()["holds"] == []
    assert len(city.client.get(URL, params={"released": True}).json()["holds"]) == 1
    assert city.client.post(again, json={"reason": "case closed"}).status_code == 409
    actions = [entry.action for entry in city.entries()]
    assert actions[:4] == [Action.HOLD, Action.HOLD, Action.RELEASE, Action.RELEASE]


def test_a_hold_counts_the_original_files_it_keeps(city: ApiCity, tmp_path: Path) -> None:
    assert _place(city, "camera-1").json()["originals"] == 0
    first, *_, last = city.segments()
    key = key_for(first.camera, first.run)
    assert key is not None
    film = tmp_path / "film.mp4"
    film.write_bytes(b"the whole film")
    whole = Interval(first.interval.start, last.interval.end)
    original = Original(key, first.camera, whole, Digest.of(b"the whole film"), 14, film.name)
    city.parts.store.put(key, film, original.digest, to_metadata(original))
    placed = _place(city, "camera-1").json()
    assert (placed["originals"], placed["original_bytes"]) == (1, 14)
    assert city.parts.store.is_held(key)


def test_a_key_places_one_hold(city: ApiCity) -> None:
    def placed(key: str = "key-1", **other: object) -> httpx.Response:
        body = {**ORDER, "cameras": ["camera-1"], **other}
        return city.client.post(URL, json=body, headers={"Idempotency-Key": key})

    first, again = placed(), placed()
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert placed(reason="another").status_code == 409
    assert placed(to=str(at(20))).status_code == 409
    assert placed("key-2").json()["hold"] != first.json()["hold"]
    with city.client_of("sadia", Grant(Role.COURT_LIAISON)) as sadia:
        body = {**ORDER, "cameras": ["camera-1"]}
        other = sadia.post(URL, json=body, headers={"Idempotency-Key": "key-1"})
        assert other.status_code == 201
    assert len(city.client.get(URL).json()["holds"]) == 3
    city.client.post(f"{URL}/{first.json()['hold']}/release", json={"reason": "closed"})
    refused = placed()
    assert (refused.status_code, "released" in refused.text) == (409, True)


def test_a_hold_says_what_had_expired(city: ApiCity) -> None:
    placed = _place(city, "camera-3").json()
    assert placed["segments"] == 0
    assert [gap["reason"] for gap in placed["already_gone"]] == ["expired"]


def test_a_hold_over_nothing_says_whether_footage_is_to_be_expected(city: ApiCity) -> None:
    placed = _place(city, "camera-1", "camera-3", to=str(at(99_000))).json()
    (camera,) = placed["nothing_stored"]
    assert camera == "camera-3"
    assert placed["nothing_stored"][camera] == (
        "no footage of this camera is stored; no recorder records this camera now"
    )


def test_a_hold_stands_where_nobody_can_say_what_to_expect(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> Leases:
        raise Unavailable("the leases do not answer")

    told = replace(city.parts.expectations, leases=away)
    monkeypatch.setattr(city.parts, "expectations", told)
    answer = _place(city, "camera-3")
    assert (answer.status_code, answer.json()["nothing_stored"]) == (201, None)


def test_a_hold_needs_cameras_that_exist_and_reasons(city: ApiCity) -> None:
    for wrong in (
        _place(city),
        _place(city, "camera-9"),
        _place(city, "../camera"),
        _place(city, "camera-1", reason=" "),
        _place(city, "camera-1", to=WHOLE["from"]),
        _place(city, "camera-1", until="1 d"),
    ):
        assert wrong.status_code == 422
    assert city.client.post(f"{URL}/hold-1/release", json={"reason": "x"}).status_code == 404
    assert city.entries() == []
    assert city.client.get(URL).json()["holds"] == []


def test_no_hold_without_an_entry(city: ApiCity) -> None:
    city.break_custody()
    assert _place(city, "camera-1").is_error
    assert city.client.get(URL).json()["holds"] == []
