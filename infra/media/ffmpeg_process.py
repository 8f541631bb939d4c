"""FFmpeg as a child process: own group, segment list on a separate pipe, output masked.

Keeps `recorder.ports.Launcher`. Output is read on arrival, by callbacks and without a task
per pipe, since a thousand FFmpegs run beside one process. A line that never ends is cut; a line
that says nothing new (progress other than media time) goes no further.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, BinaryIO, Final, Protocol

from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.host import process
from recorder.capture.messages import mask
from recorder.ports import Ended, Line, Pipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from footage.clock import Clock
    from infra.media.ffmpeg_tool import FfmpegTool

_ENVIRONMENT: Final = {"TZ": "UTC"}  # the segment muxer cuts by local time of day
_HELD: Final = ("sh", "-c", 'read -r _ && exec "$@" </dev/null', "sh")
"""Becomes the program, under the same process id, once it reads a line; ends where none comes."""
_LONGEST_LINE: Final = 4_096
_REAP_GRACE: Final = Elapsed.parse("10s")
_STDOUT: Final = 1
_TELLS_ENDS: Final = 6
"""Its new threads came after 5; of what lies between 5.1 and 9.0 nothing was measured."""
_MEDIA_TIME: Final = b"out_time_us="
_GOES_ON: Final = b"progress=continue"


class FfmpegWatcher(Protocol):
    """Ends FFmpegs that outlive the right to record; see `infra.media.watchdog`."""

    def watch(self, identity: str) -> None:
        """This process runs now."""
        ...

    def unwatch(self, identity: str) -> None:
        """Stop watching the FFmpeg `identity`, which has ended."""
        ...


class FfmpegLauncher:
    """Starts, and ends, FFmpeg processes.

    Args:
        tool: The binary.
        clock: For waiting.
        watchdog: Told of every capture, where several recorders share the cameras.
    """

    def __init__(
        self, tool: FfmpegTool, clock: Clock, watchdog: FfmpegWatcher | None = None
    ) -> None:
        self._tool = tool
        self._clock = clock
        self._watchdog = watchdog

    @property
    def ffmpeg(self) -> str:
        """Path of the binary."""
        return str(self._tool.path)

    @property
    def progress_ends(self) -> bool:
        """Whether progress tells the last picture's end (measured: 9.0), not the begin (5.1)."""
        return self._tool.major >= _TELLS_ENDS

    async def launch(
        self,
        build: Callable[[int, int], Sequence[str]],
        hear: Callable[[Line | Ended], None],
        source: bytes = b"",
    ) -> RunningFfmpeg:
        """Start a capture; see `recorder.ports.Launcher`."""
        output = _OutputReader(hear)
        loop = asyncio.get_running_loop()
        with ExitStack() as ours, ExitStack() as on_failure:
            try:
                given = ours.enter_context(_in_memory(source))
                reader, writer = os.pipe()
                # The child's copy alone keeps the pipe open: the pipe ends when FFmpeg does.
                ours.callback(os.close, writer)
                listed = on_failure.enter_context(os.fdopen(reader, "rb", buffering=0))
                transport, _ = await loop.subprocess_exec(
                    lambda: output,
                    *_HELD,
                    *process.with_environment(_ENVIRONMENT, build(writer, given)),
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                    pass_fds=(writer, given),
                    start_new_session=True,
                )
            except FileNotFoundError as exc:
                raise Misconfigured(f"cannot run FFmpeg: {exc}") from exc
            except OSError as exc:
                raise Unavailable(f"no process for FFmpeg: {exc.strerror}") from exc
            on_failure.callback(transport.close)
            await loop.connect_read_pipe(lambda: _SegmentListReader(output), listed)
            on_failure.pop_all()
        running = RunningFfmpeg(transport)
        if self._watchdog is not None:
            self._watchdog.watch(running.identity)
            output.at_end = lambda watchdog=self._watchdog: watchdog.unwatch(running.identity)
        return running

    def reap(self, identity: str) -> bool:
        """End a process an earlier recorder left; see `recorder.ports.Launcher`."""
        try:
            known = process.Identity(**json.loads(identity))
        except (TypeError, ValueError):
            return False  # written by something else: nothing we may signal
        return process.stop_group(known, clock=self._clock, grace=_REAP_GRACE)

    def run(self, argv: Sequence[str], *, timeout: Elapsed, feed: BinaryIO | None = None) -> str:
        """Run to the end; see `recorder.ports.Launcher`."""
        return self._run(argv, timeout, feed).text

    def messages(
        self, argv: Sequence[str], *, timeout: Elapsed, feed: BinaryIO | None = None
    ) -> str:
        """Run to the end; see `recorder.ports.Launcher`."""
        return mask(self._run(argv, timeout, feed).stderr.decode(errors="replace"))

    def _run(self, argv: Sequence[str], timeout: Elapsed, feed: BinaryIO | None) -> process.Output:
        try:
            command = process.with_environment(_ENVIRONMENT, argv)
            return process.run(command, timeout=timeout, feed=feed)
        except Unavailable as exc:
            raise Unavailable(mask(str(exc))) from exc


