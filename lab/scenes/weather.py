"""Light and weather: settings for the renderer, and effects on the rendered pictures."""

import io
import random
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lab.scenes.palette import RGB, Light
from lab.scenes.seeds import seeded


@dataclass(frozen=True, slots=True)
class Sky:
    """Colours of sky, ambient light and suns (with heading and pitch, degrees), haze, shadows."""

    light: Light
    colour: RGB
    ambient: RGB
    suns: tuple[RGB, ...]
    sun_angles: tuple[tuple[float, float], ...]
    fog_m: tuple[float, float] | None
    shadow: float
    lamps_on: bool


_BASE: dict[Light, tuple[RGB, RGB, RGB]] = {
    Light.DAY: ((0.66, 0.77, 0.88), (0.55, 0.57, 0.60), (0.66, 0.63, 0.56)),
    Light.DUSK: ((0.62, 0.48, 0.44), (0.42, 0.39, 0.42), (0.50, 0.39, 0.29)),
    Light.NIGHT: ((0.03, 0.04, 0.07), (0.27, 0.27, 0.32), (0.38, 0.35, 0.28)),
    Light.HAZE: ((0.74, 0.75, 0.74), (0.58, 0.58, 0.57), (0.34, 0.33, 0.32)),
    Light.RAIN: ((0.50, 0.53, 0.56), (0.50, 0.52, 0.55), (0.24, 0.24, 0.25)),
}
_SHADOW = {Light.DAY: 1.5, Light.DUSK: 1.0, Light.NIGHT: 0.8, Light.HAZE: 0.9, Light.RAIN: 0.7}


def sky_of(light: Light, rng: random.Random | None = None) -> Sky:
    """Return the sky of a kind of light, varied by `rng` where given."""
    draw = rng or seeded("sky")
    colour, ambient, sun = _BASE[light]
    dim = draw.uniform(0.88, 1.08)
    fog = {Light.HAZE: (draw.uniform(6, 14), draw.uniform(55, 90)), Light.RAIN: (20.0, 140.0)}
    return Sky(
        light=light,
        colour=_times(colour, dim),
        ambient=_times(ambient, dim),
        suns=(_times(sun, dim), _times(sun, 0.45)),
        sun_angles=(
            (draw.uniform(-70, 70), draw.uniform(-65, -35)),
            (draw.uniform(100, 260), draw.uniform(-40, -20)),
        ),
        fog_m=fog.get(light),
        shadow=_SHADOW[light],
        lamps_on=light in {Light.DUSK, Light.NIGHT},
    )


def _times(rgb: RGB, factor: float) -> RGB:
    r, g, b = (min(1.0, c * factor) for c in rgb)
    return r, g, b


class Lens:
    """Effects of a camera on each picture: vignette, sensor noise, rain.

    Noise is cut from a bank drawn once, at a place that depends on seed and frame number alone, so
    the same seed gives the same pictures.
    """

    def __init__(self, sky: Sky, *, seed: int, width: int = 640, height: int = 360) -> None:
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        depth = 0.30 if sky.light is Light.NIGHT else 0.14
        fall = 1.0 - depth * np.clip(x * x * 0.6 + y * y * 0.4, 0, 1)
        self._gain = (fall * 256).astype(np.uint16)[:, :, None]
        sigma = {Light.NIGHT: 5.0, Light.DUSK: 3.5}.get(sky.light, 2.0) * rng.uniform(0.6, 1.3)
        bank = rng.normal(0, sigma, (height + 64, width + 64, 1)) + rng.normal(
            0, sigma * 0.4, (height + 64, width + 64, 3)
        )
        self._bank = np.rint(bank).astype(np.int16)
        self._rain = _streaks(rng, width, height) if sky.light is Light.RAIN else None
        self._shape = (height, width)
        self._seed = seed

    def apply(self, picture: NDArray[np.uint8], frame: int) -> NDArray[np.uint8]:
        """Return the picture with the camera's effects: uint8 RGB [height, width, 3]."""
        height, width = self._shape
        mixed = (frame * 2654435761 + self._seed * 40503) & 0xFFFFFFFF
        dy, dx = (mixed >> 8) % 64, (mixed >> 20) % 64
        out = ((picture * self._gain) >> 8).astype(np.int16)
        out += self._bank[dy : dy + height, dx : dx + width]
        if self._rain is not None:
            out += np.roll(self._rain, (dy * 11 + frame * 37) % height, axis=0)
        clipped: NDArray[np.uint8] = np.clip(out, 0, 255).astype(np.uint8)
        return clipped


def _streaks(rng: np.random.Generator, width: int, height: int) -> NDArray[np.int16]:
    layer = np.zeros((height, width, 1), np.int16)
    for x, y in zip(rng.integers(4, width - 4, 260), rng.integers(0, height, 260), strict=True):
        rows = (y + np.arange(rng.integers(8, 18))) % height
        layer[rows, x, 0] += int(rng.integers(18, 40))
    return layer


def compressed(picture: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """Return a picture after JPEG (4:2:0), whose blocks resemble low-bit-rate video."""
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality, subsampling=2)
    with Image.open(io.BytesIO(buffer.getvalue())) as image:
        pixels: NDArray[np.uint8] = np.asarray(image, dtype=np.uint8)
    return pixels
