"""Program that kills a purge by SIGKILL after each step, and lets the purge resume.

Called with a JSON file: folder, and for S3 endpoint, access_key, secret_key. Prints a JSON line for
each step: what was left after the crash and the resumed run, the undisturbed run first.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import sys
import traceback
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from footage.clock import SimulatedClock
from footage.errors import Conflict
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from infra.custody.custody_file import CustodyFile
from infra.objects.directory_store import DirectoryStore
from infra.objects.minio_store import MinioStore
from infra.registers.sql_register import SqlRegister
from infra.vectors.faiss_index import FaissIndex
from retention.jobs import candidates
from retention.plan import make_plan
from retention.plan_file import read_plan, write_plan
from retention.policy import Policy
from tests.common.builders import DAY, during, segments_in_a_row
from tests.common.purging import LATER, PURPOSE, City, a_hold

if TYPE_CHECKING:
    from collections.abc import Callable

POLICIES: Final = [Policy("streets", DAY * 30)]
SEGMENTS: Final = segments_in_a_row(4, size_bytes=10)
HELD_SINCE: Final = a_hold(interval=during(60, 61))
HELD_ON_OBJECT: Final = SEGMENTS[2]
REGISTER: Final = "register.db"
CHANGES: Final = (
    "after register.use_plan",
    "after register.add_tombstones",
    "after register.settle_tombstone",
    "after register.finish_plan",
    "after vectors.remove",
    "after catalogue.",
    "after store.delete",
    "after custody.",
)


def main(config: dict[str, str]) -> None:
    """Run the undisturbed purge, then a trial for each step of the purge."""
    home = Path(config["folder"])
    home.mkdir(parents=True, exist_ok=True)
    if in_child(lambda: register_at(home).close()):
        raise SystemExit(1)
    smooth = Trial(config, home / "smooth")
    steps = smooth.run_counting()
    say({"step": "none", **smooth.look()})
    for number, name in enumerate(steps):
        trial = Trial(config, home / f"step-{number}")
        killed = in_child(lambda trial=trial, number=number: trial.run_until(number))  # type: ignore[misc]  # bound now
        resumed = in_child(trial.resume)
        say({"step": name, "killed": killed, "resumed": resumed, **trial.look()})


def register_at(folder: Path) -> SqlRegister:
    """Open the register of a folder; an empty one is made and migrated."""
    return SqlRegister(f"sqlite:///{folder / REGISTER}")


def say(line: dict[str, object]) -> None:
    """Print a line of JSON."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def in_child(act: Callable[[], None]) -> int:
    """Run `act` in a forked process; return 0, the killing signal, or -255 when `act` raised."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        except BaseException:  # noqa: BLE001 - the edge of a process
            traceback.print_exc()
            os._exit(255)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


class Trial:
    """A city on disk, filled and planned by a process that has ended."""

    def __init__(self, config: dict[str, str], folder: Path) -> None:
        self._config, self._folder = config, folder
        self._bucket = f"purge-{secrets.token_hex(6)}"
        folder.mkdir(parents=True)
        # Migrating an empty register takes longer than the purge: done once, and copied.
        shutil.copy(folder.parent / REGISTER, folder / REGISTER)
        if in_child(self._prepare):
            raise SystemExit(1)

    def run_counting(self) -> list[str]:
        """Apply the plan undisturbed; return the names of the steps."""
        steps = self._folder / "steps"

        def note(step: str) -> None:
            if step.startswith(CHANGES):
                with steps.open("a") as file:
                    file.write(f"{step}\n")

        if in_child(lambda: self._apply(note)):
            raise SystemExit(1)
        return steps.read_text().splitlines()

    def run_until(self, number: int) -> None:
        """Apply the plan and die after the step of this number."""
        left = number

        def count(step: str) -> None:
            nonlocal left
            if not step.startswith(CHANGES):
                return
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            left -= 1

        self._apply(count)

    def resume(self) -> None:
        """Apply the plan again, which may have been finished just before the crash."""
        try:
            self._apply(lambda _: None)
        except Conflict:
            register = self._city().register
            if not register.tombstones() or register.tombstones(open_only=True):
                raise

    def look(self) -> dict[str, Any]:
        """Return what is left in stores and register, as seen by yet another process."""
        file = self._folder / "left.json"

        def write() -> None:
            city = self._city()
            left = {"left": repr(city.left(SEGMENTS)), "honest": city.honest(SEGMENTS)}
            stored = [found.key for found in city.store.list()]
            file.write_text(json.dumps({**left, "stored": stored}))

        if in_child(write):
            raise SystemExit(1)
        content: dict[str, Any] = json.loads(file.read_text())
        return content

    def _prepare(self) -> None:
        city = self._city()
        city.fill(SEGMENTS, self._folder)
        days = candidates(city.catalogue, POLICIES, LATER)
        text = make_plan(days, city.catalogue.day_segments, [], POLICIES, LATER)
        write_plan(text, self._folder, to=self._folder / "plan.jsonl")
        city.register.place_hold(HELD_SINCE)
        city.store.set_hold(HELD_ON_OBJECT.key, on=True)

    def _apply(self, tell: Callable[[str], None]) -> None:
        plan = read_plan(self._folder / "plan.jsonl")
        self._city().watched(tell).purge(batch=3).apply(plan, POLICIES, PURPOSE)

    def _city(self) -> City:
        clock = SimulatedClock(LATER)
        register = register_at(self._folder)
        return City(
            register=register,
            catalogue=SqliteCatalogue(self._folder / "catalogue.db"),
            vectors=FaissIndex(self._folder / "vectors"),
            clock=clock,
            store=self._store(clock),
            custody=CustodyFile(self._folder / "custody", register, clock, require_case=False),
        )

    def _store(self, clock: SimulatedClock) -> DirectoryStore | MinioStore:
        if "endpoint" not in self._config:
            return DirectoryStore(self._folder / "store", clock)
        keys = (self._config["access_key"], self._config["secret_key"])
        endpoint = self._config["endpoint"]
        return MinioStore(endpoint, self._bucket, *keys, secure=False, clock=clock)


if __name__ == "__main__":
    with closing(sys.stdout):
        main(json.loads(Path(sys.argv[1]).read_text()))
