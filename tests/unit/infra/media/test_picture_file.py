"""Pictures in files from outside: kinds, orientation, limits, and files that are no pictures."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from footage.errors import BadInput
from infra.media import picture_file
from infra.media.picture_file import decode_file, read_file

if TYPE_CHECKING:
    from pathlib import Path

    from footage.picture import Picture

SIZE = (40, 20)
PIXELS = 10_000


def corners() -> Image.Image:
    """Return a picture with a red top left corner on grey."""
    image = Image.new("RGB", SIZE, (120, 120, 120))
    image.paste((230, 10, 10), (0, 0, 20, 10))
    return image


def written(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def at(picture: Picture, x: int, y: int) -> list[int]:
    start = (y * picture.width + x) * 3
    return list(picture.rgb[start : start + 3])


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_each_kind_is_read_upright(kind: str) -> None:
    read = decode_file(written(corners(), kind), "car", PIXELS)
    assert (read.width, read.height) == SIZE
    assert read.size_bytes == len(read.picture().rgb)
    assert np.abs(np.subtract(at(read.picture(), 5, 5), (230, 10, 10))).max() < 25
    assert np.abs(np.subtract(at(read.crop(20, 10, 40, 20), 10, 5), (120, 120, 120))).max() < 15
    small = read.scaled(2, 2)
    assert (small.width, small.height) == (2, 2)
    assert at(small, 0, 0)[0] > 200


def test_the_orientation_of_exif_is_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter to the right
    read = decode_file(written(corners(), "PNG", exif=exif), "car", PIXELS)
    assert (read.width, read.height) == (20, 40)
    assert at(read.picture(), 15, 5) == [230, 10, 10]
    assert at(read.picture(), 5, 5) == [120, 120, 120]


def test_transparent_parts_are_white_and_16_bits_keep_their_light() -> None:
    clear = Image.new("RGBA", SIZE, (230, 10, 10, 0))
    assert at(decode_file(written(clear, "PNG"), "car", PIXELS).picture(), 5, 5) == [255] * 3
    grey = Image.fromarray(np.full((20, 40), 128 * 257, dtype=np.uint16))
    assert at(decode_file(written(grey, "PNG"), "car", PIXELS).picture(), 5, 5) == [128] * 3
    palette = corners().convert("P", palette=Image.Palette.ADAPTIVE)
    assert at(decode_file(written(palette, "PNG"), "car", PIXELS).picture(), 5, 5) == [230, 10, 10]


def claiming(width: int, height: int) -> bytes:
    """Return a PNG of 70 bytes that claims a size."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("side", [101, 11_000, 60_000])
def test_a_file_that_claims_too_many_pixels_is_refused_by_name(side: int) -> None:
    """Of 11 000 pixels a side Pillow itself warns, of 60 000 it refuses."""
    with pytest.raises(BadInput, match=r"bomb\.png claims"):
        decode_file(claiming(side, side), "bomb.png", PIXELS)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        written(corners(), "JPEG")[:300],
        written(corners(), "PNG")[:60],
        written(corners(), "BMP")[:200],
        written(corners(), "WEBP")[:40],
        written(corners(), "GIF"),
        written(corners(), "TIFF"),
        claiming(50, 50),
    ],
)
def test_what_is_no_whole_picture_of_these_kinds_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(BadInput, match=r"car\.jpg .*JPEG, PNG, WebP or BMP"):
        decode_file(data, "car.jpg", PIXELS)


def test_a_file_is_read_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(picture_file, "MOST_BYTES", 1 << 20)
    large = tmp_path / "large.bmp"
    large.write_bytes(bytes(1 << 20))
    assert len(read_file(large)) == 1 << 20
    large.write_bytes(bytes((1 << 20) + 1))
    with pytest.raises(BadInput, match=r"large\.bmp has more than 1 MiB"):
        read_file(large)
    for missing in (tmp_path / "none.png", tmp_path):
        with pytest.raises(BadInput, match="cannot be read"):
            read_file(missing)
