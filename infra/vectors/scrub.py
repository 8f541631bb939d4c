"""Scrub: sealed parts are read whole from time to time, so that damage is known early.

The part that was checked longest ago comes first. A run ends once it has read its limit, a part
always whole, so a part larger than the limit is checked in a run of its own. What is found damaged
is remembered with the shard: searches name the day instead of answering from it.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from footage import durable
from footage.errors import DataLoss
from infra.vectors import sealed_part, vector_shards

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.instant import Instant
    from infra.vectors.vector_shards import Shard

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """Result of a scrub.

    Attributes:
        parts: Number of parts read.
        size_bytes: Bytes read.
        damaged: Shards with damage, found now or known before, by name.
    """

    parts: int
    size_bytes: int
    damaged: tuple[str, ...]

    def require_sound(self) -> None:
        """Do nothing where no shard is damaged; raises DataLoss with the damaged shards' names."""
        if self.damaged:
            raise DataLoss(
                f"vectors are damaged: {', '.join(self.damaged)}", hint="footage index --fetch"
            )


def scrub(
    root: Path, now: Instant, limit_bytes: int | None, stop: Callable[[], bool] = lambda: False
) -> Scrubbed:
    """Read parts until `limit_bytes` are read; None reads all parts."""
    waiting = []
    for shard in vector_shards.shards(root):
        try:
            state = shard.state()
        except DataLoss:
            continue  # searches name such a shard
        done = _checked(shard)
        if state is not None and not shard.is_altered:
            waiting += [(done.get(part.name, 0), shard, part.name) for part in state.parts]
    parts = size = 0
    for _, shard, part in sorted(waiting, key=lambda one: (one[0], one[1].name, one[2])):
        if stop() or (limit_bytes is not None and size >= limit_bytes):
            break
        parts, size = parts + 1, size + _check(shard, part, now)
    return Scrubbed(parts, size, damaged(root))


def damaged(root: Path) -> tuple[str, ...]:
    """Shards that are known to be damaged, by name."""
    return tuple(shard.name for shard in vector_shards.shards(root) if shard.is_altered)


def _check(shard: Shard, part: str, now: Instant) -> int:
    """Read a part; return the bytes read."""
    try:
        files = sealed_part.read_manifest(shard.folder / part).files
        sealed_part.verify(shard.folder / part)
    except FileNotFoundError:
        state = shard.state()
        if state is None or part not in {named.name for named in state.parts}:
            return 0  # upkeep has replaced the part
        _damage(shard, f"{part} lacks a file")
        return 0
    except DataLoss as exc:
        _damage(shard, str(exc))
        return 0
    with shard.writing():
        state = shard.state()
        known = {named.name for named in state.parts} if state else set()
        done = {name: at for name, at in _checked(shard).items() if name in known}
        durable.replace(_record(shard), json.dumps({**done, part: now.us}).encode())
    return sum(size for size, _ in files.values())


def _damage(shard: Shard, said: str) -> None:
    _log.error("vectors of %s are damaged: %s; footage index --fetch mends them", shard.name, said)
    with shard.writing():
        shard.remember_altered()


def _checked(shard: Shard) -> dict[str, int]:
    try:
        found = json.loads(_record(shard).read_bytes())
        return {str(part): int(at) for part, at in found.items()}
    except (FileNotFoundError, ValueError, AttributeError, TypeError):
        return {}


def _record(shard: Shard) -> Path:
    return shard.folder.with_suffix(".scrubbed")
