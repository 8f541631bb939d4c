"""The example client of the documentation does what it says, against a served city."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import av
from PIL import Image

from footage.action import Action
from tests.common.api_city import TOKEN_FILE, WHOLE
from tests.common.tiny_films import SIZE

if TYPE_CHECKING:
    from tests.common.api_city import ApiCity

CLIENT = Path(__file__).resolve().parent.parent.parent / "docs" / "example_client.py"


def run(city: ApiCity, folder: Path, token: Path, text: str) -> subprocess.CompletedProcess[str]:
    url = str(city.client.base_url)
    argv = [
        sys.executable,
        "-I",
        str(CLIENT),
        url,
        str(token),
        text,
        WHOLE["from"],
        WHOLE["to"],
        "FIR 1",
    ]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)


def test_the_client_saves_picture_and_film_of_the_first_moment(
    city: ApiCity, tmp_path: Path
) -> None:
    done = run(city, tmp_path, city.parts.home / TOKEN_FILE, "red")
    assert done.returncode == 0, done.stderr
    searched, moment = done.stdout.splitlines()
    assert searched.startswith("searched ")
    assert moment.startswith("camera-1 from ")
    with Image.open(tmp_path / "moment.jpg") as picture:
        assert picture.size == SIZE
    with av.open(str(tmp_path / "moment.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) > 0
    entries = city.entries()
    acts = [entry.action for entry in entries[::2]]
    assert acts == [Action.SEARCH, Action.VIEW, Action.VIEW]
    assert {entry.case for entry in entries[::2]} == {"FIR 1"}


def test_the_client_tells_the_problem_with_the_id_of_the_request(
    city: ApiCity, tmp_path: Path
) -> None:
    wrong = tmp_path / "token"
    wrong.write_text("wrong")
    done = run(city, tmp_path, wrong, "red")
    assert done.returncode == 1
    assert done.stderr.startswith("no valid token or session was sent (request ")
    assert not (tmp_path / "moment.jpg").exists()
