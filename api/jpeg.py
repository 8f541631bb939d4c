"""Pictures as JPEG."""

import io
from typing import Final

from PIL import Image

from footage.picture import Picture

QUALITY: Final = 88


def to_jpeg(picture: Picture) -> bytes:
    """Encode a picture as JPEG at full size."""
    image = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
