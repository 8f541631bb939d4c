"""What a node says is read back as it was meant."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from footage.errors import BadInput
from footage.instant import Elapsed
from infra.node.report import NodeFacts, document, read
from recorder.store.usage import Disk
from recorder.timing.timekeeper import Step
from tests.common.statuses import WELL, a_status, s

FACTS = NodeFacts("node-1", "1.2.3", home="/home", disk=Disk(70, 30), processes=5)


def test_what_is_said_is_read_back() -> None:
    status, _ = a_status()
    snapshot = status.snapshot()
    report = read(json.loads(json.dumps(document(FACTS, snapshot))))
    assert (report.node, report.version, report.home) == ("node-1", "1.2.3", "/home")
    assert report.cameras == tuple(replace(one, counted={}) for one in snapshot.cameras)
    assert report.alarm_ago is None


def test_the_node_is_summed_up() -> None:
    status, _ = a_status()
    said = document(FACTS, status.snapshot())
    assert said["spool"] == {
        "segments": 1,
        "bytes": 500,
        "limit_bytes": 500 + 70 - 10,
        "disk_free_bytes": 70,
        "waits_s": 30.2,
    }
    assert said["clock"] == {
        "steps": 1,
        "said": str(Step(Elapsed.parse("2s"), followed=True)),
        "ago_s": 0.0,
    }


def test_what_a_newer_node_says_besides_is_ignored() -> None:
    status, _ = a_status()
    said = json.loads(json.dumps(document(FACTS, status.snapshot())))
    said["new"] = 1
    said["cameras"][0]["new"] = {"x": 1}
    assert read(said).cameras[0].lag == s(90.2)
    del said["cameras"][0]["damage"]
    assert read(said).cameras[0].camera == WELL


@pytest.mark.parametrize(
    "said",
    [
        None,
        [],
        {},
        {"node": "n"},
        {"node": "n", "version": "", "home": "", "trouble": {}, "alarms": {}, "cameras": []},
        {"cameras": [{"camera": "../x"}]},
    ],
)
def test_anything_else_is_refused(said: object) -> None:
    with pytest.raises(BadInput):
        read(said)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("camera", "a b"),
        ("phase", "dancing"),
        ("lag_s", "long"),
        ("lost_s", {"x": 1}),
        ("why", [1]),
    ],
)
def test_a_camera_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    status, _ = a_status()
    said = json.loads(json.dumps(document(FACTS, status.snapshot())))
    said["cameras"][0][field] = value
    with pytest.raises(BadInput):
        read(said)
