"""Names that a policy may use: those of the register, and those that stored footage bears.

A camera may have moved or changed its class since: its old footage still bears the former names, so
a policy about them is no mistake. Summaries of stored footage are read only for a name that the
register lacks.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from footage.instant import DAY, Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from footage.ports import Catalogue, Register

DEFAULT_CLASS: Final = "standard"
"""Class of a camera that names none."""


class KnownNames:
    """The names known of each kind: camera, site, class, district.

    Args:
        register: Names cameras, sites, classes and districts.
        catalogue: Opens the catalogue.
        now: The present; footage that starts later than a day from now is not looked at.
    """

    def __init__(
        self, register: Register, catalogue: Callable[[], Catalogue], now: Instant
    ) -> None:
        self._register, self._catalogue, self._now = register, catalogue, now

    def unknown(self, kind: str, names: frozenset[str]) -> list[str]:
        """Return the names of `kind` that neither register nor stored footage knows, sorted.

        Raises:
            Unavailable: The catalogue, which is asked about other names, cannot be reached.
        """
        left = names - self.registered[kind]
        return sorted(left - self._stored[kind]) if left else []

    @cached_property
    def registered(self) -> Mapping[str, frozenset[str]]:
        """Names of the register, by kind."""
        cameras = self._register.cameras()
        return {
            "camera": frozenset(camera.id for camera in cameras),
            "site": frozenset(site.id for site in self._register.sites()),
            "class": frozenset(camera.retention_class for camera in cameras) | {DEFAULT_CLASS},
            "district": frozenset(district.id for district in self._register.districts()),
        }

    @cached_property
    def _stored(self) -> Mapping[str, frozenset[str]]:
        always = Interval(Instant(0), self._now + DAY)
        found: dict[str, set[str]] = {kind: set() for kind in self.registered}
        for summary in self._catalogue().days(None, always):
            found["camera"].add(summary.camera)
            for span in summary.spans:
                found["site"].add(span.site)
                found["class"].add(span.retention_class)
                found["district"].add(span.district)
        return {kind: frozenset(names) for kind, names in found.items()}
