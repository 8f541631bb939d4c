"""How much a camera's pictures changed, over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.access import Grant, Role
from footage.instant import DAY
from footage.keyframe import Gate
from tests.common.api_city import WHOLE
from tests.common.builders import at

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

URL = "/api/v1/cameras/camera-1/changes"


def test_what_the_indexer_noted_stands_in_its_part(city: ApiCity) -> None:
    segment = city.segments()[0]
    noted = list(city.parts.catalogue.keyframes([segment.camera], segment.interval))
    before = len(city.entries())
    told = city.client.get(URL, params={**WHOLE, "buckets": "24"})
    assert told.status_code == 200, told.text
    change = told.json()["change"]
    first = noted[0]
    assert first.gate is Gate.CHANGED
    assert change[(first.instant - at(0)).us // 1_000_000] >= first.change > 0
    assert len(change) == 24
    assert len(city.entries()) == before  # no view: no picture is shown


def test_no_more_than_a_day_is_read_at_once(city: ApiCity) -> None:
    window = {"from": str(at(0)), "to": str(at(1) + DAY)}
    assert city.client.get(URL, params=window).status_code == 422


def test_who_watches_nothing_is_not_told_when_something_moved(city: ApiCity) -> None:
    with city.client_of("storekeeper", Grant(Role.STORAGE_ADMIN)) as person:
        assert person.get(URL, params=WHOLE).status_code == 403
