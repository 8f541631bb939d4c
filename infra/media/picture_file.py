"""Pictures in files from outside: JPEG, PNG, WebP and BMP, within limits, upright.

A file of a few kB may claim any size, so the claim is read before a pixel is decoded.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from footage.errors import BadInput
from footage.picture import Picture
from indexer.thumb import resized

if TYPE_CHECKING:
    from pathlib import Path

FORMATS: Final = ("JPEG", "PNG", "WEBP", "BMP")
_KINDS: Final = "JPEG, PNG, WebP or BMP; convert other kinds first"
MOST_BYTES: Final = 128 << 20
"""Most bytes of a file: a bitmap of 40 million pixels has 120 MB."""
_BRIGHTEST: Final = 257
"""Divisor from 16 bits a channel to 8."""
_BROKEN: Final = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    EOFError,
    OverflowError,
    struct.error,
)
"""Errors of Pillow for files that are cut short or no picture; Pillow documents no set."""


class PictureFile:
    """A decoded picture from outside, in the form in which the indexer gets decoded keyframes.

    Args:
        image: The picture as RGB, upright.
    """

    def __init__(self, image: Image.Image) -> None:
        self._image = image

    @property
    def width(self) -> int:
        """Pixels across."""
        return self._image.width

    @property
    def height(self) -> int:
        """Pixels down."""
        return self._image.height

    @property
    def size_bytes(self) -> int:
        """Memory of the pixels."""
        return self.width * self.height * 3

    def picture(self) -> Picture:
        """Return the whole picture."""
        return _picture(self._image)

    def scaled(self, width: int, height: int) -> Picture:
        """Return the whole picture in this size; each pixel is the mean of the area it covers."""
        return resized(self.picture(), width, height)

    def crop(self, left: int, top: int, right: int, bottom: int) -> Picture:
        """Return a rectangle at full resolution; `right` and `bottom` are not included."""
        return _picture(self._image.crop((left, top, right, bottom)))


def read_file(path: Path) -> bytes:
    """Return the bytes of a picture's file.

    Raises:
        BadInput: The file cannot be read or has more than `MOST_BYTES`.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as exc:
        raise BadInput(f"{path} cannot be read: {exc.strerror}") from exc
    if len(data) > MOST_BYTES:
        raise BadInput(f"{path} has more than {MOST_BYTES >> 20} MiB", hint="save it smaller")
    return data


def decode_file(data: bytes, name: str, pixels: int) -> PictureFile:
    """Decode a picture, turned upright as its EXIF orientation says.

    Transparent parts become white; of an animation the first picture is taken.

    Args:
        data: The file.
        name: Name of the file for messages.
        pixels: Most pixels that the picture may claim.

    Raises:
        BadInput: The file is no JPEG, PNG, WebP or BMP, is cut short, or claims more pixels.
    """
    # An error instead of a warning for the whole process: no other code opens such a picture.
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image.size, name, pixels)
            ImageOps.exif_transpose(image, in_place=True)
            return PictureFile(_rgb(image))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as exc:
        raise BadInput(f"{name} claims too many pixels: {exc}", hint="save it smaller") from exc
    except UnidentifiedImageError as exc:
        raise BadInput(f"{name} is no picture of a kind that is read", hint=_KINDS) from exc
    except BadInput:
        raise
    except _BROKEN as exc:
        raise BadInput(f"{name} cannot be decoded: {exc}", hint=_KINDS) from exc


def _check_size(size: tuple[int, int], name: str, pixels: int) -> None:
    width, height = size
    if width * height > pixels:
        raise BadInput(
            f"{name} claims {width} x {height} pixels, more than {pixels}",
            hint="save it smaller, or set limits.pixels",
        )


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey, which convert() would cut off at 255
        return (
            image.convert("I").point(lambda level: level / _BRIGHTEST).convert("L").convert("RGB")
        )
    if image.has_transparency_data:
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        return Image.alpha_composite(white, image.convert("RGBA")).convert("RGB")
    return image.convert("RGB")


def _picture(image: Image.Image) -> Picture:
    return Picture(image.width, image.height, image.tobytes())
