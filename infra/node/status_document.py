"""The city's status as a JSON document. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.node.report import camera_document
from recorder.status.camera_status import CameraState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.ids import CameraId
    from footage.instant import Instant
    from indexer.backlog import Backlog
    from infra.node.cluster_status import ClusterStatus, NodeLine


def document(
    city: ClusterStatus, backlog: Backlog | None, at: Instant, notes: Sequence[str]
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


def _index(backlog: Backlog) -> dict[str, object]:
    return {
        "waiting": backlog.waiting,
        "lag_s": backlog.lag.in_seconds,
    }


def _index_lag(backlog: Backlog | None, camera: CameraId) -> float | None:
    return backlog.lag_of(camera).in_seconds if backlog else None


def _node(line: NodeLine) -> dict[str, object]:
    report = line.report
    return {
        "node": line.node,
        "address": line.address,
        "answers": report is not None,
        "says": line.says,
        "version": report.version if report else None,
        "cameras": len(report.cameras) if report else None,
    }
