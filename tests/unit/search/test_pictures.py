from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image

from footage.action import Purpose
from footage.errors import NotFound
from footage.ids import SegmentKey
from search.query import Query
from search.sheet import PAGE, as_pdf, contact_sheet
from search.sheet_text import font, local, paper_lines, utc, wrapped
from tests.common.builders import START, at, during
from tests.common.small_city import PURPOSE, RED, SmallCity

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

KARACHI = ZoneInfo("Asia/Karachi")


@pytest.fixture
def city(tmp_path: Path) -> SmallCity:
    city = SmallCity(tmp_path)
    city.film("camera-1", START, [RED])
    city.indexer.run_once()
    return city


def test_a_hit_leads_to_the_picture_that_shows_it(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE)
    row = answer.found[0].moment.best.row
    picture = city.pictures.picture(row.segment, row.offset)
    pixels = np.frombuffer(picture.rgb, dtype=np.uint8).reshape(picture.height, picture.width, 3)
    x, y = row.box.x + row.box.w / 2, row.box.y + row.box.h / 2
    red, green, blue = pixels[int(y * picture.height), int(x * picture.width)]
    assert red > 180
    assert max(green, blue) < 80


def test_what_is_not_there_is_explained(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE)
    row = answer.found[0].moment.best.row
    with pytest.raises(NotFound, match="mistyped"):
        city.pictures.picture(row.segment, 7)
    with pytest.raises(NotFound, match="mistyped"):
        city.pictures.picture(SegmentKey("site-1/none.mp4"), row.offset)
    city.store.delete([row.segment])
    with pytest.raises(NotFound, match="expired"):
        city.pictures.picture(row.segment, row.offset)


def test_a_sheet_shows_tiles_with_the_pictures(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE, sheet=True)
    sheet = Image.open(
        io.BytesIO(contact_sheet(answer, city.pictures, KARACHI, PURPOSE, at(600))[0])
    )
    assert sheet.format == "PNG"
    assert sheet.width == 1476
    pixels = np.asarray(sheet.convert("RGB")).astype(int)
    red = (pixels[..., 0] > 180) & (pixels[..., 1:].max(axis=-1) < 80)
    assert red.mean() > 0.005
    (bare,) = contact_sheet(
        city.search.search(Query("red", during(300, 360)), PURPOSE, sheet=True),
        city.pictures,
        KARACHI,
        PURPOSE,
        at(600),
    )
    assert Image.open(io.BytesIO(bare)).height < sheet.height


@pytest.mark.slow
def test_a_long_answer_takes_pages_of_the_shape_of_paper(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE, sheet=True)
    found = tuple(replace(answer.found[0], rank=rank) for rank in range(1, 31))
    pages = contact_sheet(replace(answer, found=found), city.pictures, KARACHI, PURPOSE, at(600))
    sizes = [Image.open(io.BytesIO(page)).size for page in pages]
    assert len(sizes) == 3
    assert all(width == 1476 and height <= PAGE for width, height in sizes)
    assert as_pdf(pages).startswith(b"%PDF")


def test_a_sheet_names_case_purpose_person_entry_and_date(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE, sheet=True)
    assert paper_lines(answer, PURPOSE, at(600), KARACHI) == [
        f"case FIR 12/2026  ·  purpose theft  ·  asked by amina  ·  custody entry {answer.entry}",
        "made 2026-11-22 20:18:23 PKT (UTC+05:00)  =  2026-11-22 15:18:23.547 UTC",
    ]
    assert paper_lines(answer, Purpose("amina"), at(600), KARACHI)[0].startswith("no case named")


def test_a_tile_without_a_picture_does_not_spoil_the_sheet(city: SmallCity) -> None:
    answer = city.search.search(Query("red", during(0, 60)), PURPOSE, sheet=True)
    city.store.delete([found.moment.best.row.segment for found in answer.found])
    sheet = Image.open(
        io.BytesIO(contact_sheet(answer, city.pictures, KARACHI, PURPOSE, at(600))[0])
    )
    assert sheet.width == 1476


def test_times_name_their_zone() -> None:
    assert local(at(0), KARACHI) == "2026-11-22 20:08:23 PKT (UTC+05:00)"
    assert local(at(0), ZoneInfo("America/Sao_Paulo")) == "2026-11-22 12:08:23 UTC-03:00"
    assert utc(at(0)) == "2026-11-22 15:08:23.547 UTC"


def test_lines_are_broken_to_the_width() -> None:
    lines = wrapped("one two three four five six seven", 16, (0, 0, 0), 120)
    assert len(lines) > 1
    assert all(font(16).getlength(line.text) <= 120 for line in lines)
    assert wrapped("", 16, (0, 0, 0), 120) == []
