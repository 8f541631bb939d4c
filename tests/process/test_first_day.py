"""The walk of docs/first-day.md, every command as printed there, from the stick to the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.common.tiny_films import Mover, small_film
from tests.common.walked_page import walk

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-day.md"
FILMS = {
    "gate-1_20261126_180000.mp4": Mover((200, 30, 30), 0.6, 0.2, 0.15, 2, 9),
    "gate-1_20261127_180000.mp4": Mover((30, 30, 200), 0.6, 0.2, 0.15, 4, 12),
    "gate-1_20261128_180000.mp4": Mover((220, 220, 220), 0.6, 0.2, 0.15, 1, 6),
}


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_command_of_the_first_day_does_what_the_page_prints(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name, mover in FILMS.items():
        (stick / name).write_bytes(small_film(20, (mover,)))
    assert walk(PAGE, tmp_path) >= 12
