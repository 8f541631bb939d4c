"""Expectations of footage of cameras of which nothing is stored, read from the stores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evidence.expectation_words import expected, without_footage
from footage.errors import FootageError
from footage.instant import DAY, Instant, Interval

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from footage.clock import Clock
    from footage.ids import CameraId, NodeId
    from footage.ports import Catalogue, Leases, Register


@dataclass(frozen=True, slots=True)
class Expectations:
    """Tells what is to be expected of cameras without footage. Safe in threads as the ports are.

    Attributes:
        leases: Opens the leases, which tell who records a camera now.
    """

    register: Register
    catalogue: Catalogue
    leases: Callable[[], Leases]
    clock: Clock

    def told(
        self, cameras: Collection[CameraId], interval: Interval, show: Callable[[Instant], str]
    ) -> dict[CameraId, str] | None:
        """Say what is to be expected of each of the cameras of which nothing is stored.

        Args:
            cameras: Cameras to look at; unknown cameras are passed over.
            interval: The time asked about.
            show: Writes an instant for people.

        Returns:
            A sentence by camera, none for a camera of which anything is stored in `interval`; None
            where catalogue, register or leases cannot be read, so that nothing is known.
        """
        try:
            return self._told(cameras, interval, show)
        except FootageError:
            return None

    def _told(
        self, cameras: Collection[CameraId], interval: Interval, show: Callable[[Instant], str]
    ) -> dict[CameraId, str]:
        now = self.clock.now()
        always = Interval(Instant(0), max(now, interval.end) + DAY)
        known = {camera.id: camera for camera in self.register.cameras()}
        recorders = self.recorders()
        found: dict[CameraId, str] = {}
        for camera in sorted(set(cameras) & known.keys()):
            if without_footage(self.catalogue.days([camera], interval), interval):
                days = self.catalogue.days([camera], always)
                recorder = recorders.get(camera)
                found[camera] = expected(known[camera], interval, days, recorder, now, show)
        return found

    def recorders(self) -> Mapping[CameraId, NodeId]:
        """Return the live recorder of each camera that is recorded now.

        Raises:
            Unavailable: The leases cannot be read.
        """
        membership = self.leases().membership()
        live = {node.id for node in membership.nodes if node.live}
        return {lease.camera: lease.node for lease in membership.leases if lease.node in live}
