"""`docs/flaky.md`: the tests known to be flaky, and rows that cannot be right."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_ROW: Final = re.compile(r"^\| *`(?P<name>[^`]+::[^`]+)` *\|(?P<rest>.*)\|$", re.MULTILINE)


def listed(text: str) -> dict[str, str]:
    """Cause by node id, from rows such as | `tests/x/test_y.py::test_z` | first seen | cause |."""
    return {row["name"]: row["rest"].split("|")[-1].strip() for row in _ROW.finditer(text)}


def unlisted(names: Sequence[str], text: str) -> list[str]:
    """The names without a row; a row without parameters stands for all of a test's parameters."""
    rows = listed(text)
    return [name for name in names if name not in rows and name.partition("[")[0] not in rows]


def wrong_entries(text: str, root: Path) -> list[str]:
    """A line for each row whose test no longer exists under `root`, or that names no cause."""
    rows = listed(text)
    gone = [f"{name}: no such test" for name in rows if not _exists(name, root)]
    return gone + [f"{name}: no cause" for name, cause in rows.items() if not cause]


def _exists(name: str, root: Path) -> bool:
    file, *parts = name.partition("[")[0].split("::")
    path = root / file
    if not path.is_file():
        return False
    body: Sequence[ast.stmt] = ast.parse(path.read_text(encoding="utf-8")).body
    for part in parts:
        found = next((node for node in body if getattr(node, "name", None) == part), None)
        if found is None:
            return False
        body = getattr(found, "body", [])
    return True
