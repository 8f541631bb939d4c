"""Adding and removing rows reads and writes as much at any size of the index (invariant 12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.instant import Elapsed
from infra.vectors.faiss_index import FaissIndex
from tests.common.builders import START, a_segment
from tests.common.sealing import seal
from tests.common.vectors import ENCODER, a_row, turned

if TYPE_CHECKING:
    from pathlib import Path

    from footage.segment import Segment


def stored(root: Path, segments: int) -> list[Segment]:
    """Store two rows for each of many segments, sealed."""
    made = [a_segment(f"camera-{n % 50}", START + Elapsed.seconds(n)) for n in range(segments)]
    rows = [a_row(segment, n) for segment in made for n in range(2)]
    index = FaissIndex(root)
    index.add(ENCODER, rows, turned(*range(len(rows))))
    seal(index)
    return made


def sizes(root: Path) -> dict[Path, int]:
    return {file: file.stat().st_size for file in root.rglob("*") if file.is_file()}


def written(before: dict[Path, int], after: dict[Path, int]) -> int:
    return sum(size - before.get(file, 0) for file, size in after.items())


@pytest.mark.slow
@pytest.mark.parametrize("what", ["add", "add again", "remove"])
def test_a_change_writes_as_much_at_any_size_and_reads_no_vector(tmp_path: Path, what: str) -> None:
    grown = []
    for segments in (100, 3_200):
        root = tmp_path / str(segments)
        made = stored(root, segments)
        (file,) = root.rglob("vectors.faiss")
        numbers = segments * 2 * ENCODER.dimension * 2
        data = file.read_bytes()
        file.write_bytes(data[:-numbers] + b"\xff" * numbers)  # not a number, every one
        before, index = sizes(root), FaissIndex(root)
        if what == "remove":
            assert index.remove([segment.key for segment in made[20:70]]) == 100
        else:
            segment = made[7] if what == "add again" else a_segment("camera-77")
            index.add(ENCODER, [a_row(segment, n) for n in range(3)], turned(1, 2, 3))
        after = sizes(root)
        assert {name for name in before if name.suffix != ".log"} <= set(after)
        assert all(after[name] == size for name, size in before.items() if name.suffix != ".log")
        grown.append(written(before, after))
    small, large = grown
    assert large <= small * 1.1
    assert large < 20 * 100 if what == "remove" else large < 1_000


@pytest.mark.slow
def test_a_day_is_rewritten_a_few_times_only(tmp_path: Path) -> None:
    """Of n rows sealed a batch at a time, each is written at most log2(n / batch) times."""
    index, rewritten, batch = FaissIndex(tmp_path), 0, 8
    parts: set[Path] = set()
    for n in range(64):
        segment = a_segment("camera-1", START + Elapsed.seconds(n))
        index.add(ENCODER, [a_row(segment, m) for m in range(batch)], turned(*range(batch)))
        seal(index)
        now = set(tmp_path.rglob("vectors.faiss"))
        rewritten += sum(file.stat().st_size // (2 * ENCODER.dimension) for file in now - parts)
        parts = now
    assert len(parts) <= 7
    assert rewritten <= 64 * batch * 7 * 2  # file headers are some rows each here
