"""Install programs into the cache, a folder that outlives a checkout, as a whole or not at all."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from footage.clock import Clock

    Say = Callable[[str], None]

_MODE: Final = 0o755  # Elasticsearch runs as another user than root and reads its programs here


def install_into(
    cache: Path, name: str, build: Callable[[Path], None], *, clock: Clock, say: Say
) -> Path:
    """Let `build` fill a new folder, renamed to `cache/name` once complete; return that path.

    A single process installs `name` at a time; a second process waits and finds the folder. A crash
    leaves a partial folder, never a wrong `cache/name`; the next installation removes the partial.

    Raises:
        FootageError: Raised by `build`; nothing is left in the cache then.
        Misconfigured: The cache cannot be written.
    """
    target = cache / name
    with _locked(cache, name):
        if not target.exists():
            _fill(target, build, clock, say)
    return target


def _fill(target: Path, build: Callable[[Path], None], clock: Clock, say: Say) -> None:
    started = clock.monotonic()
    say(f"{target.name}: installing")
    for stale in target.parent.glob(f".{target.name}.*.partial"):
        shutil.rmtree(stale)  # left by a crash: no other process builds while the lock is held
    partial = Path(
        tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent)
    )
    try:
        build(partial)
        partial.chmod(_MODE)
        size = sum(file.stat().st_size for file in partial.rglob("*") if file.is_file())
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    seconds = (clock.monotonic() - started).in_seconds
    say(f"{target.name}: installed in {seconds:.0f} s, {size:,} bytes")


@contextmanager
def _locked(cache: Path, name: str) -> Iterator[None]:
    try:
        cache.mkdir(mode=_MODE, parents=True, exist_ok=True)
        lock = (cache / f".{name}.lock").open("w")
    except OSError as exc:
        raise Misconfigured(
            f"cannot write the cache {cache}: {exc}", hint="set FOOTAGE_CACHE to a folder of yours"
        ) from exc
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
