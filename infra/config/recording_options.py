"""Options of a recorder, made from the settings."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from infra.config.camera_secret import camera_secret
from infra.host.host_clock import synchronised
from recorder.options import Options
from recorder.store.eviction_policy import SpoolLimit

if TYPE_CHECKING:
    from pathlib import Path

    from infra.config.sections.recording import Recording


def recording_options(
    chosen: Recording, spool: Path, secrets: Path, *, loop: bool, shared: bool
) -> Options:
    """Make the options of a recorder from the section `[recording]`.

    Args:
        chosen: The section `[recording]`.
        spool: Folder of the recorder's spool.
        secrets: Folder of the cameras' secret files.
        loop: Whether a file as source is played again and again.
        shared: Whether other recorders may have recorded the same cameras before.
    """
    return Options(
        length=chosen.segment_length,
        loop=loop,
        sync=chosen.sync_every,
        spool_limit=SpoolLimit(spool, chosen.spool_limit, chosen.class_order),
        shared=shared,
        synchronised=synchronised,
        secret=partial(camera_secret, secrets),
    )
