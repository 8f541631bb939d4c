"""Checks of `footage doctor` and `footage status` for data that was lost, on the parts in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss, FootageError, Unavailable
from footage.instant import Elapsed
from infra.custody.presence import KeptElsewhere
from infra.host.sqlite_damage import require_sound
from infra.host.time_limit import within
from infra.node import lost_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from infra.node.city_parts import CityParts


ANSWER_WITHIN: Final = Elapsed.parse("5s")


def _register(parts: CityParts) -> str:

    if path := parts.register_file:
        require_sound(path, "the register", f"{lost_parts.RESTORE} --replace")
    lost_parts.require_register(parts.register, parts.store, parts.home)
    return "not lost" + ("; every page of the file is sound" if path else "")


def _catalogue(parts: CityParts) -> str:

    if path := parts.catalogue_file:
        require_sound(path, "the catalogue", lost_parts.REBUILD)
    looks = lost_parts.require_catalogue(
        parts.register, parts.catalogue, parts.store, parts.clock.now(), thorough=True
    )
    sound = "; every page of the file is sound" if path else ""
    return f"the first objects at {looks} places of the store are listed{sound}"


def _custody(parts: CityParts) -> str:
    try:
        _require_custody(parts)
    except KeptElsewhere as exc:
        return f"not looked at: {exc}"
    return "the anchored log is there"


def _require_custody(parts: CityParts) -> None:

    lost_parts.require_custody(parts.register, parts.home, shared=parts.register_shared)


CHECKS: Final[Mapping[str, Callable[[CityParts], str]]] = {
    "register's data": _register,
    "catalogue's data": _catalogue,
    "custody log's data": _custody,
}


def quick(parts: CityParts, note: Callable[[str], None]) -> bool:
    """Look for cheap signs of loss and note each; return whether there is none.

    A part that cannot be reached is no loss: other lines of a status tell of that part. A custody
    log that another machine may keep is noted, and counts as no loss. An object store that does not
    answer within `ANSWER_WITHIN` is waited for no longer.
    """
    looks: tuple[Callable[[], object], ...] = (
        lambda: _require_custody(parts),
        lambda: lost_parts.require_register(parts.register, parts.store, parts.home),
        lambda: lost_parts.require_catalogue(
            parts.register, parts.catalogue, parts.store, parts.clock.now(), thorough=False
        ),
    )
    found: list[FootageError] = []
    try:
        within(ANSWER_WITHIN, lambda: found.extend(_signs(looks)))
    except Unavailable as exc:
        note(f"whether data was lost is not known: {exc}")
    seen = tuple(found)
    for sign in seen:
        note(f"DATA LOST: {sign}" if isinstance(sign, DataLoss) else str(sign))
    return not any(isinstance(sign, DataLoss) for sign in seen)


def _signs(looks: Sequence[Callable[[], object]]) -> Iterator[FootageError]:
    for look in looks:
        try:
            look()
        except (DataLoss, KeptElsewhere) as exc:
            yield exc
        except FootageError:
            continue
