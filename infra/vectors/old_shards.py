"""Shards written before Footage had open logs: read once, and rewritten as they are written now.

Such a shard's `current` names parts of fp32 rows, each file with its digest. All parts are read and
checked, and their rows are written as a single sealed part; then `current` is replaced, and the old
parts are removed. A crash before `current` is replaced leaves the old shard. A damaged old shard
stays as it is: searches name it as unreadable, and it can be set aside like any other.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss
from infra.vectors import part_builder
from infra.vectors.faiss_scan import read_fp32
from infra.vectors.open_log import OpenLog
from infra.vectors.part_builder import Identity, Taken
from infra.vectors.vector_columns import PLACE, Columns
from infra.vectors.vector_days import covering
from infra.vectors.vector_shards import HINT, NamedPart, State

if TYPE_CHECKING:
    from pathlib import Path

    from infra.vectors.vector_columns import Positions
    from infra.vectors.vector_rules import Halves
    from infra.vectors.vector_shards import Shard

_FILES: Final = ("rows.npy", "names.json", "vectors.faiss")


@dataclass(frozen=True, slots=True)
class _OldPart:
    columns: Columns
    numbers: Halves

    def halves(self, at: Positions) -> Halves:
        return self.numbers[at]


def is_old(shard: Shard) -> bool:
    """Whether the shard was written before Footage had open logs."""
    return _old_parts(shard) is not None


def rewrite(shard: Shard) -> None:
    """Rewrite an old shard; nothing is done if another process did.

    Raises:
        DataLoss: The shard is damaged; it is left as it is.
    """
    with shard.upkeep(), shard.writing():
        names = _old_parts(shard)
        if names is None:
            return
        if not names:  # all rows were removed, and a crash came before the folder went
            shard.drop()
            return
        try:
            read = [_read(shard.folder / name) for name in names]
        except (OSError, ValueError, KeyError, TypeError) as exc:
            raise DataLoss(f"vector shard {shard.name}: {exc}", hint=HINT) from exc
        identity = read[0][0]
        taken = [one for _, one in read]
        part, order = part_builder.build(shard.folder, identity, taken, ())
        log = OpenLog.create(shard.folder, identity.dimension)
        durable.sync_folder(shard.folder)
        named = NamedPart(part, len(order.at), "", covering(one.days for one in taken))
        state = State(
            *(identity.encoder, identity.digest, identity.dimension), (named,), (log.name,)
        )
        shard.write(state)
        shard.sweep(state)


def _old_parts(shard: Shard) -> list[str] | None:
    try:
        content = json.loads((shard.folder / "current").read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(content, dict) or set(content) != {"parts"}:
        return None
    return [str(name) for name in content["parts"]]


def _read(folder: Path) -> tuple[Identity, Taken]:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    files = {name: (folder / name).read_bytes() for name in _FILES}
    for name, data in files.items():
        if str(Digest.of(data)) != manifest["files"][name]:
            raise DataLoss(f"{folder / name} is altered or cut short", hint=HINT)
    table: Any = np.load(io.BytesIO(files["rows.npy"]), allow_pickle=False)
    names = json.loads(files["names.json"])
    place = np.empty(len(table), PLACE)
    for column in ("offset", "length", "box"):
        place[column] = table[column]
    columns = Columns(
        names["cameras"],
        np.array([key.encode() for key in names["segments"]], np.bytes_),
        **{name: np.ascontiguousarray(table[name]) for name in ("camera", "segment", "instant")},
        place=place,
        in_order=True,
    )
    numbers = read_fp32(files["vectors.faiss"]).astype(np.float16)
    days = manifest["days"] and (manifest["days"][0], manifest["days"][1])
    identity = Identity(manifest["encoder"], manifest["digest"], manifest["dimension"])
    return identity, Taken(_OldPart(columns, numbers), np.arange(len(table)), days)
