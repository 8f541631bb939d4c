"""A real Chromium plays a camera's day by hls.js and dates each picture right.

Every picture carries its own instant, which is read back from a screenshot.
"""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.instant import Elapsed, Instant, Interval
from tests.common.browsing import sign_out
from tests.common.played_city import LOOKS, PLAYED_DAY, TWO_GAPS, pictures
from tests.common.player_page import Player, open_player

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

    from tests.common.browsing import Watched

MILLISECOND = Elapsed.parse("1ms")
SECOND = Elapsed.parse("1s")
FRAME = Elapsed.parse("100ms")


@pytest.fixture
def player(context: BrowserContext, watched: Watched) -> Player:
    return open_player(context, watched)


def at(instants: list[Instant], date: Instant) -> set[Instant]:
    """Return the pictures that may be shown at a date, which is told to the millisecond."""
    dates = (date, date + MILLISECOND)
    return {max(one for one in instants if one <= date) for date in dates}


def shown_right(player: Player, instants: list[Instant]) -> Instant:
    """Return the instant of the picture on the screen; fail if the player tells another date.

    The stated uncertainty of the recordings is zero; dates are told to the millisecond.
    """
    found = player.picture(lambda one: one in at(instants, player.date))
    told, date = player.told, player.date
    assert found is not None
    assert found - MILLISECOND <= told <= found + MILLISECOND, f"picture of {found}, told {told}"
    assert found in at(instants, date), f"picture of {found}, hls.js tells {date}"
    return found


@pytest.mark.parametrize("camera", LOOKS)
def test_instants_of_a_day_show_their_own_pictures(player: Player, camera: str) -> None:
    spans = pictures(camera)
    instants = [one for span in spans for one in span]
    player.open(camera, PLAYED_DAY, LOOKS[camera].view)
    assert shown_right(player, instants) == instants[0]
    dice = random.Random(camera)  # noqa: S311 - the same instants at each run
    asked = [
        before + Elapsed((behind - before).us // 2)
        for span in spans
        for before, behind in pairwise(span)
        if behind - before > FRAME
    ]
    for _ in range(20):
        span = dice.choice(spans)
        length = (span[-1] - span[0]).us // 1000
        asked.append(span[0] + Elapsed(dice.randrange(length) * 1000))
    for instant in asked:
        player.show(instant)
        assert shown_right(player, instants) in at(instants, instant), instant
    assert player.errors == []


@pytest.mark.parametrize("camera", TWO_GAPS)
def test_a_day_with_two_gaps_plays_across_both(player: Player, camera: str) -> None:
    spans = pictures(camera)
    instants = [one for span in spans for one in span]
    player.open(camera, PLAYED_DAY)
    for before, behind in pairwise(spans):
        player.show(before[-1] - SECOND)
        player.play()
        beyond = (behind[0] + SECOND).us // 1000
        player.wait(f"player.hls.playingDate.getTime() > {beyond}")
        player.pause()
        assert behind[0] < shown_right(player, instants) < behind[-1]
    played = player.played
    assert played == sorted(played)
    numbers = [
        [number for number, span in enumerate(spans) if span[0] <= date <= span[-1] + FRAME]
        for date in played
    ]
    assert [] not in numbers
    assert {number for (number,) in numbers} == {0, 1, 2}
    assert player.errors == []


def test_an_instant_in_a_gap_shows_the_first_picture_behind(player: Player) -> None:
    spans = pictures("steady")
    player.open("steady", PLAYED_DAY)
    for number in (2, 1):
        player.show(spans[number][0] - SECOND * 600)
        assert shown_right(player, spans[number]) == spans[number][0]


def test_play_begins_where_the_window_begins(player: Player) -> None:
    first = pictures("steady")[1]
    player.open("steady", Interval(first[25], PLAYED_DAY.end))
    assert shown_right(player, first) == first[25]


def test_a_change_of_the_stream_plays_through(player: Player) -> None:
    small, large = pictures("resized")
    player.open("resized", PLAYED_DAY)
    player.show(small[-1] - SECOND)
    sizes = player.watched.page.evaluate("() => document.querySelector('video').videoWidth")
    player.play()
    player.wait(f"video.videoWidth === {sizes * 2}")
    player.wait(f"player.hls.playingDate.getTime() > {(large[0] + SECOND).us // 1000}")
    player.pause()
    assert large[0] < shown_right(player, large) < large[-1]
    assert player.errors == []


def test_answers_to_a_player_keep_the_headers_of_all_answers(player: Player) -> None:
    player.open("steady", PLAYED_DAY)
    player.show(pictures("steady")[2][5])
    answers = [one for one in player.watched.answers if "/api/v1/" in one.url]
    kinds = {one.url.partition("?")[0].rpartition("/")[2] for one in answers}
    assert kinds == {"hls.m3u8", "init.mp4", "media.m4s"}
    for answer in answers:
        assert answer.status == 200
        headers = answer.all_headers()
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"


def test_after_the_sign_out_no_segment_is_given(context: BrowserContext, player: Player) -> None:
    spans = pictures("steady")
    player.open("steady", PLAYED_DAY)
    media = next(one.url for one in player.watched.answers if "media.m4s" in one.url)
    sign_out(context)
    player.ask_for(spans[2][5])
    player.wait("player.errors.some(({ status }) => status === 401)")
    assert player.watched.page.evaluate("url => fetch(url).then(a => a.status)", media) == 401
    assert all("401" in fault for fault in player.watched.faults)
    player.watched.faults.clear()


def test_what_was_played_is_entered_for_the_person(context: BrowserContext, player: Player) -> None:
    began = SystemClock().now()
    player.open("steady", PLAYED_DAY)
    given = {one.url for one in player.watched.answers if "media.m4s" in one.url}
    asked: dict[str, str | float | bool] = {
        "action": "view",
        "camera": "steady",
        "entered_from": str(began),
    }
    told = context.request.get("/api/v1/custody", params=asked)
    acts = [str(act) for act in told.json()["acts"]]
    assert given
    for url in given:
        key = url.partition("/segments/")[2].partition("/media.m4s")[0]
        assert any(key in act and "amina" in act for act in acts), key
