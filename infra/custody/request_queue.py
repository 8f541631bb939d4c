"""Requests of threads and processes to the custody log, answered in groups in the order of asking.

Whoever holds the log's lock answers all who wait, so that sixteen processes which ask at once wait
for one sync of the disk, not for sixteen. Nobody needs the lock to be answered, and each holder
answers those who have waited longest: nobody is passed again and again.

1. A thread that gets the lock at once answers its own request together with those that wait.
2. Any other thread leaves a file with the request, beside a FIFO at which the thread sleeps, and
   tries for the lock once more: the holder may have looked before the file was there.
3. The holder writes the answers into the files, lets the lock go, wakes the threads answered, and
   wakes the first of the others, who then takes the lock.
4. The thread reads the answer and removes file and FIFO.

Crashes. A sleeping thread looks twenty times a second by itself, so that a holder who dies is
succeeded. The next holder meets the same requests: a note in the file, written before the act,
tells what the dead one was about to do for a request. A file whose FIFO nobody reads was left by a
thread that died, and is removed unanswered. Nothing here is synced: after a power cut nobody waits.
"""

from __future__ import annotations

import json
import os
import secrets
import select
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final

from footage import errors
from footage.durable import seam
from footage.errors import FootageError, Unavailable
from footage.instant import Elapsed
from infra.host.file_lock import WAIT, tried

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from footage.clock import Clock

_LOOK: Final = Elapsed.parse("50ms")
"""Time after which a sleeping thread looks by itself: how long a holder who died is missed."""

_FIFO: Final = ".fifo"
_NEW: Final = ".new"
_STATE: Final = 128  # bytes: a letter and the note; never across two pages, so written whole
_WAITS, _DONE, _FAILED = b"w", b"d", b"f"
_ERRORS: Final = {
    kind.__name__: kind
    for kind in (
        FootageError,
        errors.BadInput,
        errors.Misconfigured,
        errors.Unavailable,
        errors.NoSpace,
        errors.DataLoss,
        errors.Refused,
        errors.Conflict,
    )
}


class Request:
    """A request, as whoever answers it sees it.

    Attributes:
        body: A line of text, without line feed.
        noted: The note of a holder who died before answering, "" for none.
        answer: None while the request is not answered, or where it failed.
        error: The reason why the request failed.
    """

    def __init__(self, body: bytes, noted: str = "") -> None:
        self.body = body
        self.noted = noted
        self.answer: bytes | None = None
        self.error: FootageError | None = None

    @property
    def is_settled(self) -> bool:
        """Whether the request was answered or failed."""
        return self.answer is not None or self.error is not None

    def note(self, text: str) -> None:
        """Note what is about to be done for the request, in at most 126 ASCII characters."""
        self.noted = text

    def settle(self, answer: bytes) -> None:
        """Answer the request."""
        self.answer = answer

    def fail(self, error: FootageError) -> None:
        """Answer that the request failed."""
        self.error = error


class RequestQueue:
    """A queue of all threads and processes that use the same folder.

    Args:
        folder: Folder for the files of those who wait, made when first needed.
        lock: The lock file.
        answer: Settles each of the requests given; called by one thread of all at a time. What
            `answer` raises goes to the thread that called, and the others are answered later.
        clock: Gives the order of asking.
        most: Most requests answered at a time.
        wait: Longest time to wait for an answer.
    """

    def __init__(
        self,
        folder: Path,
        lock: Path,
        answer: Callable[[Sequence[Request]], None],
        clock: Clock,
        *,
        most: int,
        wait: Elapsed = WAIT,
    ) -> None:
        self._folder = folder
        self._lock = lock
        self._answer = answer
        self._clock = clock
        self._most = most
        self._wait = wait

    def ask(self, body: bytes) -> Request:
        """Have a request answered; return the request, settled.

        Raises:
            Unavailable: Nobody answered in time; the request may still be answered.
            FootageError: Lock or folder cannot be used.
        """
        mine = Request(body)
        with seam(self._folder):
            self._lead(mine)
            return mine if mine.is_settled else self._wait_for(body)

    def _wait_for(self, body: bytes) -> Request:
        name = f"{self._clock.monotonic().us:020}-{secrets.token_hex(8)}"
        left = self._wait
        with _left(self._folder, name, body) as mine:
            self._lead()
            while not (found := mine.look()).is_settled and left.us > 0:
                if not mine.sleep(_LOOK):
                    left -= _LOOK
                if not mine.look().is_settled:
                    self._lead()
        if found.is_settled:
            return found
        raise Unavailable(
            f"{self._lock} was held by another process or thread for {self._wait}",
            hint="see who holds it, and try again",
        )

    def _lead(self, own: Request | None = None) -> None:
        """Answer all who wait, and `own`, unless somebody else holds the lock."""
        is_held, taken = False, list[_Filed]()
        with ExitStack() as files:
            try:
                with tried(self._lock) as is_held:
                    if not is_held:
                        return
                    taken += self._waiting(files, self._most - (own is not None))
                    group = [*taken, own] if own else taken
                    if group:
                        self._answer(group)
            finally:
                if is_held:  # the lock is free now for whoever is woken
                    self._wake(taken, files)

    def _wake(self, taken: Sequence[_Filed], files: ExitStack) -> None:
        """Wake the threads that were answered, and the first that was not: the next holder."""
        for request in taken:
            if request.is_settled:
                request.wake()
        for request in self._waiting(files, 1):
            request.wake()

    def _waiting(self, files: ExitStack, most: int) -> list[_Filed]:
        """Open the requests that wait, the oldest first; remove those of dead threads."""
        try:
            with os.scandir(self._folder) as entries:
                names = sorted(entry.name for entry in entries)
        except FileNotFoundError:
            return []
        found: list[_Filed] = []
        there = set(names)
        for name in names:
            if len(found) == most:
                break
            path = self._folder / name.removesuffix(_FIFO)
            if name.endswith(_FIFO):
                if path.name not in there and _fifo_of(path, files) is None:
                    _remove(path)  # died before the file was written
            elif not name.endswith(_NEW) and (request := _filed(path, files)):
                found.append(request)
        return found


