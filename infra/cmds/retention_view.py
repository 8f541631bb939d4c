"""Printing of a retention plan, for people and as JSON: by district, site and camera."""

from typing import TYPE_CHECKING, Final

from footage.instant import DAY
from infra.cmds.output import counted, local, size, table
from retention.forecast import Reaching
from retention.share_text import summed_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.instant import Elapsed, Instant
    from retention.forecast import CameraForecast, Forecast
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


def show_forecast(found: "Forecast", zone: str) -> None:
    """Print what is stored, when the store is full, and the forecast of each camera."""
    rows = [
        (
            one.camera,
            one.site,
            size(one.size_bytes),
            f"{size(one.rate)} a day",
            _date(one.oldest, zone),
            _days(one.keep),
            _days(one.covers),
            _WORDS[one.reaching].format(days=_days(one.will_cover), on=_date(one.reaches_on, zone)),
        )
        for one in found.cameras[:_ROWS]
    ]
    if rows:
        table(
            f"how far back cameras reach, the worst first (days of {zone})",
            ("camera", "site", "stored", "recorded", "oldest", "policy", "now", "outlook"),
            rows,
        )
    print(f"stored: {size(found.size_bytes)}; recorded: {size(found.rate)} a day")
    if found.room is None:
        print("how much the store can still take is not known: give --room SIZE")
    elif found.full_on:
        print(f"room for {size(found.room)}: full on {_date(found.full_on, zone)}")
    else:
        print(f"room for {size(found.room)}: not full within {len(found.by_day) - 1} days")


def emit_forecast(found: "Forecast") -> dict[str, object]:
    """The forecast as JSON."""
    return {
        "at": str(found.at),
        "bytes": found.size_bytes,
        "rate": found.rate,
        "room": found.room,
        "full_on": str(found.full_on) if found.full_on else None,
        "by_day": list(found.by_day),
        "sites": [
            {
                "district": district,
                "site": site,
                "bytes": stored.size_bytes,
                "cameras": stored.cameras,
                "oldest": str(stored.oldest),
                "rate": stored.rate,
            }
            for (district, site), stored in found.sites.items()
        ],
        "held": dict(found.held),
        "cameras": [_of_camera(one) for one in found.cameras],
    }


def _of_camera(one: "CameraForecast") -> dict[str, object]:
    return {
        "camera": one.camera,
        "district": one.district,
        "site": one.site,
        "bytes": one.size_bytes,
        "held_bytes": one.held_bytes,
        "oldest": str(one.oldest) if one.oldest else None,
        "newest": str(one.newest) if one.newest else None,
        "rate": one.rate,
        "policy": one.policy,
        "keep": str(one.keep) if one.keep else None,
        "covers": str(one.covers),
        "will_cover": str(one.will_cover) if one.will_cover else None,
        "reaches_on": str(one.reaches_on) if one.reaches_on else None,
        "reaching": one.reaching.value,
    }


_WORDS: Final = {
    Reaching.SHORT: "full before: {days}",
    Reaching.NOTHING: "nothing stored",
    Reaching.SILENT: "nothing of the last day",
    Reaching.GROWING: "reached on {on}",
    Reaching.REACHED: "reached",
    Reaching.KEPT: "no policy: kept",
}


def _days(length: "Elapsed | None") -> str:
    return f"{length.us / DAY.us:.1f} d" if length is not None else "-"


def _date(instant: "Instant | None", zone: str) -> str:
    return local(instant, zone)[: len("2026-11-22")] if instant else "-"


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
