"""A small city for the evidence tests: register, catalogue, store and custody log in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from evidence.export import ExportService
from evidence.unfinished import UnfinishedExports
from footage.clock import SimulatedClock
from footage.digest import Digest
from footage.instant import Elapsed
from footage.recipient_rule import ANY_RECIPIENT
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.custody.custody_file import CustodyFile
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_register import MemoryRegister
from tests.common.builders import a_camera, a_district, a_site, at, segments_in_a_row
from tests.common.mp4_builder import Frame, box, fragment, init

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from evidence.custody_tree import CustodyProofs
    from evidence.ledger_bundle import BundleProofs
    from evidence.papers import Papers
    from evidence.seal import BundleSeal
    from evidence.view_making import Views
    from footage.case import CaseDocument
    from footage.recipient_rule import RecipientRule
    from footage.segment import Segment


@dataclass
class Parts:
    """Parts from which the services of `evidence` are built."""

    folder: Path
    clock: SimulatedClock
    register: MemoryRegister
    catalogue: MemoryCatalogue
    store: MemoryStore
    custody: CustodyFile

    def stored(self, segments: Iterable[Segment], *, bytes_each: int = 3_000) -> list[Segment]:
        """Store an object for each segment and record the segment.

        The object is a film of a single picture, with bytes made from the key.
        """
        real = [self._made(segment, bytes_each) for segment in segments]
        self.catalogue.add_segments(real)
        return real

    def _made(self, segment: Segment, size: int) -> Segment:
        length_ms = segment.interval.length.us // 1_000
        head = init() + fragment([Frame(size=0, duration=length_ms, key=True)])
        filling = (segment.key.encode() * (size // len(segment.key) + 1))[: size - len(head) - 8]
        return self.put(segment, head + box(b"free", filling))

    def put(self, segment: Segment, data: bytes) -> Segment:
        """Store these bytes as the segment's object; return the segment as it is then."""
        source = self.folder / "source.mp4"
        source.write_bytes(data)
        real = replace(segment, size_bytes=len(data), digest=Digest.of(data))
        self.store.put(real.key, source, real.digest, {})
        return real

    def a_minute_each(self, count: int = 3, camera: str = "camera-1") -> list[Segment]:
        """Store `count` segments of a minute of a camera, from `START`."""
        return self.stored(segments_in_a_row(count, camera))


def exporter(  # noqa: PLR0913 - a part of the service each
    parts: Parts,
    proofs: BundleProofs | None = None,
    papers: Papers | None = None,
    custody_proofs: CustodyProofs | None = None,
    seal: BundleSeal | None = None,
    views: Views | None = None,
    *,
    recipients: RecipientRule = ANY_RECIPIENT,
    documents: Sequence[CaseDocument] = (),
) -> ExportService:
    """Build the service that makes bundles of what these parts hold.

    Args:
        parts: What there is.
        proofs: Writes the proofs of a ledger, where there is one.
        papers: Writes report and stills, where the bundle is to have them.
        custody_proofs: Writes the proofs of the custody log, where there are any.
        seal: Signs bundles; None: bundles stay unsigned.
        views: Writes films for viewing, where the bundle is to have any.
        recipients: To whom who may export what.
        documents: The authority documents of every case.
    """
    return ExportService(
        parts.register,
        parts.catalogue,
        parts.store,
        parts.custody,
        parts.clock,
        "0.1.0",
        unfinished=UnfinishedExports(parts.folder / "exports"),
        proofs=proofs,
        papers=papers,
        custody_proofs=custody_proofs,
        seal=seal,
        views=views,
        zone="Asia/Karachi",
        recipients=recipients,
        documents=lambda _case: documents,
    )


def the_parts(folder: Path, *, store: MemoryStore | None = None) -> Parts:
    """Make two cameras of a site, nothing recorded; the clock shows an hour after `START`."""
    clock = SimulatedClock(at(0) + Elapsed.parse("1h"))
    register = MemoryRegister(wait=Elapsed.parse("100ms"))
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    source = "rtsp://user:geheim@10.0.0.1/1"
    register.add_cameras([a_camera("camera-1", source=source), a_camera("camera-2")])
    return Parts(
        folder=folder,
        clock=clock,
        register=register,
        catalogue=MemoryCatalogue(),
        store=store or MemoryStore(clock),
        custody=CustodyFile(
            folder / "custody", register, clock, require_case=False, salt=lambda: "00" * 16
        ),
    )
