"""Several recorders in processes of their own: killed, paused, cut off; watched ten times a second.

Deadlines are those promised, with the machine's own delays added where many tests run at once.
"""

from __future__ import annotations

import os
import signal
import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from footage.instant import Elapsed
from infra.catalogues.sqlite_catalog import SqliteCatalogue
from lab.servers import postgres
from tests.common.processes import family
from tests.common.recording import holes
from tests.common.several import CLOCK, Several, several

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from lab.servers.postgres import Database, Postgres
    from lab.servers.toxiproxy import Toxiproxy

pytestmark = [pytest.mark.server, pytest.mark.slow, pytest.mark.timeout(400)]

TTL = Elapsed.parse("10s")
TAKEN_OVER = Elapsed.parse("15s")
A_MOMENT = Elapsed.parse("1s")
"""What a look at all processes may be late on a busy machine."""
NODES = ("a", "b", "c")


@pytest.fixture
def city(tmp_path: Path) -> Iterator[Several]:
    with several(tmp_path, cameras=6) as made:
        yield made


def start_three(
    city: Several, url: str, first: str | None = None, extra: Mapping[str, str] | None = None
) -> None:
    """Three recorders that share all cameras evenly; the first may have a way of its own."""
    city.fill(url)
    for node in NODES:
        city.start(node, first if first and node == "a" else url, extra)
    city.wait(lambda: city.shared_evenly(*NODES), within="120s")
    CLOCK.sleep(Elapsed.parse("6s"))  # each has told that it knows the others
    assert city.shared_evenly(*NODES), city.story()


def rest(city: Several, length: str, since: Elapsed) -> None:
    """Let time pass; no camera may have two recorders at any moment of it."""
    CLOCK.sleep(Elapsed.parse(length))
    assert city.watch.longest_double(since) <= TTL, city.story()


def test_a_killed_recorder_is_taken_over_within_15_s(
    city: Several, postgres_database: Database
) -> None:
    start_three(city, postgres_database.sqlalchemy_url)
    lost = city.recorded_by()["a"]
    began = CLOCK.monotonic()
    killed_ns = time.time_ns()
    os.kill(city.nodes["a"].pid, signal.SIGKILL)

    def taken_over() -> bool:
        now = city.recorded_by()
        return all(
            any(
                camera in now[node] and city.with_media(node, {camera}, killed_ns)
                for node in ("b", "c")
            )
            for camera in lost
        )

    took = city.wait(taken_over)
    assert took <= TAKEN_OVER, f"{took}\n{city.story()}"
    assert city.shared_evenly("b", "c"), city.story()
    assert city.recorded_by()["a"] == set(), "an FFmpeg outlived its recorder's lease"
    assert city.watch.longest_double(began) <= A_MOMENT
    print(f"taken over after {took}, doubled for {city.watch.longest_double(began)}")  # noqa: T201 - a figure
    city.wait(lambda: city.watchdogs("a") == [])


def test_one_paused_with_all_it_runs_ends_on_waking_and_comes_back(
    city: Several, postgres_database: Database
) -> None:
    start_three(city, postgres_database.sqlalchemy_url)
    city.signal_all_of("a", signal.SIGSTOP)
    began = CLOCK.monotonic()
    CLOCK.sleep(Elapsed.parse("20s"))
    assert city.shared_evenly("b", "c"), city.story()
    city.signal_all_of("a", signal.SIGCONT)
    woken = CLOCK.monotonic()
    # Its own FFmpegs of before, not those of cameras it is given back later.
    city.wait(lambda: city.recorded_by()["a"] == set(), within="10s")
    took = CLOCK.monotonic() - woken
    print(f"ended {took} after waking")  # noqa: T201 - a figure
    assert took <= A_MOMENT + A_MOMENT, city.story()
    assert city.watch.longest_double(began) <= A_MOMENT + A_MOMENT
    city.wait(lambda: city.shared_evenly(*NODES))
    assert city.watch.longest_double(began) <= A_MOMENT + A_MOMENT


