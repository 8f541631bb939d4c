"""FFmpeg as a child: what it says arrives in lines, masked, and ends with its end."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import BadInput, Unavailable
from footage.instant import Elapsed
from infra.host import process
from infra.media.ffmpeg_process import FfmpegLauncher, Lines, RunningFfmpeg
from infra.media.ffmpeg_tool import FfmpegTool
from recorder.ports import Ended, Line, Pipe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CLOCK = SystemClock()
LAUNCHER = FfmpegLauncher(FfmpegTool(Path("/bin/sh"), "0"), CLOCK)
PATIENCE = Elapsed.parse("20s")


def shell(script: str) -> Callable[[int, int], Sequence[str]]:
    """Run `script`; `$1` is the descriptor of the segment list."""
    return lambda descriptor, _: ["/bin/sh", "-c", script, "sh", str(descriptor)]


class Ear:
    """Hears a script, one thing after another."""

    def __init__(self) -> None:
        self._said: asyncio.Queue[Line | Ended] = asyncio.Queue()

    async def start(self, script: str) -> RunningFfmpeg:
        running = await self.start_held(script)
        running.release()
        return running

    async def start_held(self, script: str) -> RunningFfmpeg:
        return await LAUNCHER.launch(shell(script), self._said.put_nowait)

    async def next(self) -> Line | Ended:
        return await asyncio.wait_for(self._said.get(), PATIENCE.in_seconds)


async def everything(script: str) -> list[Line | Ended]:
    ear = Ear()
    await ear.start(script)
    said: list[Line | Ended] = []
    while not said or not isinstance(said[-1], Ended):
        said.append(await ear.next())
    return said


def test_three_pipes_and_an_end() -> None:
    """The last report counts what FFmpeg still had: nothing arrived then."""
    said = asyncio.run(
        everything(
            "echo a.mp4,0,1 >/proc/self/fd/$1; echo frame=1; echo out_time_us=5; "
            "echo progress=continue; echo out_time_us=9; echo progress=end; "
            "echo rtsp://u:secret@h gone >&2; exit 3"
        )
    )
    assert said[-1] == Ended(3)
    assert sorted(said[:-1], key=str) == [
        Line(Pipe.MESSAGE, "rtsp://u:***@h gone"),
        Line(Pipe.PROGRESS, "out_time_us=5"),
        Line(Pipe.SEGMENTS, "a.mp4,0,1"),
    ]


def test_it_does_nothing_until_it_is_released(tmp_path: Path) -> None:
    """Who is killed before the journal knows the process leaves none behind."""
    begun = tmp_path / "begun"

    async def held() -> tuple[bool, int]:
        ear = Ear()
        running = await ear.start_held(f"echo >{begun}; exec sleep 60")
        identity = running.identity
        gate = running._transport.get_pipe_transport(0)
        assert isinstance(gate, asyncio.WriteTransport)
        gate.close()  # as the kernel does when we die
        ended = await ear.next()
        assert isinstance(ended, Ended)
        return LAUNCHER.reap(identity), ended.code

    outlived, code = asyncio.run(held())
    assert not outlived
    assert code != 0
    assert not begun.exists()


def test_what_runs_is_what_was_noted_before_it_was_released(tmp_path: Path) -> None:
    begun = tmp_path / "begun"

    async def released() -> bool:
        running = await (ear := Ear()).start(
            f"echo $$ >{begun}; echo out_time_us=1; echo progress=continue; exec sleep 60"
        )
        await ear.next()
        assert json.loads(running.identity)["pid"] == int(begun.read_text())
        reaped = await asyncio.to_thread(LAUNCHER.reap, running.identity)
        await ear.next()
        return reaped

    assert asyncio.run(released())


@contextmanager
def room_for(descriptors: int) -> Iterator[None]:
    """Let this process open `descriptors` more descriptors, and no more, within the `with`."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.dup(0)
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + descriptors, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def opened() -> dict[str, str]:
    """Return what each open descriptor of this process is of, by the descriptor's number."""
    found = {}
    for one in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the folder itself, while listed
            found[one.name] = str(one.readlink())
    return found


