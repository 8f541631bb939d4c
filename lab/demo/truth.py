"""The truth of a scenario as JSON: planted appearances a search must find, and all other movers.

Contract (times in media milliseconds, boxes in fractions of the picture, `[x0, y0, x1, y1]`):
`{"seed", "duration_ms", "keyframe_ms", "planted": [{"id", "camera", "class", "colour", "light",
"query", "window_ms", "clear_ms", "visible_ms", "boxes"}], "cameras": [{"camera", "light",
"movers": [{"id", "class", "colour", "visible_ms", "boxes"}]}]}`, where `boxes` maps a keyframe's
media time to the box at that time. The same scenario gives the same bytes.
"""

import json

from lab.demo.scenario import KEYFRAME_MS, CameraPlan, Planted, Scenario
from lab.scenes.sight import STEP_MS, Sight, intervals, sights_at

Json = dict[str, object]


def truth_of(scenario: Scenario) -> bytes:
    """Return the truth of `scenario` as indented UTF-8 JSON with sorted keys."""
    cameras, movers = [], {}
    for plan in scenario.cameras:
        listed = _movers(plan, scenario.duration_ms)
        movers.update({m["id"]: m for m in listed})
        cameras.append({"camera": plan.camera, "light": plan.light.value, "movers": listed})
    document = {
        "seed": scenario.seed,
        "duration_ms": scenario.duration_ms,
        "keyframe_ms": KEYFRAME_MS,
        "planted": [_planted(p, movers[p.id]) for p in scenario.planted],
        "cameras": cameras,
    }
    return json.dumps(document, indent=1, sort_keys=True).encode() + b"\n"


def _planted(planted: Planted, mover: Json) -> Json:
    return mover | {
        "camera": planted.camera,
        "light": planted.light.value,
        "query": planted.query,
        "window_ms": list(planted.window_ms),
        "clear_ms": list(planted.clear_ms),
    }


def _movers(plan: CameraPlan, duration_ms: int) -> list[Json]:
    """List every mover that is visible at some time, in the order of mover ids."""
    seen: dict[int, dict[int, Sight]] = {}
    for ms in range(0, duration_ms, STEP_MS):
        for key, sight in sights_at(plan.view, plan.tracks, ms).items():
            if sight.visible:
                seen.setdefault(key, {})[ms] = sight
    named = {t.mover.id: t.mover for t in plan.tracks}
    return [
        {
            "id": key,
            "class": named[key].kind.value,
            "colour": named[key].colour.value,
            "visible_ms": [list(i) for i in intervals(sorted(sights), STEP_MS)],
            "boxes": {str(ms): _box(s) for ms, s in sights.items() if ms % KEYFRAME_MS == 0},
        }
        for key, sights in sorted(seen.items())
    ]


def _box(sight: Sight) -> list[float]:
    b = sight.box
    return [round(v, 4) for v in (b.x0, b.y0, b.x1, b.y1)]
