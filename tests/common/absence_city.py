"""For tests of certificates of absence: two cameras with a ledger, one of which misses minutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evidence.absence import AbsenceService
from evidence.seal import BundleSeal
from evidence.unfinished import UnfinishedExports
from footage.action import Action, Deed, Purpose
from footage.custody import bracket
from footage.ids import CameraId, PlanId
from footage.instant import Elapsed
from footage.ports import Tombstone
from footage.span import GapReason
from infra.keys.key_folder import FolderSealer
from tests.common.builders import START, a_gap, a_segment, at, during
from tests.common.custody_logs import LIAISON
from tests.common.evidence_parts import the_parts
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from pathlib import Path

    from evidence.absence import AbsenceReport
    from footage.instant import Interval
    from footage.leaf import Late
    from footage.ports import DocumentMaker
    from footage.segment import Segment

ONE = CameraId("camera-1")
TWO = CameraId("camera-2")
MISSED = during(180, 600)
"""The minutes that camera-1 misses, by the recorder's entry."""


class AbsenceCity:
    """Footage of twenty minutes, a segment a minute; camera-1 misses the minutes 3 to 10."""

    def __init__(self, folder: Path, documents: DocumentMaker | None = None) -> None:
        self.folder, self.documents = folder, documents
        self.footage = the_parts(folder)
        self.ledger = LedgerParts(folder / "ledger")
        self.ledger.store = self.footage.store
        self.ledger.keeper = self.ledger.another_keeper()
        self.clock = self.ledger.clock
        self.footage.catalogue.add_gaps(
            [a_gap(ONE, MISSED, GapReason.CAMERA_LOST, "no frames for 10s")]
        )

    def round(self) -> None:
        """A checkpoint before anything is stored."""
        self.clock.sleep(Elapsed.parse("1m"))
        self.ledger.keeper.round(at_once=True)

    def minutes(self, first: int, last: int, *cameras: CameraId) -> list[Segment]:
        """Record minutes of cameras, each entered with a checkpoint a while after its end."""
        made = []
        for minute in range(first, last):
            for camera in cameras:
                made.append(self.stored(a_segment(camera, at(minute * 60))))
                self.ledger.append(made[-1])
            wait = at(minute * 60 + 62) - self.clock.now()
            self.clock.sleep(max(wait, Elapsed.parse("1s")))
            self.ledger.keeper.round(at_once=True)
        return made

    def stored(self, segment: Segment) -> Segment:
        return self.footage.stored([segment], bytes_each=1_000)[0]

    def late(self, segment: Segment, why: Late) -> Segment:
        """Enter a stored segment late, under a new checkpoint."""
        made = self.stored(segment)
        self.ledger.append(made, late=why)
        self.clock.sleep(Elapsed.parse("1m"))
        self.ledger.keeper.round(at_once=True)
        return made

    def delete(self, *segments: Segment, plan: str = "0" * 16) -> None:
        """Delete segments as retention does, with entry, tombstone and gap."""
        service = Purpose("service:retention")
        parts, rule = self.footage, "policy 'streets': keep 30d"
        with bracket(parts.custody, Deed(Action.PURGE, service, {"plan": plan})):
            parts.register.add_tombstones([Tombstone(PlanId(plan), segments, rule)])
            keys = [segment.key for segment in segments]
            parts.register.settle_tombstone(
                PlanId(plan), segments[0].key, purged=keys, at=self.clock.now()
            )
            parts.store.delete(keys)
            parts.catalogue.remove_segments(keys)
            parts.catalogue.add_gaps(
                a_gap(one.camera, one.interval, GapReason.EXPIRED, rule) for one in segments
            )

    def service(self) -> AbsenceService:
        parts = self.footage
        return AbsenceService(
            parts.register,
            parts.catalogue,
            parts.store,
            ledger=self.ledger.ledger,
            keys=self.ledger.keys.log_keys,
            custody=parts.custody,
            clock=self.clock,
            software_version="0.1.0",
            unfinished=UnfinishedExports(self.folder / "exports"),
            zone="Asia/Karachi",
            documents=self.documents,
            seal=BundleSeal(FolderSealer(self.ledger.keys), None, self.clock),
        )

    def certify(
        self, interval: Interval, *cameras: CameraId, name: str = "certificate"
    ) -> AbsenceReport:
        asked = cameras or (ONE,)
        return self.service().certify(asked, interval, self.folder / name, LIAISON)


def usual_city(folder: Path, documents: DocumentMaker | None = None) -> AbsenceCity:
    """A city with a ledger from before the footage; camera-1 missed seven minutes."""
    city = AbsenceCity(folder, documents)
    city.ledger.keeper.round(at_once=True)
    city.minutes(0, 3, ONE, TWO)
    city.minutes(3, 10, TWO)
    city.minutes(10, 20, ONE, TWO)
    city.clock.sleep(START + Elapsed.parse("2h") - city.clock.now())
    return city
