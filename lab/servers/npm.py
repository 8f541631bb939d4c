"""Install packages of the npm registry into the cache, as a lock file pins them."""

from __future__ import annotations

import hashlib
import re
import shutil
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured
from footage.instant import Elapsed
from infra.host import process
from lab.servers.cache import install_into

if TYPE_CHECKING:
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say

NODE_AT_LEAST: Final = 18
"""The oldest Node.js: Debian 12's."""
_FILES: Final = ("package.json", "package-lock.json")
_DOWNLOAD: Final = Elapsed.parse("10m")
_QUESTION: Final = Elapsed.parse("30s")


def find_npm() -> str | None:
    """Return the path of npm; None without npm or a Node.js of `NODE_AT_LEAST` or newer."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = process.run([node, "--version"], timeout=_QUESTION).text
    return npm if parse_version(version) >= NODE_AT_LEAST else None


def parse_version(text: str) -> int:
    """Return 20 for "v20.20.2"; 0 for a text without version."""
    found = re.match(r"v(\d+)\.", text)
    return int(found[1]) if found else 0


def find(cache: Path, source: Path) -> Path | None:
    """Return the installed `node_modules` of the lock file in the folder `source`, or None."""
    path = cache / _name_of(source) / "node_modules"
    return path if path.exists() else None


def install(cache: Path, source: Path, *, clock: Clock, say: Say) -> Path:
    """Install the packages of a lock file unless installed; return the folder `node_modules`.

    Args:
        cache: The cache folder.
        source: Folder with `package.json` and `package-lock.json`; nothing is written there.
        clock: Times the installation.
        say: Called with a line about the installation.

    Raises:
        Misconfigured: There is no npm, or no Node.js that is new enough.
        Unavailable: npm failed; the text has its last lines.
    """
    if found := find(cache, source):
        return found
    npm = find_npm()
    if npm is None:
        raise Misconfigured(
            f"{source.name} needs npm and Node.js {NODE_AT_LEAST} or newer",
            hint="install both where PATH finds them",
        )

    def build(into: Path) -> None:
        for name in _FILES:
            shutil.copy(source / name, into / name)
        # Scripts of packages are not run: nothing is compiled or downloaded beside the registry.
        argv = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        process.run(argv, timeout=_DOWNLOAD, cwd=into)

    return install_into(cache, _name_of(source), build, clock=clock, say=say) / "node_modules"


def _name_of(source: Path) -> str:
    """Return the folder's name in the cache: other versions lie beside."""
    digest = hashlib.sha256((source / _FILES[1]).read_bytes()).hexdigest()
    return f"npm-{source.name}-{digest[:12]}"
