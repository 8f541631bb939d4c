"""How soon the page answers a hand: `make interactions` prints the time to the next paint.

A person uses the pages of a home as a hand does: keys, clicks, a drag over the timeline. Of each
interaction Chromium tells the time from the event to the paint that follows (Event Timing, W3C),
in steps of 8 ms; those below 16 ms are not told and count as 16 ms. Printed are the number, the
median, the 95th percentile and the slowest by the place in the page.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Any, Final

from tests.browser.pictures import prepared
from tests.common import browsing
from tests.common.browsing import PASSWORD, WITHIN_MS
from tests.common.using_page import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.common.using_page import Used

_LEAST_MS: Final = 16
_OBSERVE: Final = """
window.interactions = new Map();
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) {
    if (!one.interactionId) continue;
    const known = window.interactions.get(one.interactionId);
    if (known && known.ms >= one.duration) continue;
    const place = location.hash.slice(1).split('?')[0] || '/';
    window.interactions.set(one.interactionId, { ms: one.duration, what: one.name, place });
  }
}).observe({ type: 'event', durationThreshold: 16, buffered: true });
"""
_TOLD: Final = "() => [...window.interactions.values()]"


class Hand:
    """Does what a hand does, and counts."""

    def __init__(self, used: Used) -> None:
        self.used, self.page, self.done = used, used.page, 0

    def keys(self, text: str) -> None:
        """Type a text, a key after the other."""
        for key in text:
            self.press(key)

    def press(self, key: str) -> None:
        """Press a key."""
        self.page.keyboard.press(key)
        self.done += 1
        self.page.wait_for_timeout(40)

    def click(self, chosen: str, number: int = 0) -> None:
        """Click on what a selector chooses; fails where nothing is chosen."""
        self.page.locator(chosen).nth(number).click()
        self.done += 1
        self.page.wait_for_timeout(60)


def _sign_in(hand: Hand) -> None:
    hand.page.locator("[name=username]").click()
    hand.done += 1
    hand.keys("amina")
    hand.page.locator("[name=password]").click()
    hand.done += 1
    hand.keys(PASSWORD)
    hand.press("Enter")
    hand.page.locator("header nav").wait_for()


def _search(hand: Hand) -> None:
    hand.used.show("/investigate")
    hand.used.box().click()
    hand.done += 1
    hand.keys("a grey bus near a red car")
    hand.press("Enter")
    hand.used.moments().first.wait_for()
    for number in (1, 0):
        hand.click(".results [aria-pressed], [role=group] button[aria-pressed]", number)
    hand.click("article input[type=checkbox]")
    hand.click("article input[type=checkbox]", 1)
    for key in ("ArrowRight", "ArrowLeft", "x", "x"):
        hand.press(key)


def _play(hand: Hand, address: str) -> None:
    hand.used.show(address)
    hand.page.wait_for_function("() => document.querySelector('video')?.readyState >= 3")
    for key in ("k", ",", ".", ".", ",", "l", "l", "k", "j", "k"):
        hand.press(key)
    slider = hand.page.get_by_role("slider").first
    box = slider.bounding_box()
    assert box
    for share in (0.4, 0.6, 0.5):
        hand.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] / 2)
        hand.page.mouse.down()
        hand.page.mouse.move(box["x"] + box["width"] * (share + 0.05), box["y"] + 10, steps=5)
        hand.page.mouse.up()
        hand.done += 1
        hand.page.wait_for_timeout(100)
    slider.focus()
    for key in ("ArrowRight", "ArrowRight", "Shift+ArrowRight", "ArrowLeft", "+", "+", "-", "-"):
        hand.press(key)


def _case(hand: Hand, address: str) -> None:
    hand.used.show(address)
    hand.click("main input")
    hand.keys("nadia")
    hand.used.show("/cases")
    hand.click("main input[type=search], main input")
    hand.keys("FIR 2")


def _storage(hand: Hand) -> None:
    for part in ("policies", "plans", "holds", "store", "jobs", "findings"):
        hand.used.show("/storage")
        hand.click(f"a[href*='part={part}']")
        hand.page.wait_for_timeout(150)
    hand.used.show("/storage?part=policies")
    hand.click("textarea")
    hand.keys("# thirty days\n")


def _audit(hand: Hand) -> None:
    hand.used.show("/audit")
    hand.click("main input")
    hand.keys("amina")
    hand.press("Enter")
    hand.page.wait_for_timeout(300)
    hand.used.show("/cameras")
    hand.click("main input")
    hand.keys("bazaar")


def measured(home: Path) -> tuple[list[dict[str, Any]], int]:
    """Use the page; return the interactions that Chromium told, and how many were made.

    Raises:
        RuntimeError: Chromium told none, so that nothing was measured.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        shown = prepared(home, copy)
        acts: list[Callable[[Hand], None]] = [
            _sign_in,
            _search,
            lambda hand: _play(hand, f"/play?{shown['play']}"),
            lambda hand: _case(hand, f"/case?{shown['case']}"),
            _storage,
            _audit,
        ]
        with (
            browsing.served(copy) as served,
            browsing.started() as browser,
            opened(browser, served) as used,
        ):
            used.page.set_default_timeout(WITHIN_MS)
            used.page.evaluate(_OBSERVE)
            hand = Hand(used)
            for act in acts:
                act(hand)
            used.page.wait_for_timeout(500)
            told: list[dict[str, Any]] = used.page.evaluate(_TOLD)
            if not told:
                raise RuntimeError("Chromium told no interaction")
            return told, hand.done


def main() -> None:
    """Read the arguments, measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("demo-out"), help="a home folder")
    told, count = measured(parser.parse_args().home)
    times = [one["ms"] for one in told]
    times += [_LEAST_MS] * max(count - len(times), 0)
    p95 = quantiles(times, n=20, method="inclusive")[-1]
    print(f"{len(times)} interactions: median {median(times):.0f} ms, p95 {p95:.0f} ms")  # noqa: T201
    for one in sorted(told, key=lambda one: -one["ms"])[:8]:
        print(f"{one['ms']:5.0f} ms  {one['what']} in {one['place']}")  # noqa: T201


if __name__ == "__main__":
    main()
