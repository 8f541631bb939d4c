"""Three cameras at two sites, stores in memory, an indexer and a search service."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from footage.action import Purpose
from footage.clock import SimulatedClock
from footage.place import Point
from indexer.extract import look
from indexer.pipeline import Indexer
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.media.pyav_decoder import PyavDecoder
from infra.objects.memory_store import MemoryStore
from infra.registers.memory_register import MemoryRegister
from infra.vectors.memory_vectors import MemoryVectors
from search.example import Examples
from search.pictures import KeyframePictures
from search.service import SearchService
from tests.common.builders import BUS_STAND, a_camera, a_district, a_site, at
from tests.common.colour_encoder import ColourEncoder
from tests.common.custody_list import CustodyList
from tests.common.tiny_films import Mover, small_film, store_film

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from footage.instant import Instant
    from footage.segment import Segment

PURPOSE = Purpose("amina", case="FIR 12/2026", code="theft")
FAR = Point(32.9861, 70.6042)
RED = Mover((220, 20, 20), y=0.5, w=0.15, h=0.2, first_s=8, last_s=16, x0=0.1, speed=0.05)
BLUE = Mover((20, 40, 220), y=0.6, w=0.12, h=0.15, first_s=20, last_s=28, x0=0.2, speed=0.05)


@dataclass
class SmallCity:
    """Real parts in memory; `film` records, `indexer` indexes, `search` answers."""

    folder: Path
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(at(600)))
    catalogue: MemoryCatalogue = field(default_factory=MemoryCatalogue)
    vectors: MemoryVectors = field(default_factory=MemoryVectors)
    register: MemoryRegister = field(default_factory=MemoryRegister)
    custody: CustodyList = field(default_factory=CustodyList)
    encoder: ColourEncoder = field(default_factory=ColourEncoder)
    decoder: PyavDecoder = field(default_factory=PyavDecoder)

    def __post_init__(self) -> None:
        self.store = MemoryStore(self.clock)
        self.register.add_districts([a_district("district-1"), a_district("district-2")])
        self.register.add_sites(
            [
                a_site("site-1", place=BUS_STAND),
                a_site("site-2", district="district-2", place=FAR),
            ]
        )
        self.register.add_cameras(
            [
                a_camera("camera-1", site="site-1"),
                a_camera("camera-2", site="site-1"),
                a_camera("camera-3", site="site-2", district="district-2", place=FAR),
            ]
        )

    @property
    def indexer(self) -> Indexer:
        """A new indexer, as after a restart."""
        return Indexer(
            self.store, self.catalogue, self.vectors, self.encoder, self.decoder, self.clock
        )

    @property
    def search(self) -> SearchService:
        """The search service."""
        return SearchService(
            self.register,
            self.catalogue,
            self.vectors,
            self.encoder,
            self.custody,
            self.clock,
            examples=Examples(lambda: self.pictures, look),
        )

    @property
    def pictures(self) -> KeyframePictures:
        """The service that gives pictures of keyframes."""
        return KeyframePictures(self.store, self.catalogue, self.decoder)

    def film(
        self, camera: str, start: Instant, movers: Sequence[Mover] = (), seconds: int = 30
    ) -> Segment:
        """Make a film of a camera, store and catalogue the film as a segment."""
        data = small_film(seconds, tuple(movers))
        return self.keep(camera, start, data)

    def keep(self, camera: str, start: Instant, data: bytes) -> Segment:
        """Store and catalogue bytes as a segment."""
        site = self.register.camera(a_camera(camera).id).site
        segment = store_film(self.store, self.folder, data, camera=camera, start=start, site=site)
        self.catalogue.add_segments([segment])
        return segment
