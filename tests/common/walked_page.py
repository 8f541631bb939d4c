"""Pages of the documentation walked as a reader does: each command run, each printed line seen."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def walk(page: Path, folder: Path) -> int:
    """Run every command of a page in `folder`, and compare what is printed with the page.

    Args:
        page: The page.
        folder: Folder to run in; the home folder is made inside.

    Returns:
        Number of commands.
    """
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("FOOTAGE_")},
        "FOOTAGE_HOME": str(folder / "home"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    walked = list(steps(page.read_text(encoding="utf-8")))
    for command, printed in walked:
        done = subprocess.run(
            ["/bin/bash", "-c", command],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env=environment,
        )
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{command}\n{said}"
        missing = [line for line in printed if not shown(line, said)]
        assert not missing, f"{command}\nthe page prints {missing}, the command printed\n{said}"
    return len(walked)
