"""What `footage status` puts together when some of those it asks do not answer."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock, SystemClock
from footage.errors import BadInput, Unavailable
from footage.ids import CameraId, NodeId
from footage.instant import ZERO, Elapsed
from footage.membership import Lease, Membership, Node
from footage.scope import EVERYWHERE, Scope
from infra.config import loading
from infra.config.sections.recording import Recording
from infra.node import city_status as status
from infra.node import lost_data
from infra.node.cluster_status import summarise
from infra.node.pages import NodeServer, Page
from infra.node.peers_http import registered_address
from infra.node.report import document
from infra.node.telemetry import facts_of
from infra.wiring import Parts
from lab.servers.loopback import free_ports
from recorder.capture.state_machine import Phase
from recorder.events import PhaseChanged
from recorder.status.severity import Severity
from recorder.status.status import RecorderStatus
from tests.common.builders import START, a_camera, a_district, a_segment, a_site
from tests.common.statuses import s

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.instant import Instant

pytestmark = pytest.mark.slow

ONE, TWO = CameraId("camera-1"), CameraId("camera-2")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    (port,) = free_ports(1)
    listen = Recording(listen=f"127.0.0.1:{port}")
    settings = loading.load_home(tmp_path).model_copy(update={"recording": listen})
    made = Parts(settings, SimulatedClock(START))
    yield made
    made.close()


def register(parts: Parts) -> None:
    parts.register.add_districts([a_district()])
    parts.register.add_sites([a_site()])
    cameras = [a_camera(camera, source="rtsp://host/1") for camera in (ONE, TWO)]
    parts.register.add_cameras([*cameras, a_camera("camera-3")])


@contextmanager
def a_recorder(parts: Parts, home: str = "") -> Iterator[None]:
    """One that records camera-1."""
    status = RecorderStatus(parts.clock)
    status.apply(PhaseChanged(ONE, Phase.RECORDING))
    facts = facts_of(parts.settings, parts.home)

    def page() -> Page:
        said = document(facts, status.snapshot()) | {"home": home or facts.home}
        return Page("application/json", json.dumps(said).encode())

    server = NodeServer(parts.settings.recording.listen, {"/status": page}, SystemClock())
    server.start()
    try:
        yield
    finally:
        server.stop()


def test_a_camera_that_the_recorder_does_not_know_is_the_worst(parts: Parts) -> None:
    register(parts)
    notes: list[str] = []
    with a_recorder(parts):
        city, sure = status._look(parts, EVERYWHERE, notes.append)
    assert [(one.status.camera, one.severity) for one in city.assessments] == [
        (TWO, Severity.UNRECORDED),
        (ONE, Severity.NONE),
    ]
    assert (sure, notes) == (True, [])


def test_without_a_recorder_the_catalogue_tells_the_age_of_the_newest_footage(parts: Parts) -> None:
    register(parts)
    old, new = a_segment(ONE, START - s(86_400)), a_segment(TWO, START - s(180))
    parts.catalogue.add_segments([old, new, a_segment(TWO, START - s(240))])
    (parts.home / "spool" / ONE).mkdir(parents=True)
    (parts.home / "spool" / ONE / "run-000001.mp4").write_bytes(b"x" * 1500)
    notes: list[str] = []
    city, _ = status._look(parts, EVERYWHERE, notes.append)
    ages = {one.status.camera: one.status.lag for one in city.assessments}
    assert ages == {ONE: s(86_340), TWO: s(120)}
    assert city.assessments[0].status.camera == ONE
    assert not city.well
    assert "no recorder runs on this machine" in notes[0]
    assert notes[1] == "in the spool of this machine 1 file (1.5 kB) waits to be stored"


def test_the_catalogue_is_asked_for_two_seconds_at_most(parts: Parts) -> None:
    register(parts)
    parts.catalogue.add_segments([a_segment(ONE, START - s(3 * 86_400))])
    slow, ticks = parts.clock, [ZERO]

    class Slow(SimulatedClock):
        def monotonic(self) -> Elapsed:
            ticks[0] += s(1.5)
            return ticks[0]

    parts.clock = Slow(slow.now())
    notes: list[str] = []
    assert status._newest(parts, [TWO, ONE], notes.append) == {}
    assert "of cameras without an age" in notes[0]


def test_a_recorder_of_another_home_is_not_ours(parts: Parts) -> None:
    register(parts)
    notes: list[str] = []
    with a_recorder(parts, home="/elsewhere"):
        city, _ = status._look(parts, EVERYWHERE, notes.append)
    assert notes[0].endswith("has another home folder, /elsewhere")
    assert {one.severity for one in city.assessments} == {Severity.UNRECORDED}


@pytest.mark.slow
def test_without_the_register_nothing_can_be_called_well(parts: Parts) -> None:
    away = parts.settings.database.model_copy(
        update={"url": "postgresql+psycopg://footage@127.0.0.1:1/footage"}
    )
    parts.settings = parts.settings.model_copy(update={"database": away})
    notes: list[str] = []
    with a_recorder(parts):
        city, sure = status._look(parts, EVERYWHERE, notes.append)
        assert (city.well, sure) == (True, False)
        assert "the register does not answer" in notes[0]
        with pytest.raises(Unavailable):
            status._look(parts, Scope(cameras=frozenset([ONE])), notes.append)
    with pytest.raises(Unavailable):
        status._look(parts, EVERYWHERE, notes.append)


def test_every_node_on_the_roll_is_asked_and_the_silent_ones_named(parts: Parts) -> None:
    register(parts)
    here = registered_address(parts.settings.recording.listen)
    (nobody,) = free_ports(1)
    nodes = (
        Node(NodeId("answers"), 1, 0, s(9), s(10), here),
        Node(NodeId("elsewhere"), 2, 0, s(9), s(10), "127.0.0.1:8961#another-machine"),
        Node(NodeId("gone"), 3, 0, s(0), s(10), "10.0.0.9:8961"),
        Node(NodeId("hidden"), 4, 0, s(9), s(10), ""),
        Node(NodeId("left"), 5, 0, s(0), s(10), "10.0.0.9:8961"),
        Node(NodeId("mute"), 6, 0, s(9), s(10), registered_address(f"127.0.0.1:{nobody}")),
    )
    membership = Membership(
        9, nodes, (Lease(ONE, NodeId("answers"), 1), Lease(TWO, NodeId("gone"), 2))
    )
    with a_recorder(parts):
        lines = {line.node: line for line in status._listed(membership)}
    assert lines.keys() == {"answers", "elsewhere", "gone", "hidden", "mute"}
    assert lines["answers"].says == ""
    assert lines["gone"].says == "does not answer: it renews its leases no more"
    for name in ("elsewhere", "hidden"):
        assert lines[name].says.endswith("no address that can be reached from here")
    assert "no answer from 127.0.0.1" in lines["mute"].says
    city = summarise([ONE, TWO], list(lines.values()), {TWO: "gone"}, {})
    assert city.assessments[0].words == "gone, which should record it, does not answer"
    assert city.at_node == {ONE: "answers", TWO: ""}


def test_how_far_indexing_is_behind_is_told_by_the_catalogue(parts: Parts) -> None:
    notes: list[str] = []
    waiting = [a_segment(ONE, START - s(600)), a_segment(TWO, START - s(60))]
    parts.catalogue.add_segments([*waiting, a_segment(TWO, START - s(900))])
    done = parts.catalogue.unindexed(parts.encoder.identity.digest, limit=1)
    parts.catalogue.mark_indexed([one.key for one in done], parts.encoder.identity.digest)
    backlog = status._backlog(parts, notes.append)
    assert backlog is not None
    assert (backlog.waiting, notes) == (2, [])
    assert backlog.lags == {ONE: s(600), TWO: s(60)}


def test_without_an_encoder_nobody_says_how_far_indexing_is(parts: Parts, tmp_path: Path) -> None:
    nowhere = parts.settings.encoder.model_copy(update={"folder": tmp_path / "nowhere"})
    parts.settings = parts.settings.model_copy(update={"encoder": nowhere})
    notes: list[str] = []
    assert status._backlog(parts, notes.append) is None
    assert notes[0].startswith("how far indexing is behind is not known")


def test_a_camera_that_does_not_exist_is_refused_and_one_without_source_is_told(
    parts: Parts,
) -> None:
    register(parts)
    notes: list[str] = []
    with pytest.raises(BadInput, match="unknown camera: nobody"):
        status._look(parts, Scope(cameras=frozenset([CameraId("nobody")])), notes.append)
    city, _ = status._look(parts, Scope(cameras=frozenset([CameraId("camera-3")])), notes.append)
    assert city.assessments == ()
    assert any("no source: camera-3" in note for note in notes)


def test_a_store_that_never_answers_leaves_the_number_of_originals_unknown(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered = threading.Event()

    class Silent:
        def list(self, _prefix: str) -> list[object]:
            answered.wait(60)
            return []

    monkeypatch.setattr(lost_data, "ANSWER_WITHIN", Elapsed.parse("10ms"))
    monkeypatch.setitem(vars(parts), "store", Silent())
    notes: list[str] = []
    assert status._originals(parts, notes.append) is None
    assert notes == ["how many original files are stored is not known: no answer within 10ms"]
    answered.set()


class TestWatched:
    """What many who ask share."""

    def test_slow_facts_are_looked_for_once_a_minute(
        self, parts: Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        register(parts)
        looked: list[Instant] = []

        def slow(_: object) -> status.SlowFacts:
            looked.append(parts.clock.now())
            return status.SlowFacts((f"look {len(looked)}",), whole=True, originals=None)

        monkeypatch.setattr(status, "slow_facts", slow)
        city, seen = status.WatchedCity(parts), []
        with a_recorder(parts):
            for _ in range(4):
                notes = city.document([ONE, TWO])["notes"]
                assert isinstance(notes, list)
                seen.append(notes[0])
                parts.clock.sleep(s(25))
        assert seen == ["look 1"] * 3 + ["look 2"]

    def test_that_nobody_answers_is_kept_for_some_seconds(
        self, parts: Parts, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked = 0

        def away(*_: object) -> status.CityStatus:
            nonlocal asked
            asked += 1
            parts.clock.sleep(s(30))  # each asking takes so long
            raise Unavailable("the register does not answer")

        monkeypatch.setattr(status, "city_status", away)
        city = status.WatchedCity(parts)
        for _ in range(3):
            with pytest.raises(Unavailable, match="register"):
                city.document([ONE])
        assert asked == 1
        parts.clock.sleep(s(6))
        with pytest.raises(Unavailable, match="register"):
            city.document([ONE])
        assert asked == 2
