"""Shards on disk: damage is named, a crash leaves the old or the new, other processes are seen."""

from __future__ import annotations

import errno
import json
import shutil
from multiprocessing import get_context
from typing import TYPE_CHECKING

import pytest

from footage import durable
from footage.encoder import EncoderIdentity
from footage.errors import DataLoss, NoSpace, Refused
from footage.ids import SegmentKey
from footage.instant import Elapsed, Interval
from infra.vectors.faiss_index import FaissIndex
from infra.vectors.vector_shards import Manifest, shards
from tests.common.builders import START, a_segment, segments_in_a_row
from tests.common.vectors import ENCODER, a_row, turned

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from footage.ports import VectorAnswer

DAY = Elapsed.parse("1d")
ALWAYS = Interval(START - DAY * 9, START + DAY * 9)
DAMAGE = ["cut", "flip", "grow", "remove", "empty"]


def ask(root: Path, encoder: EncoderIdentity = ENCODER) -> VectorAnswer:
    """Asked by a new process, as it were: nothing is at hand."""
    return FaissIndex(root).search(encoder, turned(0), ALWAYS, None, k=100)


def fill(root: Path, days: int = 1) -> None:
    for day in range(days):
        segment = a_segment(start=START + DAY * day)
        rows = [a_row(segment, n) for n in range(5)]
        FaissIndex(root).add(ENCODER, rows, turned(*range(5)))


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


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", ["vectors.faiss", "rows.npy", "names.json", "manifest.json"])
def test_a_damaged_shard_is_named_and_the_others_answer(
    tmp_path: Path, name: str, how: str
) -> None:
    fill(tmp_path, days=2)
    (first, *_) = sorted(tmp_path.rglob(name))
    spoil(first, how)
    answer = ask(tmp_path)
    assert answer.unreadable == (f"{ENCODER.short}/2026-11-22",)
    assert answer.scanned == 5
    assert {hit.row.instant for hit in answer.hits} == {
        a_row(a_segment(start=START + DAY), n).instant for n in range(5)
    }


@pytest.mark.parametrize("how", [*DAMAGE[:3], "empty"])
def test_a_damaged_list_of_parts_is_named(tmp_path: Path, how: str) -> None:
    fill(tmp_path)
    spoil(next(tmp_path.rglob("current")), how)
    assert ask(tmp_path).unreadable == (f"{ENCODER.short}/2026-11-22",)


def test_a_list_that_points_out_of_the_shard_is_not_followed(tmp_path: Path) -> None:
    fill(tmp_path)
    (current,) = tmp_path.rglob("current")
    current.write_text(json.dumps({"parts": ["../../elsewhere"]}))
    assert ask(tmp_path).unreadable == (f"{ENCODER.short}/2026-11-22",)


@pytest.mark.parametrize("how", DAMAGE)
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


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("name", ["vectors.faiss", "manifest.json"])
def test_a_damaged_shard_is_set_aside_whole_and_grows_anew(
    tmp_path: Path, name: str, how: str
) -> None:
    fill(tmp_path, days=2)
    spoil(min(tmp_path.rglob(name)), how)
    index = FaissIndex(tmp_path)
    kept = sorted(file.name for file in files_of(tmp_path))
    (damaged,) = index.damaged(ENCODER, ALWAYS)
    assert damaged.name == f"{ENCODER.short}/2026-11-22"
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
            kept = sorted(file.name for file in files_of(tmp_path))
            shard = tmp_path / ENCODER.short / "2026-11-22"
            spoil(next(shard.rglob("rows.npy")), "flip")


def test_another_encoder_whose_digest_begins_alike_is_refused(tmp_path: Path) -> None:
    fill(tmp_path)
    digest = ENCODER.digest[:-1] + "0"
    twin = EncoderIdentity("twin", digest, ENCODER.dimension)
    assert twin.short == ENCODER.short
    with pytest.raises(Refused):
        FaissIndex(tmp_path).add(twin, [a_row(a_segment("camera-2"), 0)], turned(0))
    answer = ask(tmp_path, twin)
    assert (answer.scanned, answer.unreadable) == (0, (f"{ENCODER.short}/2026-11-22",))


