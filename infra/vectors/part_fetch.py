"""Fetching copied parts back: a lost shard is made of them, a damaged part is replaced.

A fetched part never gives footage back that was deleted: rows of segments that the catalogue does
not have are dead before the part is named, and the catalogue is asked once more afterwards, since a
purge may have come between (invariant 3). Rows of segments that the shard holds already, indexed
again meanwhile, are dead in the fetched part.

The copies are the shard's own only once all is done, so that after a crash anywhere the next fetch
does the rest. Segments whose vectors were in no copy count as not looked at before the parts are
named: named parts promise the vectors of their cameras and day (invariant 6).
"""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from footage import durable
from footage.digest import Digest
from footage.errors import DataLoss, NotFound
from footage.ids import SegmentKey
from infra.vectors import sealed_part, vector_shards
from infra.vectors.part_copies import Copied, PartCopies, piece_keys
from infra.vectors.shard_upkeep import new_log
from infra.vectors.vector_shards import NamedPart, Shard, State

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from footage.encoder import EncoderIdentity
    from infra.vectors.faiss_index import FaissIndex
    from infra.vectors.part_copies import PartList
    from infra.vectors.shard_view import ShardView
    from infra.vectors.vector_columns import Mask

    Existing = Callable[[Collection[SegmentKey]], frozenset[SegmentKey]]
    LookAgain = Callable[[Shard, Collection[str]], int]

_ASKED = 10_000


@dataclass(frozen=True, slots=True)
class FetchedDay:
    """A day whose parts were fetched.

    Attributes:
        parts: Number of parts fetched.
        again: Number of segments that wait for indexing, as no copy had their vectors.
    """

    shard: Shard
    parts: int
    again: int


def fetch(
    copies: PartCopies,
    index: FaissIndex,
    encoder: EncoderIdentity,
    existing: Existing,
    look_again: LookAgain,
) -> Iterator[FetchedDay]:
    """Fetch missing and damaged parts of the encoder; yield each day of which something came.

    Args:
        copies: The copies.
        index: The index to restore.
        encoder: The encoder.
        existing: Tells which segments the catalogue has.
        look_again: Lets all segments of a shard's day wait for indexing but those of the given
            keys; returns their number.

    Raises:
        Unavailable: The object store cannot be reached; fetch again.
        DataLoss: A copy is missing or altered.
    """
    durable.make_folder(copies.root)
    with copies.held():
        for day in copies.days(encoder.short):
            shard = vector_shards.shard(copies.root, encoder.short, day)
            newest = copies.newest(shard)
            if newest is None or newest[1].digest != encoder.digest:
                continue
            durable.make_folder(shard.folder)
            foreign = _state_of(shard) is None or not copies.is_mine(copies.copied(shard), newest)
            with shard.upkeep():  # a concurrent upkeep would sweep what is being fetched
                done = _fetch(
                    copies, index.view_of(shard), newest[1], existing, look_again, foreign
                )
            if foreign and not shard.is_altered:
                _forget_deleted(index, shard, existing)
                number, listed, digest = newest
                names = tuple(part.name for part in listed.parts)
                copies.note(shard, Copied(number, digest, "", names, swept=False))
            if done.parts or done.again:
                yield done


def _fetch(
    copies: PartCopies,
    view: ShardView,
    listed: PartList,
    existing: Existing,
    look_again: LookAgain,
    foreign: bool,  # noqa: FBT001
) -> FetchedDay:
    shard = view.shard
    state = _state_of(shard)
    named = {part.name for part in state.parts} if state else set()
    bad = [p for p in listed.parts if p.name in named and not _is_whole(shard, p.name)]
    for part in bad:
        _get_part(copies, shard, part.name, listed)
    joining = [part for part in listed.parts if foreign and part.name not in named]
    for part in joining:
        if not _is_whole(shard, part.name):
            _get_part(copies, shard, part.name, listed)
    dead = {part.name: _dead(copies, shard, part, listed, existing) for part in joining}
    again = 0
    if foreign:
        kept = set(_held(shard, view))
        for name, mask in dead.items():
            kept |= sealed_part.live_segments(shard.folder / name, mask)
        again = look_again(shard, kept)
    with shard.writing(), view.lock:
        if bad or joining or shard.is_altered:
            _name(view, joining, dead)
    return FetchedDay(shard, len(bad) + len(joining), again)


