"""Sharing of cameras between the indexers of a register, beside the indexing itself."""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from footage.errors import FootageError
from indexer.camera_share import CameraShare, IndexerIdentity
from infra.node.home import indexer_slot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.ids import CameraId
    from footage.instant import Elapsed
    from infra.wiring import Parts

_log = logging.getLogger(__name__)


@contextmanager
def cameras_shared(parts: Parts) -> Iterator[Callable[[], frozenset[CameraId]]]:
    """Share the cameras with other indexers while the block runs; nothing is indexed after it.

    Yields:
        The function that returns the cameras to index now.
    """
    register, catalogue, mark = parts.register, parts.catalogue, parts.encoder_digest
    with indexer_slot(parts.home) as (name, node):
        identity = IndexerIdentity(node, name, secrets.token_hex(16), parts.settings.indexing.lease)
        share = CameraShare(
            identity,
            parts.indexer_leases,
            # Cameras that left the register may have segments that wait.
            lambda: {camera.id for camera in register.cameras()} | catalogue.backlog(mark).keys(),
            parts.clock,
        )
        ending = threading.Event()

        def pause(length: Elapsed) -> bool:
            return ending.wait(length.in_seconds)

        rounds = threading.Thread(
            target=share.follow, args=(pause, _failed), name="indexer leases", daemon=True
        )
        rounds.start()
        try:
            yield share.mine
        finally:
            ending.set()
            rounds.join()
            with suppress(FootageError):  # the others wait until the leases end
                share.leave()


def _failed(why: FootageError) -> None:
    _log.warning("the share of cameras to index is not renewed: %s", why)