class _Filed(Request):
    """A request in a file, for the thread that holds the lock."""

    def __init__(self, file: int, fifo: int, body: bytes, noted: str) -> None:
        super().__init__(body, noted)
        self._file = file
        self._fifo = fifo

    def note(self, text: str) -> None:
        super().note(text)
        os.pwrite(self._file, _state(_WAITS, text), 0)

    def settle(self, answer: bytes) -> None:
        super().settle(answer)
        self._finish(_DONE, answer)

    def fail(self, error: FootageError) -> None:
        super().fail(error)
        self._finish(_FAILED, _written(error))

    def wake(self) -> None:
        """Wake the thread that asks."""
        with suppress(OSError):  # the thread has died, or has been woken before
            os.write(self._fifo, b"\n")

    def _finish(self, state: bytes, answer: bytes) -> None:
        os.pwrite(self._file, answer + b"\n", _STATE + len(self.body) + 1)
        os.pwrite(self._file, state, 0)  # only now: whoever reads a state reads all of the answer


class _Mine:
    """A request in a file, for the thread that asks."""

    def __init__(self, file: int, fifo: int, body: bytes) -> None:
        self._file = file
        self._fifo = fifo
        self._body = body

    def look(self) -> Request:
        """Return the request as the file tells it now."""
        found = Request(self._body)
        state = os.pread(self._file, 1, 0)
        if state != _WAITS:
            _, answer = _parts(self._file)
            if state == _DONE:
                found.settle(answer)
            else:
                found.fail(_read_error(answer))
        return found

    def sleep(self, longest: Elapsed) -> bool:
        """Sleep until woken; False where nobody did."""
        poll = select.poll()
        poll.register(self._fifo, select.POLLIN)
        if not poll.poll(longest.us / 1_000):
            return False
        os.read(self._fifo, _STATE)
        return True


@contextmanager
def _left(folder: Path, name: str, body: bytes) -> Iterator[_Mine]:
    """Leave a request in a folder for as long as the `with` lasts."""
    path = folder / name
    new = folder / (name + _NEW)
    with ExitStack() as files:
        try:
            os.mkfifo(new, 0o600)
        except FileNotFoundError:
            folder.mkdir(mode=0o700, exist_ok=True)
            os.mkfifo(new, 0o600)
        files.callback(_remove, path)
        try:
            # For writing, too: else the end of each writer would wake this thread for good.
            fifo = os.open(new, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            new.unlink()
            raise
        files.callback(os.close, fifo)
        new.rename(_fifo_path(path))  # a FIFO of this name has a reader, unless the thread died
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        files.callback(os.close, file)
        os.write(file, _state(_WAITS, "") + body + b"\n")
        yield _Mine(file, fifo, body)


def _filed(path: Path, files: ExitStack) -> _Filed | None:
    """Open a request that waits; None of any other, which is removed if its thread died."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    files.callback(os.close, file)
    state = os.pread(file, _STATE, 0)
    if state[:1] in {_DONE, _FAILED}:
        return None
    fifo = _fifo_of(path, files)
    if fifo is None:
        _remove(path)
        return None
    body, _ = _parts(file)
    if body is None:
        return None  # about to be written
    return _Filed(file, fifo, body, state[1:].decode("ascii", "replace").strip())


def _fifo_of(path: Path, files: ExitStack) -> int | None:
    """Open the FIFO beside a request for waking; None where nobody reads it."""
    try:
        fifo = os.open(_fifo_path(path), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    files.callback(os.close, fifo)
    return fifo


def _fifo_path(path: Path) -> Path:
    return path.with_name(path.name + _FIFO)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)  # first: a file without FIFO is of a dead thread
    _fifo_path(path).unlink(missing_ok=True)


def _state(letter: bytes, note: str) -> bytes:
    return letter + note.encode("ascii").ljust(_STATE - 2) + b"\n"


def _parts(file: int) -> tuple[bytes | None, bytes]:
    """Return body and answer of a file; the body is None while it is being written."""
    text = os.pread(file, os.fstat(file).st_size, _STATE)
    body, end, rest = text.partition(b"\n")
    return (body if end else None), rest.partition(b"\n")[0]


def _written(error: FootageError) -> bytes:
    kind = next(kind for kind in type(error).__mro__ if kind in _ERRORS.values())
    text = {"error": kind.__name__, "message": str(error.args[0]), "hint": error.hint}
    return json.dumps(text).encode()


def _read_error(answer: bytes) -> FootageError:
    text = json.loads(answer)
    return _ERRORS[text["error"]](text["message"], hint=text["hint"])
