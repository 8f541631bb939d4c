"""Tools by which tests try pages: `python -m lab.servers.browser` installs all of them.

Chromium is the operating system's, driven from Python; Playwright's own copies are not used. hls.js
and other scripts of pages come from the npm registry, as `tests/browser/package-lock.json` pins
them. Tests skip by name what is not installed; in CI they fail.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.errors import FootageError
from lab.servers import chromium, npm, system

if TYPE_CHECKING:
    from footage.clock import Clock
    from lab.servers.cache import Say

SCRIPTS: Final = Path(__file__).resolve().parents[2] / "tests" / "browser"
"""Folder with the lock file of the scripts that pages load."""


def install(cache: Path, *, uid: int, clock: Clock, say: Say) -> None:
    """Install Chromium, Node.js and the scripts of pages; a second call does nothing.

    Raises:
        Misconfigured: A program is missing that this user may not or cannot install.
        Unavailable: A download or apt-get failed; the text has its last lines.
    """
    system.ensure([system.CHROMIUM], uid=uid, say=say)
    say(f"chromium: ready in {chromium.find()}")
    if npm.find(cache, SCRIPTS) is None:
        system.ensure([system.NODE], uid=uid, say=say)
    say(f"scripts of pages: ready in {npm.install(cache, SCRIPTS, clock=clock, say=say)}")


def main() -> None:
    """Install all; exit with the code of the error where something cannot be had."""
    from footage.clock import SystemClock  # noqa: PLC0415 - at the start of a process alone
    from infra.config.loading import load  # noqa: PLC0415

    def say(line: str) -> None:
        print(line, file=sys.stderr, flush=True)  # noqa: T201

    try:
        install(load().cache, uid=os.geteuid(), clock=SystemClock(), say=say)
    except FootageError as exc:
        say(f"error: {exc}")
        sys.exit(exc.exit_code)


if __name__ == "__main__":
    main()
