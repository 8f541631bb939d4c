"""Files of a model hub: broken, half and missing downloads, against a hub on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from footage.digest import Digest
from footage.errors import DataLoss, NotFound, Unavailable
from infra.encoding.hub_files import Hub
from tests.common.model_hub import COMMIT, model_hub

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.common.model_hub import ModelHub

REPO, NAME = "city/model", "weights.safetensors"
BYTES = bytes(range(256)) * 1000


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ModelHub]:
    folder = tmp_path / "hub" / REPO
    folder.mkdir(parents=True)
    (folder / NAME).write_bytes(BYTES)
    (folder / "config.json").write_text("{}")
    with model_hub(tmp_path / "hub") as serving:
        yield serving


def test_a_whole_file_is_fetched_once(hub: ModelHub, tmp_path: Path) -> None:
    said: list[str] = []
    for _ in range(2):
        client = Hub(said.append, hub.url)
        got = client.fetch(REPO, NAME, tmp_path / "here")
        client.fetch(REPO, "config.json", tmp_path / "here")
        assert (got.commit, got.digest) == (COMMIT, Digest.of(BYTES))
        assert got.path.read_bytes() == BYTES
    assert said[0] == f"fetching {NAME} (0.3 MB) of {REPO} from {hub.url}"
    assert hub.asked == [(NAME, 0), ("config.json", 0)]


@pytest.mark.parametrize("name", [NAME, "config.json"])
def test_a_broken_file_is_refused_removed_and_fetched_anew(
    hub: ModelHub, tmp_path: Path, name: str
) -> None:
    hub.broken = {name}
    with pytest.raises(DataLoss, match=rf"{name} is broken.*the hub says"):
        Hub(print, hub.url).fetch(REPO, name, tmp_path / "here")
    assert not (tmp_path / "here" / name).exists()
    hub.broken = set()
    path = Hub(print, hub.url).fetch(REPO, name, tmp_path / "here").path
    assert path.read_bytes() == (hub.root / REPO / name).read_bytes()


def test_a_file_damaged_here_since_is_fetched_anew(hub: ModelHub, tmp_path: Path) -> None:
    path = Hub(print, hub.url).fetch(REPO, NAME, tmp_path / "here").path
    path.write_bytes(BYTES[:-1] + b"\0")
    assert Hub(print, hub.url).fetch(REPO, NAME, tmp_path / "here").path.read_bytes() == BYTES


def test_half_a_file_goes_on_where_it_stopped(
    hub: ModelHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _: None)
    # What came is kept in steps of 10 MB; small ones here.
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 500)
    hub.stops_at = {NAME: 1000}
    with pytest.raises(Unavailable, match="did not come whole") as raised:
        Hub(print, hub.url).fetch(REPO, NAME, tmp_path / "here")
    assert "what has come is kept" in raised.value.hint
    assert not (tmp_path / "here" / NAME).exists()
    assert hub.asked[1] == (NAME, 1000), "the same run tries to go on"
    hub.stops_at, before = {}, len(hub.asked)
    assert Hub(print, hub.url).fetch(REPO, NAME, tmp_path / "here").path.read_bytes() == BYTES
    assert hub.asked[before:] == [(NAME, 1000)]


def test_what_the_hub_does_not_have(hub: ModelHub, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"has no other\.json of city/model"):
        Hub(print, hub.url).fetch(REPO, "other.json", tmp_path)


def test_no_hub_there(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="did not come whole"):
        Hub(print, "http://127.0.0.1:9").fetch(REPO, NAME, tmp_path)


def test_the_hub_is_that_of_the_environment(hub: ModelHub, tmp_path: Path) -> None:
    fetch = (
        "import pathlib, sys; from infra.encoding.hub_files import Hub; "
        "Hub(print).fetch(*sys.argv[1:3], pathlib.Path(sys.argv[3]))"
    )
    subprocess.run(
        [sys.executable, "-c", fetch, REPO, NAME, str(tmp_path / "here")],
        check=True,
        env={**os.environ, "HF_ENDPOINT": hub.url},
    )
    assert hub.asked == [(NAME, 0)]
