"""The web page of Footage as a person uses it in a browser, for tests."""

from __future__ import annotations

import base64
import io
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from footage.instant import Instant
from tests.common.browsing import WITHIN_MS
from tests.common.camera.strip import read_strip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator, Page

    from tests.common.browsing import Served
    from tests.common.camera.strip import Stamp

_FOR: Final = '{"case": "FIR 211/2026", "purpose": "theft"}'
_WHOLE: Final = """() => [...document.querySelectorAll('.tile video')].map(video => {
    const box = video.getBoundingClientRect();
    const scale = Math.min(box.width / video.videoWidth, box.height / video.videoHeight);
    const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
    return {
        camera: video.closest('.tile').dataset.camera,
        shown: getComputedStyle(video).visibility === 'visible' && video.videoWidth > 0,
        size: [video.videoWidth, video.videoHeight],
        left: box.left + (box.width - width) / 2,
        top: box.top + (box.height - height) / 2,
        width, height,
    };
})"""
"""Where the pictures of the films shown are in the window."""
_PIXELS: Final = """() => {
    const video = document.querySelector('video');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    canvas.getContext('2d').drawImage(video, 0, 0);
    return canvas.toDataURL('image/png').split(',')[1];
}"""
_DRAWN: Final = """() => new Promise((drawn) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(drawn))))"""
_SHOWN: Final = """() => document.querySelector('main h1, main h2')
    && !document.querySelector('main [data-waiting]')"""


@dataclass(frozen=True, slots=True)
class Used:
    """The page in a browser, and what went wrong in it."""

    page: Page
    faults: list[str]

    def go(self, address: str) -> None:
        """Go to an address behind the `#`, as a link leads there."""
        self.page.evaluate("address => { location.hash = address }", address)

    def show(self, address: str) -> None:
        """Go to an address, and wait until the page has what it asked the server for."""
        self.go(address)
        self.page.evaluate(_DRAWN)
        self.page.wait_for_function(_SHOWN)

    def box(self) -> Locator:
        """Return the field of what should be seen."""
        return self.page.locator("[data-search-box]")

    def moments(self) -> Locator:
        """Return the moments of the answer shown, once the answer has come."""
        self.page.locator("#coverage").wait_for()
        return self.page.locator("article")

    def wait_playing(self, camera: str) -> None:
        """Wait until a camera's film is on the screen."""
        self.page.wait_for_function(
            """camera => location.hash.includes(camera)
                && document.querySelector('video')?.readyState >= 3""",
            arg=camera,
        )

    def clock(self) -> Instant:
        """Return the wall time that the page tells of the picture shown."""
        told = self.page.locator("time.clock").get_attribute("datetime")
        assert told
        return Instant.parse(told)

    def stamp(self) -> Stamp:
        """Return the stamp in the picture of the film shown."""
        data = base64.b64decode(self.page.evaluate(_PIXELS))
        with Image.open(io.BytesIO(data)) as picture:
            found = read_strip(np.asarray(picture.convert("L")))
        assert found
        return found

    def stamps(self) -> dict[str, Stamp | None]:
        """Return the stamps in the pictures of all films shown, by camera, from one screenshot.

        A picture whose stamp cannot be read, as one that just changes, has none.
        """
        places = [one for one in self.page.evaluate(_WHOLE) if one["shown"]]
        taken = self.page.screenshot(animations="allow", caret="initial")
        with Image.open(io.BytesIO(taken)) as picture:
            whole = picture.convert("L")
        found = {}
        for one in places:
            left, top = one["left"], one["top"]
            part = (left, top, left + one["width"], top + one["height"])
            size = (one["size"][0], one["size"][1])
            cut = whole.resize(size, Image.Resampling.BILINEAR, box=part)
            found[one["camera"]] = read_strip(np.asarray(cut))
        return found

    def wait_clock(self, after: Instant, before: Instant) -> None:
        """Wait until the clock is within two instants."""
        self.page.wait_for_function(
            """([from, to]) => {
                const told = document.querySelector('time.clock')?.dateTime ?? '';
                return from <= told && told < to;
            }""",
            arg=[_to_millisecond(after), _to_millisecond(before)],
        )

    def sticks_out(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        wide: int = self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        return wide


def _to_millisecond(instant: Instant) -> str:
    return str(instant)[: -len("000Z")] + "Z"


@contextmanager
def opened(
    browser: Browser,
    served: Served,
    *,
    language: str = "en",
    width: int = 1280,
    theme: str = "light",
    case: bool = True,
) -> Iterator[Used]:
    """Open the page in a new context of the browser, as a stranger.

    Args:
        browser: Chromium.
        served: The server of the page.
        language: Language of the page: "en" or "ur".
        width: Width of the window in pixels.
        theme: Appearance of the device: "light" or "dark".
        case: Whether case and purpose are named already.
    """
    context = browser.new_context(
        base_url=served.url,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if theme == "dark" else "light",
    )
    context.set_default_timeout(WITHIN_MS)
    context.add_init_script(f"localStorage.setItem('footage.language', '{language}')")
    if case:
        context.add_init_script(f"sessionStorage.setItem('footage.for', '{_FOR}')")
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on(
        "console",
        # The browser itself notes each refused request, as an error.
        lambda message: (
            faults.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    try:
        page.goto("/")
        yield Used(page, faults)
    finally:
        context.close()
