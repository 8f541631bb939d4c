"""Find Java runtimes, with the release of each, and Maven, in the usual places."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOTS: Final = (
    "/usr/lib/jvm",
    "/opt/java",
    "/opt",
    "/usr/java",
    "/Library/Java/JavaVirtualMachines",
)
_MAVENS: Final = ("/usr/share/maven/bin/mvn", "/opt/maven/bin/mvn")


def find_java(release: int) -> Path | None:
    """Return the home of the Java of `release`, else of the next newer release, or None."""
    homes = {found: home for home in _homes() if (found := _release_of(home)) is not None}
    fitting = sorted(found for found in homes if found >= release)
    return homes[fitting[0]] if fitting else None


def find_maven() -> str | None:
    """Return the path of the `mvn` command, or None."""
    usual = (path for path in _MAVENS if Path(path).exists())
    return shutil.which("mvn") or next(usual, None)


def parse_release(text: str) -> int | None:
    """Return 17 for a `release` file with JAVA_VERSION="17.0.15"; None without such a line."""
    found = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', text, re.MULTILINE)
    return int(found[1]) if found else None


def _homes() -> Iterable[Path]:
    if java := shutil.which("java"):
        yield Path(java).resolve().parent.parent
    for root in _ROOTS:
        yield from (file.parent.parent for file in sorted(Path(root).glob("*/bin/java")))


def _release_of(home: Path) -> int | None:
    try:
        return parse_release((home / "release").read_text())
    except FileNotFoundError:
        return None
