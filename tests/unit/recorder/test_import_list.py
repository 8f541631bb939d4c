"""Lists that state whose recording a file is and when it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from footage.errors import BadInput
from footage.instant import Elapsed, Instant
from recorder.imports.listing import load, signed

if TYPE_CHECKING:
    from pathlib import Path

KARACHI = ZoneInfo("Asia/Karachi")


def a_list(folder: Path, text: str) -> Path:
    path = folder / "list.csv"
    path.write_text(text, encoding="utf-8-sig")
    return path


def test_rows_by_their_path(tmp_path: Path) -> None:
    path = a_list(
        tmp_path,
        "file,camera,start,offset\n"
        "a.mp4,gate-1,2026-11-22T15:08:23.5Z,\n"
        "sub/b.mp4,gate-2,2026-11-22 15:08:23,2m3s\n"
        f"{tmp_path}/c.mp4,,2026-11-22T15:08:23Z,-15s\n",
    )
    rows = load(path, KARACHI)
    one, two, three = (rows[tmp_path / name] for name in ("a.mp4", "sub/b.mp4", "c.mp4"))
    assert one.stated.start == Instant.parse("2026-11-22T15:08:23.5Z")
    assert (one.camera, one.stated.offset, str(one.stated.uncertainty)) == (
        "gate-1", None, "100ms",
    )  # fmt: skip
    assert two.stated.start == Instant.parse("2026-11-22T10:06:20Z")
    assert two.stated.offset == Elapsed.parse("2m3s")
    assert three.stated.start == Instant.parse("2026-11-22T15:08:38Z")
    assert three.camera is None
    assert two.stated.how.endswith("list.csv, line 3")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("file,start\na.mp4,2026-11-22T15:08:23Z\n", "no column camera"),
        ("file,camera,start,colour\n", "unknown column colour"),
        ("file,camera,start\na.mp4,gate 1,2026-11-22T15:08:23Z\n", "line 2: not a camera id"),
        ("file,camera,start\na.mp4,gate-1,yesterday\n", "line 2: not a date and time"),
        ("file,camera,start\n,gate-1,2026-11-22T15:08:23Z\n", "line 2: no file"),
        ("file,camera,start,offset\na,g,2026-11-22T15:08:23Z,soon\n", "line 2: not a duration"),
        (
            "file,camera,start\na.mp4,g,2026-11-22T15:08:23Z\na.mp4,g,2026-11-22T15:08:24Z\n",
            "line 3: a.mp4 stands twice",
        ),
    ],
)
def test_one_wrong_row_and_the_list_is_not_used(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        load(a_list(tmp_path, text), KARACHI)


def test_a_list_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load(tmp_path / "list.csv", KARACHI)


def test_signed_durations() -> None:
    assert signed("-1m30s") == Elapsed(-90_000_000)
    assert signed("+2s") == signed("2s") == Elapsed(2_000_000)
