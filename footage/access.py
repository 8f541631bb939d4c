"""Access: roles, their permissions, and grants that limit a role to places and times. Pure.

A person holds grants. A grant gives a role, for all footage or for the footage of some districts
and sites, recorded within some time. Places count as everywhere: a camera's footage belongs to the
place where the camera stood when the footage was recorded.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NewType

from footage.errors import BadInput
from footage.instant import Interval, union
from footage.scope import Scope
from footage.stays import windows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from footage.ids import CameraId, DistrictId, SiteId
    from footage.instant import Instant
    from footage.stays import Stay, Windows

PersonId = NewType("PersonId", str)
"""Account name: 1 to 64 of a-z 0-9 . _ -, starting with a letter."""

_NAME: Final = re.compile(r"[a-z][a-z0-9._-]{0,63}")


def person_id(text: str) -> PersonId:
    """Check `text` and return an account name.

    Raises:
        BadInput: The text is no account name.
    """
    if not _NAME.fullmatch(text):
        raise BadInput(
            f"not an account name: {text!r}",
            hint="use 1 to 64 of a-z 0-9 . _ -, starting with a letter",
        )
    return PersonId(text)


class Role(StrEnum):
    """Roles of people."""

    INVESTIGATOR = "investigator"
    COURT_LIAISON = "court-liaison"
    STORAGE_ADMIN = "storage-admin"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system-admin"


class Permission(StrEnum):
    """Permissions that roles give, and that routes ask for."""

    READ_CAMERAS = "read-cameras"
    READ_TIMELINES = "read-timelines"
    SEARCH = "search"
    WATCH = "watch"
    EXPORT = "export"
    READ_HOLDS = "read-holds"
    PLACE_HOLDS = "place-holds"
    RELEASE_HOLDS = "release-holds"
    READ_CASES = "read-cases"
    """Sees the cases of which the person is a member."""
    READ_ALL_CASES = "read-all-cases"
    """Sees every case; counts under a grant without limits only."""
    WORK_ON_CASES = "work-on-cases"
    """Opens cases, and changes those of which the person is a member."""
    READ_CUSTODY = "read-custody"
    READ_STATUS = "read-status"
    """Which cameras are recorded, and by whom."""
    READ_STORAGE = "read-storage"
    """Retention policies and plans, and what the object store guarantees."""
    MANAGE_STORAGE = "manage-storage"
    """Change policies, plan and apply deletions, try the object store."""
    MANAGE_CAMERAS = "manage-cameras"
    MANAGE_PEOPLE = "manage-people"


_CASES: Final = frozenset({Permission.READ_CASES, Permission.WORK_ON_CASES})
_SEE: Final = frozenset({Permission.READ_CAMERAS, Permission.READ_TIMELINES, Permission.READ_HOLDS})
GIVES: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.INVESTIGATOR: _SEE
        | _CASES
        | {Permission.SEARCH, Permission.WATCH, Permission.PLACE_HOLDS},
        Role.COURT_LIAISON: _SEE
        | _CASES
        | {
            Permission.WATCH,
            Permission.EXPORT,
            Permission.PLACE_HOLDS,
            Permission.RELEASE_HOLDS,
        },
        Role.STORAGE_ADMIN: _SEE
        | {Permission.READ_STATUS, Permission.READ_STORAGE, Permission.MANAGE_STORAGE},
        Role.AUDITOR: frozenset(
            {
                Permission.READ_CAMERAS,
                Permission.READ_HOLDS,
                Permission.READ_CASES,
                Permission.READ_ALL_CASES,
                Permission.READ_CUSTODY,
                Permission.READ_STORAGE,
            }
        ),
        Role.SYSTEM_ADMIN: frozenset(
            {
                Permission.READ_CAMERAS,
                Permission.MANAGE_PEOPLE,
                Permission.READ_STATUS,
                Permission.MANAGE_CAMERAS,
            }
        ),
    }
)
"""The permissions of each role: least privilege. A storage admin watches nothing, an auditor
changes nothing, and whoever lets people in sees no footage."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role given to a person, with limits; an absent limit does not restrict.

    Attributes:
        districts: Districts whose footage the grant reaches, besides that of `sites`.
        sites: Sites whose footage the grant reaches, besides that of `districts`.
        recorded_from: Start of the recorded time that the grant reaches.
        recorded_until: End of the recorded time that the grant reaches (not included).
        expires: When the grant ends.

    Raises:
        BadInput: The recorded time ends before the recorded time begins.
    """

    role: Role
    districts: frozenset[DistrictId] = frozenset()
    sites: frozenset[SiteId] = frozenset()
    recorded_from: Instant | None = None
    recorded_until: Instant | None = None
    expires: Instant | None = None

    def __post_init__(self) -> None:
        start, end = self.recorded_from, self.recorded_until
        if start and end and end <= start:
            raise BadInput(f"a grant for recordings from {start} until {end}", hint="swap the two")

    @property
    def limited(self) -> bool:
        """Whether the grant reaches a part of all footage only."""
        return bool(self.districts or self.sites or self.recorded_from or self.recorded_until)

    def holds_at(self, now: Instant) -> bool:
        """Whether the grant has not ended at `now`."""
        return self.expires is None or now < self.expires

    def scopes(self) -> list[Scope]:
        """Return the scopes that the grant reaches; any of the scopes suffices."""
        if not (self.districts or self.sites):
            return [Scope()]
        by_district = [Scope(districts=self.districts)] if self.districts else []
        return by_district + ([Scope(sites=self.sites)] if self.sites else [])

    def part_of(self, interval: Interval) -> Interval | None:
        """Return the part of `interval` whose recordings the grant reaches."""
        start = max(interval.start, self.recorded_from or interval.start)
        end = min(interval.end, self.recorded_until or interval.end)
        return Interval(start, end) if start < end else None


@dataclass(frozen=True, slots=True)
class Reach:
    """The footage for which a person has a permission: that of any of the grants."""

    grants: tuple[Grant, ...]

    @property
    def limited(self) -> bool:
        """Whether some footage is out of reach."""
        return all(grant.limited for grant in self.grants)

    def cameras(self, stays: Iterable[Stay]) -> set[CameraId]:
        """Return the cameras among `stays` that stand, or stood, at a place in reach."""
        scopes = [scope for grant in self.grants for scope in grant.scopes()]
        return {
            stay.camera
            for stay in stays
            if any(
                scope.admits(
                    camera=stay.camera, site=stay.site, district=stay.district, place=stay.place
                )
                for scope in scopes
            )
        }

    def windows(self, stays: Iterable[Stay], within: Interval) -> Windows:
        """Return, by camera, the parts of `within` that are in reach.

        Args:
            stays: Stays that count, of the cameras asked about; those of a camera in order.
            within: The interval asked about.

        Returns:
            Windows in order and apart, by camera; cameras without a window are absent.
        """
        known = list(stays)
        found: dict[CameraId, list[Interval]] = defaultdict(list)
        for grant in self.grants:
            if part := grant.part_of(within):
                for scope in grant.scopes():
                    for camera, parts in windows(known, scope, part).items():
                        found[camera] += parts
        return {camera: tuple(union(parts)) for camera, parts in found.items()}


EVERYTHING: Final = Reach((Grant(Role.INVESTIGATOR),))
"""Reach of commands on the machine itself, which nothing limits."""


def narrowed(asked: Windows, granted: Windows) -> Windows:
    """Return the parts of the windows `asked` that lie in the windows `granted`, by camera."""
    found: dict[CameraId, tuple[Interval, ...]] = {}
    for camera, parts in asked.items():
        mine = granted.get(camera, ())
        both = [cut for part in parts for one in mine if (cut := part.clip(one))]
        if both:
            found[camera] = tuple(union(both))
    return found


@dataclass(frozen=True, slots=True)
class Person:
    """A person, or a program with an account of its own, who is let in.

    Attributes:
        name: Name for people.
        disabled: The account lets nobody in.
        version: Number of the account's state: 1 at first, one more with each change.
    """

    id: PersonId
    name: str
    grants: tuple[Grant, ...] = ()
    disabled: bool = False
    version: int = 1

    def reach(self, permission: Permission, now: Instant) -> Reach | None:
        """Return the footage for which the person has `permission` at `now`; None for none."""
        giving = tuple(
            grant
            for grant in self.grants
            if permission in GIVES[grant.role] and grant.holds_at(now)
        )
        return Reach(giving) if giving else None

    def permissions(self, now: Instant) -> frozenset[Permission]:
        """Return the permissions that the person has at `now`, each for some footage at least."""
        given: Sequence[frozenset[Permission]] = [
            GIVES[grant.role] for grant in self.grants if grant.holds_at(now)
        ]
        return frozenset[Permission]().union(*given)
