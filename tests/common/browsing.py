"""A browser for tests: Debian's Chromium driven by Playwright, on a served Footage.

`tests/browser/conftest.py` makes fixtures of these parts. Playwright's synchronous interface keeps
an event loop in the thread that opened the interface: nothing that outlives a test file may hold a
browser, or tests of other files could run no loop of their own.
"""

from __future__ import annotations

import io
import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import sync_playwright

from lab.servers import browser as tools
from lab.servers import chromium, npm
from tests.common.camera.strip import read_strip
from tests.common.servers import cache_of, is_required
from tests.common.serving import running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page, Response, Route

    from tests.common.camera.strip import Stamp

WITHIN_MS: Final = 20_000
"""Longest wait for anything in a page; on a busy machine most take a tenth of a second."""
PASSWORD: Final = "correct horse battery staple"  # noqa: S105 - of accounts that tests make
_QUIET: Final = ("--autoplay-policy=no-user-gesture-required", "--mute-audio")


def needed(name: str, found: Path | None) -> Path:
    """Return what was found; fail the running test in CI, or skip by name elsewhere, if nothing."""
    if found is None:
        message = f"{name} is not installed; run make servers"
        if is_required(os.environ):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return found


def chromium_program() -> Path:
    """Return Chromium's path, or fail or skip the running test."""
    return needed("Chromium", chromium.find())


def page_scripts() -> Path:
    """Return the folder `node_modules` of scripts for pages, or fail or skip the running test."""
    return needed("hls.js", npm.find(cache_of(os.environ, os.geteuid()), tools.SCRIPTS))


@contextmanager
def started() -> Iterator[Browser]:
    """Start Chromium without a window; ended at the end."""
    program = chromium_program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_QUIET)
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True, slots=True)
class Served:
    """A served Footage: the home, and the URL without a slash behind."""

    home: Path
    url: str


@contextmanager
def served(home: Path) -> Iterator[Served]:
    """Serve a home on a free port."""
    with running(home) as (_, url):
        assert url, "footage serve did not start"
        yield Served(home, url)


@contextmanager
def signed_in(browser: Browser, served: Served, person: str) -> Iterator[BrowserContext]:
    """Open a browser's context with the cookie of a session, as after a sign-in by form."""
    context = browser.new_context(
        base_url=served.url, locale="en", timezone_id="UTC", viewport={"width": 1280, "height": 800}
    )
    context.set_default_timeout(WITHIN_MS)
    try:
        answer = context.request.post(
            "/api/v1/session", data={"person": person, "password": PASSWORD}
        )
        assert answer.status == 201, answer.text()
        yield context
    finally:
        context.close()


def sign_out(context: BrowserContext) -> None:
    """End the session of a context, as a page does."""
    asked = context.request.get("/api/v1/session").json()
    done = context.request.delete("/api/v1/session", headers={"Footage-CSRF": asked["csrf"]})
    assert done.status == 204, done.text()


@dataclass
class Watched:
    """A page with what went wrong in it, and what the server answered.

    Attributes:
        faults: Errors and warnings of the console, and exceptions that nobody caught.
        answers: All answers, in order.
    """

    page: Page
    faults: list[str] = field(default_factory=list)
    answers: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("response", lambda answer: self.answers.append(answer))  # noqa: PLW0108 - Playwright marks functions it is given

    def _console(self, message: Any) -> None:  # noqa: ANN401 - a type of Playwright's inside
        if message.type in {"error", "warning"}:
            self.faults.append(f"{message.type}: {message.text}")


def serve_files(
    context: BrowserContext, files: Mapping[str, tuple[str, str | Path]], policy: str
) -> None:
    """Let the browser find files on the server's origin that the server does not have.

    Args:
        context: The browser's context.
        files: For each path of a URL the media type, and the text or the file.
        policy: The Content-Security-Policy of these files.
    """

    for path, (kind, content) in files.items():
        body = content if isinstance(content, str) else content.read_bytes()
        context.route(
            path, _answer(body, {"Content-Security-Policy": policy, "Content-Type": kind})
        )


def _answer(body: str | bytes, headers: Mapping[str, str]) -> Callable[[Route], None]:
    def answer(route: Route) -> None:
        route.fulfill(body=body, headers=dict(headers))

    return answer


def stamp_shown(page: Page) -> Stamp | None:
    """Return the stamp in the picture of the page's only video, read from a screenshot."""
    taken = page.locator("video").screenshot(animations="allow", caret="initial")
    with Image.open(io.BytesIO(taken)) as picture:
        return read_strip(np.asarray(picture.convert("L")))
