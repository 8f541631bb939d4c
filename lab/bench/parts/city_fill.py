"""Seed the city's day into the stores of `FOOTAGE_HOME`: `ROWS HOURS`; prints JSON."""

from __future__ import annotations

import json
import sys
import time

from footage.instant import DAY, Elapsed
from infra.config.loading import load
from infra.wiring import wired
from lab.bench.parts import city_day


def main(rows: int, hours: int) -> None:
    """Store the day's first `hours` of every camera of the register, with about `rows` vectors."""
    lasting = Elapsed.parse("1h") * hours
    with wired(load()) as parts:
        cameras = parts.register.cameras()
        identity = parts.encoder.identity
        begun = time.process_time()
        segments = city_day.fill_catalogue(parts.catalogue, cameras, identity.digest, lasting)
        spent = time.process_time() - begun
        city_day.fill_month_before(parts.catalogue, cameras, identity.digest)
        vectors = city_day.fill_vectors(parts.vectors, identity, cameras, rows, lasting)
        # The day is over: what it left in the open log is sealed, as upkeep does each day.
        if parts.vector_files:
            parts.vector_files.upkeep(str(city_day.MIDNIGHT + DAY)[:10])
        size = sum(path.stat().st_size for path in parts.home.glob("catalogue.db*"))
    found = {
        "segments": segments,
        "vectors": vectors,
        "hours": hours,
        "catalogue_mb": round(size / 1_000_000),
        "add_us": round(spent / segments * 1_000_000, 1),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
