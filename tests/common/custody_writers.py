"""Processes that write one custody log, killed and replaced while the log's tree is extended.

python -m tests.common.custody_writers FOLDER WRITERS KILLS SEED

Each writer enters intents and outcomes with personal parts, and notes each number that it was told
in a file of its own. As entries are acknowledged, writers and the process that extends the tree are
killed by chance and begun anew. Prints what was done as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final

from evidence.custody_published import PublishedLog
from evidence.custody_tree import HINT, CustodyTree
from evidence.published_tree import TreePublisher
from footage.action import Action, Deed, Purpose
from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.instant import Elapsed
from footage.ledger_objects import custody_log, origin_of, stored_checkpoints
from footage.log_keys import renamed
from infra.custody.custody_file import LOG, CustodyFile
from infra.custody.tree_file import TreeFile
from infra.keys import note_crypto
from infra.keys.key_folder import FolderSigner, KeyFolder
from infra.objects.directory_store import DirectoryStore
from infra.registers.sql_register import SqlRegister

if TYPE_CHECKING:
    from collections.abc import Callable

NAME: Final = "0123456789abcdef"
EACH: Final = 8
"""Entries acknowledged between two kills."""
_POLL: Final = Elapsed.parse("5ms")
_STUCK: Final = Elapsed.parse("60s")


class Home:
    """A custody log with keys, register and store in a folder, as each process opens them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, SystemClock()
        self.log = custody_log(NAME)
        self.keys = KeyFolder(folder / "keys")
        self.path = folder / "custody" / LOG

    def custody(self) -> CustodyFile:
        """Open the log, which is compared with the checkpoints in the store."""
        notes = TreeFile(self.folder / "custody", self.clock)
        return CustodyFile(
            self.folder / "custody",
            SqlRegister(f"sqlite:///{self.folder / 'register.db'}"),
            self.clock,
            require_case=False,
            published=PublishedLog(
                self.store,
                lambda: self.log,
                lambda: renamed(self.keys.log_keys(), origin_of(self.log)),
                note_crypto.is_right,
                notes.signed_at,
                self.clock,
            ),
        )

    def store(self) -> DirectoryStore:
        """Open the store."""
        return DirectoryStore(self.folder / "store", self.clock)

    def tree(self) -> CustodyTree:
        """Open what extends the log's tree."""
        store = self.store()
        publisher = TreePublisher(
            store=store,
            clock=self.clock,
            signer=FolderSigner(self.keys),
            folder=self.folder / "work",
            keep=Elapsed.parse("1d"),
            hint=HINT,
        )
        notes = TreeFile(self.folder / "custody", self.clock)
        return CustodyTree(self.log, self.custody(), notes, store, publisher)


def write(home: Home, writer: int) -> None:
    """Enter searches until killed, or the parent ends; note each number that was told."""
    custody = home.custody()
    told = os.open(home.folder / "told" / f"{writer}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    number, parent = 0, os.getppid()
    while os.getppid() == parent:
        token = f"{writer}-{number}"
        deed = Deed(Action.SEARCH, Purpose(f"person-{writer}"), {"camera": token, "text": token})
        with suppress(Unavailable):  # nobody answered in time: nothing was acknowledged
            intent = custody.intent(deed)
            os.write(told, f"{intent} {token}\n".encode())
            outcome = custody.outcome(intent, deed, ok=True, result={"moments": number})
            os.write(told, f"{outcome} {intent}\n".encode())
        number += 1


def extend(home: Home, _: int) -> None:
    """Extend the tree until killed, or the parent ends, and sign each time."""
    parent, tree = os.getppid(), home.tree()
    while os.getppid() == parent:
        tree.round(at_once=True)
        home.clock.sleep(_POLL)


def begun(act: Callable[[Home, int], None], folder: Path, number: int) -> int:
    """Fork a process that acts until killed; return its id."""
    if pid := os.fork():
        return pid
    try:
        act(Home(folder), number)
    except Exception as exc:  # noqa: BLE001 - told by the parent
        (folder / f"failed-{os.getpid()}").write_text(f"{act.__name__}: {exc!r}", "utf-8")
    finally:
        os._exit(1)


def acknowledged(folder: Path) -> int:
    """Count the numbers that were told."""
    return sum(path.read_bytes().count(b"\n") for path in (folder / "told").iterdir())


def signed(home: Home) -> int:
    """Count the checkpoints in the store."""
    return sum(1 for _ in stored_checkpoints(home.store(), home.log))


def wait_until(is_so: Callable[[], bool], home: Home) -> None:
    """Wait for a condition; raises TimeoutError after a minute without it."""
    limit = home.clock.monotonic() + _STUCK
    while not is_so():
        home.clock.sleep(_POLL)
        if home.clock.monotonic() > limit:
            raise TimeoutError(f"stuck with {acknowledged(home.folder)} entries acknowledged")


def killed(pid: int) -> None:
    """Kill a process, and wait for its end."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def main(folder: Path, writers: int, kills: int, seed: int) -> None:
    """Let `writers` processes write until `kills` of them were killed."""
    dice, home = Random(seed), Home(folder)  # noqa: S311 - which process is killed next
    (folder / "told").mkdir(parents=True)
    home.keys.make(origin_of(NAME), home.clock.now() - Elapsed.parse("1m"), first=True)
    SqlRegister(f"sqlite:///{folder / 'register.db'}").close()  # makes the tables once
    home.store()
    running = {n: begun(write, folder, n) for n in range(writers)}
    extender, begins, next_writer = begun(extend, folder, 0), list[tuple[int, str]](), writers
    before = 0
    try:
        for number in range(kills):
            wanted = acknowledged(folder) + EACH
            wait_until(lambda: acknowledged(folder) >= wanted, home)  # noqa: B023 - called here
            if number % 5 == 4:
                wait_until(lambda: signed(home) > before, home)  # noqa: B023
                killed(extender)
                extender, before = begun(extend, folder, 0), signed(home)
            victim = dice.choice(sorted(running))
            killed(running.pop(victim))
            data = home.path.read_bytes()
            whole = data[: data.rfind(b"\n") + 1]
            begins.append((len(whole), sha256(whole).hexdigest()))
            running[next_writer] = begun(write, folder, next_writer)
            next_writer += 1
    finally:
        for pid in (*running.values(), extender):
            killed(pid)
    failed = [path.read_text("utf-8") for path in folder.glob("failed-*")]
    said = {"begins": begins, "failed": failed, "acknowledged": acknowledged(folder)}
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
