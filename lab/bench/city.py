"""Measure the city's questions over a seeded full day: 950 cameras, 24 h, millions of vectors.

The day is seeded through the product's own stores (`lab.bench.parts.city_day`); the vectors are
synthetic. Questions run in processes of their own, whole service, as a person asks.
"""

from __future__ import annotations

from typing import Final

from lab.bench.harness import Figure, median
from lab.bench.parts.seeded_city import child, folder, p95
from lab.bench.parts.seeded_city import filled as seeded

ROWS: Final = 4_000_000
"""Vectors of the day: what a 5 % gate makes with two to three vectors a keyframe."""
HOURS: Final = 24
RUNS: Final = 20
AT_ONCE: Final = 50


def figures(rows: int = ROWS) -> list[Figure]:
    """Return the figures of a day with `rows` vectors; takes some minutes and 8 GB of disk.

    The day is seeded into the folder that `FOOTAGE_BENCH_CITY` names, and kept there with the
    figures of its seeding for the next run; without the variable, into a temporary folder.
    """
    with folder() as place:
        home = {"FOOTAGE_HOME": place}
        filled = seeded(home, rows, HOURS)
        asked = child(home, "lab.bench.parts.city_search", str(RUNS), str(AT_ONCE))
        planned = child(home, "lab.bench.parts.city_plan")
    return [
        Figure("city_segments", filled["segments"], "segments", 1),
        Figure("city_vectors", filled["vectors"], "vectors", 1),
        Figure("city_catalogue_mb", filled["catalogue_mb"], "MB", 1),
        Figure("city_add_segments_us", filled["add_us"], "CPU us a segment", 1),
        Figure("search_first_answer_ms", asked["first_ms"], "ms", 1),
        Figure("search_camera_hour_p95_ms", p95(asked["camera_hour_ms"]), "ms", RUNS),
        Figure("search_city_day_ms", median(asked["city_day_ms"]), "ms", RUNS),
        Figure("search_city_day_p95_ms", p95(asked["city_day_ms"]), "ms", RUNS),
        Figure("search_city_day_cpu_ms", round(asked["city_day_cpu_ms"], 1), "CPU ms", 1),
        Figure("search_city_day_cold_ms", round(asked["cold_city_ms"], 1), "ms", 1),
        Figure("search_city_day_recall", asked["recall"], "share", 1),
        Figure("search_city_day_mb", round(asked["city_day_mb"], 1), "MB", 1),
        Figure("search_city_day_mapped_mb", round(asked["city_day_mapped_mb"], 1), "MB", 1),
        Figure("search_50_at_once_p95_ms", p95(asked["at_once_ms"]), "ms", AT_ONCE),
        Figure("search_50_at_once_cpu_ms", round(asked["at_once_cpu_ms"], 1), "CPU ms", 1),
        Figure("summaries_30_days", planned["summaries"], "summaries", 1),
        Figure("summaries_30_days_ms", planned["summaries_ms"], "ms", 1),
        Figure("retention_plan_segments", planned["planned_segments"], "segments", 1),
        Figure("retention_plan_s", planned["plan_s"], "s", 1),
        Figure("retention_plan_mb", planned["plan_mb"], "MB", 1),
    ]
