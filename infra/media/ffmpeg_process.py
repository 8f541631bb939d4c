"""FFmpeg as a child process: its own group, its segment list on its own pipe, its words masked.

Keeps `recorder.ports.Launcher`. What it says is read at once and cut into lines here; a line that
never ends is cut, one that says nothing new (progress other than media time) goes no further.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed
from infra import process
from recorder.ports import Ended, Line, Pipe
from recorder.progress import mask

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from footage.clock import Clock
    from infra.media.ffmpeg_tool import FfmpegTool

_ENVIRONMENT: Final = {"TZ": "UTC"}  # the segment muxer cuts by local time of day
_READ: Final = 4_096
_LONGEST_LINE: Final = 4_096
_REAP_GRACE: Final = Elapsed.parse("10s")


class FfmpegLauncher:
    """Starts, and ends, FFmpeg processes."""

    def __init__(self, tool: FfmpegTool, clock: Clock) -> None:
        self._tool = tool
        self._clock = clock

    @property
    def ffmpeg(self) -> str:
        """Path of the binary."""
        return str(self._tool.path)

    async def launch(self, build: Callable[[int], Sequence[str]]) -> RunningFfmpeg:
        """Start a capture; see `recorder.ports.Launcher`."""
        reader, writer = os.pipe()
        try:
            child = await asyncio.create_subprocess_exec(
                *process.with_environment(_ENVIRONMENT, build(writer)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                pass_fds=(writer,),
                start_new_session=True,
            )
        except FileNotFoundError as exc:
            os.close(reader)
            raise Misconfigured(f"cannot run FFmpeg: {exc}") from exc
        except OSError as exc:
            os.close(reader)
            raise Unavailable(f"no process for FFmpeg: {exc.strerror}") from exc
        finally:
            os.close(writer)  # the child's copy alone keeps the pipe open: it ends when FFmpeg does
        return RunningFfmpeg(child, reader)

    def reap(self, identity: str) -> bool:
        """End a process an earlier recorder left; see `recorder.ports.Launcher`."""
        try:
            known = process.Identity(**json.loads(identity))
        except (TypeError, ValueError):
            return False  # written by something else: nothing we may signal
        return process.stop_group(known, clock=self._clock, grace=_REAP_GRACE)

    def run(self, argv: Sequence[str], *, timeout: Elapsed) -> str:
        """Run to the end; see `recorder.ports.Launcher`."""
        try:
            command = process.with_environment(_ENVIRONMENT, argv)
            return process.run(command, timeout=timeout).text
        except Unavailable as exc:
            raise Unavailable(mask(str(exc))) from exc


class RunningFfmpeg:
    """A running FFmpeg. Made on the event loop it is read on."""

    def __init__(self, child: asyncio.subprocess.Process, list_reader: int) -> None:
        self._child = child
        known = process.identify(child.pid)
        self._identity = json.dumps(asdict(known)) if known else ""
        self._said: asyncio.Queue[Line | Ended] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read(list_reader))

    @property
    def identity(self) -> str:
        """Pid, its start and the boot, as JSON; "" where it had ended at once."""
        return self._identity

    async def next(self) -> Line | Ended:
        """The next line, or its end."""
        return await self._said.get()

    def terminate(self) -> None:
        """SIGTERM to the group."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL to the group."""
        self._signal(signal.SIGKILL)

    def _signal(self, sign: signal.Signals) -> None:
        if self._child.returncode is not None:
            return  # reaped: its number may be somebody else's by now
        try:
            os.killpg(self._child.pid, sign)
        except ProcessLookupError:
            return

    async def _read(self, list_reader: int) -> None:
        loop = asyncio.get_running_loop()
        listed = asyncio.StreamReader()
        file = os.fdopen(list_reader, "rb", buffering=0)
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(listed), file
        )
        try:
            await asyncio.gather(
                self._deliver(Pipe.SEGMENTS, listed),
                self._deliver(Pipe.PROGRESS, self._child.stdout),
                self._deliver(Pipe.MESSAGE, self._child.stderr),
            )
            code = await self._child.wait()
        finally:
            transport.close()
        self._said.put_nowait(Ended(code))

    async def _deliver(self, pipe: Pipe, stream: asyncio.StreamReader | None) -> None:
        if stream is None:
            return
        async for text in lines(stream):
            if pipe is Pipe.PROGRESS and not text.startswith("out_time_us="):
                continue  # a dozen lines a second and camera that say nothing more
            self._said.put_nowait(Line(pipe, mask(text) if pipe is Pipe.MESSAGE else text))


async def lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines ending in LF or CR, cut after 4096 bytes, undecodable bytes replaced."""
    rest = b""
    while chunk := await stream.read(_READ):
        *whole, rest = (rest + chunk).replace(b"\r", b"\n").split(b"\n")
        for line in whole:
            if line:
                yield line[:_LONGEST_LINE].decode(errors="replace")
        rest = rest[:_LONGEST_LINE]
    if rest:
        yield rest.decode(errors="replace")
