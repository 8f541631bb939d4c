"""Measure the HTTP API under load: 50 people search and 20 play, against one real server.

The server is `footage serve` in a process of its own, over a seeded city (`lab.bench.city`); people
are threads of another process. Who searches asks a question about every 20 s, a third each about
all cameras and the whole day, a district and the whole day, and one camera and an hour.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from lab.bench.harness import Figure, environment
from lab.bench.parts.procfs import family, usage
from lab.bench.parts.seeded_city import child, filled, folder, p95

if TYPE_CHECKING:
    from collections.abc import Iterator

SEARCHING: Final = 50
PLAYING: Final = 20
ROWS: Final = 400_000
HOURS: Final = 2
PAUSE_S: Final = 20.0
_SECONDS: Final = "FOOTAGE_BENCH_SECONDS"
_LISTENING: Final = "listening on "
_LOOK_S: Final = 1.0


def figures() -> list[Figure]:
    """Return the figures of two minutes, or of as many seconds as `FOOTAGE_BENCH_SECONDS` says.

    The city is the one that `FOOTAGE_BENCH_CITY` names, else a small one made for this run: the
    first two hours of the day of all cameras, 400 000 vectors.
    """
    seconds = float(os.environ.get(_SECONDS, "120"))
    with folder() as place:
        home = {"FOOTAGE_HOME": place}
        city = filled(home, ROWS, HOURS)
        people = child(home, "lab.bench.parts.api_fill", str(SEARCHING), str(PLAYING))
        asking = {**people, "hours": city["hours"], "seconds": 1, "pause_s": PAUSE_S}
        cores = os.cpu_count() or 1
        shared = _burst(home, cores, {**asking, "at_once": True})
        with _server(home) as (pid, port):
            task = {
                **people,
                "hours": city["hours"],
                "port": port,
                "seconds": seconds,
                "pause_s": PAUSE_S,
                "at_once": True,
            }
            _loaded(home, task)  # warm: every thread of the server has worked once
            memory, spent = _Memory(pid), usage([pid])
            seen = memory.watched(lambda: _loaded(home, task | {"at_once": False}))
            load_cpu_s = usage([pid]).since(spent).cpu_s
            spent = usage([pid])
            together = _loaded(home, task)
            burst_cpu_s = usage([pid]).since(spent).cpu_s
    took = seen["took"]
    searches = [ms for kind, times in took.items() if kind.startswith("search_") for ms in times]
    burst = together["took"].get("at_once", [])
    failed = [*seen["failed"], *together["failed"]]
    for each in failed[:10]:
        sys.stderr.write(f"{each}\n")
    segments = took.get("segment", [])
    return [
        Figure("api_errors", len(failed), "requests", 1),
        Figure("api_searches", len(searches), "questions", 1),
        Figure("api_search_ms", _median(searches), "ms", len(searches)),
        Figure("api_search_p95_ms", p95(searches), "ms", len(searches)),
        *(
            Figure(f"api_{kind}_p95_ms", p95(took[kind]), "ms", len(took[kind]))
            for kind in sorted(took)
            if kind.startswith("search_")
        ),
        Figure("api_playlist_p95_ms", p95(took.get("playlist", [])), "ms", 1),
        Figure("api_segments", len(segments), "segments", 1),
        Figure("api_segment_p95_ms", p95(segments), "ms", len(segments)),
        Figure("api_played_mbit_s", round(seen["played_bytes"] * 8e-6 / seconds, 1), "Mbit/s", 1),
        Figure("api_cpu_share", round(load_cpu_s / seconds, 3), "cores", 1),
        Figure("api_memory_start_mb", memory.at(0), "MB", 1),
        Figure("api_memory_half_mb", memory.at(0.5), "MB", 1),
        Figure("api_memory_end_mb", memory.at(1), "MB", 1),
        Figure("api_50_at_once_p95_ms", p95(burst), "ms", len(burst)),
        Figure(f"api_50_at_once_{cores}_processes_p95_ms", p95(shared[0]), "ms", len(shared[0])),
        Figure(f"api_50_at_once_{cores}_processes_cpu_ms", shared[1], "CPU ms", 1),
        Figure("api_50_at_once_cpu_ms", round(burst_cpu_s * 1_000 / SEARCHING, 1), "CPU ms", 1),
    ]


def _loaded(home: dict[str, str], task: dict[str, Any]) -> dict[str, Any]:
    return child(home, "lab.bench.parts.api_load", given=task)


def _burst(home: dict[str, str], count: int, task: dict[str, Any]) -> tuple[list[float], float]:
    """Have all ask at once a server with processes for questions, once it is warm.

    Returns:
        The milliseconds of each, and the CPU time of a question in ms.

    Raises:
        RuntimeError: A request failed.
    """
    with _server({**home, "FOOTAGE_API__SEARCH_PROCESSES": str(count)}) as (pid, port):
        _loaded(home, {**task, "port": port})
        pids = family(pid)
        spent = usage(pids)
        seen = _loaded(home, {**task, "port": port})
        cpu_s = usage(pids).since(spent).cpu_s
    if seen["failed"]:
        raise RuntimeError(f"a question failed: {seen['failed'][0]}")
    return seen["took"]["at_once"], round(cpu_s * 1_000 / SEARCHING, 1)


@contextmanager
def _server(home: dict[str, str]) -> Iterator[tuple[int, int]]:
    """Serve the home on a free port; give process id and port.

    Raises:
        RuntimeError: The server ended before it listened.
    """
    argv = [sys.executable, "-m", "infra.cli", "serve", "--port", "0"]
    env = environment({**home, "FOOTAGE_API__METRICS_LISTEN": ""})
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=env) as server:
        try:
            line = server.stdout.readline() if server.stdout else ""
            if not line.startswith(_LISTENING):
                raise RuntimeError(f"the server did not start: {line}")
            yield server.pid, int(line.rpartition(":")[2])
        finally:
            server.terminate()


class _Memory:
    """Private memory of a process, looked at each second while something runs."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._seen = [self._now()]

    def watched(self, work: Any) -> Any:  # noqa: ANN401 - any result
        """Return what `work` returns, or raise what it raises; look at the memory meanwhile."""
        with ThreadPoolExecutor(1) as pool:
            working = pool.submit(work)
            while not working.done():
                time.sleep(_LOOK_S)
                self._seen.append(self._now())
        return working.result()  # or raises what `work` raised

    def at(self, share: float) -> float:
        """Return MB at a share of the time, 0 to 1."""
        return self._seen[round(share * (len(self._seen) - 1))]

    def _now(self) -> float:
        for line in self._status.read_text(encoding="utf-8").splitlines():
            if line.startswith("RssAnon:"):
                return round(int(line.split()[1]) / 1_024, 1)
        raise RuntimeError(f"{self._status} has no RssAnon")


def _median(values: list[float]) -> float:
    return round(median(values), 1) if values else 0.0
