"""Trees, tiles, notes and leaves of the ledger, of any size and with any single change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from footage.errors import BadInput, DataLoss
from footage.instant import Elapsed
from footage.leaf import Late, Leaf, Neighbour, Tips, draft_of, placed, why_late
from footage.merkle import (
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    reader_of,
    root_from_inclusion,
    root_of,
)
from footage.signed_note import Checkpoint, Proof
from footage.tlog_tiles import TiledTree, TreeEdge, encode_entries, entries_path
from tests.common.builders import a_segment, at, during

if TYPE_CHECKING:
    from footage.ids import CameraId

sizes = st.integers(1, 700)


def leaves_of(size: int, salt: bytes = b"") -> list[bytes]:
    return [b"leaf %d " % index + salt for index in range(size)]


def hashes_of(leaves: list[bytes]) -> list[bytes]:
    return [leaf_hash(leaf) for leaf in leaves]


def tiles_of(leaves: list[bytes], steps: list[int]) -> tuple[dict[str, bytes], TreeEdge]:
    """All objects of a tree that grew by these steps, and its edge."""
    edge, objects, done = TreeEdge(), dict[str, bytes](), 0
    for step in [*steps, len(leaves)]:
        new = leaves[done : done + step]
        done += len(new)
        for tile in [*edge.append(hashes_of(new)), *edge.partial_tiles()]:
            objects[tile.path] = tile.data
    for number in range(-(-len(leaves) // 256)):
        bundle = leaves[number * 256 : (number + 1) * 256]
        objects[entries_path(number, len(bundle))] = encode_entries(bundle)
    return objects, edge


@given(st.data(), st.integers(1, 70))
def test_a_leaf_is_included_at_its_place_alone(data: st.DataObject, size: int) -> None:
    hashes = hashes_of(leaves_of(size))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, reader_of(hashes))
    root = root_of(hashes)
    assert root_from_inclusion(hashes[index], index, size, proof) == root
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert root_from_inclusion(hashes[other], index, size, proof) != root
    if proof:
        at_step = data.draw(st.integers(0, len(proof) - 1))
        wrong = [*proof[:at_step], leaf_hash(proof[at_step]), *proof[at_step + 1 :]]
        assert root_from_inclusion(hashes[index], index, size, wrong) != root


@given(st.data(), st.integers(1, 70))
def test_a_tree_is_consistent_with_its_beginnings_alone(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    hashes = hashes_of(leaves)
    old = data.draw(st.integers(0, size))
    proof = consistency_proof(old, size, reader_of(hashes))
    root, before = root_of(hashes), root_of(hashes[:old])
    assert is_consistent(old, before, size, root, proof)
    if old:
        changed = data.draw(st.integers(0, old - 1))
        forked = hashes_of([*leaves[:changed], b"other", *leaves[changed + 1 :]])
        assert not is_consistent(old, root_of(forked[:old]), size, root, proof)
        rewritten = consistency_proof(old, size, reader_of(forked))
        assert not is_consistent(old, before, size, root_of(forked), rewritten)


@given(sizes, st.lists(st.integers(1, 300), max_size=3))
def test_tiles_are_the_tree_however_it_grew(size: int, steps: list[int]) -> None:
    leaves = leaves_of(size)
    objects, edge = tiles_of(leaves, steps)
    tree, root = TiledTree(size, objects.__getitem__), root_of(hashes_of(leaves))
    assert tree.root() == edge.root() == root
    assert TreeEdge.decode(edge.encode()) == edge == TreeEdge.read(size, objects.__getitem__)
    assert [leaf for _, leaf in tree.leaves()] == leaves
    proof = tree.inclusion_proof(size // 2)
    assert root_from_inclusion(leaf_hash(leaves[size // 2]), size // 2, size, proof) == root
    old = size // 3
    before = root_of(hashes_of(leaves[:old]))
    assert is_consistent(old, before, size, root, tree.consistency_proof(old))


@given(st.data(), sizes)
def test_a_changed_leaf_is_found_in_its_bundle(data: st.DataObject, size: int) -> None:
    leaves = leaves_of(size)
    objects, _ = tiles_of(leaves, [])
    index = data.draw(st.integers(0, size - 1))
    first = index // 256 * 256
    bundle = leaves[first : first + 256]
    bundle[index - first] = b"another"
    objects[entries_path(index // 256, len(bundle))] = encode_entries(bundle)
    tree = TiledTree(size, objects.__getitem__)
    with pytest.raises(DataLoss, match=f"leaves {first} to"):
        tree.leaf(index)
    if first:
        assert tree.leaf(0) == leaves[0]  # other bundles stay readable


@given(st.integers(0, 1 << 60), st.binary(min_size=32, max_size=32), st.data())
def test_notes_have_one_spelling(size: int, root: bytes, data: st.DataObject) -> None:
    checkpoint = Checkpoint("footage.invalid/log", size, root)
    assert Checkpoint.parse(checkpoint.note()) == checkpoint
    proof = Proof(b"leaf", 5, (root, root), checkpoint.note())
    assert Proof.parse(proof.text()) == proof
    text = proof.text()
    cut = data.draw(st.integers(0, len(proof.text()) - len(checkpoint.note()) - 1))
    with pytest.raises(BadInput):
        Proof.parse(text[:cut] + "\r" + text[cut:])


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 900), st.booleans()), max_size=40),
    st.lists(st.integers(1, 10), max_size=5),
)
def test_leaves_on_time_are_a_chain_in_order(
    stored: list[tuple[int, int, bool]], batches: list[int]
) -> None:
    """Whatever comes in whatever order: neighbours on time have nothing on time between."""
    drafts = [
        draft_of(
            a_segment(f"camera-{camera}", at(start)),
            stored=at(start + 61),
            late=Late.IMPORT if imported else None,
        )
        for camera, start, imported in stored
    ]
    leaves: list[Leaf] = []
    tips: dict[CameraId, Tips] = {}
    hashes: list[bytes] = []
    while drafts:
        take = batches.pop() if batches else len(drafts)
        now = max(draft.interval.end for draft in drafts[:take]) + Elapsed(1)
        new, tips = placed(drafts[:take], len(leaves), tips, now)
        drafts = drafts[take:]
        for leaf, data in new:
            assert Leaf.decode(data) == leaf
            leaves.append(leaf)
            hashes.append(leaf_hash(data))
    for camera in {leaf.draft.camera for leaf in leaves}:
        for late in (False, True):
            mine = [
                (index, leaf)
                for index, leaf in enumerate(leaves)
                if leaf.draft.camera == camera and (leaf.draft.late is not None) is late
            ]
            starts = [leaf.draft.interval.start for _, leaf in mine]
            assert late or starts == sorted(set(starts))
            expected = None
            for index, leaf in mine:
                assert (leaf.late_before if late else leaf.before) == expected
                expected = Neighbour(index, hashes[index])


@pytest.mark.parametrize(
    ("appended_s", "newest_s", "late"),
    [
        (61, None, None),
        (661, None, Late.DELAYED),
        (59, None, Late.AHEAD),
        (61, 0, Late.OUT_OF_ORDER),
    ],
)
def test_why_a_leaf_is_late(appended_s: int, newest_s: int | None, late: Late | None) -> None:
    draft = draft_of(a_segment())
    assert draft.interval == during(0, 60)
    newest = None if newest_s is None else at(newest_s)
    assert why_late(draft, at(appended_s), newest) is late


@given(st.data())
def test_a_leaf_spelled_otherwise_is_refused(data: st.DataObject) -> None:
    (_, good), *_ = placed([draft_of(a_segment())], 0, {}, at(1_000))[0]
    place = data.draw(st.integers(0, len(good) - 1))
    changed = good[:place] + b" " + good[place:]
    try:
        again = Leaf.decode(changed)
    except BadInput:
        return
    assert again.encode() == changed  # within a name: another leaf, never another spelling
