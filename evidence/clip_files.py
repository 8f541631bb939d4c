"""Writes the clips of a bundle, each sealed by itself where the bundle is signed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from evidence.clip_seal import FORMAT, ExportFacts, location_box, sealed
from evidence.manifest import master_path, places_of
from footage.mp4 import elapsed, walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from evidence.bundle import BundleFolder
    from evidence.clip_seal import ClipSigner
    from evidence.clips import Clip
    from evidence.manifest import Statement
    from evidence.verify import ClipMaker
    from footage.camera import Camera, Site
    from footage.ids import SiteId
    from footage.instant import Instant


class ClipFiles:
    """Writes the clips of a statement.

    Args:
        statement: What the bundle is of.
        sites: Sites of the register, whose names the clips state.
        signer: Seals the clips; None: they stay unsealed.
        folder: The bundle, with all master files.
    """

    def __init__(
        self,
        statement: Statement,
        sites: Mapping[SiteId, Site],
        signer: ClipSigner | None,
        folder: BundleFolder,
    ) -> None:
        self._statement, self._sites = statement, sites
        self._signer, self._folder = signer, folder
        self._places = {
            segment.key: camera
            for source in (statement.sources if statement.clips else ())
            for camera, segments in places_of(source)
            for segment in segments
        }

    def write(self) -> Statement:
        """Write all clips; return the statement with how they are sealed.

        Raises:
            DataLoss: Master files do not make a clip.
            FootageError: A clip cannot be sealed or written.
        """
        return replace(
            self._statement, clips=tuple(self._written(clip) for clip in self._statement.clips)
        )

    def _written(self, clip: Clip) -> Clip:
        signer, masters = self._signer, [master_path(segment) for segment in clip.segments]
        if signer is None:
            self._folder.clip(clip.path, masters)
            return clip
        camera = self._places[clip.segments[0].key]

        def behind(made: ClipMaker, film: Iterator[bytes]) -> Iterator[bytes]:
            return sealed(film, lambda: self._facts(clip, camera, made, signer.unit), signer)

        self._folder.clip(clip.path, masters, self._location(camera), behind)
        return replace(clip, sealed=FORMAT)

    def _location(self, camera: Camera) -> bytes:
        site = self._sites.get(camera.site)
        return location_box(site.name if site else camera.site, camera.place)

    def _facts(self, clip: Clip, camera: Camera, made: ClipMaker, unit: str) -> ExportFacts:
        return ExportFacts(
            unit=unit,
            exported=self._statement.created,
            operator=self._statement.purpose.actor,
            camera=f"{camera.name} ({camera.id})" if camera.name else camera.id,
            begin=self._begin(clip, made),
            tracks=sorted(made.scales),
        )

    def _begin(self, clip: Clip, made: ClipMaker) -> Instant:
        """Return the wall time of media time 0: sound, or decoding, begins before the picture."""
        first = clip.segments[0]
        with self._folder.opened(master_path(first)) as file:
            layout = walk(file)
        shown = elapsed(layout.start_pts_ticks, layout.media.timescale)
        return first.interval.start - (shown - elapsed(*made.begin))
