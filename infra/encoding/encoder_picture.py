"""Preprocessing of pictures for the image tower, equal to open_clip's.

Pillow scales (with its antialiasing, as torchvision does on Pillow images), numpy normalises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from footage.picture import Picture
    from infra.encoding.encoder_folder import PictureSpec


def prepare_pictures(pictures: Sequence[Picture], spec: PictureSpec) -> NDArray[np.float32]:
    """Return the input of the image tower: float32 [n, 3, height, width]."""
    batch = np.empty((len(pictures), spec.height, spec.width, 3), dtype=np.float32)
    for row, picture in enumerate(pictures):
        batch[row] = np.asarray(fit_picture(_image(picture), spec), dtype=np.float32)
    batch /= np.float32(255.0)
    batch -= np.asarray(spec.mean, dtype=np.float32)
    batch /= np.asarray(spec.std, dtype=np.float32)
    return np.ascontiguousarray(batch.transpose(0, 3, 1, 2))


def fit_picture(image: Image.Image, spec: PictureSpec) -> Image.Image:
    """Scale, cut or pad an RGB image to `spec.width` x `spec.height`."""
    if spec.fit == "squash":
        return _scaled(image, spec.width, spec.height, spec)
    if spec.fit == "letterbox":
        return _letterbox(image, spec)
    return _shortest_crop(image, spec)


def _image(picture: Picture) -> Image.Image:
    return Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)


def _scaled(image: Image.Image, width: int, height: int, spec: PictureSpec) -> Image.Image:
    if image.size == (width, height):
        return image
    cubic = spec.resize == "bicubic"
    return image.resize(
        (width, height), Image.Resampling.BICUBIC if cubic else Image.Resampling.BILINEAR
    )


def _shortest_crop(image: Image.Image, spec: PictureSpec) -> Image.Image:
    # torchvision truncates the long side of a square target, open_clip's own class rounds it.
    across, down = image.size
    if spec.width == spec.height:
        if across <= down:
            size = (spec.width, int(spec.width * down / across))
        else:
            size = (int(spec.height * across / down), spec.height)
    else:
        ratio = min(down / spec.height, across / spec.width)
        size = (round(across / ratio), round(down / ratio))
    scaled = _scaled(image, *size, spec)
    left = round((scaled.width - spec.width) / 2.0)
    top = round((scaled.height - spec.height) / 2.0)
    return scaled.crop((left, top, left + spec.width, top + spec.height))


def _letterbox(image: Image.Image, spec: PictureSpec) -> Image.Image:
    across, down = image.size
    ratio = max(down / spec.height, across / spec.width)
    scaled = _scaled(image, max(1, round(across / ratio)), max(1, round(down / ratio)), spec)
    canvas = Image.new("RGB", (spec.width, spec.height), (spec.fill,) * 3)
    canvas.paste(scaled, ((spec.width - scaled.width) // 2, (spec.height - scaled.height) // 2))
    return canvas
