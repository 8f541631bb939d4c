"""Read 30 days of summaries and plan retention over the seeded city; prints JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

from footage.instant import DAY, Interval
from infra.config.loading import load
from infra.config.policy_file import parse_policies
from infra.wiring import wired
from lab.bench.parts.city_day import MIDNIGHT

_POLICIES = '[[policy]]\nname = "city"\nkeep = "1h"\n'


def main() -> None:
    """Time both, and the growth of memory while planning the deletion of all that is stored."""
    policies = parse_policies(_POLICIES, "the benchmark")
    with wired(load()) as parts:
        month = Interval(MIDNIGHT - DAY * 29, MIDNIGHT + DAY)
        cameras = {camera.id for camera in parts.register.cameras()}
        catalogue = parts.catalogue
        begun = time.perf_counter()
        summaries = sum(1 for _ in catalogue.day_times(cameras, month))
        read = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        plan, _ = parts.retention.plan(policies)
        planned = time.perf_counter()
        after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = {
        "summaries": summaries,
        "summaries_ms": round((read - begun) * 1_000, 1),
        "planned_segments": plan.totals["segments"],
        "plan_s": round(planned - read, 2),
        "plan_mb": round((after - before) / 1_024, 1),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
