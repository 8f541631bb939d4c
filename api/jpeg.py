"""JPEG encoding of pictures."""

import io
from typing import Final

from PIL import Image

from footage.picture import Picture

QUALITY: Final = 88


def to_jpeg(picture: Picture) -> bytes:
    """Return `picture` as JPEG at full size, quality 88."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
