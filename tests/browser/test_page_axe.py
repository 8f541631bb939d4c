"""No page has a serious or critical finding of axe, in either language and either theme.

The pages are those of `tests.common.page_list`: a page that is added is looked at too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import pytest

from tests.common.browsing import PASSWORD, page_scripts
from tests.common.page_list import pages, shown
from tests.common.played_city import starts
from tests.common.using_page import opened

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.common.browsing import Served
    from tests.common.using_page import Used

GRAVE: Final = ("serious", "critical")
CAMERA: Final = "steady"
EXAMPLES: Final = {
    "play": urlencode({"camera": CAMERA, "at": str(starts(CAMERA)[0])}),
    "audit": urlencode({"entered_from": "2020-01-01T00:00:00Z"}),
}
LOOKS: Final = [(language, theme) for language in ("en", "ur") for theme in ("light", "dark")]
_RUN: Final = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
    .map(({id, impact, help, nodes}) =>
        ({id, impact, help, where: nodes.slice(0, 3).map((one) => one.html)}))"""


def grave(used: Used, scripts: Path) -> list[dict[str, Any]]:
    """The serious and critical findings of the page as it stands."""
    if not used.page.evaluate("'axe' in window"):
        # By the debugger, which the page's policy does not bind.
        used.page.evaluate((scripts / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    return [one for one in used.page.evaluate(_RUN) if one["impact"] in GRAVE]


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_every_page_can_be_used_by_everybody(
    browser: Browser, served: Served, language: str, theme: str
) -> None:
    scripts = page_scripts()
    found = {}
    with opened(browser, served, language=language, theme=theme) as used:
        used.page.locator("[name=username]").wait_for()
        found["sign-in"] = grave(used, scripts)
        used.page.fill("[name=username]", "amina")
        used.page.fill("[name=password]", PASSWORD)
        used.page.keyboard.press("Enter")
        used.page.locator("header nav").wait_for()
        for one in shown(EXAMPLES):
            used.show(one.address)
            found[one.name] = grave(used, scripts)
        assert used.faults == []
    assert {name: list_ for name, list_ in found.items() if list_} == {}
    assert len(found) > len(pages())


def test_axe_finds_what_is_wrong(browser: Browser, served: Served) -> None:
    with opened(browser, served) as used:
        used.page.locator("[name=username]").wait_for()
        used.page.evaluate("document.querySelector('[name=username]').labels[0].remove()")
        used.page.evaluate("document.body.append(document.createElement('input'))")
        assert "label" in {one["id"] for one in grave(used, page_scripts())}
