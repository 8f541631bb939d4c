"""The city at one look: what nodes say against what should be recorded."""

from __future__ import annotations

from footage.ids import CameraId
from indexer.backlog import Backlog
from infra.cmds.status_view import indexing, summary
from infra.node.cluster_status import NodeLine, summarise
from infra.node.report import NodeReport
from infra.node.status_document import document
from recorder.capture.state_machine import Phase
from recorder.status.camera_status import CameraState, CameraStatus
from recorder.status.severity import Severity
from tests.common.builders import START
from tests.common.statuses import s

A, B, C, D = (CameraId(f"camera-{n}") for n in "abcd")


def recorded(camera: CameraId, **facts: object) -> CameraStatus:
    return CameraStatus(camera, Phase.RECORDING, tried=True, **facts)  # type: ignore[arg-type]


def lost(camera: CameraId, seconds: float = 180) -> CameraStatus:
    return CameraStatus(
        camera, Phase.BACKOFF, lost_for=s(seconds), tried=True, why="connection refused"
    )


def node(name: str, *cameras: CameraStatus, **facts: object) -> NodeLine:
    return NodeLine(name, f"{name}:1", NodeReport(name, cameras=cameras, **facts))  # type: ignore[arg-type]


def test_all_is_well() -> None:
    city = summarise([A, B], [node("n1", recorded(A)), node("n2", recorded(B))], {}, {})
    assert city.well
    assert city.at_node == {A: "n1", B: "n2"}
    assert summary(city) == "2 of 2 recording, spool 0 B"


def test_a_camera_nobody_records_is_the_worst() -> None:
    city = summarise([A, B, C], [node("n1", recorded(A), lost(B))], {}, {C: s(720)})
    assert [one.status.camera for one in city.assessments] == [C, B, A]
    assert city.assessments[0].words == "nobody records it; newest footage is 12 min old"
    assert not city.well
    assert summary(city) == "1 of 3 recording, 1 unrecorded, 1 lost, spool 0 B"


def test_a_camera_that_moved_is_recorded_and_what_it_left_behind_still_waits() -> None:
    former = CameraStatus(A, Phase.STOPPED, spooled=2, spooled_bytes=9, waits=s(200), lag=s(300))
    now = recorded(A, spooled=1, spooled_bytes=1, waits=s(5), lag=s(4))
    for nodes in ([node("n1", former), node("n2", now)], [node("n2", now), node("n1", former)]):
        city = summarise([A], nodes, {}, {})
        status = city.assessments[0].status
        assert city.at_node[A] == "n2"
        assert (status.spooled, status.spooled_bytes) == (3, 10)
        assert (status.waits, status.lag) == (s(200), s(4))
        assert city.assessments[0].severity is Severity.WAITS
        assert summary(city) == "1 of 1 recording, spool 10 B, oldest waits 3 min"


def test_a_camera_that_was_stopped_is_recorded_by_nobody() -> None:
    city = summarise([A], [node("n1", CameraStatus(A, Phase.STOPPED))], {}, {})
    assert city.assessments[0].severity is Severity.UNRECORDED
    assert city.count(CameraState.UNRECORDED) == 1


def test_the_camera_of_a_silent_node_says_so() -> None:
    silent = NodeLine("n2", "n2:1", None, "timed out")
    city = summarise([A, B], [node("n1", recorded(A)), silent], {A: "n1", B: "n2"}, {B: s(61)})
    worst = city.assessments[0]
    assert worst.status.camera == B
    assert worst.words == (
        "n2, which should record it, does not answer; newest footage is 1 min old"
    )
    assert silent.says == "does not answer: timed out"
    assert summary(city).startswith("1 of 2 recording, 1 unrecorded, 1 of 2 nodes silent")


def test_without_a_recorder_nothing_is_well_though_nothing_is_to_be_recorded() -> None:
    nobody = summarise([], [], {}, {})
    assert not nobody.well
    assert summary(nobody) == (
        "NO RECORDER ANSWERS, no camera to be recorded: none has a source, spool 0 B"
    )
    assert summary(summarise([A], [], {}, {})).startswith("NO RECORDER ANSWERS, 0 of 1 recording")
    idle = summarise([], [node("n1")], {}, {})
    assert idle.well


def test_trouble_of_a_node_is_not_well_though_every_camera_is_recorded() -> None:
    line = node("n1", recorded(A), trouble="not stored: refused", trouble_for=s(130))
    city = summarise([A], [line], {}, {})
    assert line.says == "for 2 min: not stored: refused"
    assert not city.well


def test_cameras_out_of_scope_do_not_show() -> None:
    city = summarise([A], [node("n1", recorded(A), lost(D))], {}, {})
    assert [one.status.camera for one in city.assessments] == [A]
    assert city.well


def test_the_line_on_indexing_counts_segments_and_tells_the_longest_lag() -> None:
    assert indexing(Backlog({A: 5, B: 7}, {A: s(75), B: s(3)})) == (
        "12 segments wait to be indexed, the oldest began 1 min ago"
    )
    assert indexing(Backlog({A: 1}, {A: s(5)})).startswith("1 segment waits to be")


def test_the_document_counts_and_orders() -> None:
    bad = recorded(C, damage="SPS inside a picture")
    lines = [node("n1", recorded(A), lost(B), bad), NodeLine("n2", "n2:1", None, "refused")]
    behind = Backlog({B: 2, D: 1}, {B: s(90), D: s(7)})
    said = document(summarise([A, B, C, D], lines, {}, {}), behind, START, ["a note"])
    assert said["at"] == str(START)
    assert said["well"] is False
    assert said["summary"] == {
        "cameras": 4,
        "recording": 2,
        "connecting": 0,
        "lost": 1,
        "stopped": 0,
        "unrecorded": 1,
        "alarmed": 1,
        "spool_bytes": 0,
        "waits_s": None,
    }
    assert said["index"] == {"waiting": 3, "lag_s": 90}
    cameras = said["cameras"]
    assert isinstance(cameras, list)
    assert [one["index_lag_s"] for one in cameras] == [7, 90, 0, 0]
    assert [(one["camera"], one["severity"]) for one in cameras] == [
        (D, "unrecorded"),
        (B, "lost"),
        (C, "damaged"),
        (A, "none"),
    ]
    assert cameras[1]["reason"] == "lost for 3 min: connection refused"
    assert cameras[1]["lost_for_s"] == 180
