"""The demo's city: 950 cameras at 196 sites in three districts, by a seeded rule.

`city.csv` is the result; `python -m lab.demo.city` writes the file anew. Places lie around the
district towns; no site is a real address.
"""

from __future__ import annotations

import csv
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

CITY_CSV: Final = Path(__file__).with_name("city.csv")
SEED: Final = 1
COLUMNS: Final = (
    "district",
    "district_name",
    "site",
    "site_name",
    "camera",
    "camera_name",
    "lat",
    "lon",
    "source",
    "retention_class",
)
_KINDS: Final = (
    ("Bus stand", "standard"),
    ("Bazaar", "standard"),
    ("Crossing", "standard"),
    ("Hospital gate", "critical"),
    ("Court gate", "critical"),
    ("Bridge", "standard"),
    ("School road", "standard"),
    ("Ring road", "standard"),
    ("Fuel station", "standard"),
    ("Town gate", "critical"),
)
_SIDES: Final = ("north", "east", "south", "west", "overview", "lane 1", "lane 2")


@dataclass(frozen=True, slots=True)
class _Plan:
    district: str
    name: str
    lat: float
    lon: float
    sites: int
    cameras: int


_PLANS: Final = (
    _Plan("dik", "D.I. Khan", 31.8313, 70.9017, 86, 400),
    _Plan("bnu", "Bannu", 32.9861, 70.6042, 69, 300),
    _Plan("lkm", "Lakki Marwat", 32.6079, 70.9114, 41, 250),
)


def rows(seed: int = SEED) -> Iterator[dict[str, str]]:
    """Yield a row per camera, in the columns of `infra.config.camera_csv`."""
    chance = random.Random(seed)  # noqa: S311 - a reproducible drawing, no secret
    for plan in _PLANS:
        yield from _district(plan, chance)


def _district(plan: _Plan, chance: random.Random) -> Iterator[dict[str, str]]:
    per_site, rest = divmod(plan.cameras, plan.sites)
    for number in range(plan.sites):
        kind, retention_class = _KINDS[number % len(_KINDS)]
        lat, lon = plan.lat + chance.gauss(0, 0.03), plan.lon + chance.gauss(0, 0.035)
        site = f"{plan.district}-{number + 1:03d}"
        for side in range(per_site + (number < rest)):
            yield {
                "district": plan.district,
                "district_name": plan.name,
                "site": site,
                "site_name": f"{kind} {number // len(_KINDS) + 1}, {plan.name}",
                "camera": f"{site}-{side + 1}",
                "camera_name": f"{kind} {number // len(_KINDS) + 1} {_SIDES[side]}",
                "lat": f"{lat:.5f}",
                "lon": f"{lon:.5f}",
                "source": "",
                "retention_class": retention_class,
            }


def write(path: Path) -> None:
    """Write the rows of the city as CSV to `path`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows())


if __name__ == "__main__":
    write(Path(sys.argv[1]) if sys.argv[1:] else CITY_CSV)
