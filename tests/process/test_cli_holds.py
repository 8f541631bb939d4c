"""Holds by commands, while the object store is really away."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from footage.clock import SimulatedClock, SystemClock
from footage.ids import CameraId
from footage.instant import Elapsed, Instant
from infra.objects.minio_store import MinioStore
from lab.servers.loopback import free_ports
from tests.common.api_city import parts_of
from tests.common.cli import Cli
from tests.common.recording import make_film
from tests.common.stored import footage_in

if TYPE_CHECKING:
    from pathlib import Path

    from lab.servers.minio import Minio

CAMERA = "dik-001-1"
MINUTE = Elapsed.parse("60s")
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
    assert "stands: 1 segment," in said
    paper = dict(zip(WHY[::2], WHY[1::2], strict=True))
    assert f"authority: {paper['--authority']}; {paper['--reason']}" in said
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
    (listed,) = cli.ok("hold", "list", "--json").json
    assert placed == placed | {name: listed[name] for name in ("authority", "reason", "case")}


def spoilt(cli: Cli, tmp_path: Path) -> tuple[str, str, list[str]]:
    """Three imports: one object is deleted and one sidecar damaged behind Footage's back."""
    film = make_film(tmp_path / "film.mp4", seconds=4)
    parts = parts_of(cli.home)
    for minute in range(3):
        start = Instant.parse(f"2026-11-22T15:0{minute}:00Z")
        # Imported then, so that retention may delete it now.
        importer = parts.importer_by(SimulatedClock(start))
        importer.ingest(film, parts.register.camera(CameraId(CAMERA)), start, length=MINUTE)
    parts.close()
    root = cli.home / "store"
    keys = sorted(p.relative_to(root / "objects").as_posix() for p in root.rglob("*.mp4"))
    (root / "objects" / keys[0]).unlink()
    (root / "meta" / f"{keys[1]}.json").write_bytes(b"{")
    return keys[0], keys[1], keys[2:]


def test_a_hold_over_missing_and_damaged_objects_stands_and_names_them(
    cli: Cli, tmp_path: Path
) -> None:
    """Id, exit code, JSON, printed text and custody log agree."""
    missing, damaged, others = spoilt(cli, tmp_path)
    said = cli("hold", "place", "--camera", CAMERA, *WHEN, *WHY, "--json")
    assert said.code == 5, said.err
    placed = said.json
    assert (placed["sound"], placed["marks"], placed["segments"]) == (False, "pending", 2)
    assert placed["missing"] == [missing]
    assert [each["segment"] for each in placed["unmarked"]] == [damaged]
    (standing,) = cli.ok("hold", "list", "--json").json
    assert (standing["hold"], standing["marks"]) == (placed["hold"], "pending")
    outcome = cli.ok("audit", "show", "--json").json[-1]["what"]
    assert outcome["ok"] is False
    assert outcome["result"]["stands"] is True
    assert outcome["result"]["missing_segments"] == [missing]
    assert list(outcome["result"]["unmarked_segments"]) == [damaged]
    for key in others:
        beside = (cli.home / "store" / "meta" / f"{key}.json").read_text(encoding="utf-8")
        assert '"held": true' in beside

    meta = cli.home / "store" / "meta"
    sidecar = meta / f"{damaged}.json"
    sidecar.write_bytes((meta / f"{others[0]}.json").read_bytes())
    again = cli("hold", "reassert", "--json")
    assert (again.code, again.json["missing"], again.json["unfinished"]) == (5, [missing], [])
    sidecar.write_bytes(b"{")
    assert cli("hold", "reassert").code == 4

    shown = cli("hold", "place", "--camera", CAMERA, *WHEN, *WHY)
    assert shown.code == 5
    assert "stands: 2 segments" in shown.out
    assert f"1 segment missing from the store, so nothing is left to hold:\n  {missing}\n" in (
        shown.out
    )
    assert f"1 segment not marked, so only Footage protects it:\n  {damaged}: " in shown.out


def test_one_bad_object_is_one_spared_line_of_a_purge(cli: Cli, tmp_path: Path) -> None:
    _, damaged, others = spoilt(cli, tmp_path)
    rules = '[[policy]]\nname = "all"\nkeep = "1h"\n'
    (cli.home / "policies.toml").write_text(rules, encoding="utf-8")
    plan = cli.ok("retention", "plan", "--json").json["plan"]
    done = cli.ok("retention", "apply", plan, "--yes", "--json").json
    assert [spared["id"] for spared in done["spared"]] == [damaged]
    assert done["totals"]["purged"] == 1 + len(others)
    assert done["complete"]


@pytest.mark.server
def test_a_hold_reaches_what_was_deleted_behind_our_back(
    cli: Cli, tmp_path: Path, minio_server: Minio
) -> None:
    """A delete marker hides one object, another is gone for good with all its versions."""
    bucket = f"holds-{secrets.token_hex(6)}"
    keys = (minio_server.access_key, minio_server.secret_key)
    here = on_s3(tmp_path, minio_server.endpoint, *keys, bucket)
    store = MinioStore(minio_server.endpoint, bucket, *keys, secure=False, clock=SystemClock())
    film = make_film(tmp_path / "film.mp4", seconds=4)
    for minute in range(3):
        start = f"2026-11-22T15:0{minute}:00Z"
        cli.ok("ingest", str(film), "--camera", CAMERA, "--start", start, **here)
    hidden, gone, left = (found.key for found in store.list())
    store._wire.mark_deleted(hidden)
    store.delete([gone])

    said = cli("hold", "place", "--camera", CAMERA, *WHEN, *WHY, "--json", **here)
    assert said.code == 5, said.err
    assert said.json["missing"] == [gone]
    ((unmarked, why),) = ((u["segment"], u["why"]) for u in said.json["unmarked"])
    assert (unmarked, "hidden by a delete marker" in why) == (hidden, True)
    assert store.is_held(hidden)
    assert store.is_held(left)
    cli.ok("hold", "release", said.json["hold"], "--reason", "closed", **here)
    assert not store.is_held(hidden)


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
    (key,) = (found.key for found in footage_in(store))

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
