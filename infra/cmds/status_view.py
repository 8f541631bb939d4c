"""Output of `footage status`: JSON for programs, lines and tables for people."""

from typing import TYPE_CHECKING, Final

from infra.cmds.output import size, table
from infra.node.report import camera_document
from recorder.status.camera_status import CameraState
from recorder.status.severity import Severity, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ids import CameraId
    from footage.instant import Instant
    from indexer.backlog import Backlog
    from infra.node.cluster_status import ClusterStatus, NodeLine
    from recorder.status.severity import Assessment

SHOWN: Final = 30
"""Rows of the camera table, worst first, unless `--all` is given."""


def document(
    city: "ClusterStatus", backlog: "Backlog | None", at: "Instant", notes: "Sequence[str]"
) -> dict[str, object]:
    """The cluster's status as the JSON document that docs/metrics.md describes."""
    waits = city.waits
    return {
        "at": str(at),
        "well": city.well,
        "summary": {
            "cameras": len(city.assessments),
            **{state.value: city.count(state) for state in CameraState},
            "alarmed": city.alarmed,
            "spool_bytes": city.spooled_bytes,
            "waits_s": None if waits is None else waits.in_seconds,
        },
        "index": None if backlog is None else _index(backlog),
        "notes": list(notes),
        "nodes": [_node(line) for line in city.nodes],
        "cameras": [
            {
                "node": city.at_node[one.status.camera],
                "state": one.status.state.value,
                "severity": one.severity.name.lower(),
                "reason": one.words,
                **camera_document(one.status),
                "index_lag_s": _index_lag(backlog, one.status.camera),
            }
            for one in city.assessments
        ],
    }


def _index(backlog: "Backlog") -> dict[str, object]:
    return {
        "waiting": backlog.waiting,
        "lag_s": backlog.lag.in_seconds,
    }


def _index_lag(backlog: "Backlog | None", camera: "CameraId") -> float | None:
    return backlog.lag_of(camera).in_seconds if backlog else None


def _node(line: "NodeLine") -> dict[str, object]:
    report = line.report
    return {
        "node": line.node,
        "address": line.address,
        "answers": report is not None,
        "says": line.says,
        "version": report.version if report else None,
        "cameras": len(report.cameras) if report else None,
    }


def show(
    city: "ClusterStatus", backlog: "Backlog | None", notes: "Sequence[str]", *, everything: bool
) -> None:
    """Print the cluster's status: summary, indexing, notes, nodes, then cameras worst first."""
    print(summary(city))
    if backlog and backlog.waiting:
        print(indexing(backlog))
    for note in notes:
        print(note)
    told = [line for line in city.nodes if line.says]
    lines = city.nodes if everything else told
    if lines:
        rows = ((line.node, line.address, _recording(line), line.says or "well") for line in lines)
        table("nodes", ("node", "address", "recording", "what is wrong"), rows)
    unwell = [one for one in city.assessments if one.severity is not Severity.NONE]
    shown = city.assessments if everything else unwell[:SHOWN]
    if shown:
        cells = (_row(city, one) for one in shown)
        table("cameras, the worst first", ("camera", "node", "state", "why", "spool"), cells)
    if not everything and len(unwell) > len(shown):
        print(f"and {len(unwell) - len(shown)} more: --all")


def summary(city: "ClusterStatus") -> str:
    """The summary line: "948 of 950 recording, 2 lost, spool 1.2 GB, oldest waits 3 min"."""
    parts = [] if city.answered else ["NO RECORDER ANSWERS"]
    if city.assessments:
        count = city.count(CameraState.RECORDING)
        parts.append(f"{count} of {len(city.assessments)} recording")
    else:
        parts.append("no camera to be recorded: none has a source")
    others = (CameraState.UNRECORDED, CameraState.LOST, CameraState.CONNECTING)
    parts += [f"{count} {state.value}" for state in others if (count := city.count(state))]
    if city.alarmed:
        parts.append(f"{city.alarmed} alarmed")
    silent = sum(line.report is None for line in city.nodes)
    if silent:
        parts.append(f"{silent} of {len(city.nodes)} nodes silent")
    parts.append(f"spool {size(city.spooled_bytes)}")
    if city.waits is not None:
        parts.append(f"oldest waits {in_words(city.waits)}")
    return ", ".join(parts)


def indexing(backlog: "Backlog") -> str:
    """The line on indexing: "12 segments wait to be indexed, the oldest began 75 s ago"."""
    segments = "1 segment waits" if backlog.waiting == 1 else f"{backlog.waiting} segments wait"
    return f"{segments} to be indexed, the oldest began {in_words(backlog.lag)} ago"


def _recording(line: "NodeLine") -> str:
    if line.report is None:
        return "?"
    cameras = line.report.cameras
    recording = sum(one.state is CameraState.RECORDING for one in cameras)
    return f"{recording} of {sum(one.state is not CameraState.STOPPED for one in cameras)}"


def _row(city: "ClusterStatus", one: "Assessment") -> tuple[str, ...]:
    status = one.status
    spool = size(status.spooled_bytes) if status.spooled else ""
    return (
        status.camera,
        city.at_node[status.camera],
        status.state.value,
        one.words,
        spool,
    )
