"""Output of `footage status` for people: lines and tables."""

from typing import TYPE_CHECKING, Final

from infra.cmds.output import size, table
from recorder.status.camera_status import CameraState
from recorder.status.severity import Severity, in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from indexer.backlog import Backlog
    from infra.node.cluster_status import ClusterStatus, NodeLine
    from recorder.status.severity import Assessment

SHOWN: Final = 30
"""Rows of the camera table, worst first, unless `--all` is given."""


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
