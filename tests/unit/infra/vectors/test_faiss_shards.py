"""Shards on disk: damage is named, a crash leaves the old or the new, other processes are seen."""

from __future__ import annotations

import errno
import json
import os
import shutil
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from footage import durable
from footage.encoder import EncoderIdentity
from footage.errors import DataLoss, NoSpace, Refused
from footage.ids import SegmentKey
from footage.instant import Elapsed, Interval
from infra.vectors import open_log
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.sealed_part import Manifest
from infra.vectors.vector_shards import shards
from tests.common.builders import START, a_segment, segments_in_a_row
from tests.common.sealing import SealedAtOnce, seal
from tests.common.vectors import ENCODER, a_row, turned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.ports import VectorAnswer

DAY = Elapsed.parse("1d")
ALWAYS = Interval(START - DAY * 9, START + DAY * 9)
SHAPE_OF = ["cut", "grow", "remove", "empty"]
DAMAGE = ["flip", *SHAPE_OF]
SEALED_FILES = ["vectors.faiss", "rows", "manifest.json"]
NAME = f"{ENCODER.short}/2026-11-22"


def ask(root: Path, encoder: EncoderIdentity = ENCODER) -> VectorAnswer:
    """Asked by a new process, as it were: nothing is at hand."""
    return FaissIndex(root).search(encoder, turned(0), ALWAYS, None, k=100)


def fill(root: Path, days: int = 1, *, sealed: bool = True) -> None:
    for day in range(days):
        segment = a_segment(start=START + DAY * day)
        rows = [a_row(segment, n) for n in range(5)]
        (SealedAtOnce if sealed else FaissIndex)(root).add(ENCODER, rows, turned(*range(5)))


