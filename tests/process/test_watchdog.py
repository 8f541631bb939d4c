"""The watchdog ends what may no longer record, whatever has become of the recorder."""

from __future__ import annotations

import json
import os
import signal
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import Child, Identity
from infra.media.watchdog import Watchdog
from tests.common.processes import all_gone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CLOCK = SystemClock()
ROOT = Path(__file__).resolve().parents[2]
STEP = Elapsed.parse("20ms")


def later(text: str) -> Elapsed:
    return CLOCK.boottime() + Elapsed.parse(text)


def wait(ready: Callable[[], bool], within: str = "20s") -> None:
    until = CLOCK.monotonic() + Elapsed.parse(within)
    while not ready():
        assert CLOCK.monotonic() < until
        CLOCK.sleep(STEP)


class Stand:
    """Processes that stand for FFmpegs: each notes a polite request to end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.children: list[Child] = []
        self.watchdog = Watchdog(folder / "watchdog.log", CLOCK, grace=Elapsed.parse("700ms"))

    def ffmpeg(self, *, stubborn: bool = False) -> Child:
        name = self.folder / f"ffmpeg-{len(self.children)}"
        after = ":" if stubborn else "exit"
        script = (
            f"trap 'echo asked >> {name}.said; {after}' TERM; echo on; while :; do sleep 0.1; done"
        )
        child = Child(["sh", "-c", script], log=name)
        self.children.append(child)
        wait(lambda: "on" in child.last_lines())
        self.watchdog.watch(identity(child))
        return child

    def said(self, child: Child) -> str:
        path = child.log.with_name(f"{child.log.name}.said")
        return path.read_text() if path.exists() else ""


def ignores(pid: int, sign: signal.Signals) -> bool:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    mask = next(line.split()[1] for line in status if line.startswith("SigIgn:"))
    return bool(int(mask, 16) >> (sign - 1) & 1)


def identity(child: Child) -> str:
    return json.dumps(asdict(child.identity))


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path)
    yield made
    for child in made.children:
        child.kill()
    made.watchdog.close()


def test_all_runs_until_the_deadline_and_nothing_after_it(stand: Stand) -> None:
    stand.watchdog.extend(later("2s"))
    first, second = stand.ffmpeg(), stand.ffmpeg()
    CLOCK.sleep(Elapsed.parse("1s"))
    assert first.alive
    assert second.alive
    due = CLOCK.boottime() + Elapsed.parse("1s")
    wait(lambda: not first.alive and not second.alive)
    assert CLOCK.boottime() >= due - Elapsed.parse("100ms")
    assert first.exit_code == -signal.SIGKILL
    assert stand.said(first) == ""


def test_a_deadline_moved_on_in_time_ends_nothing(stand: Stand) -> None:
    stand.watchdog.extend(later("1s"))
    child = stand.ffmpeg()
    for _ in range(10):
        CLOCK.sleep(Elapsed.parse("200ms"))
        stand.watchdog.extend(later("2s"))
    assert child.alive


def test_what_starts_after_the_deadline_is_ended_at_once(stand: Stand) -> None:
    stand.watchdog.extend(later("0s"))
    child = stand.ffmpeg()
    wait(lambda: not child.alive, within="5s")


def test_what_is_no_longer_watched_is_left_alone(stand: Stand) -> None:
    stand.watchdog.extend(later("1s"))
    child = stand.ffmpeg()
    stand.watchdog.unwatch(identity(child))
    stand.watchdog.unwatch(identity(child))
    CLOCK.sleep(Elapsed.parse("2s"))
    assert child.alive


def test_another_process_of_the_same_number_is_left_alone(stand: Stand) -> None:
    child = stand.ffmpeg()
    stand.watchdog.unwatch(identity(child))
    known = child.identity
    stand.watchdog.watch(
        json.dumps(asdict(Identity(known.pid, known.started_ticks - 1, known.boot)))
    )
    stand.watchdog.watch("")
    stand.watchdog.extend(later("0s"))
    CLOCK.sleep(Elapsed.parse("1s"))
    assert child.alive


def test_without_a_recorder_all_goes_on_and_is_asked_to_end_before_the_deadline(
    stand: Stand,
) -> None:
    stand.watchdog.extend(later("3s"))
    child, stubborn = stand.ffmpeg(), stand.ffmpeg(stubborn=True)
    pid = stand.watchdog.pid
    os.close(stand.watchdog._pipe)
    stand.watchdog._pipe = -1
    deadline = later("2s")
    CLOCK.sleep(Elapsed.parse("500ms"))
    assert child.alive
    assert stand.said(child) == ""
    wait(lambda: not child.alive)
    assert CLOCK.boottime() < deadline + Elapsed.parse("1s")
    assert stand.said(child) == "asked\n"
    wait(lambda: not stubborn.alive)
    assert stubborn.exit_code == -signal.SIGKILL
    assert pid is not None
    wait(lambda: process.identify(pid) is None)


def test_it_does_not_end_with_its_recorder_nor_by_a_signal_to_it(
    stand: Stand, tmp_path: Path
) -> None:
    """A recorder of its own process, killed by SIGKILL."""
    child = Child(["sleep", "60"], log=tmp_path / "orphan")
    stand.children.append(child)
    code = (
        "import sys\nfrom pathlib import Path\nfrom footage.clock import SystemClock\n"
        "from footage.instant import Elapsed\nfrom infra.media.watchdog import Watchdog\n"
        "clock = SystemClock()\nwatchdog = Watchdog(Path(sys.argv[1]), clock)\n"
        "watchdog.extend(clock.boottime() + Elapsed.parse('4s'))\nwatchdog.watch(sys.argv[2])\n"
        "print(watchdog.pid, flush=True)\nclock.sleep(Elapsed.parse('60s'))\n"
    )
    argv = [sys.executable, "-c", code, str(tmp_path / "watchdog.log"), identity(child)]
    recorder = Child(argv, log=tmp_path / "recorder", cwd=ROOT)
    wait(lambda: recorder.last_lines() != "")
    watchdog = int(recorder.last_lines())
    # The last it sets, and the only one that a shell (nohup, &) does not leave ignored.
    wait(lambda: ignores(watchdog, signal.SIGTERM))
    recorder.kill()
    for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        os.kill(watchdog, sign)
    assert process.identify(watchdog) is not None
    assert child.alive
    wait(lambda: not child.alive)
    assert child.exit_code == -signal.SIGTERM
    known = process.identify(watchdog)
    assert known is None or all_gone([known])


def test_paused_as_a_whole_it_acts_on_waking(stand: Stand) -> None:
    stand.watchdog.extend(later("1s"))
    child = stand.ffmpeg()
    watchdog = stand.watchdog._child
    assert watchdog is not None
    child.pause()
    watchdog.pause()
    CLOCK.sleep(Elapsed.parse("2s"))
    assert child.alive
    woken = CLOCK.monotonic()
    child.resume()
    watchdog.resume()
    wait(lambda: not child.alive)
    assert CLOCK.monotonic() - woken < Elapsed.parse("3s")


@pytest.mark.parametrize("how", ["killed", "paused"])
def test_one_that_died_or_stands_still_is_replaced_and_told_everything(
    stand: Stand, how: str
) -> None:
    stand.watchdog.extend(later("1h"))
    child = stand.ffmpeg()
    watchdog = stand.watchdog._child
    assert watchdog is not None
    if how == "killed":
        watchdog.kill()
    else:
        watchdog.pause()
        fill_the_pipe(stand)
    stand.watchdog.extend(later("1s"))
    assert stand.watchdog.pid != watchdog.pid
    assert not watchdog.alive
    wait(lambda: not child.alive)


def fill_the_pipe(stand: Stand) -> None:
    try:
        while True:
            os.write(stand.watchdog._pipe, b"until 1\n" * 512)
    except BlockingIOError:
        return


def test_it_is_small_and_knows_nothing_of_ours(stand: Stand) -> None:
    stand.watchdog.extend(later("1h"))
    stand.ffmpeg()
    pid = stand.watchdog.pid
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    pss_kb = int(next(line for line in rollup.splitlines() if line.startswith("Pss:")).split()[1])
    assert pss_kb < 12_000
    assert Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:3] == [b"-I", b"-S"]


def test_closing_ends_it_when_nothing_is_left(stand: Stand) -> None:
    stand.watchdog.extend(later("1h"))
    child = stand.ffmpeg()
    child.kill()
    stand.watchdog.unwatch(identity(child))
    watchdog = stand.watchdog._child
    assert watchdog is not None
    stand.watchdog.close()
    assert watchdog.exit_code == 0
    stand.watchdog.close()
    assert (stand.folder / "watchdog.log").read_text() == ""
