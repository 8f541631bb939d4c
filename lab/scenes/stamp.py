"""The stamp in a film's picture: a strip a machine reads, and a clock a person reads.

Top rows: `BITS` blocks of `BLOCK_W` x `BLOCK_H` pixels from the left edge, most significant bit
first, white = 1, with the frame's media time in milliseconds. Lower left corner: the same time as
`camera mm:ss.t`. The strip survives stream copy and low-bit-rate H.264 without an error.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

BITS = 48
BLOCK_W = 12
BLOCK_H = 16
DARK, BRIGHT = 16, 235
CLOCK_H = 16
_MIDDLE = 128


def burn(picture: NDArray[np.uint8], media_ms: int, label: str) -> None:
    """Write the stamp into `picture` (uint8 RGB [height, width, 3], at least 576 wide) in place.

    Raises:
        ValueError: `media_ms` is negative or needs more than 48 bits.
    """
    if not 0 <= media_ms < 1 << BITS:
        raise ValueError(f"media time {media_ms} ms does not fit the stamp's {BITS} bits")
    bits = np.array([(media_ms >> (BITS - 1 - i)) & 1 for i in range(BITS)], np.uint8)
    row = np.repeat(np.where(bits == 1, BRIGHT, DARK).astype(np.uint8), BLOCK_W)
    picture[:BLOCK_H, : BITS * BLOCK_W] = row[None, :, None]
    seconds, rest = divmod(media_ms, 1000)
    text = f"{label} {seconds // 60:02d}:{seconds % 60:02d}.{rest // 100}"
    clock = Image.new("L", (7 * len(text) + 4, CLOCK_H), 0)
    ImageDraw.Draw(clock).text((3, 2), text, fill=255, font=ImageFont.load_default(11))
    wide = min(clock.width, picture.shape[1])
    picture[-CLOCK_H:, :wide] = np.asarray(clock)[:, :wide, None]


def read(picture: NDArray[np.uint8]) -> int:
    """Return the media time in milliseconds from a stamped picture (RGB or grey)."""
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)  # noqa: PLR2004 - grey
    strip = grey[4 : BLOCK_H - 4, : BITS * BLOCK_W].reshape(BLOCK_H - 8, BITS, BLOCK_W)
    value = 0
    for block in strip[:, :, 3:-3].mean(axis=(0, 2)):
        value = value << 1 | int(block > _MIDDLE)
    return value