@pytest.mark.parametrize("descriptors", [0, 1, 2, 3, 5])
def test_a_start_that_fails_for_want_of_descriptors_keeps_none(descriptors: int) -> None:
    """The source list in memory holds a password: after a failed start no descriptor is left."""

    async def failed() -> tuple[dict[str, str], dict[str, str]]:
        before = opened()
        with pytest.raises(Unavailable, match="no process for FFmpeg"), room_for(descriptors):
            await LAUNCHER.launch(shell("true"), lambda _: None, b"rtsp://u:secret@h")
        return before, opened()

    before, after = asyncio.run(failed())
    assert after == before


def test_a_start_whose_source_is_refused_keeps_no_descriptor() -> None:
    def refuse(_writer: int, _given: int) -> Sequence[str]:
        raise BadInput("no source")

    async def failed() -> tuple[dict[str, str], dict[str, str]]:
        before = opened()
        with pytest.raises(BadInput):
            await LAUNCHER.launch(refuse, lambda _: None, b"rtsp://u:secret@h")
        return before, opened()

    before, after = asyncio.run(failed())
    assert after == before


def test_time_zone_is_utc() -> None:
    """The segment muxer cuts by local time of day."""
    assert Line(Pipe.MESSAGE, "UTC") in asyncio.run(everything("echo $TZ >&2"))


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_the_whole_group_ends(how: str) -> None:
    async def use() -> Ended | Line:
        ear = Ear()
        running = await ear.start("echo out_time_us=1; echo progress=continue; sleep 60 & sleep 60")
        await ear.next()
        getattr(running, how)()
        getattr(running, how)()
        return await ear.next()

    ended = asyncio.run(use())
    assert isinstance(ended, Ended)
    assert ended.code < 0


def test_an_orphan_is_reaped_by_its_identity() -> None:
    async def use() -> tuple[str, Ended | Line]:
        ear = Ear()
        running = await ear.start("echo out_time_us=1; echo progress=continue; sleep 60")
        await ear.next()
        reaped = asyncio.get_running_loop().run_in_executor(None, LAUNCHER.reap, running.identity)
        ended = await ear.next()
        assert await reaped
        return running.identity, ended

    identity, ended = asyncio.run(use())
    assert isinstance(ended, Ended)
    assert not LAUNCHER.reap(identity)


@pytest.mark.parametrize("identity", ["", "{}", "[1]", '{"pid":1,"started_ticks":0,"boot":"no"}'])
def test_nothing_else_is_ever_signalled(identity: str) -> None:
    assert not LAUNCHER.reap(identity)
    assert process.identify(1) is not None


def test_a_run_to_the_end_tells_its_failure_masked() -> None:
    assert LAUNCHER.run(["/bin/sh", "-c", "echo $TZ"], timeout=PATIENCE) == "UTC\n"
    with pytest.raises(Unavailable, match=r"u:\*\*\*@h") as failure:
        LAUNCHER.run(["/bin/sh", "-c", "echo rtsp://u:secret@h >&2; exit 1"], timeout=PATIENCE)
    assert ":secret@" not in str(failure.value)


def test_lines_are_cut() -> None:
    cut = Lines()
    assert cut.feed(b"a\r\nb\rc") == [b"a", b"b"]
    assert cut.feed(b"\xff\n") == [b"c\xff"]
    assert [len(line) for line in cut.feed(b"x" * 10_000)] == []
    assert len(cut.feed(b"\nlast")[0]) == 4_096
    assert cut.rest() == b"last"
    assert cut.rest() == b""


def test_odd_bytes_are_replaced_and_the_last_line_needs_no_end() -> None:
    said = asyncio.run(everything("printf 'a\\377b\\nlast' >&2"))
    assert said[:2] == [Line(Pipe.MESSAGE, "a\ufffdb"), Line(Pipe.MESSAGE, "last")]
