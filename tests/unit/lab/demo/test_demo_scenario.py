"""The demo's scenario has ten planted appearances, each findable and unlike any other mover."""

import json
from functools import cache

import pytest

from lab.demo.scenario import (
    CLEAR_FOR_MS,
    KEYFRAME_MS,
    LEAST_OTHERS,
    LEAST_PLANTED,
    MOST_PLANTED,
    Scenario,
    make_scenario,
)
from lab.demo.truth import truth_of
from lab.scenes.palette import Light
from lab.scenes.sight import STEP_MS, sights_at

pytestmark = pytest.mark.slow  # a scenario is simulated whole: 3 s

CAMERAS = tuple(f"camera-{i}" for i in range(1, 7))
SEEDS = range(21)


@cache
def _scenario(seed: int) -> Scenario:
    return make_scenario(seed, CAMERAS)


@pytest.mark.parametrize("seed", SEEDS)
def test_ten_different_appearances_are_planted(seed: int) -> None:
    planted = _scenario(seed).planted
    assert len({(p.kind, p.colour) for p in planted}) == len(planted) == 10
    assert {p.camera for p in planted} == set(CAMERAS)
    assert {Light.DAY, Light.DUSK, Light.NIGHT} == {p.light for p in planted}
    assert len({p.kind for p in planted}) == 7
    assert len({p.colour for p in planted}) == 8


@pytest.mark.parametrize("seed", SEEDS)
def test_a_planted_pair_is_nowhere_else(seed: int) -> None:
    scenario = _scenario(seed)
    movers = [t.mover for plan in scenario.cameras for t in plan.tracks]
    assert len({m.id for m in movers}) == len(movers)
    for p in scenario.planted:
        assert [m.id for m in movers if (m.kind, m.colour) == (p.kind, p.colour)] == [p.id]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_planted_mover_is_seen_well_inside_its_window(seed: int) -> None:
    scenario = _scenario(seed)
    plans = {plan.camera: plan for plan in scenario.cameras}
    for p in scenario.planted:
        plan = plans[p.camera]
        start, end = p.clear_ms
        assert 0 <= p.window_ms[0] <= start < end <= p.window_ms[1] <= scenario.duration_ms
        assert end - start >= CLEAR_FOR_MS >= 2 * KEYFRAME_MS
        for ms in range(start, end + 1, STEP_MS):
            sight = sights_at(plan.view, plan.tracks, ms)[p.id]
            assert LEAST_PLANTED <= sight.box.share <= MOST_PLANTED
            assert sight.visible


def test_every_window_holds_other_movers() -> None:
    truth = json.loads(truth_of(_scenario(1)))
    movers = {c["camera"]: c["movers"] for c in truth["cameras"]}
    for p in truth["planted"]:
        low, high = p["window_ms"]
        others = [
            m["id"]
            for m in movers[p["camera"]]
            if m["id"] != p["id"] and any(a <= high and b >= low for a, b in m["visible_ms"])
        ]
        assert len(others) >= LEAST_OTHERS


def test_the_truth_repeats_byte_for_byte() -> None:
    one, again = _scenario(1), make_scenario(1, CAMERAS)
    assert one is not again
    assert truth_of(one) == truth_of(again)


def test_another_seed_makes_another_scenario() -> None:
    assert truth_of(_scenario(0)) != truth_of(_scenario(1))


def test_boxes_stand_at_keyframes_inside_the_clear_interval() -> None:
    for p in json.loads(truth_of(_scenario(0)))["planted"]:
        start, end = p["clear_ms"]
        inside = [ms for ms in map(int, p["boxes"]) if start <= ms <= end]
        assert len(inside) >= 2
        assert all(ms % KEYFRAME_MS == 0 for ms in inside)
        assert p["query"].split()[0] in {"a", "an"}


def test_wrong_casts_are_refused() -> None:
    with pytest.raises(ValueError, match="6 different cameras"):
        make_scenario(1, ["only-one"])
    with pytest.raises(ValueError, match="too short"):
        make_scenario(1, CAMERAS, duration_s=10)
