"""The fast tier of tests, which `make check` runs, and the guard that keeps the tier fast.

A test is of the fast tier unless marked `server`, `cluster`, `process` or `slow`. Every test in
`tests/process`, in `tests/api` with a city of real films, and in `tests/browser` is marked
`process` because of the folder. `pytest --fast` collects the fast tier alone, imports no file of
the other folders, and tries few examples of each property.

In every run, a test of the fast tier that starts a process fails at the call that starts it. With
`--fast`, a file of the fast tier that imports one of `HEAVY` is not collected and fails the run.
"""

from __future__ import annotations

import gc
import sys
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

SLOWER: Final = frozenset({"server", "cluster", "process", "slow"})
STARTING: Final = frozenset({"process", "api", "browser"})
FOLDERS: Final = STARTING | {"server", "cluster", "chaos"}
HEAVY: Final = frozenset({"torch", "open_clip", "transformers", "onnx", "panda3d", "direct"})
STARTS: Final = frozenset(
    {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system"}
)

# A busy machine makes any example slow: speed is measured in lab/bench, never here.
settings.register_profile("full", deadline=None, max_examples=200)
settings.register_profile("fast", deadline=None, max_examples=10)


def examples(usual: int) -> settings:
    """Return settings of a property test: `usual` examples where other properties get 100."""
    profile = settings.get_profile(settings.get_current_profile_name())
    return settings(profile, max_examples=max(3, profile.max_examples * usual // 100))


class Guard:
    """Fails the running test of the fast tier when a process is started."""

    def __init__(self, *, fast: bool) -> None:
        self.heavy = HEAVY if fast else frozenset()
        self.starts = STARTS  # an attribute: the interpreter removes globals before it ends
        self.test = ""

    def audit(self, event: str, args: tuple[object, ...]) -> None:
        """Take an audit event of the interpreter; see `sys.addaudithook`."""
        if event in self.starts:
            self.refuse(event)
        elif event == "import" and str(args[0]).partition(".")[0] in self.heavy:
            raise ImportError(f"the fast tier imports no {args[0]}: belongs in tests/process?")

    def refuse(self, what: str) -> None:
        """Fail the test of the fast tier that is running, if any."""
        if self.test:
            pytest.fail(
                f"a test of the fast tier starts a process ({what}): move the test to "
                "tests/process, or mark it `process` where its suite stays together"
            )

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch a test of the fast tier, fixtures included."""
        self.test = item.nodeid if is_fast(item) else ""
        try:
            return (yield)
        finally:
            self.test = ""


def is_fast(item: pytest.Item) -> bool:
    """Whether the test belongs to the fast tier."""
    return not any(item.get_closest_marker(name) for name in SLOWER)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fast", action="store_true", help="the fast tier alone, with few examples of properties"
    )


def pytest_configure(config: pytest.Config) -> None:
    fast = bool(config.getoption("--fast"))
    settings.load_profile("fast" if fast else "full")
    guard = Guard(fast=fast)
    sys.addaudithook(guard.audit)
    config.pluginmanager.register(guard, "fast-tier-guard")
    start = BaseProcess.start

    def guarded(process: BaseProcess) -> None:
        guard.refuse("multiprocessing")
        start(process)

    patch = pytest.MonkeyPatch()
    patch.setattr(BaseProcess, "start", guarded)
    config.add_cleanup(patch.undo)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the folders of the other tiers unread by `--fast`; None lets pytest decide."""
    tests = config.rootpath / "tests"
    left_out = config.getoption("--fast") and collection_path.parent == tests
    return True if left_out and collection_path.name in FOLDERS else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark tests in folders that start processes; with `--fast` keep only the fast tier."""
    folders = [config.rootpath / "tests" / name for name in STARTING]
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in folders):
            item.add_marker("process")
    if config.getoption("--fast"):
        config.hook.pytest_deselected(items=[item for item in items if not is_fast(item)])
        items[:] = [item for item in items if is_fast(item)]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the collector of cycles pass over what was imported: a tenth of the CPU of `--fast`."""
    if session.config.getoption("--fast"):
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
