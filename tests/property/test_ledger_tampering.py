"""Any single change of what a ledger has stored is found, and the finding names the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evidence.ledger_check import Fault, LedgerCheck, check_checkpoints, check_tree
from footage.errors import NotFound
from footage.instant import Elapsed
from footage.leaf import Leaf
from footage.ledger_objects import checkpoints, log_prefix
from footage.merkle import leaf_hash
from footage.signed_note import Checkpoint
from footage.tlog_tiles import (
    TILE_WIDTH,
    TiledTree,
    TreeEdge,
    decode_entries,
    encode_entries,
    entries_path,
)
from infra.keys import note_crypto
from infra.keys.key_folder import FolderSigner
from tests.common.builders import START, a_segment
from tests.common.ledgers import LedgerParts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

pytestmark = pytest.mark.slow

SIZE = 300


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> LedgerParts:
    """A ledger of three cameras, a hundred leaves each, with a checkpoint now and then."""
    made = LedgerParts(tmp_path_factory.mktemp("ledger"))
    for number in range(SIZE // 3):
        start = made.clock.now()
        made.clock.sleep(Elapsed.parse("1s"))
        for camera in ("camera-1", "camera-2", "camera-3"):
            made.append(a_segment(camera, start, seconds=1))
        if number % 30 == 0:
            made.keeper.round(at_once=True)
    made.keeper.round(at_once=True)
    return made


def objects_of(parts: LedgerParts) -> dict[str, bytes]:
    prefix = log_prefix(parts.log)
    stored = [one.key for one in parts.store.list(prefix)]
    return {key.removeprefix(prefix): parts.store.get(key) for key in stored}


def findings(
    parts: LedgerParts,
    objects: Mapping[str, bytes],
    size: int = SIZE,
    more: Sequence[tuple[str, Checkpoint]] = (),
) -> LedgerCheck:
    def read(path: str) -> bytes:
        if path not in objects:
            raise NotFound(f"no {path}")
        return objects[path]

    done = LedgerCheck()
    tree = TiledTree(size, read)
    check_tree(tree, read, done)
    found = [*checkpoints(parts.store, parts.log, START, parts.clock.now()), *more]
    keys = parts.keys.log_keys()
    check_checkpoints(tree, found, parts.origin, keys, note_crypto.is_right, done)
    return done


def rehashed(leaves: list[bytes]) -> dict[str, bytes]:
    """All objects of the tree of these leaves, as somebody makes who may write everywhere."""
    edge, objects = TreeEdge(), dict[str, bytes]()
    for tile in [*edge.append(map(leaf_hash, leaves)), *edge.partial_tiles()]:
        objects[tile.path] = tile.data
    for first in range(0, len(leaves), TILE_WIDTH):
        bundle = leaves[first : first + TILE_WIDTH]
        objects[entries_path(first // TILE_WIDTH, len(bundle))] = encode_entries(bundle)
    return objects


def leaves_of(objects: Mapping[str, bytes]) -> list[bytes]:
    names = [entries_path(0), entries_path(1, SIZE - TILE_WIDTH)]
    return [leaf for name in names for leaf in decode_entries(objects[name])]


def test_an_untouched_ledger_is_whole(parts: LedgerParts) -> None:
    done = findings(parts, objects_of(parts))
    assert (done.findings, done.leaves) == ([], SIZE)
    assert findings(parts, rehashed(leaves_of(objects_of(parts)))).findings == []


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_flipped_bit_of_any_object_is_found_there(
    parts: LedgerParts, data: st.DataObject
) -> None:
    objects = objects_of(parts)
    needed = [
        path for path in rehashed(leaves_of(objects)) if path in objects
    ]  # partial tiles of earlier checkpoints are beside
    path = data.draw(st.sampled_from(needed))
    at = data.draw(st.integers(0, len(objects[path]) - 1))
    changed = bytearray(objects[path])
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    done = findings(parts, {**objects, path: bytes(changed)})
    assert done.findings, path
    first = done.findings[0]
    if "entries" in path:
        assert first.kind is Fault.LEAF
        low, high = (0, TILE_WIDTH) if path == entries_path(0) else (TILE_WIDTH, SIZE)
        assert low <= int(first.where.split()[1]) < high
    else:
        assert first.kind in {Fault.TILE, Fault.LEAF, Fault.FORK}


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_an_object_that_is_gone_is_named(parts: LedgerParts, data: st.DataObject) -> None:
    objects = objects_of(parts)
    path = data.draw(st.sampled_from(sorted(rehashed(leaves_of(objects)))))
    del objects[path]
    done = findings(parts, objects)
    assert any(f"no {path}" in one.message for one in done.findings)


def first_that_names(leaves: list[bytes], places: tuple[int, ...]) -> int:
    """The index of the first leaf that names a leaf at one of these places as its neighbour."""
    befores = [Leaf.decode(leaf).before for leaf in leaves]
    return next(index for index, before in enumerate(befores) if before and before.index in places)


KINDS = ("edit", "deletion", "swap", "insertion", "truncation", "re-dating")


@given(kind=st.sampled_from(KINDS), at=st.integers(0, SIZE - 2), inserted=st.integers(0, SIZE - 1))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_rewritten_tree_is_found_though_all_hashes_were_made_anew(
    parts: LedgerParts, kind: str, at: int, inserted: int
) -> None:
    """The forger has every right but the log's private keys: signed checkpoints tell."""
    leaves = leaves_of(objects_of(parts))
    named_by = first_that_names(leaves, (at, at + 1))
    if kind == "edit":
        leaves[at] = leaves[at].replace(b'"size":3', b'"size":4')
    elif kind == "deletion":
        del leaves[at]
    elif kind == "swap":
        leaves[at], leaves[at + 1] = leaves[at + 1], leaves[at]
    elif kind == "insertion":
        leaves.insert(at, leaves[inserted])
    elif kind == "truncation":
        leaves = leaves[:at]
    else:
        leaves[at] = leaves[at].replace(b'"appended":"2026-11-22', b'"appended":"2026-11-21')
    done = findings(parts, rehashed(leaves), len(leaves))
    forks = [one for one in done.findings if one.kind is Fault.FORK]
    assert forks, "the last checkpoint covers every leaf"
    signed = [
        int(one.where.rpartition(".")[2]) for one in forks
    ]  # the key of a checkpoint ends with its size
    assert all(size > at for size in signed), "checkpoints before the change still stand"
    if kind in {"deletion", "swap", "insertion"}:
        named = [one for one in done.findings if one.kind is Fault.NEIGHBOUR]
        assert named, "and the camera's neighbours no longer fit"
        first = min(int(one.where.split()[1]) for one in named)
        assert first <= named_by + 1  # an insertion moves that leaf by one


@given(at=st.integers(0, SIZE - 1), more=st.integers(0, 40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_fork_signed_by_the_logs_own_keys_is_found_where_it_begins(
    parts: LedgerParts, at: int, more: int
) -> None:
    """The forger has the private keys too, and cannot take back what the store has locked."""
    leaves = leaves_of(objects_of(parts))
    other = [leaf.replace(b'"size":3', b'"size":4') for leaf in leaves[at:]]
    forked = [*leaves[:at], *other, *other[:more]]
    edge = TreeEdge()
    edge.append(map(leaf_hash, forked))
    made = Checkpoint(parts.origin, edge.size, edge.root())
    signed = FolderSigner(parts.keys).sign(made, parts.clock.now())
    done = findings(parts, rehashed(forked), len(forked), [("forged", signed)])
    assert not [one for one in done.findings if one.kind is Fault.SIGNATURE]
    sizes = {int(one.where.rpartition(".")[2]) for one in done.findings if one.kind is Fault.FORK}
    stored = {one.size for _, one in checkpoints(parts.store, parts.log, START, parts.clock.now())}
    assert sizes == {size for size in stored if size > at}
    assert sizes, "the last checkpoint of before covers every leaf"
