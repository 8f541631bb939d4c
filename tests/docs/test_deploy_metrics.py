"""Dashboards and alert rules ask for existing metrics, by existing labels, jobs and tasks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from api.counts import RequestCounts
from api.proxies import ProxyCounts
from footage.instant import ZERO
from footage.span import GapReason
from indexer.backlog import backlog
from infra.node.api_metrics import ApiMetrics
from infra.node.daily_status import JobOutcome
from infra.node.metrics import LedgerLag, Metrics, WaitingCopies
from infra.node.report import NodeFacts
from infra.run.daily import CUSTODY_LOG, RETENTION, VECTOR_SCRUB
from recorder.status.camera_status import CameraState
from tests.common.builders import START, a_camera
from tests.common.statuses import a_status

DEPLOY = Path(__file__).resolve().parents[2] / "infra" / "deploy"
ALERTS = (DEPLOY / "alerts.yml").read_text(encoding="utf-8")
RULES_TEST = (DEPLOY / "alerts_test.yml").read_text(encoding="utf-8")
SCRAPED = (DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8")
DASHBOARDS = [json.loads(path.read_text("utf-8")) for path in DEPLOY.glob("dashboards/*.json")]
NAME = re.compile(r"\b(?:footage_[a-z_]+|process_[a-z_]+)\b")
SELECTOR = re.compile(r'(\w+)(!?=~?)"([^"]*)"')
TARGET_LABELS = {"job", "instance"}


def shown() -> dict[str, set[str]]:
    """Return the labels of every metric and sample that a node exports, by name."""
    status, _ = a_status()
    daily = [JobOutcome("retention", ZERO, failed=False)]
    behind = backlog({a_camera().id: (1, START)}, START)
    facts = NodeFacts("n", "1")
    metrics = Metrics(
        status.snapshot,
        lambda: facts,
        lambda: behind,
        lambda: daily,
        lambda: WaitingCopies(1, 1, ZERO),
        lambda: LedgerLag(1, ZERO, ZERO),
    )
    metrics.add_orders(lambda: [ZERO])
    counts = RequestCounts()
    counts.add_request("search", 200, ZERO, "data-loss")
    families = [
        *metrics._registry.collect(),
        *ApiMetrics(counts, lambda: ProxyCounts(0, 0, {}, 0)).registry.collect(),
    ]
    names: dict[str, set[str]] = {}
    for family in families:
        names.setdefault(family.name, set())
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    return names


NAMES = shown()
RULES = re.findall(r"expr: (?:>-\n)?(.+?)(?=\n {8}(?:for|labels):)", ALERTS, flags=re.DOTALL)
PANELS: list[dict[str, Any]] = [panel for board in DASHBOARDS for panel in board["panels"]]
EXPRESSIONS: list[str] = [
    *RULES,
    *(target["expr"] for panel in PANELS for target in panel["targets"]),
]
VALUES = {
    "state": {str(one) for one in CameraState},
    "reason": {str(one) for one in GapReason},
    "job": set(re.findall(r"job_name: (\S+)", SCRAPED)),
    "task": {RETENTION, CUSTODY_LOG, VECTOR_SCRUB},
}


def test_there_is_something_to_look_at() -> None:
    assert len(RULES) == ALERTS.count("- alert:") == ALERTS.count("severity:") >= 10
    assert len(PANELS) >= 10
    assert len(DASHBOARDS) == 3


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_metric_asked_for_exists(expression: str) -> None:
    asked = NAME.findall(re.sub(r'"[^"]*"', '""', expression))
    assert asked or expression.startswith('up{job="footage')
    assert set(asked) <= NAMES.keys()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_label_asked_for_exists(expression: str) -> None:
    labels = {label for name in NAME.findall(expression) for label in NAMES[name]} | TARGET_LABELS
    for label, operator, value in SELECTOR.findall(expression):
        assert label in labels
        values = set(value.split("|") if "~" in operator else [value])
        assert values <= VALUES.get(label, values)
    for by in re.findall(r"\b(?:by|on) \(([^)]*)\)", expression):
        assert {label.strip() for label in by.split(",")} <= labels | {"le"}


def test_what_must_be_told_within_a_minute_is() -> None:
    alerts = set(re.findall(r"- alert: (\w+)", ALERTS))
    assert {
        "FootageCameraLost",
        "FootageSpoolFilling",
        "FootageCameraDamaged",
        "FootageClockStep",
    } <= alerts
    for name in re.findall(r"alertname: (\w+)", RULES_TEST):
        assert name in alerts


def test_kinds_of_problems_in_alerts_are_shown_before_the_first() -> None:
    asked = set(re.findall(r'problems_total\{kind="([^"]+)"', ALERTS))
    page = ApiMetrics(RequestCounts()).render().decode()
    assert asked
    assert asked <= set(re.findall(r'problems_total\{kind="([^"]+)"', page))


def test_panels_are_whole() -> None:
    for board in DASHBOARDS:
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
