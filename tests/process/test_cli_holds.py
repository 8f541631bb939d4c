"""Holds by commands, while the object store is really away."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from footage.clock import SystemClock
from infra.objects.minio_store import MinioStore
from lab.servers.loopback import free_ports
from tests.common.cli import Cli
from tests.common.recording import make_film

if TYPE_CHECKING:
    from pathlib import Path

    from lab.servers.minio import Minio

CAMERA = "dik-001-1"
WHEN = ("--from", "2026-11-22T15:00:00Z", "--to", "2026-11-22T16:00:00Z")
WHY = ("--authority", "Sessions Court, order 14/2026", "--reason", "robbery at the bus stand")


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home with one camera."""
    cli = Cli(tmp_path / "home")
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik",
           "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    return cli


def on_s3(tmp_path: Path, endpoint: str, access: str, secret: str, bucket: str) -> dict[str, str]:
    for name, value in (("access", access), ("secret", secret)):
        (tmp_path / name).write_text(value, encoding="utf-8")
    return {
        "FOOTAGE_STORE__KIND": "s3",
        "FOOTAGE_STORE__ENDPOINT": endpoint,
        "FOOTAGE_STORE__BUCKET": bucket,
        "FOOTAGE_STORE__ACCESS_KEY_FILE": str(tmp_path / "access"),
        "FOOTAGE_STORE__SECRET_KEY_FILE": str(tmp_path / "secret"),
    }


def actions(cli: Cli) -> list[tuple[str, str]]:
    entries = cli.ok("audit", "show", "--json").json
    return [(e["action"], e["phase"]) for e in entries if e["action"] in {"hold", "release"}]


def test_a_hold_is_placed_while_the_store_is_away(cli: Cli, tmp_path: Path) -> None:
    """A closed port: nobody answers, whatever is asked."""
    (port,) = free_ports(1)
    away = on_s3(tmp_path, f"127.0.0.1:{port}", "a", "b", "footage")
    film = make_film(tmp_path / "film.mp4", seconds=4)
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", "2026-11-22T15:00:00Z")

    said = cli.ok("hold", "place", "--camera", CAMERA, *WHEN, *WHY, **away).out
    said = " ".join(said.split())
    assert "stands: 1 segments" in said
    assert "marks on objects could not be set yet" in said
    assert "reconcile marks once the store answers" in said
    assert "strength: not known yet, the store was not reachable" in said
    assert actions(cli) == [("hold", "intent"), ("hold", "outcome")]
    (standing,) = cli.ok("hold", "list", "--json").json
    assert standing["marks"] == "pending"

    again = cli("hold", "reassert", "--json", **away)
    assert again.code == 4
    assert [left["hold"] for left in again.json["unfinished"]] == [standing["hold"]]
    assert again.json["strength"] is None

    released = cli.ok("hold", "release", standing["hold"], "--reason", "x", "--json", **away).json
    assert (released["segments"], released["marks"]) == (1, "pending")
    assert cli.ok("audit", "verify", "--json").json["whole"]


def test_a_hold_on_a_store_that_was_never_tried_asks_nothing_of_it(
    cli: Cli, tmp_path: Path
) -> None:
    """No segment is covered, so the store need not even be there."""
    (port,) = free_ports(1)
    away = on_s3(tmp_path, f"127.0.0.1:{port}", "a", "b", "footage")
    placed = cli.ok("hold", "place", "--camera", CAMERA, *WHEN, *WHY, "--json", **away).json
    assert (placed["segments"], placed["marks"], placed["strength"]) == (0, "done", None)


@pytest.mark.server
def test_marks_follow_once_the_store_is_back(cli: Cli, tmp_path: Path, minio_server: Minio) -> None:
    bucket = f"holds-{secrets.token_hex(6)}"
    keys = (minio_server.access_key, minio_server.secret_key)
    here = on_s3(tmp_path, minio_server.endpoint, *keys, bucket)
    (port,) = free_ports(1)
    away = {**here, "FOOTAGE_STORE__ENDPOINT": f"127.0.0.1:{port}"}
    store = MinioStore(minio_server.endpoint, bucket, *keys, secure=False, clock=SystemClock())
    film = make_film(tmp_path / "film.mp4", seconds=4)
    start = "2026-11-22T15:00:00Z"
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", start, **here)
    (key,) = (found.key for found in store.list())

    hold = cli.ok("hold", "place", "--camera", CAMERA, *WHEN, *WHY, "--json", **away).json["hold"]
    assert not store.is_held(key)
    done = cli.ok("hold", "reassert", "--json", **here).json
    assert (done["marked"], done["unfinished"]) == (1, [])
    assert store.is_held(key)

    cli.ok("hold", "release", hold, "--reason", "case closed", **away)
    assert store.is_held(key)
    refused = cli.refused("hold", "release", hold, "--reason", "case closed", **here)
    assert refused.code == 6
    assert cli.ok("hold", "reassert", "--json", **here).json["lifted"] == 1
    assert not store.is_held(key)

    found = next(f for f in cli("doctor", "--json", **here).json if f["what"] == "object store")
    assert "store" in found["said"]
    placed = cli.ok("hold", "place", "--camera", CAMERA, *WHEN, *WHY, "--json", **here).json
    assert (placed["strength"], placed["marks"]) == ("store", "done")
    assert placed["strength_seen"]
