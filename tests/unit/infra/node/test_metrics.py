"""Each metric's value, its text, and that a city's worth of them is made in time."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from footage.instant import Elapsed
from infra.node.metrics import LedgerLag, Metrics, WaitingCopies
from infra.node.report import NodeFacts, camera_document
from recorder.store.usage import Disk
from tests.common.statuses import DEAD, WELL, a_status

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS = NodeFacts("node-1", "1.2.3", spool_limit=10_000, disk=Disk(70, 30), processes=5)
DOCS = Path(__file__).resolve().parents[4] / "docs"


def parsed(text: str) -> Mapping[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if not sample.name.startswith("process_")
    }


def metrics(cameras: int = 0, facts: NodeFacts = FACTS) -> Metrics:
    status, _ = a_status(cameras)
    return Metrics(status.snapshot, lambda: facts)


SAMPLES = parsed(metrics().render().decode())


@pytest.mark.parametrize(
    ("name", "labels", "value"),
    [
        ("footage_camera_state", {"camera": WELL, "state": "recording"}, 1),
        ("footage_camera_state", {"camera": WELL, "state": "lost"}, 0),
        ("footage_camera_state", {"camera": DEAD, "state": "lost"}, 1),
        ("footage_camera_lost_seconds_total", {"camera": DEAD, "reason": "camera_lost"}, 65),
        ("footage_camera_lost_seconds_total", {"camera": WELL, "reason": "camera_lost"}, 0),
        ("footage_camera_lost_for_seconds", {"camera": DEAD}, 90),
        ("footage_camera_lost_for_seconds", {"camera": WELL}, 0),
        ("footage_camera_stored_bytes_total", {"camera": WELL}, 1000),
        ("footage_camera_stored_segments_total", {"camera": WELL}, 1),
        ("footage_camera_lag_seconds", {"camera": WELL}, 90.2),
        ("footage_camera_store_lag_seconds", {"camera": WELL}, 0.2),
        ("footage_camera_spool_bytes", {"camera": WELL}, 500),
        ("footage_camera_spool_wait_seconds", {"camera": WELL}, 30.2),
        ("footage_camera_evicted_segments_total", {"camera": WELL}, 0),
        ("footage_camera_restarts_total", {"camera": WELL}, 0),
        ("footage_camera_alarms_total", {"camera": WELL}, 0),
        ("footage_camera_clock_offset_seconds", {"camera": WELL}, 4.2),
        ("footage_camera_clock_uncertainty_seconds", {"camera": WELL}, 0.1),
        ("footage_camera_damaged", {"camera": WELL}, 0),
        ("footage_node_cameras", {"state": "recording"}, 1),
        ("footage_node_cameras", {"state": "lost"}, 1),
        ("footage_node_spool_bytes", {}, 500),
        ("footage_node_spool_limit_bytes", {}, 10_000),
        ("footage_node_spool_disk_free_bytes", {}, 70),
        ("footage_node_spool_wait_seconds", {}, 30.2),
        ("footage_node_uploads_waiting", {}, 1),
        ("footage_node_trouble_seconds", {}, 0),
        ("footage_node_close_to_stored_seconds_bucket", {"le": "0.1"}, 0),
        ("footage_node_close_to_stored_seconds_bucket", {"le": "0.25"}, 1),
        ("footage_node_close_to_stored_seconds_bucket", {"le": "+Inf"}, 1),
        ("footage_node_close_to_stored_seconds_count", {}, 1),
        ("footage_node_close_to_stored_seconds_sum", {}, 0.2),
        ("footage_node_clock_steps_total", {}, 1),
        ("footage_node_alarms_total", {}, 0),
        ("footage_node_ffmpeg_wanted", {}, 1),
        ("footage_node_child_processes", {}, 5),
        ("footage_build_info", {"version": "1.2.3", "node": "node-1"}, 1),
    ],
)
def test_each_metric(name: str, labels: dict[str, str], value: float) -> None:
    assert SAMPLES[name, frozenset(labels.items())] == pytest.approx(value)


def test_a_metric_and_a_field_of_the_status_with_one_name_say_the_same() -> None:
    status, _ = a_status()
    compared = set()
    for camera in status.snapshot().cameras:
        for name, value in camera_document(camera).items():
            metric = f"footage_camera_{name.removesuffix('_s')}_seconds"
            sample = SAMPLES.get((metric, frozenset({("camera", camera.camera)})))
            if name.endswith("_s") and sample is not None and value is not None:
                assert value == sample, (camera.camera, name)
                compared.add(name)
    assert {"lag_s", "store_lag_s", "clock_offset_s"} <= compared


def test_what_is_not_known_has_no_sample() -> None:
    names = {name for name, labels in SAMPLES if ("camera", DEAD) in labels}
    assert "footage_camera_clock_offset_seconds" not in names
    assert not names & {"footage_camera_lag_seconds", "footage_camera_store_lag_seconds"}
    unknown = parsed(metrics(facts=NodeFacts("n", "1")).render().decode())
    assert ("footage_node_spool_limit_bytes", frozenset()) not in unknown


def test_without_a_limit_a_tenth_of_the_disk_stays_free() -> None:
    facts = NodeFacts("n", "1", disk=Disk(free=70, taken=30))
    samples = parsed(metrics(facts=facts).render().decode())
    assert samples["footage_node_spool_limit_bytes", frozenset()] == 500 + 70 - 10


def test_our_text_says_what_the_clients_own_says() -> None:
    made = metrics(facts=NodeFacts('a "quoted" \\ name\n', "1"))
    theirs = generate_latest(made._registry).decode()
    assert parsed(made.render().decode()) == parsed(theirs)
    heads = [line for line in theirs.splitlines() if line.startswith("# TYPE")]
    assert heads == [line for line in made.render().decode().splitlines() if "# TYPE" in line]


@pytest.mark.slow
def test_a_city_is_rendered_in_time() -> None:
    made = metrics(950)
    gc.collect()
    taken = []
    for _ in range(5):
        started = time.process_time()
        made.render()
        taken.append(time.process_time() - started)
    assert min(taken) < 0.2


def test_every_metric_is_documented_and_nothing_else() -> None:
    whole = metrics()
    whole.add_orders(list)
    families = {family.name for family in whole._registry.collect()}
    counters = {family.name for family in whole._registry.collect() if family.type == "counter"}
    shown = {f"{name}_total" if name in counters else name for name in families}
    shown = {f"{name}_info" if name == "footage_build" else name for name in shown}
    text = (DOCS / "metrics.md").read_text(encoding="utf-8")
    documented = {
        line.split("`")[1].partition("{")[0]
        for line in text.splitlines()
        if line.startswith("| `footage_") and not line.startswith("| `footage_api_")
    }
    assert documented == {name for name in shown if name.startswith("footage_")}


def test_vectors_that_wait_for_their_copy_are_shown_and_what_is_not_known_is_not() -> None:
    waiting: list[WaitingCopies | None] = [WaitingCopies(3, 4_096, Elapsed.parse("90s")), None]
    metrics = Metrics(None, lambda: NodeFacts("n", "1"), copies=lambda: waiting.pop(0))
    text = metrics.render().decode()
    assert "footage_vector_copies_waiting 3\n" in text
    assert "footage_vector_copies_waiting_bytes 4096\n" in text
    assert "footage_vector_copies_oldest_seconds 90.0\n" in text
    assert "\nfootage_vector_copies" not in metrics.render().decode()


def test_times_from_orders_to_holds_are_told_while_known() -> None:
    status, _ = a_status()
    times = [Elapsed.seconds(90), Elapsed.seconds(2_000)]
    shown, unknown = (Metrics(status.snapshot, lambda: FACTS) for _ in range(2))
    shown.add_orders(lambda: times)
    unknown.add_orders(lambda: None)
    text = shown.render().decode()
    assert 'footage_order_to_hold_seconds_bucket{le="300.0"} 1\n' in text
    assert 'footage_order_to_hold_seconds_bucket{le="3600.0"} 2\n' in text
    assert "footage_order_to_hold_seconds_sum 2090.0\n" in text
    assert "footage_order_to_hold" not in unknown.render().decode()


def test_how_far_the_ledger_is_behind_is_told_while_known() -> None:
    status, _ = a_status()
    lag = LedgerLag(3, Elapsed.seconds(90), Elapsed.seconds(40))
    text = Metrics(status.snapshot, lambda: FACTS, ledger=lambda: lag).render().decode()
    assert "footage_ledger_waiting 3\n" in text
    assert "footage_ledger_oldest_seconds 90.0\n" in text
    assert "footage_ledger_checkpoint_age_seconds 40.0\n" in text
    assert "\nfootage_ledger" not in metrics().render().decode()