def _name(view: ShardView, joining: list[NamedPart], dead: dict[str, Mask]) -> None:
    """Have the fetched parts count from now on; call within the shard's `writing`."""
    shard = view.shard
    state = _state_of(shard)
    if state is None:
        shard.forget_altered()
        shard.forget_dropped()
        manifest = sealed_part.read_manifest(shard.folder / joining[0].name)
        state = new_log(view, State(manifest.encoder, manifest.digest, manifest.dimension, (), ()))
    elif shard.is_altered and _all_whole(shard, state):
        shard.forget_altered()
    named = {part.name for part in state.parts}
    added = [
        replace(part, dead=shard.write_dead(dead[part.name] | _replaced(shard, view, part.name)))
        for part in joining
        if part.name not in named
    ]
    shard.write(replace(state, parts=(*state.parts, *added), mended=state.mended + 1))


def _state_of(shard: Shard) -> State | None:
    """State of the shard; None where the state cannot be read."""
    try:
        return shard.state()
    except DataLoss:
        return None


def _is_whole(shard: Shard, part: str) -> bool:
    """Whether every byte of a part is there."""
    try:
        sealed_part.verify(shard.folder / part)
    except (DataLoss, OSError):
        return False
    return True


def _all_whole(shard: Shard, state: State) -> bool:
    try:
        vector_shards.verify(shard, state)
    except (DataLoss, FileNotFoundError):
        return False
    return True


def _get_part(copies: PartCopies, shard: Shard, part: str, listed: PartList) -> None:
    """Fetch a part, check its digests, and put the part in its place."""
    new = shard.folder / f"{secrets.token_hex(8)}.new"
    new.mkdir()
    for name, (size, digest) in listed.files[part].items():
        key = f"{copies.prefix(shard)}{part}/{name}"
        chunks = (_get(copies, one) for one in piece_keys(key, size, listed.piece_bytes))
        got = durable.write_chunks(new / name, chunks)
        if (str(got[0]), got[1]) != (digest, size):
            raise DataLoss(f"the copy of {shard.name}/{part}/{name} is altered")
    durable.sync_folder(new)
    with shard.writing():
        target = shard.folder / part
        if target.exists():
            target.rename(new.with_suffix(".old"))
        new.rename(target)
        durable.sync_folder(shard.folder)
    shutil.rmtree(new.with_suffix(".old"), ignore_errors=True)
    sealed_part.verify(shard.folder / part)


def _get(copies: PartCopies, key: str) -> bytes:
    try:
        return copies.store.get(key)
    except NotFound as exc:
        raise DataLoss(f"the copy {key} is gone") from exc


def _dead(
    copies: PartCopies, shard: Shard, part: NamedPart, listed: PartList, existing: Existing
) -> Mask:
    """Rows of a copied part that must not live: dead when copied, or deleted since."""
    mask = np.zeros(part.rows, dtype=np.bool_)
    if part.dead:
        key = copies.prefix(shard) + part.dead
        pieces = piece_keys(key, -(-part.rows // 8), listed.piece_bytes)
        data = b"".join(_get(copies, one) for one in pieces)
        if part.dead != f"{Digest.of(data).hex[:16]}.dead":
            raise DataLoss(f"the copy {key} is altered")
        bits = np.unpackbits(np.frombuffer(data, np.uint8), count=part.rows, bitorder="little")
        mask |= bits.view(np.bool_)
    keys = sealed_part.segments_of(shard.folder / part.name)
    gone = [n for n, there in enumerate(_there(keys, existing)) if not there]
    return mask | np.isin(sealed_part.segment_numbers(shard.folder / part.name), gone)


def _there(keys: list[str], existing: Existing) -> list[bool]:
    found: list[bool] = []
    for at in range(0, len(keys), _ASKED):
        asked = [SegmentKey(key) for key in keys[at : at + _ASKED]]
        known = existing(asked)
        found += [key in known for key in asked]
    return found


def _replaced(shard: Shard, view: ShardView, part: str) -> Mask:
    """Rows of segments that the shard holds: indexed again since the copy was made."""
    folder, held = shard.folder / part, _held(shard, view)
    numbers = [n for n, key in enumerate(sealed_part.segments_of(folder)) if key in held]
    return np.isin(sealed_part.segment_numbers(folder), numbers)


def _held(shard: Shard, view: ShardView) -> frozenset[str]:
    """Keys of the segments with live rows in the shard; of none where the shard is damaged."""
    return view.consistent(view.live_segments) if not shard.is_altered else frozenset()


def _forget_deleted(index: FaissIndex, shard: Shard, existing: Existing) -> None:
    """Remove rows of segments that were deleted while parts were fetched (invariant 3)."""
    view = index.view_of(shard)
    held = sorted(view.consistent(view.live_segments))
    gone = [
        SegmentKey(key)
        for key, there in zip(held, _there(held, existing), strict=True)
        if not there
    ]
    if gone:
        index.remove(gone)
