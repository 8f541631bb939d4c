"""A decoded picture in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from footage.errors import BadInput

_CHANNELS = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as row-major RGB, 8 bits a channel, top row first: `height * width * 3` bytes.

    Raises:
        BadInput: The number of bytes does not fit the size.
    """

    width: int
    height: int
    rgb: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if (
            self.width < 1
            or self.height < 1
            or len(self.rgb) != self.width * self.height * _CHANNELS
        ):
            raise BadInput(f"{len(self.rgb)} bytes are no {self.width}x{self.height} RGB picture")
