"""Searching by example by commands alone, with the shipped encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from footage.ids import SegmentKey
from infra.config import loading
from infra.wiring import wired
from tests.common.cli import Cli
from tests.common.tiny_films import Mover, small_film

if TYPE_CHECKING:
    from pathlib import Path

START = "2026-11-22T15:00:00Z"
WHEN = ("--from", START, "--to", "2026-11-22T15:00:30Z")
CAMERA = "dik-001-1"
RED = Mover((220, 20, 20), y=0.4, w=0.2, h=0.25, first_s=8, last_s=12, x0=0.1, speed=0.05)
BLUE = Mover((20, 40, 220), y=0.5, w=0.2, h=0.25, first_s=18, last_s=22, x0=0.6, speed=-0.05)


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    """A home with one camera, recorded and indexed: red passes, then blue."""
    cli = Cli(tmp_path / "home")
    cli.ok("cameras", "add", CAMERA, "--site", "dik-001", "--district", "dik",
           "--lat", "31.83", "--lon", "70.90")  # fmt: skip
    film = tmp_path / "film.mp4"
    film.write_bytes(small_film(30, (RED, BLUE)))
    cli.ok("ingest", str(film), "--camera", CAMERA, "--start", START)
    cli.ok("index", "--once")
    return cli


def saved(cli: Cli, tmp_path: Path, thumbnail: str) -> Path:
    """Save the keyframe of a moment as PNG."""
    segment, _, offset = thumbnail.rpartition("#")
    with wired(loading.load_home(cli.home)) as parts:
        picture = parts.pictures.picture(SegmentKey(segment), int(offset))
    file = tmp_path / "keyframe.png"
    Image.frombytes("RGB", (picture.width, picture.height), picture.rgb).save(file)
    return file


@pytest.mark.slow
def test_a_moment_and_its_saved_keyframe_find_the_same_appearance_first(
    cli: Cli, tmp_path: Path
) -> None:
    first = cli.ok("search", "a blue car", *WHEN, "--json").json["moments"][0]
    like = cli.ok("search", "--like", first["moment"], *WHEN, "--json").json
    box = first["best"]["box"]
    written = ",".join(str(box[side]) for side in "xywh")
    file = saved(cli, tmp_path, first["thumbnail"])
    by_picture = cli.ok("search", "--picture", str(file), "--box", written, *WHEN, "--json").json
    for answer in (like, by_picture):
        best = answer["moments"][0]
        assert best["thumbnail"] == first["thumbnail"]
        assert best["best"]["box"] == box
        assert best["best"]["score"] == pytest.approx(1, abs=1e-3)
    assert like["moments"][0]["example"] is True
    said = cli.ok("search", "a blue car", "--like", first["moment"], *WHEN).out
    assert f"'a blue car' (weight 0.5) and what looks like moment {first['moment']}" in said
    assert "is the one that the example shows itself" in said
    assert "by rank alone" in said
    shown = cli.ok("audit", "show", "--json").json
    asked = [entry["what"] for entry in shown if "example" in entry["what"]]
    assert [sorted(what["example"]) for what in asked] == [
        ["box", "moment", "offset", "segment"],
        ["box", "bytes", "sha256"],
        ["box", "moment", "offset", "segment"],
    ]
    assert cli.ok("audit", "verify", "--json").json["whole"]
    for words, told in (
        (("--like", "7777.1"), "no answer 7777"),
        (("--picture", "missing.png"), "missing.png"),
        (("--picture", str(tmp_path / "film.mp4")), "film.mp4 is no picture"),
        (("--picture", str(file), "--like", first["moment"]), "both an example"),
        (("a car", "--box", "0,0,1,1"), "which picture"),
    ):
        assert told in cli.refused("search", *words).err
