"""A page that plays a camera's playlist by hls.js, with the player that `docs/api.md` prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from footage.clock import SystemClock
from footage.instant import Elapsed, Instant
from tests.common.browsing import WITHIN_MS, page_scripts, serve_files, stamp_shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import BrowserContext

    from footage.instant import Interval
    from tests.common.browsing import Watched

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "api.md"
POLICY: Final = "default-src 'none'; script-src 'self'; connect-src 'self'; media-src blob:"
_PAGE: Final = """<!doctype html>
<title>Player</title>
<link rel="icon" href="data:,">
<video muted></video>
<script type="module" src="/player/page.js"></script>
"""
_SCRIPT: Final = """
import { play, show } from "./play.js";
import Hls from "./hls.min.mjs";
const video = document.querySelector("video");
const player = { show, errors: [], played: [], told: null };
player.open = (playlist) => {
  player.hls = play(video, playlist, (date) => {
    player.told = date;
    if (!video.paused) player.played.push(date.getTime());
  });
  player.hls.on(Hls.Events.ERROR, (_, { type, details, fatal, response }) =>
    player.errors.push({ type, details, fatal, status: response?.code ?? null }));
};
player.until = (met, within) => new Promise((resolve, reject) => {
  const begun = performance.now();
  const look = () => {
    if (met()) resolve(true);
    else if (performance.now() - begun > within) reject(new Error(`waited in vain for ${met}`));
    else setTimeout(look, 10);
  };
  look();
});
window.player = player;
video.dataset.ready = "";
"""
_SHOWS: Final = "!video.seeking && video.readyState >= 2"
_AGAIN: Final = Elapsed.parse("20ms")


@dataclass(frozen=True, slots=True)
class Player:
    """The page's player."""

    watched: Watched

    def open(self, camera: str, window: Interval, view: str = "original") -> None:
        """Load the playlist of a camera and wait for the first picture."""
        asked = f"from={window.start}&to={window.end}&view={view}"
        address = f"/api/v1/cameras/{camera}/hls.m3u8?{asked}"
        self.watched.page.evaluate("address => player.open(address)", address)
        self.wait(_SHOWS)

    def show(self, instant: Instant) -> None:
        """Go to an instant, as the documentation says, and wait for the picture."""
        self.ask_for(instant)
        self.wait(_SHOWS)

    def ask_for(self, instant: Instant) -> None:
        """Go to an instant and do not wait."""
        script = "instant => player.show(player.hls, new Date(instant))"
        self.watched.page.evaluate(script, instant.us // 1000)

    def wait(self, condition: str, within_ms: int = WITHIN_MS) -> None:
        """Wait for a condition on `video` and `player.hls`, in JavaScript."""
        script = f"""within => {{
            const video = document.querySelector("video");
            return player.until(() => {condition}, within);
        }}"""
        self.watched.page.evaluate(script, within_ms)

    def play(self) -> None:
        """Let the video play."""
        self.watched.page.evaluate("() => document.querySelector('video').play()")

    def pause(self) -> None:
        """Stop at the picture shown."""
        self.watched.page.evaluate("() => document.querySelector('video').pause()")

    @property
    def date(self) -> Instant:
        """Wall time of the player's clock, as hls.js tells."""
        return Instant(self.watched.page.evaluate("() => player.hls.playingDate.getTime()") * 1000)

    @property
    def told(self) -> Instant:
        """Wall time of the picture shown, as the documented player tells."""
        return Instant(self.watched.page.evaluate("() => player.told.getTime()") * 1000)

    @property
    def played(self) -> list[Instant]:
        """Dates told at each picture while playing."""
        return [Instant(ms * 1000) for ms in self.watched.page.evaluate("() => player.played")]

    @property
    def errors(self) -> list[dict[str, object]]:
        """What hls.js could not mend by itself, and refused requests."""
        found: list[dict[str, object]] = self.watched.page.evaluate("() => player.errors")
        return [one for one in found if one["fatal"] or one["status"]]

    def picture(self, right: Callable[[Instant], bool]) -> Instant | None:
        """Return the instant that the picture shown carries; waits a while for a `right` one.

        A picture comes on the screen some time after the video tells that it is there.
        """
        clock = SystemClock()
        deadline = clock.monotonic() + Elapsed.seconds(WITHIN_MS / 4000)
        while True:
            stamp = stamp_shown(self.watched.page)
            if stamp is not None and right(stamp.captured):
                return stamp.captured
            if clock.monotonic() > deadline:
                return None if stamp is None else stamp.captured
            clock.sleep(_AGAIN)


def open_player(context: BrowserContext, watched: Watched) -> Player:
    """Open the page, which the browser finds on the server's origin though the server has none."""
    text = DOCUMENT.read_text(encoding="utf-8")
    (snippet,) = re.findall(r"^```js\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    scripts = page_scripts() / "hls.js" / "dist" / "hls.min.mjs"
    kind = "text/javascript"
    files = {
        "**/player/": ("text/html", _PAGE),
        "**/player/page.js": (kind, _SCRIPT),
        "**/player/play.js": (kind, snippet),
        "**/player/hls.min.mjs": (kind, scripts),
    }
    serve_files(context, files, POLICY + "; img-src data:")
    watched.page.goto("/player/")
    watched.page.locator("video[data-ready]").wait_for()
    return Player(watched)
