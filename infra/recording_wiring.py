"""Builds what records and imports, and the FFmpeg in use: a part of `infra.wiring`.

Third-party clients are imported where an object is built.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from infra.store_wiring import Stores

if TYPE_CHECKING:
    from collections.abc import Callable

    from footage.clock import Clock
    from footage.scope import Scope
    from infra.media.ffmpeg_process import FfmpegLauncher
    from infra.media.watchdog import Watchdog
    from infra.node.telemetry import Telemetry
    from recorder.events import Event
    from recorder.imports.importing import Importer
    from recorder.imports.ledger import ImportLedger
    from recorder.imports.limits import Limits
    from recorder.leases.lease_keeper import LeaseKeeper
    from recorder.service import Recorder
    from recorder.store.leaf_queue import LeafQueue


class RecordingParts(Stores):
    """Recorders, importers and FFmpeg of a process, on the process's stores."""

    @cached_property
    def ffmpeg_launcher(self) -> FfmpegLauncher:
        """Starts the FFmpeg program in use."""
        from infra.media.ffmpeg_process import FfmpegLauncher

        return FfmpegLauncher(self.ffmpeg, self.clock)

    @cached_property
    def leaf_queue(self) -> LeafQueue:
        """Takes leaves of stored segments for the ledger."""
        from recorder.store.leaf_queue import LeafQueue

        return LeafQueue(self.ledger, self.home / "ledger" / "waiting", self.clock)

    def recorder(
        self,
        listener: Callable[[Event], None] | None = None,
        *,
        loop: bool = False,
        watchdog: Watchdog | None = None,
    ) -> Recorder:
        """Build a recorder.

        Args:
            listener: Told every event of the recorder.
            loop: Whether a file as source is played again and again.
            watchdog: Watches the recorder's FFmpegs; given where recorders share cameras.
        """
        from infra.config.recording_options import recording_options
        from infra.media.ffmpeg_process import FfmpegLauncher
        from recorder.service import Recorder

        chosen, spool = self.settings.recording, self.home / "spool"
        return Recorder(
            spool_root=spool,
            store=self.store,
            catalogue=self.catalogue,
            holds=self.register,
            clock=self.clock,
            launcher=FfmpegLauncher(self.ffmpeg, self.clock, watchdog),
            options=recording_options(
                chosen,
                spool,
                chosen.secrets or self.home / "camera-secrets",
                loop=loop,
                shared=watchdog is not None,
            ),
            listener=listener,
            leaves=self.leaf_queue,
        )

    def shared_recorder(
        self, scope: Scope, observer: Telemetry, *, loop: bool = False
    ) -> tuple[Recorder, LeaseKeeper]:
        """Build a recorder that shares cameras with others, and join the membership.

        Returns:
            The recorder, and the lease keeper that leases cameras of `scope` to the recorder.

        Raises:
            Refused: Another recorder has registered under the same name, or is live on a register
                that takes a single recorder.
        """
        node_leases = self.node_leases
        keeper = node_leases.keeper(scope, self.register, lambda: observer.address, observer)
        if observer.pages is not None:
            observer.pages.promise = keeper.promise
        recorder = self.recorder(observer, loop=loop, watchdog=node_leases.watchdog)
        keeper.join()
        return recorder, keeper

    @cached_property
    def importer(self) -> Importer:
        """Service that imports recordings made by other systems."""
        return self.importer_by(self.clock)

    def importer_by(self, clock: Clock) -> Importer:
        """Build an importer whose imports have the instants of `clock`."""
        from infra.media.first_look import why_not_searchable
        from recorder.imports.importing import Importer

        return Importer(
            spool_root=self.home / "spool",
            store=self.store,
            catalogue=self.catalogue,
            holds=self.register,
            launcher=self.ffmpeg_launcher,
            custody=self.custody,
            clock=clock,
            deletions=self.register,
            look=lambda path: why_not_searchable(self.decoder, path),
            stays=self.register.stays,
            leaves=self.leaf_queue,
        )

    @property
    def import_limits(self) -> Limits:
        """Most that a file from outside may claim."""
        from recorder.imports.limits import Limits

        chosen = self.settings.limits
        return Limits(chosen.pixels, chosen.tracks, chosen.boxes, chosen.duration)

    @cached_property
    def import_ledger(self) -> ImportLedger:
        """Ledger of imported files, shared by all imports of this spool."""
        from recorder.imports.ledger import ImportLedger

        ledger = ImportLedger(self.importer.folder / "ledger.db")
        self._open.callback(ledger.close)
        return ledger