@contextmanager
def _in_memory(data: bytes) -> Iterator[int]:
    """A descriptor of a file without a name, which holds `data` and is read from its begin."""
    descriptor = os.memfd_create("source")
    try:
        os.pwrite(descriptor, data, 0)
        yield descriptor
    finally:
        os.close(descriptor)


class RunningFfmpeg:
    """A running FFmpeg."""

    def __init__(self, transport: asyncio.SubprocessTransport) -> None:
        self._transport = transport
        self._pid = transport.get_pid()
        known = process.identify(self._pid)
        self._identity = json.dumps(asdict(known)) if known else ""

    @property
    def identity(self) -> str:
        """Pid, start of the process and boot, as JSON; "" for a process that ended at once."""
        return self._identity

    def release(self) -> None:
        """Let the waiting child process become FFmpeg."""
        gate = self._transport.get_pipe_transport(0)
        assert isinstance(gate, asyncio.WriteTransport)  # noqa: S101 - asyncio's contract
        gate.write(b"\n")
        gate.close()

    def terminate(self) -> None:
        """SIGTERM to the group."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the group."""
        self._signal(signal.SIGKILL)

    def _signal(self, sign: signal.Signals) -> None:
        if self._transport.get_returncode() is not None:
            return  # reaped: its number may be somebody else's by now
        try:
            os.killpg(self._pid, sign)
        except ProcessLookupError:
            return


class _OutputReader(asyncio.SubprocessProtocol):
    """Cuts what comes into lines; tells the end when the process and all three pipes have ended."""

    def __init__(self, hear: Callable[[Line | Ended], None]) -> None:
        self._hear = hear
        self._cut = {pipe: Lines() for pipe in Pipe}
        self._media_time = b""
        self._transport: asyncio.SubprocessTransport | None = None
        self._left = {"process", "list"}
        self.at_end: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)  # noqa: S101 - asyncio's contract
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self.take(Pipe.PROGRESS if fd == _STDOUT else Pipe.MESSAGE, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.end("process")

    def take(self, pipe: Pipe, data: bytes) -> None:
        for line in self._cut[pipe].feed(data):
            self._line(pipe, line)

    def end(self, part: str) -> None:
        """Note the end of `part`: the process with both pipes, or the segment list."""
        self._left.discard(part)
        if self._left or self._transport is None:
            return
        for pipe, cut in self._cut.items():
            if rest := cut.rest():
                self._line(pipe, rest)
        code = self._transport.get_returncode()
        self._transport.close()
        if self.at_end is not None:
            self.at_end()
        self._hear(Ended(-1 if code is None else code))

    def _line(self, pipe: Pipe, line: bytes) -> None:
        if pipe is Pipe.PROGRESS:
            # A dozen lines a second and camera. Those of the last report end with "progress=end":
            # what it counts was in FFmpeg already, and did not arrive now.
            if line.startswith(_MEDIA_TIME):
                self._media_time = line
            if line != _GOES_ON or not self._media_time:
                return
            line, self._media_time = self._media_time, b""
        text = line.decode(errors="replace")
        self._hear(Line(pipe, mask(text) if pipe is Pipe.MESSAGE else text))


class _SegmentListReader(asyncio.Protocol):
    """The pipe of the segment list."""

    def __init__(self, output: _OutputReader) -> None:
        self._output = output

    def data_received(self, data: bytes) -> None:
        self._output.take(Pipe.SEGMENTS, data)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._output.end("list")


class Lines:
    """Lines ending in LF or CR, cut after 4096 bytes."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The whole lines that `data` completes."""
        if b"\r" in data:
            data = data.replace(b"\r", b"\n")
        *whole, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:_LONGEST_LINE]
        return [line[:_LONGEST_LINE] for line in whole if line]

    def rest(self) -> bytes:
        """Take the bytes after the last complete line."""
        rest, self._rest = self._rest, b""
        return rest
