"""Signs that a part of Footage's data was lost: catalogue, register or custody log.

Each check compares two parts that must agree, raises DataLoss with the command that mends, and
looks at a bounded number of things. `infra.host.sqlite_damage` reads files whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss
from footage.instant import DAY
from footage.unlisted import first_own_key, not_listed, unlisted
from infra.custody.custody_file import LOG
from infra.custody.presence import require_log
from infra.host.sqlite_damage import require_sound, set_aside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from footage.clock import Clock
    from footage.ids import SiteId
    from footage.instant import Instant
    from footage.ports import Catalogue, ObjectStore, Register

RESTORE: Final = "footage restore FOLDER"
REBUILD: Final = "footage catalogue rebuild"
MOST_SITES: Final = 64
"""Sites of which a thorough check looks at the oldest footage and at yesterday's."""
FEW_SITES: Final = 4
"""Sites of which a quick check looks at the oldest footage."""


def require_register(register: Register, store: ObjectStore, home: Path) -> None:
    """Look whether a register without cameras lies beside a custody log or objects of Footage.

    Raises:
        DataLoss: The register was lost, or the settings name another register.
    """
    if register.cameras() or register.holds(active_only=False):
        return
    log = home / "custody" / LOG
    if register.custody_head()[0] == 0 and log.exists() and log.stat().st_size:
        raise DataLoss(
            f"the register is empty, but {log} has entries: the register was lost", hint=RESTORE
        )
    if found := first_own_key(store):
        raise DataLoss(
            "the register knows no camera, but the object store holds footage or copies of gaps "
            f"or vectors, such as {found}: the register was lost",
            hint=RESTORE,
        )


def require_custody(register: Register, home: Path, *, shared: bool) -> None:
    """Look whether the custody log that the register has anchored is there.

    Raises:
        DataLoss: The log is missing or empty.
        KeptElsewhere: The log is missing or empty, and another machine may keep the log, since the
            register is `shared`.
    """
    require_log(home / "custody" / LOG, register.custody_head()[0], shared=shared)


def require_catalogue(
    register: Register,
    catalogue: Catalogue,
    store: ObjectStore,
    now: Instant,
    *,
    thorough: bool,
) -> int:
    """Look whether the catalogue lists what the object store holds.

    Args:
        register: Names the sites; without any, the first keys of the store are looked at.
        catalogue: Lists the segments.
        store: Holds the segments.
        now: The present.
        thorough: Whether to look at yesterday's footage too, and at `MOST_SITES` sites instead of
            `FEW_SITES`.

    Returns:
        Number of places in the store that were looked at; a few keys in each.

    Raises:
        DataLoss: A segment of the store is not listed.
    """
    sites = [site.id for site in register.sites()]
    prefixes = [f"{site}/" for site in _spread(sites, MOST_SITES if thorough else FEW_SITES)]
    if thorough:
        yesterday = f"{(now - DAY).to_datetime():%Y-%m-%d}"
        prefixes += [f"{prefix}{yesterday}/" for prefix in prefixes]
    prefixes = prefixes or [""]
    for prefix in prefixes:
        if found := unlisted(catalogue, store, prefix):
            raise not_listed(found)
    return len(prefixes)


def set_aside_damaged(path: Path, opens: Callable[[], object], clock: Clock) -> Path | None:
    """Set a damaged embedded catalogue's files aside; return the new path, None if undamaged.

    Args:
        path: The catalogue's file, which is read whole, and which nothing has opened before.
        opens: Opens the catalogue, and raises DataLoss where the file is no catalogue.
        clock: Tells the present, for the new name.
    """
    try:
        require_sound(path, "the catalogue", "")
        opens()
    except DataLoss:
        return set_aside(path, clock)
    return None


def _spread(sites: Sequence[SiteId], most: int) -> Sequence[SiteId]:
    """Return at most `most` sites, evenly spread over all."""
    step = -(-len(sites) // most) if sites else 1
    return sites[::step]
