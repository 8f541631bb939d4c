"""Answer questions about a seeded city in one process: `HOME RUNS THREADS`; prints JSON.

The printed object holds wall times in milliseconds by question, the first answer's time, and the
growth of the process's memory while a whole day of all cameras was asked for: private memory, which
only the process's end gives back, apart from mapped files, which the system may drop at any time.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from footage.action import Purpose
from footage.instant import DAY, Elapsed, Interval
from footage.scope import EVERYWHERE, Scope
from infra.config.loading import load
from infra.host import http_server
from infra.wiring import wired
from lab.bench.parts.city_day import MIDNIGHT
from search.query import Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from infra.wiring import Parts

_WHO: Final = Purpose("bench", case="BENCH-1", code="measurement")
_HOUR: Final = Elapsed.parse("1h")
_LOOK_S: Final = 0.005
_COLOURS: Final = ("red", "blue", "green", "white", "black", "yellow", "grey")
_THINGS: Final = ("car", "bus", "van", "truck", "coat", "bag", "bicycle", "rickshaw")


def main(runs: int, threads: int) -> None:
    """Ask each question `runs` times, then `threads` other questions about the day at once.

    Those at once have a text each, and are asked as in a server, which looks for garbage seldom.
    """
    begun = time.perf_counter()
    with wired(load()) as parts:
        day = Interval(MIDNIGHT, MIDNIGHT + DAY)
        hour = Interval(MIDNIGHT + _HOUR * 9, MIDNIGHT + _HOUR * 10)
        camera = parts.register.cameras()[0].id
        one = Query("a red car", hour, Scope(cameras=frozenset([camera])))
        city = Query("a red car", day, EVERYWHERE)
        parts.search.search(one, _WHO)
        first = _ms(begun)
        private, mapped = _private_mb(), _mapped_mb()
        with _peak_private_mb() as peak:
            seen = _asked(parts, city, 1)
            found: dict[str, object] = {
                "first_ms": first,
                "cold_city_ms": seen[0],
                "city_day_ms": _asked(parts, city, runs),
            }
        begun_cpu = time.process_time()
        answer = parts.search.search(city, _WHO)
        found |= {
            "city_day_cpu_ms": (time.process_time() - begun_cpu) * 1_000,
            "city_day_mb": peak[0] - private,
            "city_day_mapped_mb": _mapped_mb() - mapped,
            "camera_hour_ms": _asked(parts, one, runs),
            "method": answer.method,
            "recall": answer.explanation.recall,
        }
        http_server.collect_seldom()
        others = [replace(city, text=text) for text in islice(_texts(), threads)]
        begun_cpu = time.process_time()
        with ThreadPoolExecutor(threads) as pool:
            found["at_once_ms"] = list(pool.map(lambda query: _asked(parts, query, 1)[0], others))
        found["at_once_cpu_ms"] = (time.process_time() - begun_cpu) * 1_000 / threads
    sys.stdout.write(json.dumps(found))


def _texts() -> Iterator[str]:
    """Yield texts, each another."""
    for number in count():
        thing, colour = divmod(number, len(_COLOURS))
        yield f"a {_COLOURS[colour]} {_THINGS[thing % len(_THINGS)]}"


def _asked(parts: Parts, query: Query, runs: int) -> list[float]:
    return [_timed(lambda: parts.search.search(query, _WHO)) for _ in range(runs)]


def _timed(call: Callable[[], object]) -> float:
    begun = time.perf_counter()
    call()
    return _ms(begun)


def _ms(begun: float) -> float:
    return (time.perf_counter() - begun) * 1_000


@contextmanager
def _peak_private_mb() -> Iterator[list[float]]:
    """Watch the process's private memory; the list's item is the most that was seen."""
    peak, over = [_private_mb()], Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            peak[0] = max(peak[0], _private_mb())

    thread = Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        over.set()
        thread.join()


def _private_mb() -> float:
    return _status("RssAnon:")


def _mapped_mb() -> float:
    return _status("RssFile:")


def _status(name: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1_024
    raise RuntimeError(f"/proc/self/status has no {name}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
