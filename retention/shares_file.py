"""The sums of a plan, kept in a file beside the plan, with the instant of counting.

Sums say what was stored when they were counted; recording goes on, so they are not counted anew at
each look.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from footage import durable
from footage.ids import camera_id, district_id, site_id
from footage.instant import Instant
from retention.shares import Share, Shares, Whose

if TYPE_CHECKING:
    from pathlib import Path

    from footage.ids import PlanId


@dataclass(frozen=True, slots=True)
class CountedShares:
    """The sums of a plan, as counted at an instant."""

    shares: Shares
    at: Instant


def shares_path(folder: Path, plan: PlanId) -> Path:
    """Return the file of a plan's sums."""
    return folder / f"shares-{plan}.json"


def write_shares(file: Path, counted: CountedShares) -> None:
    """Write the sums of a plan; a crash leaves no file or the whole."""
    document = {
        "at": str(counted.at),
        "cameras": [
            [*whose, {**asdict(share), "start": _text(share.start), "end": _text(share.end)}]
            for whose, share in counted.shares.by_camera.items()
        ],
        "rules": counted.shares.by_rule,
    }
    with durable.seam(file):
        durable.make_folder(file.parent)
        durable.replace(file, json.dumps(document).encode())


def read_shares(file: Path) -> CountedShares | None:
    """Return the sums of a plan; None where there is no such file, or none that can be read."""
    try:
        told = json.loads(file.read_bytes())
        shares = {
            Whose(district_id(district), site_id(site), camera_id(camera)): _share(share)
            for district, site, camera, share in told["cameras"]
        }
        rules = {rule: (count, size) for rule, (count, size) in told["rules"].items()}
        return CountedShares(Shares(shares, rules), Instant.parse(told["at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _share(told: dict[str, Any]) -> Share:
    return Share(**{**told, "start": _instant(told["start"]), "end": _instant(told["end"])})


def _text(instant: Instant | None) -> str | None:
    return str(instant) if instant else None


def _instant(text: str | None) -> Instant | None:
    return Instant.parse(text) if text else None