def spoil(file: Path, how: str) -> None:
    data = bytearray(file.read_bytes())
    if how == "flip":
        data[len(data) // 2] ^= 1
    changed: dict[str, bytes | bytearray] = {
        "cut": data[:-1],
        "flip": data,
        "grow": data + b"\0",
        "empty": b"",
    }
    if how == "remove":
        file.unlink()
    else:
        file.write_bytes(changed[how])


def files_of(root: Path) -> list[Path]:
    return sorted(file for file in root.rglob("*") if file.is_file() and file.suffix != ".lock")


def test_a_shard_lies_in_the_files_it_should(tmp_path: Path) -> None:
    fill(tmp_path)
    names = {file.name for file in files_of(tmp_path)}
    assert {*SEALED_FILES, "current"} == {name for name in names if not name.endswith(".log")}


@pytest.mark.parametrize("how", SHAPE_OF)
@pytest.mark.parametrize("name", SEALED_FILES)
def test_a_shard_cut_short_is_named_and_the_others_answer(
    tmp_path: Path, name: str, how: str
) -> None:
    fill(tmp_path, days=2)
    (first, *_) = sorted(tmp_path.rglob(name))
    spoil(first, how)
    answer = ask(tmp_path)
    assert answer.unreadable == (NAME,)
    assert answer.scanned == 5
    assert {hit.row.instant for hit in answer.hits} == {
        a_row(a_segment(start=START + DAY), n).instant for n in range(5)
    }


@pytest.mark.parametrize("name", SEALED_FILES)
def test_an_altered_shard_is_named_from_the_check_of_all_bytes_on(
    tmp_path: Path, name: str
) -> None:
    fill(tmp_path, days=2)
    open_before = FaissIndex(tmp_path)
    assert open_before.search(ENCODER, turned(0), ALWAYS, None, k=100).scanned == 10
    spoil(min(tmp_path.rglob(name)), "flip")
    (damaged,) = FaissIndex(tmp_path).damaged(ENCODER, ALWAYS)
    assert damaged.name == NAME
    assert ask(tmp_path).unreadable == (NAME,)
    answer = open_before.search(ENCODER, turned(0), ALWAYS, None, k=100)
    assert (answer.scanned, answer.unreadable) == (5, (NAME,)), "other processes know too"
    with pytest.raises(DataLoss):
        open_before.add(ENCODER, [a_row(a_segment("camera-2"), 0)], turned(0))


def test_dead_rows_that_are_altered_are_named(tmp_path: Path) -> None:
    fill(tmp_path)
    index = FaissIndex(tmp_path)
    other = a_segment("camera-2")
    index.add(ENCODER, [a_row(other, 0)], turned(0))
    seal(index)
    index.remove([other.key])
    seal(index)
    assert ask(tmp_path).scanned == 5
    for dead in tmp_path.rglob("*.dead"):
        spoil(dead, "flip")
        assert ask(tmp_path).unreadable == (NAME,)


@pytest.mark.parametrize("how", ["cut", "flip", "remove", "empty"])
def test_a_damaged_open_log_is_named(tmp_path: Path, how: str) -> None:
    fill(tmp_path, sealed=False)
    (log,) = tmp_path.rglob("*.log")
    spoil(log, how)
    assert ask(tmp_path).unreadable == (NAME,)
    with pytest.raises(DataLoss):
        FaissIndex(tmp_path).add(ENCODER, [a_row(a_segment("camera-2"), 0)], turned(0))


@pytest.mark.parametrize("how", [*DAMAGE[:3], "empty"])
def test_a_damaged_list_of_parts_is_named(tmp_path: Path, how: str) -> None:
    fill(tmp_path)
    (current,) = tmp_path.rglob("current")
    if how == "flip":
        current.write_bytes(current.read_bytes().replace(b'"rows": 5', b'"rows": 6'))
    else:
        spoil(current, how)
    assert ask(tmp_path).unreadable == (NAME,)


@pytest.mark.parametrize("name", ["parts", "logs"])
def test_a_list_that_points_out_of_the_shard_is_not_followed(tmp_path: Path, name: str) -> None:
    fill(tmp_path)
    (current,) = tmp_path.rglob("current")
    content = json.loads(current.read_bytes())
    if name == "parts":
        content["parts"][0]["name"] = "../../elsewhere"
    else:
        content["logs"] = ["../../elsewhere.log"]
    current.write_text(json.dumps(content))
    assert ask(tmp_path).unreadable == (NAME,)


@pytest.mark.parametrize("how", SHAPE_OF)
def test_adding_to_or_removing_from_a_damaged_shard_is_data_loss(tmp_path: Path, how: str) -> None:
    fill(tmp_path, days=2)
    spoil(min(tmp_path.rglob("vectors.faiss")), how)
    before = files_of(tmp_path)
    with pytest.raises(DataLoss):
        FaissIndex(tmp_path).add(ENCODER, [a_row(a_segment("camera-2"), 0)], turned(0))
    assert files_of(tmp_path) == before
    both = [a_segment().key, a_segment(start=START + DAY).key]
    with pytest.raises(DataLoss, match="2026-11-22"):
        FaissIndex(tmp_path).remove(both)
    assert ask(tmp_path).scanned == 0  # the healthy day was done all the same


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", ["vectors.faiss", "manifest.json"])
def test_a_damaged_shard_is_set_aside_whole_and_grows_anew(
    tmp_path: Path, name: str, how: str
) -> None:
    fill(tmp_path, days=2)
    spoil(min(tmp_path.rglob(name)), how)
    index = FaissIndex(tmp_path)
    (damaged,) = index.damaged(ENCODER, ALWAYS)
    kept = sorted(file.name for file in files_of(tmp_path))
    assert damaged.name == NAME
    assert damaged.interval == Interval(START.floor(DAY), START.floor(DAY) + DAY)
    assert index.damaged(ENCODER, Interval(START + DAY, START + DAY * 2)) == ()
    for number in (1, 2):
        aside = index.set_aside(ENCODER, damaged)
        assert aside == str(tmp_path / ENCODER.short / f"2026-11-22.damaged-{number}")
        assert index.set_aside(ENCODER, damaged) is None, "nothing is left to be set aside"
        assert sorted(file.name for file in files_of(tmp_path)) == kept
        assert (ask(tmp_path).scanned, ask(tmp_path).unreadable) == (5, ())
        if number == 1:
            fill(tmp_path)
            assert ask(tmp_path).scanned == 10
            shard = tmp_path / ENCODER.short / "2026-11-22"
            spoil(next(shard.rglob("rows")), "flip")
            assert len(index.damaged(ENCODER, ALWAYS)) == 1
            kept = sorted(file.name for file in files_of(tmp_path))


def test_another_encoder_whose_digest_begins_alike_is_refused(tmp_path: Path) -> None:
    fill(tmp_path)
    digest = ENCODER.digest[:-1] + "0"
    twin = EncoderIdentity("twin", digest, ENCODER.dimension)
    assert twin.short == ENCODER.short
    with pytest.raises(Refused):
        FaissIndex(tmp_path).add(twin, [a_row(a_segment("camera-2"), 0)], turned(0))
    answer = ask(tmp_path, twin)
    assert (answer.scanned, answer.unreadable) == (0, (NAME,))


def test_upkeep_leaves_no_litter_and_few_parts(tmp_path: Path) -> None:
    index = SealedAtOnce(tmp_path)
    for n in range(10):
        index.add(ENCODER, [a_row(a_segment(), n)], turned(n))
    (shard,) = shards(tmp_path)
    state = shard.state()
    assert state is not None
    kept = {entry.name for entry in shard.folder.iterdir()}
    assert kept == {"current", *state.logs, *(part.name for part in state.parts)}
    assert len(state.parts) <= 4
    index.remove([a_segment().key])
    assert files_of(tmp_path) == []


def test_the_same_rows_again_are_the_same_answer(tmp_path: Path) -> None:
    fill(tmp_path)
    before = ask(tmp_path)
    for sealed in (False, True):
        fill(tmp_path, sealed=sealed)
        assert ask(tmp_path).hits == before.hits
        assert ask(tmp_path).scanned == 5


@pytest.mark.parametrize("sealed", [False, True])
def test_a_reader_sees_what_another_writer_published(tmp_path: Path, *, sealed: bool) -> None:
    fill(tmp_path, sealed=sealed)
    reader, writer = FaissIndex(tmp_path), FaissIndex(tmp_path)

    def scanned() -> int:
        answer = reader.search(ENCODER, turned(0), ALWAYS, None, k=9)
        assert answer.unreadable == ()
        return answer.scanned

    assert scanned() == 5
    writer.add(ENCODER, [a_row(a_segment("camera-2"), 0)], turned(0))
    assert scanned() == 6
    seal(writer)
    assert scanned() == 6
    writer.remove([a_segment().key])
    assert scanned() == 1
    seal(writer)
    assert scanned() == 1
    writer.remove([a_segment("camera-2").key])
    assert scanned() == 0
    fill(tmp_path, sealed=sealed)
    assert scanned() == 5


def test_a_reader_keeps_its_mapping_while_upkeep_replaces_the_part(tmp_path: Path) -> None:
    fill(tmp_path)
    reader = FaissIndex(tmp_path)
    (shard,) = shards(tmp_path)
    _, before = reader._view(shard).snapshot()
    writer = FaissIndex(tmp_path)
    writer.add(ENCODER, [a_row(a_segment("camera-2"), n) for n in range(3)], turned(7, 8, 9))
    seal(writer)
    (source, _) = before
    assert not (shard.folder / source.rows.name).exists()
    at = source.rows.of_segments([a_segment().key])
    assert [row.segment for row in source.rows.columns.rows(at)] == [a_segment().key] * 5
    assert source.rows.halves(at).shape == (5, 4)


def test_a_part_mostly_dead_is_rewritten_and_a_part_all_dead_is_unlinked(tmp_path: Path) -> None:
    index = FaissIndex(tmp_path)
    many = [a_segment(f"camera-{n}") for n in range(10)]
    index.add(ENCODER, [a_row(segment, 0) for segment in many], turned(*range(10)))
    seal(index)
    (part,) = tmp_path.rglob("vectors.faiss")
    index.remove([segment.key for segment in many[:5]])
    seal(index)
    assert part.exists(), "half of the rows: not yet"
    index.remove([many[5].key])
    assert part.exists(), "a removal rewrites nothing"
    index.upkeep()
    (smaller,) = tmp_path.rglob("vectors.faiss")
    assert smaller != part
    assert ask(tmp_path).scanned == 4
    index.add(ENCODER, [a_row(a_segment("camera-77"), 0)], turned(0))
    index.remove([segment.key for segment in many])
    assert not list(tmp_path.rglob("vectors.faiss"))
    assert ask(tmp_path).scanned == 1


class Crash(Exception):
    """The power goes."""


class Steps:
    """Lets so many calls through, then crashes before each further one."""

    def __init__(self, left: int) -> None:
        self._left = left

    def before(self, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*args: object, **named: object) -> object:
            if self._left == 0:
                raise Crash
            self._left -= 1
            return call(*args, **named)

        return counted


@pytest.mark.slow
@pytest.mark.parametrize("steps", range(26))
@pytest.mark.parametrize("what", ["add", "remove", "empty", "seal", "add sealed", "remove sealed"])
def test_a_crash_between_any_two_steps_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, steps: int
) -> None:
    one, two, three = segments_in_a_row(3)
    rows = [a_row(segment, n) for segment in (one, two) for n in range(3)]
    FaissIndex(tmp_path).add(ENCODER, rows, turned(*range(6)))
    if what != "seal":
        seal(FaissIndex(tmp_path))
    new = a_row(three, 0)

    def change() -> None:
        index = FaissIndex(tmp_path)
        if what.startswith("add"):
            index.add(ENCODER, [new, rows[0]], turned(10, 11))
        elif what != "seal":
            index.remove([one.key, two.key][: 2 if what == "empty" else 1])
        if what.endswith(("seal", "sealed")):
            seal(index)

    with monkeypatch.context() as patch:
        let = Steps(steps)
        for name in ("write_new", "replace", "write_chunks", "sync_folder", "make_folder"):
            patch.setattr(durable, name, let.before(getattr(durable, name)))
        for name in ("_write", "_sync"):
            patch.setattr(open_log, name, let.before(getattr(open_log, name)))
        patch.setattr(shutil, "rmtree", let.before(shutil.rmtree))
        try:
            change()
            crashed = False
        except Crash:
            crashed = True
    after = {"add": 7, "remove": 3, "empty": 0, "seal": 6}[what.split(maxsplit=1)[0]]
    answer = ask(tmp_path)
    assert answer.unreadable == ()
    assert answer.scanned in ({6, after} if crashed else {after})
    scores = [hit.score for hit in answer.hits if hit.row == rows[0]]
    assert len(scores) == (0 if answer.scanned in {3, 0} else 1), "never both, never none"
    change()
    answer = ask(tmp_path)
    assert (answer.scanned, answer.unreadable) == (after, ())
    seal(FaissIndex(tmp_path))
    FaissIndex(tmp_path).upkeep()
    assert ask(tmp_path).hits == answer.hits
    assert list(tmp_path.rglob("*.new")) == []


