"""Tools that check deploy files: `python -m lab.servers.checkers` installs them into the cache.

Tests of deploy files skip by name what is not installed. helm takes two minutes on two cores,
promtool ten.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from lab.servers import golang
from lab.servers.pins import HELM, PROMTOOL

if TYPE_CHECKING:
    from pathlib import Path

    from footage.clock import Clock
    from lab.servers.cache import Say

CHECKERS: Final = (HELM, PROMTOOL)


def install(cache: Path, *, clock: Clock, say: Say) -> None:
    """Compile each tool into the cache unless installed.

    Raises:
        Misconfigured: No Go tool is found that is new enough.
        Unavailable: A compilation failed; the text has its last lines.
    """
    for tool in CHECKERS:
        say(f"{tool.name}: ready in {golang.install(cache, tool, clock=clock, say=say)}")


def main() -> None:
    """Install all tools."""
    from footage.clock import SystemClock  # noqa: PLC0415 - at the start of a process alone
    from infra.config.loading import load  # noqa: PLC0415

    install(load().cache, clock=SystemClock(), say=lambda line: print(line, file=sys.stderr))  # noqa: T201


if __name__ == "__main__":
    main()
