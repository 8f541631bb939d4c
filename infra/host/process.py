"""The only place that starts processes: short runs with a deadline, and long-lived children.

Every process leads its own process group, so that what it starts in turn ends with it. A process is
remembered over the life of this one by its `Identity`: the pid, the kernel's start time of that pid
and the boot it ran in. A recycled pid therefore never passes for the old process.
"""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from footage.clock import Clock

_PROC: Final = Path("/proc")
_TAIL_BYTES: Final = 16_384
_STEP: Final = Elapsed.parse("50ms")
_ASK_EVERY: Final = Elapsed.parse("100ms")
# A child that ignores SIGTERM is killed after this long; the stores flush in less than that.
GRACE: Final = Elapsed.parse("15s")


class TimedOut(Unavailable):
    """The program did not end in time."""


class Unwanted(Unavailable):
    """The program was ended, since nobody wanted its output any more."""


@dataclass(frozen=True, slots=True)
class Output:
    """Output of a finished process."""

    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Standard output as text; undecodable bytes are replaced."""
        return self.stdout.decode(errors="replace")


def with_environment(extra: Mapping[str, str], argv: Sequence[str]) -> list[str]:
    """A command line that runs `argv` with `extra` added to the inherited environment.

    The variables stand in the command line until the program runs: never put a secret there.
    """
    return ["env", *(f"{key}={value}" for key, value in extra.items()), *argv]


def tail(text: str, count: int = 20) -> str:
    """The last `count` lines that are not blank."""
    return "\n".join([line for line in text.splitlines() if line.strip()][-count:])


def run(  # noqa: PLR0913 - by keyword only
    argv: Sequence[str],
    *,
    timeout: Elapsed,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    uid: int | None = None,
    feed: IO[bytes] | None = None,
    unwanted: Callable[[], bool] | None = None,
) -> Output:
    """Run a program and wait for the end.

    Args:
        argv: The program and its arguments; no shell is involved.
        timeout: After this long the whole process group is killed.
        cwd: The folder it runs in; None is ours.
        env: The whole environment; None inherits ours.
        uid: Run as this user (and the group of the same number, no others); only root may ask.
        feed: The open file that becomes standard input; None: nothing.
        unwanted: Asked ten times a second; once true, the whole process group is killed.

    Raises:
        Misconfigured: The program is not there.
        TimedOut: It did not end in time; its last lines are told.
        Unwanted: `unwanted` said so.
        Unavailable: It ended with another code than 0; its last lines are told.
    """
    child = _popen(
        argv,
        cwd=cwd,
        env=env,
        uid=uid,
        input_=subprocess.DEVNULL if feed is None else feed.fileno(),
        output=subprocess.PIPE,
        errors=subprocess.PIPE,
    )
    with child:
        try:
            stdout, stderr = _end_of(child, timeout, unwanted)
        except subprocess.TimeoutExpired as exc:
            _kill_group(child.pid, signal.SIGKILL)
            stdout, stderr = child.communicate()
            raise TimedOut(
                f"{_shown(argv)} did not end within {timeout}{_said(stdout, stderr)}"
            ) from exc
        finally:
            if child.poll() is None:  # interrupted: nothing we started may outlive us
                _kill_group(child.pid, signal.SIGKILL)
    if child.returncode != 0:
        raise Unavailable(f"{_shown(argv)} ended with {child.returncode}{_said(stdout, stderr)}")
    return Output(stdout, stderr)


def _end_of(
    child: subprocess.Popen[bytes], timeout: Elapsed, unwanted: Callable[[], bool] | None
) -> tuple[bytes, bytes]:
    """Wait for the end of a child; return standard output and standard error.

    Raises:
        TimeoutExpired: The child still runs after `timeout`.
        Unwanted: `unwanted` said so; the child may still run.
    """
    left = timeout
    while unwanted is not None and left > _ASK_EVERY:
        if unwanted():
            raise Unwanted("ended, since nobody wants the output any more")
        try:
            return child.communicate(timeout=_ASK_EVERY.in_seconds)
        except subprocess.TimeoutExpired:
            left -= _ASK_EVERY
    return child.communicate(timeout=left.in_seconds)


class Helper:
    """A child process that ends by itself when its standard input ends, and so with this process.

    What the helper says on standard error is said as by this process.

    Args:
        argv: The program and its arguments.
        feed: The descriptor its input comes from.

    Raises:
        Misconfigured: The program is not there.
    """

    def __init__(self, argv: Sequence[str], feed: int) -> None:
        output = subprocess.DEVNULL
        self._popen = _popen(argv, cwd=None, env=None, uid=None, input_=feed, output=output)

    @property
    def pid(self) -> int:
        """Pid of the process."""
        return self._popen.pid

    def wait(self, grace: Elapsed = GRACE) -> None:
        """Wait for the end, once the input has ended; kill what is left after `grace`."""
        try:
            self._popen.wait(grace.in_seconds)
        except subprocess.TimeoutExpired:
            _kill_group(self.pid, signal.SIGKILL)
            self._popen.wait()


class Child:
    """A long-lived child process in a separate process group, with output in a log file.

    The child outlives this process: call `stop`, or remember the child's `identity`.

    Args:
        argv: The program and its arguments.
        log: File to which the child's output is appended.
        cwd: The folder it runs in; None is ours.
        env: The whole environment; None inherits ours.
        uid: Run as this user.
        feed: The descriptor its input comes from; None: closed.

    Raises:
        Misconfigured: The program is not there, or may not be run as that user.
    """

    def __init__(
        self,
        argv: Sequence[str],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        uid: int | None = None,
        feed: int | None = None,
    ) -> None:
        self.log = log
        self.name = Path(argv[0]).name
        with log.open("ab") as output:
            self._popen = _popen(
                argv,
                cwd=cwd,
                env=env,
                uid=uid,
                input_=subprocess.DEVNULL if feed is None else feed,
                output=output,
                errors=subprocess.STDOUT,
            )
        self._swept = False
        # Not reaped yet, so the kernel still knows the pid, even when the process has ended.
        self.identity = _look(self._popen.pid)[0]

    @property
    def pid(self) -> int:
        """Pid of the process, and number of the process group."""
        return self._popen.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs; a paused process counts as running."""
        return self.exit_code is None

    @property
    def exit_code(self) -> int | None:
        """Exit code; None while the process runs, negative for the signal that ended the process.

        When the process has gone, what it left behind in its group is killed at once: later the
        group's number might belong to somebody else.
        """
        code = self._popen.poll()
        if code is not None and not self._swept:
            self._swept = True
            _kill_group(self.pid, signal.SIGKILL)
        return code

    def last_lines(self, count: int = 20) -> str:
        """Last `count` lines of the process's log."""
        return last_lines(self.log, count)

    def pause(self) -> None:
        """Pause the process group (SIGSTOP): connections stay open and nothing answers."""
        if self.alive:
            _kill_group(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Resume a paused process group (SIGCONT)."""
        if self.alive:
            _kill_group(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End the process group at once, as a power cut would (SIGKILL)."""
        self.stop(signal.SIGKILL)

    def stop(self, polite: signal.Signals = signal.SIGTERM, grace: Elapsed = GRACE) -> None:
        """End the group: `polite`, then SIGKILL to what is left after `grace`; harmless twice."""
        if not self.alive:
            return
        _kill_group(self.pid, polite)
        _kill_group(self.pid, signal.SIGCONT)  # a paused process would not see the first one
        try:
            self._popen.wait(grace.in_seconds)
        except subprocess.TimeoutExpired:
            _kill_group(self.pid, signal.SIGKILL)
            self._popen.wait()
        self._swept = True
        _kill_group(self.pid, signal.SIGKILL)


@dataclass(frozen=True, slots=True)
class Identity:
    """Unique identity of a process: pids are reused, the triple of pid, start and boot is not."""

    pid: int
    started_ticks: int
    boot: str


def identify(pid: int) -> Identity | None:
    """Identity of the process with this pid now; None for no process, or an unreaped zombie."""
    try:
        identity, state = _look(pid)
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state in "ZX" else identity


def is_running(identity: Identity) -> bool:
    """Whether this very process still runs."""
    return identify(identity.pid) == identity


def stop_group(
    identity: Identity, *, clock: Clock, polite: int = signal.SIGTERM, grace: Elapsed = GRACE
) -> bool:
    """End the group of a process that an earlier process of ours started.

    Returns:
        False where that process had already gone; then nothing is signalled.

    Raises:
        Unavailable: The process still runs although it was killed.
    """
    if not is_running(identity):
        return False
    for sign in (polite, signal.SIGKILL):
        _kill_group(identity.pid, sign)
        deadline = clock.monotonic() + grace
        while is_running(identity) and clock.monotonic() < deadline:
            clock.sleep(_STEP)
        if not is_running(identity):
            return True
    raise Unavailable(f"process {identity.pid} does not end, even when killed")


def last_lines(log: Path, count: int = 20) -> str:
    """Last `count` lines of a log file; "" for an absent file."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            return tail(file.read().decode(errors="replace"), count)
    except FileNotFoundError:
        return ""


def _popen(  # noqa: PLR0913 - as `run`, by keyword only
    argv: Sequence[str],
    *,
    cwd: Path | None,
    env: Mapping[str, str] | None,
    uid: int | None,
    input_: int = subprocess.DEVNULL,
    output: int | IO[bytes],
    errors: int | None = None,
) -> subprocess.Popen[bytes]:
    dropped: dict[str, Any] = {}
    if uid is not None:
        dropped = {"user": uid, "group": uid, "extra_groups": []}
    try:
        return subprocess.Popen(
            list(argv),
            stdin=input_,
            stdout=output,
            stderr=errors,
            cwd=cwd,
            env=env,
            start_new_session=True,
            **dropped,
        )
    except FileNotFoundError as exc:
        raise Misconfigured(f"cannot run {argv[0]}: {exc}", hint="install it") from exc
    except PermissionError as exc:
        raise Misconfigured(f"may not run {argv[0]} as user {uid}: {exc}") from exc


def _kill_group(group: int, sign: int) -> None:
    try:
        os.killpg(group, sign)
    except ProcessLookupError:
        return  # it ended between two looks


def _look(pid: int) -> tuple[Identity, str]:
    stat = (_PROC / str(pid) / "stat").read_text()
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    # The name in parentheses may hold spaces and parentheses itself: count from the last one.
    fields = stat.rpartition(")")[2].split()
    return Identity(pid, int(fields[19]), boot), fields[0]


def _shown(argv: Sequence[str]) -> str:
    return f"`{' '.join(argv)}`"


def _said(stdout: bytes, stderr: bytes) -> str:
    text = tail((stdout + b"\n" + stderr).decode(errors="replace"))
    return f"; its last lines:\n{text}" if text else "; it wrote nothing"


__all__ = [
    "GRACE",
    "Child",
    "Identity",
    "Output",
    "TimedOut",
    "Unwanted",
    "identify",
    "is_running",
    "last_lines",
    "run",
    "stop_group",
    "tail",
    "with_environment",
]
