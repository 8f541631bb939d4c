"""How far indexing is behind, as `footage index` shows it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from urllib.request import urlopen

import pytest

from footage.clock import SimulatedClock
from footage.errors import BadInput
from footage.ids import CameraId
from indexer.backlog import Backlog
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.cmds.index import index, show_status, status_document
from infra.run.index_metrics import index_metrics
from infra.vectors.part_copies import CopyLag
from tests.common.builders import at, segments_in_a_row
from tests.common.statuses import s

if TYPE_CHECKING:
    from infra.wiring import Parts

A, B = CameraId("camera-a"), CameraId("camera-b")
BEHIND = Backlog({A: 5, B: 1}, {A: s(61), B: s(700)})


def test_the_camera_that_is_furthest_behind_comes_first() -> None:
    assert status_document(BEHIND) == {
        "waiting": 6,
        "lag_s": 700,
        "cameras": [
            {"camera": B, "waiting": 1, "lag_s": 700},
            {"camera": A, "waiting": 5, "lag_s": 61},
        ],
    }


def test_people_read_a_line_and_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_status(BEHIND)
    said = capsys.readouterr().out
    assert said.startswith("6 segments wait to be indexed, the oldest began 11 min ago")
    assert said.index(B) < said.index(A)
    show_status(Backlog({}, {}))
    assert capsys.readouterr().out == "all stored segments are indexed\n"


@pytest.mark.parametrize(
    "options",
    [{"as_json": True}, {"status": True, "once": True}, {"once": True, "listen": "127.0.0.1:0"}],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        index(**options)


def test_an_indexing_process_serves_its_lag() -> None:
    catalogue = MemoryCatalogue()
    catalogue.add_segments(segments_in_a_row(2, A))
    copies = SimpleNamespace(lag=lambda: CopyLag(1, 5, at(0)))
    parts = SimpleNamespace(
        clock=SimulatedClock(at(90)), encoder_digest="x", catalogue=catalogue, part_copies=copies
    )
    with index_metrics(cast("Parts", parts), "127.0.0.1:0") as address:
        text = b""
        while b"camera-a" not in text:
            with urlopen(f"http://{address}/metrics") as answer:
                text = answer.read()
    assert b'footage_index_lag_seconds{camera="camera-a"} 90.0' in text
    assert b'footage_index_waiting{camera="camera-a"} 2' in text
    assert b"footage_vector_copies_oldest_seconds 90.0" in text
