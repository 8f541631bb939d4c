"""Measure the ledger: appending at a city's rate, what a leaf costs in all, a proof among 41 M."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import closing
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import TYPE_CHECKING, Final

from evidence.ledger import LedgerKeeper
from footage.clock import SystemClock
from footage.digest import Digest
from footage.ids import CameraId, RunId, SiteId
from footage.instant import Elapsed, Interval
from footage.leaf import Draft
from footage.ledger_objects import origin_of
from footage.merkle import leaf_hash, root_from_inclusion, root_of
from footage.objectkey import ObjectKey
from footage.tlog_tiles import TILE_WIDTH, TiledTree, encode_entries
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.objects.directory_store import DirectoryStore
from infra.registers.sql_ledger import SqlLedger
from lab.bench.harness import Figure, median

if TYPE_CHECKING:
    from collections.abc import Sequence

RATE: Final = 16
"""Segments a second of 950 cameras, a segment a minute each."""
SECONDS: Final = 20
LEAVES: Final = 41_000_000
"""Leaves of a city's thirty days."""
PROOFS: Final = 50
MINUTES: Final = 5
CAMERA_CPU: Final = 0.0037
"""Cores that recording a camera takes, FFmpeg included (docs/performance.md)."""
_LEAF: Final = b"x" * 450
_CITY: Final = 950


def figures() -> list[Figure]:
    """Return wait of an append, CPU of a leaf from append to checkpoint, and time of a proof."""
    with tempfile.TemporaryDirectory() as folder:
        waits, cpu, syncs = zip(*_appends(Path(folder) / "paced"), strict=True)
        cpu_ms = _whole_way(Path(folder) / "whole")
        proofs, read = _proofs(Path(folder) / "proofs")
    share = cpu_ms * RATE / 1_000 / (_CITY * CAMERA_CPU) * 100
    recording = f"{CAMERA_CPU} cores a camera, {_CITY} cameras"
    return [
        Figure(
            f"append_p95_ms_at_{RATE}_a_second", _p95(waits), "ms", len(waits), "one sync below"
        ),
        Figure("append_cpu_p95_ms", _p95(cpu), "CPU ms", len(cpu)),
        Figure("sync_of_4_kb_p95_ms", _p95(syncs), "ms", len(syncs)),
        Figure("leaf_cpu_ms", round(cpu_ms, 3), "CPU ms", RATE * 60 * MINUTES),
        Figure("share_of_recording", round(share, 2), "%", RATE * 60 * MINUTES, recording),
        Figure(f"proof_among_{LEAVES}_p95_ms", _p95(proofs), "ms", PROOFS),
        Figure("objects_read_for_a_proof", median(read), "objects", PROOFS),
    ]


def _p95(values: Sequence[float]) -> float:
    return round(quantiles(values, n=20, method="inclusive")[-1], 2)


def _draft(number: int, clock: SystemClock) -> Draft:
    now = clock.now()
    camera = CameraId(f"camera-{number % _CITY}")
    key = ObjectKey(SiteId("site-1"), camera, now - Elapsed.seconds(61), number % 1_000)
    return Draft(
        key.segment,
        camera,
        RunId("run-1"),
        number,
        Interval(now - Elapsed.seconds(61), now - Elapsed.seconds(1)),
        30_000_000,
        Digest.of(str(number).encode()),
        now,
    )


def _appends(folder: Path) -> list[tuple[float, float, float]]:
    """Milliseconds of each append, of its CPU, and of a bare sync after it, at a city's rate."""
    folder.mkdir()
    clock, waits = SystemClock(), []
    with (
        closing(SqlLedger(f"sqlite:///{folder}/register.db")) as ledger,
        (folder / "bare").open("ab") as bare,
    ):
        begun = time.perf_counter()
        for number in range(RATE * SECONDS):
            time.sleep(max(0.0, begun + number / RATE - time.perf_counter()))
            draft = _draft(number, clock)
            at, cpu = time.perf_counter(), time.process_time()
            ledger.append([draft])
            wait, cpu = time.perf_counter() - at, time.process_time() - cpu
            at = time.perf_counter()
            bare.write(bytes(4_096))
            bare.flush()
            os.fdatasync(bare.fileno())
            waits.append((wait * 1_000, cpu * 1_000, (time.perf_counter() - at) * 1_000))
    return waits


def _whole_way(folder: Path) -> float:
    """CPU milliseconds of a leaf: appended, given its place, in tiles, under a checkpoint."""
    folder.mkdir()
    clock = SystemClock()
    with closing(SqlLedger(f"sqlite:///{folder}/register.db")) as ledger:
        keys = KeyFolder(folder / "keys")
        keys.make(origin_of(ledger.state().log), clock.now(), first=True)
        keeper = LedgerKeeper(
            ledger=ledger,
            store=DirectoryStore(folder / "store", clock),
            clock=clock,
            signer=FolderSigner(keys),
            folder=folder / "work",
            keep=Elapsed.parse("1d"),
        )
        keeper.round(at_once=True)
        minute = RATE * 60
        begun = time.process_time()
        for number in range(MINUTES):
            for at in range(minute):
                ledger.append([_draft(number * minute + at, clock)])
            keeper.round(at_once=True)
        return (time.process_time() - begun) * 1_000 / (minute * MINUTES)


def _proofs(folder: Path) -> tuple[list[float], list[int]]:
    """Milliseconds and objects read of proofs among `LEAVES`; of the tree only what is read.

    All leaves are the same, so the tree of any size can be made without its 1.3 GB of tiles: each
    tile is made when a proof asks for it, and lies in a folder when the time is taken.
    """
    clock, asked = SystemClock(), dict[str, bytes]()
    hashes = [leaf_hash(_LEAF)]
    while len(hashes) < 5:  # noqa: PLR2004 - levels of tiles that 41 M leaves take, and one more
        hashes.append(root_of([hashes[-1]] * TILE_WIDTH))

    def made(path: str) -> bytes:
        _, level, *rest = path.split("/")
        width = int(rest[-1]) if rest[-2:-1] and rest[-2].endswith(".p") else TILE_WIDTH
        data = (
            encode_entries([_LEAF] * width)
            if level == "entries"
            else b"".join([hashes[int(level)]] * width)
        )
        asked[path] = data
        return data

    dice = Random(7)  # noqa: S311 - which leaves are proven
    indices = [dice.randrange(LEAVES) for _ in range(PROOFS)]
    root = TiledTree(LEAVES, made).root()
    read = []
    for index in indices:
        asked_before = dict(asked)
        asked.clear()
        tree = TiledTree(LEAVES, made)
        tree.leaf(index)
        tree.inclusion_proof(index)
        read.append(len(asked))
        asked.update(asked_before)
    store = DirectoryStore(folder / "store", clock)
    source = folder / "object"
    for path, data in asked.items():
        source.write_bytes(data)
        store.put(f"ledger/{path}", source, Digest.of(data), {})
    times = []
    for index in indices:
        at = time.perf_counter()
        tree = TiledTree(LEAVES, lambda path: store.get(f"ledger/{path}"))
        leaf, steps = tree.leaf(index), tree.inclusion_proof(index)
        times.append((time.perf_counter() - at) * 1_000)
        if root_from_inclusion(leaf_hash(leaf), index, LEAVES, steps) != root:
            raise RuntimeError("the tree made for the benchmark is not whole")
    return times, read