@pytest.fixture
def own_postgres(server_folder: Path) -> Iterator[Postgres]:
    """One that this test may stop."""
    binaries = postgres.find()
    if binaries is None:
        pytest.skip("needs PostgreSQL")
    running = postgres.start(binaries, server_folder / "pg", clock=SystemClock())
    yield running
    running.stop()


def signal_family(server: Postgres, sign: signal.Signals) -> None:
    """To the postmaster and its backends, each of which leads a group of its own."""
    for one in family(server.child.pid):
        os.kill(one.pid, sign)


def recording(city: Several) -> set[tuple[str, int]]:
    """Return camera and process id of each running FFmpeg."""
    return {(one.camera, one.pid) for one in city.watch.now()}


def test_without_the_register_everybody_records_on(city: Several, own_postgres: Postgres) -> None:
    """The register hangs, comes back, is stopped, and is started again: no FFmpeg changes."""
    start_three(city, own_postgres.create_database("footage").sqlalchemy_url)
    before = recording(city)
    began = CLOCK.monotonic()
    servers = [own_postgres]

    def start_again() -> None:
        servers.append(
            postgres.start(
                own_postgres.binaries,
                own_postgres.folder,
                clock=SystemClock(),
                ports=[own_postgres.port],
                password=own_postgres.password,
            )
        )

    def signalled(sign: signal.Signals) -> Callable[[], None]:
        return lambda: signal_family(own_postgres, sign)

    ways = {
        "paused": (signalled(signal.SIGSTOP), signalled(signal.SIGCONT)),
        "stopped": (own_postgres.stop, start_again),
    }
    try:
        for how, (take_away, give_back) in ways.items():
            told = {node: city.nodes[node].log.stat().st_size for node in NODES}
            take_away()
            rest(city, "25s", began)
            give_back()
            rest(city, "15s", began)
            assert recording(city) == before, f"{how}: {city.story()}"
            assert city.watch.longest_double(began) == Elapsed(0), how
            for node, size in told.items():
                since = city.nodes[node].log.read_bytes()[size:].decode()
                assert "recording goes on" in since, how
    finally:
        for child in city.nodes.values():
            child.kill()
        if servers[-1] is not own_postgres:
            servers[-1].stop()


def test_one_cut_off_from_the_register_alone_records_on(
    city: Several, postgres_database: Database, toxiproxy_server: Toxiproxy
) -> None:
    """Its way to the register is cut, heals, falls silent, and heals: no FFmpeg changes."""
    port = postgres_database.port
    route = toxiproxy_server.route("register", f"127.0.0.1:{port}")
    url = postgres_database.sqlalchemy_url
    start_three(city, url, first=url.replace(f":{port}/", f":{route.port}/"))
    before = recording(city)
    began = CLOCK.monotonic()

    def fall_silent() -> None:
        route.add_toxic("timeout", timeout=0)
        route.add_toxic("timeout", stream="upstream", timeout=0)

    def speak() -> None:
        route.remove_toxic("timeout_downstream")
        route.remove_toxic("timeout_upstream")

    ways = {"cut": (route.disable, route.enable), "mute": (fall_silent, speak)}
    for how, (take_away, give_back) in ways.items():
        take_away()
        rest(city, "25s", began)
        assert recording(city) == before, f"{how}: {city.story()}"
        give_back()
        rest(city, "15s", began)
        assert recording(city) == before, f"{how}: {city.story()}"
        assert city.watch.longest_double(began) == Elapsed(0), how


