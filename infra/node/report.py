"""Report of a recording node: `GET /status` as JSON, and read back by `footage status`.

Durations are seconds in fields ending in `_s`, all measured by the node's own clock, so that the
reader's clock does not matter. Fields a node says beyond those known here are ignored: nodes of
two versions may meet during an upgrade.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.errors import BadInput
from footage.ids import camera_id
from footage.instant import ZERO, Elapsed
from footage.span import GapReason
from recorder.capture.state_machine import Phase
from recorder.status.camera_status import CameraStatus
from recorder.store.eviction_policy import SpoolLimit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recorder.status.status import NodeStatus, Snapshot
    from recorder.store.usage import Disk

Document = dict[str, object]

_DURATIONS: Final = frozenset(
    {
        "phase_for",
        "lost_for",
        "waits",
        "lag",
        "store_lag",
        "evicted_ago",
        "clock_offset",
        "clock_uncertainty",
        "alarm_ago",
        "keyframe_every",
    }
)
_RATES: Final = frozenset({"stamped_rate", "delivered_rate"})
_OUTSIDE: Final = frozenset({"camera", "phase", "lost", "counted"})


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """Facts of a node besides cameras; None for a fact that cannot be known.

    Attributes:
        spool_limit: Limit in the settings, in bytes; None leaves a tenth of the disk free.
        disk: Where the spool is.
        processes: Child processes of the recorder.
    """

    node: str
    version: str
    home: str = ""
    spool_limit: int | None = None
    disk: Disk | None = None
    processes: int | None = None

    def spool_allowed(self, used: int) -> int | None:
        """Most bytes the spool may hold, with `used` held now; beyond, segments are evicted."""
        if self.disk is None:
            return self.spool_limit
        limit = SpoolLimit(Path(self.home), limit=self.spool_limit)
        return limit.allowed(used, self.disk.free, self.disk.taken)


@dataclass(frozen=True, slots=True)
class NodeReport:
    """A node's report, in the fields that `footage status` uses."""

    node: str
    version: str = ""
    home: str = ""
    trouble: str = ""
    trouble_for: Elapsed = ZERO
    alarm_said: str = ""
    alarm_ago: Elapsed | None = None
    cameras: tuple[CameraStatus, ...] = field(default=())


def document(facts: NodeFacts, snapshot: Snapshot) -> Document:
    """A node's answer."""
    waits = [camera.waits for camera in snapshot.cameras if camera.waits is not None]
    used = sum(camera.spooled_bytes for camera in snapshot.cameras)
    return {
        "node": facts.node,
        "version": facts.version,
        "home": facts.home,
        "at": str(snapshot.at),
        **_node_document(snapshot.node),
        "spool": {
            "segments": sum(camera.spooled for camera in snapshot.cameras),
            "bytes": used,
            "limit_bytes": facts.spool_allowed(used),
            "disk_free_bytes": facts.disk.free if facts.disk else None,
            "waits_s": _s(max(waits, default=None)),
        },
        "processes": facts.processes,
        "cameras": [camera_document(camera) for camera in snapshot.cameras],
    }


def _node_document(node: NodeStatus) -> Document:
    return {
        "trouble": {"said": node.trouble, "for_s": _s(node.trouble_for)},
        "clock": {"steps": node.clock_steps, "said": node.clock_said, "ago_s": _s(node.clock_ago)},
        "alarms": {"count": node.alarms, "said": node.alarm_said, "ago_s": _s(node.alarm_ago)},
    }


def camera_document(camera: CameraStatus) -> Document:
    """Status of a camera as a JSON document."""
    said: Document = {
        "camera": camera.camera,
        "phase": camera.phase.value if camera.phase else None,
        "lost_s": {reason.value: length.in_seconds for reason, length in camera.lost.items()},
    }
    for part in fields(camera):
        value = getattr(camera, part.name)
        if part.name in _DURATIONS:
            said[f"{part.name}_s"] = _s(value)
        elif part.name not in _OUTSIDE:
            said[part.name] = value
    return said


def read(said: object) -> NodeReport:
    """Read a node's answer.

    Raises:
        BadInput: The document is no such report.
    """
    try:
        whole = _mapping(said)
        trouble, alarms = _mapping(whole["trouble"]), _mapping(whole["alarms"])
        return NodeReport(
            node=str(whole["node"]),
            version=str(whole["version"]),
            home=str(whole["home"]),
            trouble=str(trouble["said"]),
            trouble_for=_elapsed(trouble["for_s"]) or ZERO,
            alarm_said=str(alarms["said"]),
            alarm_ago=_elapsed(alarms["ago_s"]),
            cameras=tuple(_camera(_mapping(camera)) for camera in _list(whole["cameras"])),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise BadInput(f"not the answer of a recording node: {exc!r}") from exc


def _camera(said: Mapping[str, object]) -> CameraStatus:
    facts: Document = {}
    for part in fields(CameraStatus):
        name = f"{part.name}_s" if part.name in _DURATIONS else part.name
        if part.name not in _OUTSIDE and name in said:
            value = said[name]
            if part.name in _DURATIONS:
                facts[part.name] = _elapsed(value)
            elif part.name in _RATES:
                facts[part.name] = None if value is None else _number(value)
            else:
                facts[part.name] = _plain(value)
    lost = {
        GapReason(reason): Elapsed.seconds(_number(length))
        for reason, length in _mapping(said["lost_s"]).items()
    }
    phase = Phase(str(said["phase"])) if said["phase"] else None
    return CameraStatus(camera_id(str(said["camera"])), phase, lost=lost, **facts)  # type: ignore[arg-type]


def _s(elapsed: Elapsed | None) -> float | None:
    return None if elapsed is None else elapsed.in_seconds


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise TypeError("not an object")
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise TypeError(f"not a number: {value!r}")
    return value


def _elapsed(value: object) -> Elapsed | None:
    return None if value is None else Elapsed.seconds(_number(value))


def _plain(value: object) -> str | int | bool:
    if not isinstance(value, str | int):
        raise TypeError(f"not a plain value: {value!r}")
    return value
