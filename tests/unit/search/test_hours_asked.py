"""Questions about times of day: found, counted and entered is the time in the hours alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput
from footage.hours import Hours
from footage.ids import CameraId, SiteId
from footage.instant import DAY, Elapsed, Interval, total
from footage.scope import Scope
from search.answer import to_json
from search.answer_words import hours_line
from search.query import Query
from tests.common.builders import START, a_camera, a_site, at
from tests.common.small_city import BLUE, FAR, PURPOSE, RED, SmallCity

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from search.answer import SearchAnswer

NOON = START.floor(DAY) + Elapsed.parse("12h")
WEEK = Interval(NOON, NOON + DAY * 7)
NIGHT, MORNING = Elapsed.parse("11h"), Elapsed.parse("20h")
"""From noon to 23:00 and to 8:00."""


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> SmallCity:
    """Red passes camera-1 and camera-2 in two nights and two mornings, clocks show UTC."""
    made = SmallCity(tmp_path_factory.mktemp("hours"))
    made.register.add_sites([a_site("site-1", zone="UTC"), a_site("site-2", zone="UTC")])
    for camera in ("camera-1", "camera-2"):
        for days in (0, 1):
            for after in (NIGHT, MORNING):
                made.film(camera, NOON + DAY * days + after, [RED, BLUE])
    made.indexer.run_once()
    made.clock.sleep(DAY * 30)
    return made


def ask(city: SmallCity, hours: str | None, cameras: Sequence[str] = ()) -> SearchAnswer:
    scope = Scope(cameras=frozenset(map(CameraId, cameras)))
    asked = Hours.parse(hours) if hours else None
    query = Query("red", WEEK, scope, limit=500, threshold=-1.0, hours=asked)
    return city.search.search(query, PURPOSE)


def found(answer: SearchAnswer) -> set[tuple[str, int]]:
    """Return camera and hours from noon to the start of each moment."""
    hour = Elapsed.parse("1h").us
    return {
        (one.moment.camera, (one.moment.interval.start - NOON).us // hour) for one in answer.found
    }


def test_moments_outside_of_the_hours_take_no_place_in_the_answer(city: SmallCity) -> None:
    nights = {(camera, after) for camera in ("camera-1", "camera-2") for after in (11, 35)}
    assert found(ask(city, "22:00-04:00")) == nights
    assert found(ask(city, None)) > nights
    assert found(ask(city, "22:00-04:00", ["camera-2"])) == {("camera-2", 11), ("camera-2", 35)}
    day = (NOON + NIGHT).to_datetime().strftime("%a").lower()
    assert found(ask(city, f"{day} 22:00-04:00")) == {("camera-1", 11), ("camera-2", 11)}


def test_only_the_hours_count_as_asked(city: SmallCity) -> None:
    answer = ask(city, "22:00-04:00")
    windows = answer.asked.usual
    assert [str(part.start)[11:16] for part in windows] == ["22:00"] * 7
    covered = answer.coverage
    assert covered.asked == total(windows) * len(answer.cameras) == Elapsed.parse("6h") * 21
    assert covered.recorded == Elapsed.seconds(30) * 4 == covered.searched
    assert all(any(w.covers(missing.interval) for w in windows) for missing in covered.missing)
    missed = Elapsed(sum(missing.interval.length.us for missing in covered.missing))
    assert covered.searched + missed == covered.asked
    told = to_json(answer)
    assert told["query"]["hours"] == "22:00-04:00"  # type: ignore[index]
    assert len(told["coverage"]["windows"]) == 7  # type: ignore[index]
    assert told["coverage"]["partly"] == []  # type: ignore[index]
    assert hours_line(answer).endswith("each site: 7 times, 1 d 18 h in all")
    assert hours_line(ask(city, None)) == ""


def test_the_hours_stand_in_the_custody_log(city: SmallCity) -> None:
    ask(city, "sat,sun")
    assert city.custody.intents[-1].what["hours"] == "sat,sun"
    ask(city, None)
    assert "hours" not in city.custody.intents[-1].what


def test_hours_that_the_time_asked_about_does_not_have_are_refused(city: SmallCity) -> None:
    query = Query("red", Interval(NOON, at(0) + DAY), hours=Hours.parse("22:00-23:00"))
    hour = Query("red", Interval(NOON, NOON + Elapsed.parse("1h")), hours=query.hours)
    with pytest.raises(BadInput, match="no time asked about"):
        city.search.search(hour, PURPOSE)


def test_each_site_has_its_own_clocks(tmp_path: Path) -> None:
    """At 23:00 UTC it is 4:00 at site-2, whither camera-1 was moved on the second day."""
    made = SmallCity(tmp_path)
    made.register.add_sites([a_site("site-1", zone="UTC"), a_site("site-2", zone="Asia/Karachi")])
    second = NOON + DAY
    moved = a_camera("camera-1", site="site-2", district="district-2", place=FAR)
    made.register.add_cameras([moved], since=second)
    for camera in ("camera-1", "camera-2", "camera-3"):
        for days in (0, 1):
            made.film(camera, NOON + DAY * days + NIGHT, [RED])
    made.indexer.run_once()
    made.clock.sleep(DAY * 30)
    assert found(ask(made, "22:00-04:00")) == {("camera-1", 11), ("camera-2", 11), ("camera-2", 35)}
    assert found(ask(made, "04:00-05:00")) == {("camera-1", 35), ("camera-3", 11), ("camera-3", 35)}
    answer = ask(made, "22:00-04:00")
    assert {camera for camera, _ in answer.asked.partly} == {"camera-1", "camera-3"}
    assert answer.coverage.asked == Elapsed.parse("6h") * 21
    night = Interval(second + NIGHT, second + NIGHT + Elapsed.parse("1h"))
    elsewhere = made.search.search(
        Query("red", night, threshold=-1.0, hours=Hours.parse("04:00-05:00")), PURPOSE
    )
    assert found(elsewhere) == {("camera-1", 35), ("camera-3", 35)}
    assert hours_line(elsewhere) == "hours: 04:00-05:00 by the clocks of each site"


def test_hours_by_the_clocks_of_many_zones_are_refused_where_they_are_too_many_times(
    tmp_path: Path,
) -> None:
    made = SmallCity(tmp_path)
    made.register.add_sites([a_site("site-1", zone="UTC"), a_site("site-2", zone="Asia/Karachi")])
    hours = Hours.parse("22:00-04:00")
    long = Query("red", Interval(NOON, NOON + DAY * 60), hours=hours)
    made.clock.sleep(DAY * 90)
    with pytest.raises(BadInput, match=r"120 separate times, more than 100, .* of 2 time zones"):
        made.search.search(long, PURPOSE)
    one = replace(long, scope=Scope(sites=frozenset([SiteId("site-2")])))
    assert len(made.search.search(one, PURPOSE).asked.usual) == 60