def test_a_replaced_shard_leaves_no_litter(tmp_path: Path) -> None:
    index = FaissIndex(tmp_path)
    for n in range(10):
        index.add(ENCODER, [a_row(a_segment(), n)], turned(n))
    (shard,) = shards(tmp_path)
    kept = {entry.name for entry in shard.folder.iterdir()}
    assert kept == {"current", *shard.parts()}
    assert len(shard.parts()) <= 4
    index.remove([a_segment().key])
    assert files_of(tmp_path) == []


def test_the_same_rows_again_change_no_byte(tmp_path: Path) -> None:
    fill(tmp_path)
    before = {file: file.read_bytes() for file in files_of(tmp_path)}
    fill(tmp_path)
    assert {file: file.read_bytes() for file in files_of(tmp_path)} == before


def test_a_reader_sees_what_another_writer_published(tmp_path: Path) -> None:
    fill(tmp_path)
    reader = FaissIndex(tmp_path)
    assert reader.search(ENCODER, turned(0), ALWAYS, None, k=9).scanned == 5
    FaissIndex(tmp_path).add(ENCODER, [a_row(a_segment("camera-2"), 0)], turned(0))
    assert reader.search(ENCODER, turned(0), ALWAYS, None, k=9).scanned == 6
    FaissIndex(tmp_path).remove([a_segment().key])
    assert reader.search(ENCODER, turned(0), ALWAYS, None, k=9).scanned == 1


def test_a_cache_too_small_for_anything_only_costs_time(tmp_path: Path) -> None:
    fill(tmp_path, days=3)
    index = FaissIndex(tmp_path, cache_bytes=1)
    for _ in range(2):
        assert index.search(ENCODER, turned(0), ALWAYS, None, k=9).scanned == 15


class Crash(Exception):
    """The power goes."""


class Steps:
    """Lets so many calls through, then crashes before each further one."""

    def __init__(self, left: int) -> None:
        self._left = left

    def before(self, call: Callable[..., None]) -> Callable[..., None]:
        def counted(*args: object) -> None:
            if self._left == 0:
                raise Crash
            self._left -= 1
            call(*args)

        return counted


@pytest.mark.parametrize("steps", range(12))
@pytest.mark.parametrize("what", ["add", "remove", "empty"])
def test_a_crash_between_any_two_steps_leaves_the_old_or_the_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, steps: int
) -> None:
    one, two, three = segments_in_a_row(3)
    rows = [a_row(segment, n) for segment in (one, two) for n in range(3)]
    FaissIndex(tmp_path).add(ENCODER, rows, turned(*range(6)))
    new = a_row(three, 0)

    def change() -> None:
        if what == "add":
            FaissIndex(tmp_path).add(ENCODER, [new, rows[0]], turned(10, 11))
        else:
            FaissIndex(tmp_path).remove([one.key, two.key][: 1 if what == "remove" else 2])

    with monkeypatch.context() as patch:
        let = Steps(steps)
        for name in ("write_new", "publish", "sync_folder"):
            patch.setattr(durable, name, let.before(getattr(durable, name)))
        patch.setattr(shutil, "rmtree", let.before(shutil.rmtree))
        try:
            change()
            crashed = False
        except Crash:
            crashed = True
    after = {"add": 7, "remove": 3, "empty": 0}[what]
    answer = ask(tmp_path)
    assert answer.unreadable == ()
    assert answer.scanned in ({6, after} if crashed else {after})
    change()
    assert ask(tmp_path).scanned == after
    assert list(tmp_path.rglob("*.new")) == []


def test_a_full_disk_is_no_space_and_leaves_the_shard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(durable, "write_new", full)
        with pytest.raises(NoSpace):
            FaissIndex(tmp_path).add(ENCODER, [a_row(a_segment("camera-2"), 0)], turned(0))
    assert ask(tmp_path).scanned == 5


def test_segments_with_keys_of_another_grammar_are_removed_too(tmp_path: Path) -> None:
    odd = a_segment("camera-2", key=SegmentKey("recovered.mp4"))
    fill(tmp_path)
    FaissIndex(tmp_path).add(ENCODER, [a_row(odd, 0)], turned(0))
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


@pytest.mark.process
def test_several_processes_add_without_losing_any(tmp_path: Path) -> None:
    context = get_context("spawn")
    workers = [context.Process(target=_add_many, args=(tmp_path, f"camera-{n}")) for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    assert ask(tmp_path).scanned == 24


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"days": 3}', "\xff"])
def test_what_is_no_manifest_is_data_loss(text: str) -> None:
    with pytest.raises(DataLoss):
        Manifest.read(text.encode("latin-1"))