def test_one_cut_off_from_everything_ends_and_is_taken_over(
    city: Several, postgres_database: Database, toxiproxy_server: Toxiproxy
) -> None:
    """The others are paused towards it: their pages go through a proxy that is cut."""
    port = postgres_database.port
    url = postgres_database.sqlalchemy_url
    city.fill(url)
    register = toxiproxy_server.route("register-alone", f"127.0.0.1:{port}")
    city.start("a", url.replace(f":{port}/", f":{register.port}/"))
    # Nobody listens at what the others advertise any more, and it does not refuse either: a
    # connection is taken and never answered.
    walls = [toxiproxy_server.route(f"pages-{node}", "127.0.0.1:9") for node in ("b", "c")]
    for node, wall in zip(("b", "c"), walls, strict=True):
        wall.add_toxic("timeout", timeout=0)
        city.start(node, url, {"FOOTAGE_RECORDING__ADVERTISE": wall.endpoint})
    city.wait(lambda: city.shared_evenly(*NODES), within="120s")
    CLOCK.sleep(Elapsed.parse("6s"))
    began = CLOCK.monotonic()
    register.disable()
    took = city.wait(lambda: city.shared_evenly("b", "c"), within="30s")
    print(f"taken over {took} after the cut")  # noqa: T201 - a figure
    assert took <= TAKEN_OVER
    assert city.recorded_by()["a"] == set()
    assert "no promise of b, c" in city.nodes["a"].log.read_text()
    register.enable()
    city.wait(lambda: city.shared_evenly(*NODES))
    assert city.watch.longest_double(began) <= A_MOMENT


def test_a_clean_end_hands_over_and_a_restart_takes_its_share_back(
    city: Several, postgres_database: Database
) -> None:
    url = postgres_database.sqlalchemy_url
    start_three(city, url)
    began = CLOCK.monotonic()
    os.kill(city.nodes["a"].pid, signal.SIGTERM)
    took = city.wait(lambda: city.shared_evenly("b", "c"), within="30s")
    print(f"handed over after {took}")  # noqa: T201 - a figure
    city.wait(lambda: not city.nodes["a"].alive)
    assert city.nodes["a"].exit_code == 0
    assert city.watchdogs("a") == []
    city.start("a", url)
    city.wait(lambda: city.shared_evenly(*NODES), within="120s")
    assert city.watch.longest_double(began) == Elapsed(0)


def test_started_again_within_its_lease_it_keeps_its_cameras_and_all_footage(
    city: Several, postgres_database: Database
) -> None:
    url = postgres_database.sqlalchemy_url
    patient = {"FOOTAGE_RECORDING__LEASE": "60s"}  # Python may take 20 s to start where others test
    start_three(city, url, extra=patient)
    mine = city.recorded_by()["a"]
    began = CLOCK.monotonic()
    killed = SystemClock().now()
    os.kill(city.nodes["a"].pid, signal.SIGKILL)
    CLOCK.sleep(Elapsed.parse("3s"))
    assert city.recorded_by()["a"] == mine, "its FFmpegs go on"
    old = {one.pid for one in city.watch.now() if one.node == "a"}
    city.nodes["a"].kill()
    city.start("a", url, patient)

    def began_anew() -> bool:
        now = [one for one in city.watch.now() if one.node == "a"]
        return {one.camera for one in now} == mine and not old & {one.pid for one in now}

    city.wait(began_anew)
    CLOCK.sleep(Elapsed.parse("15s"))
    assert city.shared_evenly(*NODES), city.story()
    assert city.watch.longest_double(began) == Elapsed(0)
    os.kill(city.nodes["a"].pid, signal.SIGTERM)
    city.wait(lambda: not city.nodes["a"].alive)
    catalogue = SqliteCatalogue(city.folder / "a" / "catalogue.db")
    segments, gaps = list(catalogue.segments()), list(catalogue.gaps())
    catalogue.close()
    for camera in mine:
        own = sorted(
            (one for one in segments if one.camera == camera), key=lambda one: one.interval.start
        )
        runs = list(dict.fromkeys(one.run for one in own))
        assert len(runs) >= 2, city.story()
        first = [one for one in own if one.run == runs[-2]]
        assert first[-1].interval.end > killed + Elapsed.parse("2s"), "what the orphan recorded"
        for former, later in pairwise(own):
            assert former.interval.end <= later.interval.start, "recorded twice"
        assert holes(own, [gap for gap in gaps if gap.camera == camera]) == []
