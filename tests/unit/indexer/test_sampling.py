from __future__ import annotations

from itertools import pairwise

import numpy as np

from footage.keyframe import Box, Gate
from footage.picture import Picture
from indexer.background import MOST_VOTES, Background, learn
from indexer.sampling import HEARTBEAT, Embedded, decide_gate, movers
from indexer.thumb import COLUMNS, ROWS, Thumb, shrink
from tests.common.builders import START, at
from tests.common.tiny_films import SIZE, Mover, frames

PASSING = Mover((220, 20, 20), y=0.5, w=0.15, h=0.2, first_s=4, last_s=40, x0=0.1, speed=0.03)


def thumbs(movers: list[Mover], seconds: int = 40) -> list[Thumb]:
    film = frames(seconds, movers)[::10]
    return [shrink(Picture(*SIZE, picture.tobytes())) for picture in film]


def overlap(box: Box, other: Box) -> float:
    across = min(box.x + box.w, other.x + other.w) - max(box.x, other.x)
    down = min(box.y + box.h, other.y + other.h) - max(box.y, other.y)
    shared = max(across, 0) * max(down, 0)
    return shared / (box.w * box.h + other.w * other.h - shared)


def test_a_mover_gets_a_tight_box_in_every_frame_that_shows_it() -> None:
    seen = thumbs([PASSING])
    background = learn(seen)
    for number, thumb in enumerate(seen):
        x = PASSING.x(number * 2)
        found = movers(thumb, background)
        if x is None:
            assert found == ()
        else:
            (box,) = found
            assert overlap(box, Box(x, PASSING.y, PASSING.w, PASSING.h)) > 0.55


def test_two_movers_side_by_side_are_two_regions() -> None:
    other = Mover((20, 40, 220), y=0.5, w=0.15, h=0.2, first_s=4, last_s=40, x0=0.3, speed=0.03)
    seen = thumbs([PASSING, other])
    background = learn(seen)
    assert all(len(movers(thumb, background)) == 2 for thumb in seen[3:12])


def test_a_mover_is_found_even_in_the_first_frame_of_a_camera() -> None:
    early = Mover((220, 20, 20), y=0.5, w=0.15, h=0.2, first_s=0, last_s=8, speed=0.1)
    seen = thumbs([early])
    assert len(movers(seen[0], learn(seen))) == 1


def test_a_burned_in_stamp_is_no_mover_and_no_change() -> None:
    seen = thumbs([])
    background = learn(seen)
    assert background.flicker[:3].any()
    assert not background.flicker[8:].any()
    last = Embedded(seen[0], START)
    for number, thumb in enumerate(seen[1:], start=1):
        assert decide_gate(thumb, at(number), background, last).gate is Gate.UNCHANGED
        assert movers(thumb, background) == ()


def test_a_change_of_light_as_a_whole_is_no_change() -> None:
    seen = thumbs([])
    brighter = seen[3].astype(np.int16)
    brighter[..., 0] += 25
    bright: Thumb = brighter.clip(0, 255).astype(np.uint8)
    background = learn(seen)
    verdict = decide_gate(bright, at(1), background, Embedded(seen[0], START))
    assert verdict.gate is Gate.UNCHANGED


def test_the_gate_embeds_first_changed_and_once_a_minute() -> None:
    seen = thumbs([PASSING])
    background = learn(seen)
    assert decide_gate(seen[0], START, background, None).gate is Gate.CHANGED
    last = Embedded(seen[0], START)
    changed = decide_gate(seen[5], at(10), background, last)
    assert changed.gate is Gate.CHANGED
    assert 0.01 < changed.change < 0.1
    assert changed.embed
    still = decide_gate(seen[1], START + HEARTBEAT, background, last)
    assert still.gate is Gate.HEARTBEAT
    assert still.embed
    idle = decide_gate(seen[1], at(59), background, last)
    assert (idle.gate, idle.embed) == (Gate.UNCHANGED, False)


def test_slow_drift_adds_up_because_the_last_embedded_frame_is_the_measure() -> None:
    slow = Mover((220, 20, 20), y=0.5, w=0.2, h=0.2, first_s=0, last_s=400, speed=0.002)
    seen = thumbs([slow], 100)
    background = learn(thumbs([]))
    last = Embedded(seen[0], START)
    neighbours = [
        decide_gate(b, at(2), background, Embedded(a, START)).gate for a, b in pairwise(seen)
    ]
    assert set(neighbours) == {Gate.UNCHANGED}
    assert decide_gate(seen[-1], at(2), background, last).gate is Gate.CHANGED


def test_another_scene_is_a_change_without_regions() -> None:
    seen = thumbs([])
    noise = np.random.default_rng(1).integers(0, 255, seen[0].shape).astype(np.uint8)
    verdict = decide_gate(noise, at(1), learn(seen), Embedded(seen[0], START))
    assert verdict.gate is Gate.CHANGED
    assert verdict.regions == ()


def test_what_was_known_outvotes_a_car_that_stands_for_one_segment() -> None:
    empty = thumbs([])
    standing = thumbs([Mover((220, 20, 20), 0.5, 0.2, 0.2, 0, 400, x0=0.4, speed=0.0)], 30)
    known = learn(empty)
    assert known.votes == 20
    assert len(movers(standing[0], learn(standing, known))) == 1
    assert movers(standing[0], learn(standing)) == ()
    assert learn(empty + empty, known).votes == MOST_VOTES


def test_a_few_thumbs_keep_the_flicker_known_before() -> None:
    known = learn(thumbs([]))
    assert np.array_equal(learn(thumbs([])[:2], known).flicker, known.flicker)
    assert not learn(thumbs([])[:2]).flicker.any()


def test_a_background_knows_its_shape() -> None:
    background: Background = learn(thumbs([])[:1])
    assert background.still.shape == (ROWS, COLUMNS, 3)
    assert background.tolerance.shape == (ROWS, COLUMNS)
