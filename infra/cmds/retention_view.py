"""What a retention plan would delete, for people and as JSON: by district, site and camera."""

from typing import TYPE_CHECKING, Final

from infra.cmds.output import counted, local, size, table
from retention.share_text import summed_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retention.shares import Share, Shares

_ROWS: Final = 1_000
"""Rows of the table at most; sites and districts are shown before cameras are left out."""


def show_shares(shares: "Shares", zone: str) -> None:
    """Print the table of districts, sites and cameras, the rules, and the sentence of all."""
    if not shares.total.due and not shares.total.held:
        return
    rows = list(_rows(shares, zone, cameras=True))
    if len(rows) > _ROWS:
        rows = list(_rows(shares, zone, cameras=False))
    table(
        f"what would go, by district, site and camera (times of {zone})",
        ("", "segments", "of stored", "size", "held", "until"),
        rows[:_ROWS],
    )
    for rule, (segments, size_bytes) in sorted(shares.by_rule.items()):
        print(f"{rule}: {counted(segments, 'segment')}, {size(size_bytes)}")
    print(f"would go: {summed_up(shares)}")


def emit_shares(shares: "Shares") -> dict[str, object]:
    """The sums as JSON: each camera at each place, and the cameras of which all would go."""
    return {
        "cameras": [
            {
                "district": whose.district,
                "site": whose.site,
                "camera": whose.camera,
                "segments": share.due,
                "bytes": share.due_bytes,
                "held_segments": share.held,
                "held_bytes": share.held_bytes,
                "stored_segments": share.stored,
                "stored_bytes": share.stored_bytes,
            }
            for whose, share in shares.by_camera.items()
            if share.due or share.held
        ],
        "all_of": shares.emptied,
    }


def _rows(shares: "Shares", zone: str, *, cameras: bool) -> "Iterator[tuple[str, ...]]":
    for district, share in shares.districts().items():
        if not _touched(share):
            continue
        yield _row(district, share, zone)
        for site, of_site in shares.sites(district).items():
            if not _touched(of_site):
                continue
            yield _row(f"  {site}", of_site, zone)
            for whose, of_camera in shares.by_camera.items() if cameras else ():
                if whose[:2] == (district, site) and _touched(of_camera):
                    yield _row(f"    {whose.camera}", of_camera, zone)


def _touched(share: "Share") -> bool:
    return bool(share.due or share.held)


def _row(name: str, share: "Share", zone: str) -> tuple[str, ...]:
    stored = "all" if share.all_goes else f"{share.due / share.stored:.0%}" if share.stored else "-"
    return (
        name,
        str(share.due),
        stored,
        size(share.due_bytes),
        str(share.held) if share.held else "",
        local(share.end, zone)[: len("2026-11-22 20:00")] if share.end else "",
    )