def test_a_record_torn_anywhere_is_passed_over_and_written_over(tmp_path: Path) -> None:
    """A crash may leave any beginning of a record, or its length with other bytes."""
    fill(tmp_path, sealed=False)
    (log,) = tmp_path.rglob("*.log")
    before = log.read_bytes()
    new = [a_row(a_segment("camera-2"), n) for n in range(2)]
    FaissIndex(tmp_path).add(ENCODER, new, turned(1, 2))
    record = log.read_bytes()[len(before) :]
    torn = [record[:end] for end in range(0, len(record), 7)]
    torn += [bytes(len(record)), record[:60] + bytes(len(record) - 60)]
    for tail in torn:
        log.write_bytes(before + tail)
        assert (ask(tmp_path).scanned, ask(tmp_path).unreadable) == (5, ())
        FaissIndex(tmp_path).add(ENCODER, new, turned(1, 2))
        assert (ask(tmp_path).scanned, ask(tmp_path).unreadable) == (7, ())
        assert FaissIndex(tmp_path).damaged(ENCODER, ALWAYS) == ()


def test_a_removal_left_by_a_crash_is_synced_before_it_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows look dead already, but only the page cache knows (invariant 3)."""
    fill(tmp_path, sealed=False)

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(open_log, "_sync", crash)
        with pytest.raises(Crash):
            FaissIndex(tmp_path).remove([a_segment().key])
    synced: list[int] = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    assert FaissIndex(tmp_path).remove([a_segment().key]) == 0
    assert synced
    assert files_of(tmp_path) == []


def test_a_full_disk_is_no_space_and_leaves_the_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(open_log, "_write", full)
        with pytest.raises(NoSpace):
            FaissIndex(tmp_path).add(ENCODER, [a_row(a_segment("camera-2"), 0)], turned(0))
    assert ask(tmp_path).scanned == 5


def test_segments_with_keys_of_another_grammar_are_removed_too(tmp_path: Path) -> None:
    odd = a_segment("camera-2", key=SegmentKey("recovered.mp4"))
    fill(tmp_path)
    SealedAtOnce(tmp_path).add(ENCODER, [a_row(odd, 0)], turned(0))
    assert FaissIndex(tmp_path).remove([odd.key]) == 1
    assert FaissIndex(tmp_path).remove([a_segment().key]) == 5


def test_a_day_that_cannot_hold_the_segment_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path, days=2)
    spoil(max(tmp_path.rglob("vectors.faiss")), "cut")
    assert FaissIndex(tmp_path).remove([a_segment().key]) == 5


def _add_many(root: Path, camera: str) -> None:
    index = FaissIndex(root)
    for n in range(8):
        index.add(ENCODER, [a_row(a_segment(camera), n)], turned(n))
        if n % 3 == 2:
            seal(index)


@pytest.mark.process
def test_several_processes_add_and_seal_without_losing_any(tmp_path: Path) -> None:
    context = get_context("spawn")
    workers = [context.Process(target=_add_many, args=(tmp_path, f"camera-{n}")) for n in range(3)]
    for worker in workers:
        worker.start()
    reader, seen = FaissIndex(tmp_path), [0]
    while any(worker.is_alive() for worker in workers):
        answer = reader.search(ENCODER, turned(0), ALWAYS, None, k=9)
        assert answer.unreadable == ()
        seen.append(answer.scanned)
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert seen == sorted(seen)
    assert ask(tmp_path).scanned == 24


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"days": 3}', "\xff", '{"version": 1}'])
def test_what_is_no_manifest_is_data_loss(text: str) -> None:
    with pytest.raises(DataLoss):
        Manifest.read(text.encode("latin-1"))
