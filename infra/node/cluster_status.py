"""Status of the whole city: the nodes' reports against the cameras to be recorded. Pure.

A camera with a source that no node records is the worst there is: nobody else would notice it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from recorder.status.camera_status import CameraState, CameraStatus
from recorder.status.severity import ALARM_LASTS, Assessment, Severity, in_words, worst_first

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from footage.ids import CameraId
    from footage.instant import Elapsed
    from infra.node.report import NodeReport

_BEST_FIRST: Final = (CameraState.RECORDING, CameraState.CONNECTING, CameraState.LOST)


@dataclass(frozen=True, slots=True)
class NodeLine:
    """A node with the node's report, or the trouble that kept the report away."""

    node: str
    address: str
    report: NodeReport | None = None
    trouble: str = ""

    @property
    def says(self) -> str:
        """Trouble of the node in words; "" for a node without trouble."""
        if self.report is None:
            return f"does not answer: {self.trouble}"
        words = []
        if self.report.trouble:
            words.append(f"for {in_words(self.report.trouble_for)}: {self.report.trouble}")
        ago = self.report.alarm_ago
        if ago is not None and ago <= ALARM_LASTS:
            words.append(f"alarm {in_words(ago)} ago: {self.report.alarm_said}")
        return "; ".join(words)


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """Cameras, the worst first, with the recording node of each ("" for none), and nodes."""

    assessments: tuple[Assessment, ...]
    nodes: tuple[NodeLine, ...]
    at_node: Mapping[CameraId, str]

    @property
    def well(self) -> bool:
        """Whether a recorder answers, and nothing is lost or alarmed."""
        return (
            self.answered
            and not any(one.severity.grave for one in self.assessments)
            and not any(line.says for line in self.nodes)
        )

    @property
    def answered(self) -> bool:
        """Whether a recorder answers: else nobody says that anything is recorded (invariant 11)."""
        return any(line.report for line in self.nodes)

    def of(self, cameras: Collection[CameraId]) -> ClusterStatus:
        """Return the status of those of the cameras that are in `cameras`; nodes as before."""
        kept = (one for one in self.assessments if one.status.camera in cameras)
        return replace(self, assessments=tuple(kept))

    def count(self, state: CameraState) -> int:
        """Cameras in this state."""
        return sum(one.status.state is state for one in self.assessments)

    @property
    def alarmed(self) -> int:
        """Cameras that are recorded, but evicted, damaged or alarmed."""
        return sum(Severity.EVICTED <= one.severity <= Severity.ALARMED for one in self.assessments)

    @property
    def spooled_bytes(self) -> int:
        """Closed segments not yet stored, of these cameras."""
        return sum(one.status.spooled_bytes for one in self.assessments)

    @property
    def waits(self) -> Elapsed | None:
        """Age of the oldest footage that waits in a spool; None where none waits."""
        return max(
            (w for one in self.assessments if (w := one.status.waits) is not None), default=None
        )


def summarise(
    cameras: Iterable[CameraId],
    nodes: Sequence[NodeLine],
    supposed: Mapping[CameraId, str],
    newest: Mapping[CameraId, Elapsed],
) -> ClusterStatus:
    """Put together what the nodes say.

    Args:
        cameras: All that should be recorded.
        nodes: All nodes.
        supposed: Which node has which camera, as the register says.
        newest: Age of what the catalogue has of cameras that no node records.
    """
    said: dict[CameraId, list[tuple[str, CameraStatus]]] = {}
    for line in nodes:
        for status in line.report.cameras if line.report else ():
            said.setdefault(status.camera, []).append((line.node, status))
    silent = {line.node for line in nodes if line.report is None}
    at_node: dict[CameraId, str] = {}
    found = []
    for camera in cameras:
        at_node[camera], status = _one(camera, said.get(camera, []))
        if status.phase is None:
            holder = supposed.get(camera)
            why = f"{holder}, which should record it, does not answer" if holder in silent else ""
            status = replace(status, why=why, lag=newest.get(camera, status.lag))
        found.append(status)
    return ClusterStatus(tuple(worst_first(found)), tuple(nodes), at_node)


def _one(camera: CameraId, said: Sequence[tuple[str, CameraStatus]]) -> tuple[str, CameraStatus]:
    """Merge all nodes' statuses of a camera: footage in any node's spool counts as waiting."""
    records = [(node, one) for node, one in said if one.state in _BEST_FIRST]
    records.sort(key=lambda each: _BEST_FIRST.index(each[1].state))
    node, best = records[0] if records else ("", CameraStatus(camera))
    lags = [one.lag for _, one in said if one.lag is not None]
    return node, replace(
        best,
        spooled=sum(one.spooled for _, one in said),
        spooled_bytes=sum(one.spooled_bytes for _, one in said),
        waits=max((w for _, one in said if (w := one.waits) is not None), default=None),
        lag=min(lags, default=None),
    )
