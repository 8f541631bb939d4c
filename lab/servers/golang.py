"""Find or compile the programs that the Go tool builds into the cache."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured
from footage.instant import Elapsed
from infra.host import process
from lab.servers.cache import install_into
from lab.servers.pins import GO_AT_LEAST

if TYPE_CHECKING:
    from footage.clock import Clock
    from lab.servers.cache import Say
    from lab.servers.pins import GoProgram

_USUAL: Final = ("/usr/local/go/bin/go", "/usr/lib/go/bin/go")
# MinIO takes six minutes on two idle cores; a busy machine may need several times that.
_COMPILATION: Final = Elapsed.parse("45m")
_QUESTION: Final = Elapsed.parse("30s")


def find_go() -> str | None:
    """Return the path of a Go tool of version `GO_AT_LEAST` or newer, or None."""
    for candidate in (shutil.which("go"), *_USUAL):
        if candidate and Path(candidate).exists() and _version_of(candidate) >= GO_AT_LEAST:
            return candidate
    return None


def parse_version(text: str) -> tuple[int, int]:
    """Return (1, 26) for "go version go1.26.8 linux/amd64"; (0, 0) for a text without version."""
    found = re.search(r"\bgo(\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def find(cache: Path, program: GoProgram) -> Path | None:
    """Return the path of the installed program, or None."""
    path = cache / program.folder / program.name
    return path if path.exists() else None


def install(cache: Path, program: GoProgram, *, clock: Clock, say: Say) -> Path:
    """Compile the program into the cache unless installed; return the path of the program.

    Raises:
        Misconfigured: There is no Go tool that is new enough.
        Unavailable: The compilation failed; the text has the command and its last lines.
    """
    if found := find(cache, program):
        return found
    go = find_go()
    if go is None:
        raise Misconfigured(
            f"{program.name} needs Go {'.'.join(map(str, GO_AT_LEAST))} or newer",
            hint="install it where PATH finds it",
        )

    def build(into: Path) -> None:
        with_c = str(int(program.with_c))
        extra = {"CGO_ENABLED": with_c, "GOFLAGS": "-trimpath", "GOBIN": str(into)}
        for argv in _builds(go, program):
            process.run(process.with_environment(extra, argv), timeout=_COMPILATION, cwd=into)
        (into / program.binary).rename(into / program.name)
        for left in into.glob("go.*"):
            left.unlink()

    return install_into(cache, program.folder, build, clock=clock, say=say) / program.name


def _builds(go: str, program: GoProgram) -> list[list[str]]:
    """Return the commands that build the program, run in the folder where it is to lie."""
    versioned = f"{program.package}@{program.version}"
    if not program.replaces:
        return [[go, "install", *program.flags, versioned]]
    return [
        [go, "mod", "init", "built.here"],
        [go, "get", versioned],
        [go, "build", "-mod=mod", *program.flags, "-o", program.binary, program.package],
    ]


def _version_of(go: str) -> tuple[int, int]:
    return parse_version(process.run([go, "version"], timeout=_QUESTION).text)
