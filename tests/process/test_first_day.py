"""The walk of docs/first-day.md, every command as printed there, from the stick to the report."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.common.tiny_films import Mover, small_film

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-day.md"
FILMS = {
    "gate-1_20261126_180000.mp4": Mover((200, 30, 30), 0.6, 0.2, 0.15, 2, 9),
    "gate-1_20261127_180000.mp4": Mover((30, 30, 200), 0.6, 0.2, 0.15, 4, 12),
    "gate-1_20261128_180000.mp4": Mover((220, 220, 220), 0.6, 0.2, 0.15, 1, 6),
}
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.DOTALL | re.MULTILINE)
_ANY = "…"


def steps(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield each command of the page, and the lines that the page prints beneath."""
    for block in _BLOCK.findall(text):
        for one in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *printed = one.replace("\\\n", " ").splitlines()
            yield command, [line for line in printed if line.strip()]


def shown(line: str, said: str) -> bool:
    """Whether a line of the page was printed, "…" standing for anything within a line."""
    pattern = ".*".join(re.escape(part) for part in line.strip().split(_ANY))
    return re.search(rf"^\s*{pattern}\s*$", said, re.MULTILINE) is not None


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_command_of_the_first_day_does_what_the_page_prints(tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    for name, mover in FILMS.items():
        (stick / name).write_bytes(small_film(20, (mover,)))
    home = tmp_path / "home"
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("FOOTAGE_")},
        "FOOTAGE_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    walked = list(steps(PAGE.read_text(encoding="utf-8")))
    assert len(walked) >= 12
    for command, printed in walked:
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{command}\n{said}"
        missing = [line for line in printed if not shown(line, said)]
        assert not missing, f"{command}\nthe page prints {missing}, the command printed\n{said}"
