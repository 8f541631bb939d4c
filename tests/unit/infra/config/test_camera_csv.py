from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput
from infra.config import camera_csv
from lab.demo import city

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "district,site,camera,lat,lon,source"


def test_the_shipped_city_has_the_mission_s_size() -> None:
    read = camera_csv.read(city.CITY_CSV)
    assert (len(read.districts), len(read.sites), len(read.cameras)) == (3, 196, 950)
    assert Counter(c.district for c in read.cameras) == {"dik": 400, "bnu": 300, "lkm": 250}
    assert Counter(s.district for s in read.sites) == {"dik": 86, "bnu": 69, "lkm": 41}


def test_the_shipped_city_is_what_its_rule_writes(tmp_path: Path) -> None:
    city.write(tmp_path / "city.csv")
    assert (tmp_path / "city.csv").read_bytes() == city.CITY_CSV.read_bytes()


@pytest.mark.parametrize(
    ("rows", "wrong"),
    [
        ("d,s,c,x,70.1,", "line 2"),
        ("d,s,c,31,700,", "not a place"),
        ("d,s,a b,31,70,", "not a camera id"),
        ("d,s,c,31,70,\nd,s,c,31,70,", "line 3: camera c stands twice"),
        ("d,s,c,31,70,\ne,s,b,31,70,", "two districts"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, rows: str, wrong: str) -> None:
    path = tmp_path / "cameras.csv"
    path.write_text(f"{HEADER}\n{rows}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=wrong):
        camera_csv.read(path)


@pytest.mark.parametrize("header", ["district,site,camera,lat", f"{HEADER},colour"])
def test_wrong_columns_are_named(tmp_path: Path, header: str) -> None:
    path = tmp_path / "cameras.csv"
    path.write_text(f"{header}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="column"):
        camera_csv.read(path)


def test_credentials_may_come_from_a_file_for_each_camera(tmp_path: Path) -> None:
    path = tmp_path / "cameras.csv"
    rows = "d,s,c,31,70,rtsp://admin@cam/1,gate-1\nd,s,e,31,70,rtsp://u:p@cam/1,\n"
    path.write_text(f"{HEADER},source_secret_file\n{rows}", encoding="utf-8")
    assert [one.source_secret_file for one in camera_csv.read(path).cameras] == ["gate-1", ""]


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        ("d,s,c,31,70,rtsp://admin@cam/1,../api-token", "line 2: not the name of a secret file"),
        ("d,s,c,31,70,rtsp://u:p@cam/1,gate-1", "line 2: the source has a password besides"),
        ("d,s,c,31,70,/films/a.mp4,gate-1", "line 2: a secret file is for a URL"),
        ("d,s,c,31,70,,gate-1", "line 2: a secret file is for a URL"),
    ],
)
def test_a_secret_file_that_cannot_be_used_is_named(tmp_path: Path, row: str, wrong: str) -> None:
    path = tmp_path / "cameras.csv"
    path.write_text(f"{HEADER},source_secret_file\n{row}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=wrong):
        camera_csv.read(path)
