"""Start the simulator from a test, and control the cameras."""

from __future__ import annotations

import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final, Self

from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.instant import Elapsed, Instant
from infra.host.process import Child
from lab.servers.running import wait_healthy
from tests.common.camera.rtsp import HOST
from tests.common.camera.server import READY, truth_log

if TYPE_CHECKING:
    from types import TracebackType

    from tests.common.camera.model import Condition

ROOT: Final = Path(__file__).resolve().parents[3]
_WITHIN: Final = Elapsed.parse("60s")


@dataclass(frozen=True, slots=True)
class Truth:
    """A frame that a camera captured.

    Attributes:
        sent: Whether the camera would send the frame to a client; False in any condition but well.
    """

    counter: int
    captured: Instant
    key: bool
    sent: bool


class Cameras:
    """A running simulator, ended by `stop`, by the end of the `with` block or of this process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        argv = [sys.executable, "-m", "tests.common.camera", "--watchdog", str(folder)]
        (folder / READY).unlink(missing_ok=True)
        self.child = Child(argv, log=folder / "simulator.log", cwd=ROOT)
        ready = folder / READY
        wait_healthy(
            self.child, ready.exists, what="the cameras", within=_WITHIN, clock=SystemClock()
        )
        control = json.loads(ready.read_text(encoding="ascii"))["control"]
        self._lock = Lock()
        self._connection = socket.create_connection((HOST, control), timeout=30)
        self._answers = self._connection.makefile("r", encoding="ascii")
        self._ports: dict[int, int] = {}
        self._logins: dict[int, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End every camera and the simulator's process; harmless twice."""
        self._answers.close()
        self._connection.close()
        self.child.stop()

    # ---------------------------------------------------------------- cameras

    def add(self, number: int, **look: Any) -> str:  # noqa: ANN401  the fields of `Look`
        """Switch camera `number` on, with the fields of `Look`; return the camera's URL."""
        self._logins[number] = look.get("login", "")
        self._ports[number] = self.ask(number, "add", look=look)["port"]
        return self.url(number)

    def url(self, number: int, *, port: int | None = None) -> str:
        """Return the camera's URL, or the URL through a proxy on `port`."""
        login = f"{self._logins[number]}@" if self._logins[number] else ""
        return f"rtsp://{login}{HOST}:{port or self._ports[number]}/cam/{number}"

    def port(self, number: int) -> int:
        """Return the port on which the camera listens."""
        return self._ports[number]

    def truth(self, number: int) -> list[Truth]:
        """Return every frame that the camera captured so far."""
        text = truth_log(self.folder, number).read_text(encoding="ascii")
        lines = text[: text.rfind("\n") + 1].splitlines()
        fields = [line.split() for line in lines]
        return [Truth(int(n), Instant(int(us)), k == "1", s == "1") for n, us, k, s in fields]

    # ---------------------------------------------------------------- faults

    def feel(self, number: int, condition: Condition) -> None:
        """Set a camera's condition: dead, stalled, silent, garbage, noise, or well again."""
        self.ask(number, "condition", condition=str(condition))

    def flap(self, number: int, *, up: Elapsed, down: Elapsed) -> None:
        """Let the camera be dead for `down` and well for `up`, again and again."""
        self.ask(number, "flap", up_us=up.us, down_us=down.us)

    def jitter(self, number: int, ms: int) -> None:
        """Let the camera send each picture up to `ms` milliseconds late, in order."""
        self.ask(number, "jitter", ms=ms)

    def slow(self, number: int, bytes_a_second: int) -> None:
        """Let the camera send no faster than this; 0 removes the limit."""
        self.ask(number, "slow", bytes_a_second=bytes_a_second)

    def step_clock(self, number: int, by: Elapsed) -> None:
        """Set the camera's own clock forward or back."""
        self.ask(number, "step", us=by.us)

    def drift(self, number: int, ppm: int) -> None:
        """Let the camera's clock run faster (or slower) than true time from now on."""
        self.ask(number, "drift", ppm=ppm)

    def change(self, number: int, *, disconnect: bool = True, **look: Any) -> None:  # noqa: ANN401
        """Change fields of the camera's `Look`: codec, width, height, fps, slices, ..."""
        self.ask(number, "look", changes=look, disconnect=disconnect)

    def hang_up(self, number: int) -> None:
        """End the camera's connections once; new connections are served."""
        self.ask(number, "hang_up")

    def state(self, number: int) -> dict[str, Any]:
        """Return port, frame counter, condition, and numbers of connected and playing clients."""
        return self.ask(number, "state")

    def ask(self, number: int, do: str, **details: Any) -> dict[str, Any]:  # noqa: ANN401
        """Send a command over the control channel; return the answer.

        Raises:
            Unavailable: The simulator has ended or refuses.
        """
        with self._lock:
            self._connection.sendall(
                json.dumps({"do": do, "camera": number, **details}).encode() + b"\n"
            )
            line = self._answers.readline()
        answer: dict[str, Any] = json.loads(line) if line else {"error": self.child.last_lines()}
        if "error" in answer:
            raise Unavailable(f"camera {number}, {do}: {answer['error']}")
        return answer
