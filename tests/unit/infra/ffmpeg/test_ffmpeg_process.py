"""FFmpeg as a child: what it says arrives in lines, masked, and ends with its end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.instant import Elapsed
from infra import process
from infra.media.ffmpeg_process import FfmpegLauncher, lines
from infra.media.ffmpeg_tool import FfmpegTool
from recorder.ports import Ended, Line, Pipe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CLOCK = SystemClock()
LAUNCHER = FfmpegLauncher(FfmpegTool(Path("/bin/sh"), "0"), CLOCK)
PATIENCE = Elapsed.parse("20s")


def shell(script: str) -> Callable[[int], Sequence[str]]:
    """Run `script`; `$1` is the descriptor of the segment list."""
    return lambda descriptor: ["/bin/sh", "-c", script, "sh", str(descriptor)]


async def everything(script: str) -> list[Line | Ended]:
    running = await LAUNCHER.launch(shell(script))
    said: list[Line | Ended] = []
    while not said or not isinstance(said[-1], Ended):
        said.append(await running.next())
    return said


def test_three_pipes_and_an_end() -> None:
    said = asyncio.run(
        everything(
            "echo a.mp4,0,1 >/proc/self/fd/$1; echo frame=1; echo out_time_us=5; "
            "echo rtsp://u:secret@h gone >&2; exit 3"
        )
    )
    assert said[-1] == Ended(3)
    assert sorted(said[:-1], key=str) == [
        Line(Pipe.MESSAGE, "rtsp://u:***@h gone"),
        Line(Pipe.PROGRESS, "out_time_us=5"),
        Line(Pipe.SEGMENTS, "a.mp4,0,1"),
    ]


def test_time_zone_is_utc() -> None:
    """The segment muxer cuts by local time of day."""
    assert Line(Pipe.MESSAGE, "UTC") in asyncio.run(everything("echo $TZ >&2"))


@pytest.mark.parametrize("how", ["terminate", "kill"])
def test_the_whole_group_ends(how: str) -> None:
    async def use() -> Ended | Line:
        running = await LAUNCHER.launch(shell("echo out_time_us=1; sleep 60 & sleep 60"))
        await running.next()
        getattr(running, how)()
        getattr(running, how)()
        return await asyncio.wait_for(running.next(), PATIENCE.in_seconds)

    ended = asyncio.run(use())
    assert isinstance(ended, Ended)
    assert ended.code < 0


def test_an_orphan_is_reaped_by_its_identity() -> None:
    async def use() -> tuple[str, Ended | Line]:
        running = await LAUNCHER.launch(shell("echo out_time_us=1; sleep 60"))
        await running.next()
        reaped = asyncio.get_running_loop().run_in_executor(None, LAUNCHER.reap, running.identity)
        ended = await asyncio.wait_for(running.next(), PATIENCE.in_seconds)
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


def test_lines_are_cut_and_decoded() -> None:
    async def use() -> list[str]:
        stream = asyncio.StreamReader()
        stream.feed_data(b"a\r\nb\rc" + b"\xff" + b"\n" + b"x" * 10_000 + b"\nlast")
        stream.feed_eof()
        return [line async for line in lines(stream)]

    said = asyncio.run(use())
    assert said[:3] == ["a", "b", "c\ufffd"]
    assert said[-1] == "last"
    assert all(len(line) <= 8_192 for line in said)
