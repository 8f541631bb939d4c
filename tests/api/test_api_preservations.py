"""Orders on paper over HTTP."""

from __future__ import annotations

import json
from base64 import b64decode
from typing import TYPE_CHECKING

from footage.action import Action
from footage.digest import Digest
from footage.errors import Misconfigured
from tests.common.api_city import WHOLE, ApiCity
from tests.common.builders import at

if TYPE_CHECKING:
    import httpx
    import pytest

URL = "/api/v1/preservations"
ENDINGS = (".json", ".pdf", ".ur.pdf")
ORDER = {
    "case": "FIR 12/2026",
    "authority": "Sessions Court",
    "order": "14/2026",
    "purpose": "theft",
    "given": str(at(500)),
    "document": {"name": "order.pdf", "size": 3, "sha256": str(Digest.of(b"pdf"))},
    **WHOLE,
}


def _preserve(city: ApiCity, *cameras: str, **other: object) -> httpx.Response:
    return city.client.post(URL, json={**ORDER, "cameras": list(cameras), **other})


def test_an_order_is_held_once(city: ApiCity) -> None:
    answer = _preserve(city, "camera-1")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["state"], told["segments"]) == ("placed now", 6)
    assert told["seconds"]["order_to_hold"] == 100.0
    assert all(city.parts.store.is_held(segment.key) for segment in city.segments())
    again = _preserve(city, "camera-1", reason="typed again")
    assert again.status_code == 200
    assert again.json()["hold"] == told["hold"]
    (hold,) = city.client.get("/api/v1/holds").json()["holds"]
    assert hold["order"]["reference"] == "14/2026"
    assert [entry.action for entry in city.entries()][:4] == [Action.HOLD] * 4


def test_an_order_says_what_is_missing_and_why(city: ApiCity) -> None:
    told = _preserve(city, "camera-2", "camera-3").json()
    by_camera = {one["camera"]: one for one in told["cameras"]}
    assert [one["reason"] for one in by_camera["camera-2"]["missing"]] == ["camera_lost"]
    assert [one["reason"] for one in by_camera["camera-3"]["missing"]] == ["expired"]


def test_neighbours_are_held_when_asked(city: ApiCity) -> None:
    named = _preserve(city, "camera-1").json()
    assert {one["held"] for one in named["neighbours"]} == {False}
    asked = _preserve(city, "camera-1", with_neighbours=50).json()
    assert asked["neighbours_hold"]["cameras"] == ["camera-2", "camera-3"]


def test_the_receipt_comes_as_files_when_asked_for(city: ApiCity) -> None:
    assert _preserve(city, "camera-1").json()["files"] == []
    body = {**ORDER, "cameras": ["camera-1"]}
    told = city.client.post(URL, params={"files": True}, json=body).json()
    name = f"receipt-{told['hold']}"
    assert [one["name"] for one in told["files"]] == [f"{name}{end}" for end in ENDINGS]
    data, *papers = (b64decode(one["base64"]) for one in told["files"])
    kept = {key: value for key, value in told.items() if key not in {"files", "no_files"}}
    assert json.loads(data) == kept
    assert all(paper.startswith(b"%PDF") for paper in papers)
    assert told["no_files"] == ""


def test_a_hold_stands_where_no_paper_can_be_made(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def damaged(*_: object) -> bytes:
        raise Misconfigured("a template is missing")

    monkeypatch.setattr(city.services.documents(), "pdf", damaged)
    body = {**ORDER, "cameras": ["camera-1"]}
    answer = city.client.post(URL, params={"files": True}, json=body)
    assert answer.status_code == 201
    assert [one["name"].rpartition(".")[2] for one in answer.json()["files"]] == ["json"]
    assert answer.json()["no_files"] == "a template is missing"


def test_a_released_order_is_a_conflict(city: ApiCity) -> None:
    hold = _preserve(city, "camera-1").json()["hold"]
    city.client.post(f"/api/v1/holds/{hold}/release", json={"reason": "withdrawn"})
    assert _preserve(city, "camera-1").status_code == 409


def test_an_order_of_no_number_is_refused(city: ApiCity) -> None:
    assert _preserve(city, "camera-1", order="").status_code == 422
    assert _preserve(city, "camera-1", given=str(at(99_000))).status_code in {400, 422}
    assert city.client.get("/api/v1/holds").json()["holds"] == []
