"""People who search and play over HTTP, for `footage bench api`: a task as JSON in, times out.

Each person is a thread with a connection of its own. Who searches asks, reads for a while, and asks
the next question; who plays fetches a playlist and then segment by segment, as fast as they last.
"""

from __future__ import annotations

import json
import random
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from http.client import HTTPConnection, HTTPException
from threading import Barrier, Event, Lock, Thread, Timer
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urljoin

from footage.instant import Elapsed, Interval
from lab.bench.parts.api_fill import FILMED
from lab.bench.parts.city_day import MIDNIGHT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TEXTS: Final = ("a red car", "a white van", "a man with a bicycle", "a blue bus", "a yellow truck")
_CASE: Final = {"case": "BENCH-1", "purpose": "measurement"}
_HOUR: Final = Elapsed.parse("1h")
_WAIT_S: Final = 60.0
_IDLE_S: Final = 4.0
_OK: Final = (200, 206)


@dataclass(slots=True)
class Seen:
    """Observations of all people: milliseconds by kind of request, failures, bytes played."""

    took: dict[str, list[float]] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    played_bytes: int = 0
    lock: Lock = field(default_factory=Lock)

    def add(self, kind: str, ms: float, size: int = 0) -> None:
        """Take in an answer."""
        with self.lock:
            self.took.setdefault(kind, []).append(ms)
            self.played_bytes += size

    def fail(self, kind: str, why: object) -> None:
        """Take in a request that was not answered with success."""
        with self.lock:
            self.failed.append(f"{kind}: {why}")


class Person:
    """A person with a token and a connection.

    Args:
        port: Port of the server on this machine.
        token: The person's token.
        seen: Where times go.
    """

    def __init__(self, port: int, token: str, seen: Seen) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=_WAIT_S)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._seen = seen
        self._asked = 0.0

    def ask(self, kind: str, path: str, body: object = None) -> bytes | None:
        """Send a request; return the answer's body, None where the request failed."""
        begun = time.perf_counter()
        if begun - self._asked > _IDLE_S:
            self._connection.close()  # the server has closed it, too
        self._asked = begun
        headers = {**self._headers, "Content-Type": "application/json"}
        try:
            if body is None:
                self._connection.request("GET", path, headers=self._headers)
            else:
                self._connection.request("POST", path, json.dumps(body), headers)
            answer = self._connection.getresponse()
            data = answer.read()
        except (OSError, HTTPException) as exc:
            self._connection.close()
            self._seen.fail(kind, exc)
            return None
        if answer.status not in _OK:
            self._seen.fail(kind, f"{answer.status} {data[:200]!r}")
            return None
        ms = (time.perf_counter() - begun) * 1_000
        self._seen.add(kind, ms, len(data) if kind == "segment" else 0)
        return data


def question(
    rng: random.Random, task: dict[str, Any], kind: str | None = None
) -> tuple[str, object]:
    """Return the kind of a person's next question, and the question."""
    kind = kind or rng.choice(("city_day", "district", "camera_hour"))
    day = Interval(MIDNIGHT, MIDNIGHT + _HOUR * task["hours"])
    hour = MIDNIGHT + _HOUR * rng.randrange(task["hours"])
    asked: dict[str, object] = {"text": rng.choice(TEXTS), **_CASE}
    if kind == "camera_hour":
        asked["cameras"] = [rng.choice(task["cameras"])]
        day = Interval(hour, hour + _HOUR)
    elif kind == "district":
        asked["districts"] = [rng.choice(task["districts"])]
    return f"search_{kind}", {**asked, "from": str(day.start), "to": str(day.end)}


def search(person: Person, task: dict[str, Any], number: int, over: Event) -> None:
    """Ask question after question."""
    rng = random.Random(number)  # noqa: S311 - a seeded choice, no secret
    pause = task["pause_s"]
    over.wait(rng.uniform(0, pause))  # not all at the same instant
    while not over.is_set():
        kind, asked = question(rng, task)
        person.ask(kind, "/api/v1/search", asked)
        over.wait(rng.uniform(pause / 2, pause * 3 / 2))


def play(person: Person, task: dict[str, Any], number: int, over: Event) -> None:
    """Play the camera's film again and again."""
    rng = random.Random(number)  # noqa: S311 - a seeded choice, no secret
    times = {"from": str(FILMED.start), "to": str(FILMED.end), **_CASE}
    path = f"/api/v1/cameras/{task['cameras'][number]}/hls.m3u8?{urlencode(times)}"
    over.wait(rng.uniform(0, 10))
    while not over.is_set():
        text = person.ask("playlist", path)
        if text is None:
            over.wait(1)
            continue
        lasts = 0.0
        for line in text.decode().splitlines():
            if over.is_set():
                break
            if line.startswith("#EXT-X-MAP"):
                person.ask("init", urljoin(path, line.split('"')[1]))
            elif line.startswith("#EXTINF:"):
                lasts = float(line[len("#EXTINF:") :].split(",")[0])
            elif not line.startswith("#"):
                begun = time.perf_counter()
                person.ask("segment", urljoin(path, line))
                over.wait(max(lasts - (time.perf_counter() - begun), 0))


def at_once(people: list[Person], task: dict[str, Any]) -> None:
    """Have all people ask about the whole city at the same instant."""
    start = Barrier(len(people))

    def ask(person: Person, number: int) -> None:
        rng = random.Random(number)  # noqa: S311 - a seeded choice, no secret
        _, asked = question(rng, task, "city_day")
        start.wait()
        person.ask("at_once", "/api/v1/search", asked)

    _run([partial(ask, person, number) for number, person in enumerate(people)])


def main(task: dict[str, Any]) -> None:
    """Do what the task says: `at_once`, or search and play for `seconds`."""
    seen = Seen()
    searching = [Person(task["port"], token, seen) for token in task["searching"]]
    playing = [Person(task["port"], token, seen) for token in task["playing"]]
    if task["at_once"]:
        at_once(searching, task)
    else:
        over = Event()
        acts: list[Callable[[], None]] = []
        acts += [partial(search, p, task, n, over) for n, p in enumerate(searching)]
        acts += [partial(play, p, task, n, over) for n, p in enumerate(playing)]
        end = Timer(task["seconds"], over.set)
        end.start()
        _run(acts)
    found = {"took": seen.took, "failed": seen.failed, "played_bytes": seen.played_bytes}
    sys.stdout.write(json.dumps(found))


def _run(acts: Sequence[Callable[[], None]]) -> None:
    threads = [Thread(target=act) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    main(json.load(sys.stdin))
