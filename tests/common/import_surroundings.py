"""Surroundings of an import in memory, kept from import to import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO
from zoneinfo import ZoneInfo

from footage.action import Purpose
from footage.ids import CameraId
from infra.media.ffmpeg_process import FfmpegLauncher
from infra.media.first_look import why_not_searchable
from infra.media.pyav_decoder import PyavDecoder
from recorder.imports.cut import Cutting
from recorder.imports.importing import Importer
from recorder.imports.intake import Intake, Outcome
from recorder.imports.ledger import ImportLedger
from recorder.imports.plan import plan_import
from recorder.imports.stating import Rules
from tests.common.builders import a_camera
from tests.common.recording import FailingStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from footage.digest import Digest
    from footage.errors import FootageError
    from footage.instant import Elapsed, Instant
    from footage.ports import Deletions, StoredObject
    from recorder.imports.holding import HoldFirst
    from tests.common.recording import Studio

KARACHI = ZoneInfo("Asia/Karachi")
PURPOSE = Purpose("officer-7", "FIR-1/2026", "theft")
CAMERAS = {one: a_camera(one) for one in map(CameraId, ("camera-1", "camera-2"))}


class CountingLauncher(FfmpegLauncher):
    """Counts how often FFmpeg cuts a film; `then` is called after each cut."""

    cuts = 0
    then: Callable[[], None] | None = None

    def run(self, argv: Sequence[str], *, timeout: Elapsed, feed: BinaryIO | None = None) -> str:
        self.cuts += 1
        said = super().run(argv, timeout=timeout, feed=feed)
        if self.then is not None:
            self.then()
        return said


class DyingStore(FailingStore):
    """A store that becomes unreachable after `lives` objects."""

    lives = 1

    def put(
        self,
        key: str,
        source: Path,
        digest: Digest,
        metadata: Mapping[str, str],
        *,
        retain_until: Instant | None = None,
        giving: bool = False,
    ) -> StoredObject:
        self.down = self.lives == 0
        self.lives -= 1
        return super().put(key, source, digest, metadata, retain_until=retain_until, giving=giving)


class ImportSurroundings:
    """Imports files and folders as `footage ingest` does."""

    def __init__(self, studio: Studio) -> None:
        self.studio = studio
        self.launcher = CountingLauncher(studio.tool, studio.clock)
        self.decoder = PyavDecoder()
        self.cutting = Cutting()
        self.deletions: Deletions | None = None
        self.hold_first: HoldFirst | None = None
        self.stopped: FootageError | None = None

    def importer(self) -> Importer:
        return Importer(
            spool_root=self.studio.spool,
            store=self.studio.store,
            catalogue=self.studio.catalogue,
            holds=self.studio.holds,
            launcher=self.launcher,
            custody=self.studio.custody,
            clock=self.studio.clock,
            deletions=self.deletions,
            look=lambda path: why_not_searchable(self.decoder, path),
        )

    @property
    def ledger(self) -> Path:
        return self.importer().folder / "ledger.db"

    def take(
        self,
        *paths: Path,
        again: bool = False,
        rehash: bool = False,
        dry: bool = False,
        **rules: Any,  # noqa: ANN401 - any rule
    ) -> dict[str, Outcome]:
        """Import `paths`; return the outcomes by file name, in order."""
        ledger = ImportLedger(self.ledger)
        intake = Intake(
            self.importer(),
            ledger,
            self.cutting,
            purpose=PURPOSE,
            again=again,
            rehash=rehash,
            hold_first=self.hold_first,
            dry=dry,
        )
        try:
            read = Rules(KARACHI, frozenset(CAMERAS), **rules)
            ready, skips = intake.look(paths, read, lambda _: None)
            outcomes = list(intake.run(plan_import(ready, skips, again=again), CAMERAS))
        finally:
            ledger.close()
        self.stopped = intake.stopped
        return {one.path.name: one for one in outcomes}
