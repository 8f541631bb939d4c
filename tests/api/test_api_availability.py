"""Recorded seconds over HTTP, by equal parts of a window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from footage.access import Grant, Role
from tests.common.api_city import WHOLE
from tests.common.builders import at

if TYPE_CHECKING:
    import pytest

    from tests.common.api_city import ApiCity

URL = "/api/v1/cameras/{}/availability"


def asked(city: ApiCity, camera: str, **params: str) -> dict[str, Any]:
    answer = city.client.get(URL.format(camera), params={**WHOLE, **params})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_recorded_time_stands_in_its_parts_and_a_gap_in_none(city: ApiCity) -> None:
    told = asked(city, "camera-2", buckets="6")
    assert told["recorded_s"] == [4, 4, 0, 0, 0, 4]
    assert told["unknown_s"] == [0] * 6
    assert (told["start"], told["end"]) == (str(at(0)), str(at(24)))
    assert len(asked(city, "camera-1")["recorded_s"]) == 1_000
    assert sum(asked(city, "camera-3")["recorded_s"]) == 0


def test_what_nobody_knows_is_unknown_rather_than_not_recorded(city: ApiCity) -> None:
    """Behind the import of camera-2 nobody says what became of the time (invariant 11)."""
    told = asked(city, "camera-2", to=str(at(48)), buckets="2")
    assert told["recorded_s"] == [12, 4]
    assert told["unknown_s"] == [0, 20]


def test_day_summaries_are_read_and_no_segment(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariant 12: a long window costs its days."""

    def never(*_: object, **__: object) -> None:
        raise AssertionError("segments were read")

    for name in ("segments", "day_segments"):
        monkeypatch.setattr(type(city.parts.catalogue), name, never)
    asked(city, "camera-1", buckets="2000", to=str(at(600)))


def test_what_is_out_of_reach_or_range_is_refused(city: ApiCity) -> None:
    grant = Grant(Role.INVESTIGATOR, recorded_until=at(8))
    with city.client_of("guest", grant) as guest:
        assert guest.get(URL.format("camera-1"), params=WHOLE).status_code == 403
    for buckets in ("0", "2001"):
        params = {**WHOLE, "buckets": buckets}
        assert city.client.get(URL.format("camera-1"), params=params).status_code == 422
    assert city.entries() == []
