"""Pictures of every page, in both languages and themes, wide and narrow: `make pictures`.

The pages are served from a copy of a home folder, by default the demonstration's, in which an
account with every role is added. Where a command in the page starts work, nothing is started.
The pictures are WebP, a long page without what lies below `TALLEST`; a page that lists them
(README.md) is written beside.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import tempfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from PIL import Image

from evidence.cases import found_moment
from footage.access import person_id
from footage.action import Action, Purpose
from footage.errors import Refused
from infra.config import loading
from infra.wiring import wired
from tests.common import browsing
from tests.common.api_city import EVERY_ROLE
from tests.common.browsing import PASSWORD, WITHIN_MS
from tests.common.page_list import Shown, shown
from tests.common.using_page import opened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tests.common.using_page import Used

WIDTHS: Final = (1280, 390)
LANGUAGES: Final = ("en", "ur")
THEMES: Final = ("light", "dark")
QUALITY: Final = 55
TALLEST: Final = 1_600
_WORDS: Final = "a grey bus"
_CASE: Final = "FIR 211/2026"
_SHOWN: Final = """() => {
  const left = document.querySelector('.ghost-lines, [data-waiting], .frame.waiting, .over .spin');
  left?.scrollIntoView();
  return left === null;
}"""
"""Nothing is being loaded any more: no list, no picture, no footage."""


def prepared(home: Path, into: Path) -> dict[str, str]:
    """Copy a home and add an account `amina` with every role; return what pages have to show."""
    shutil.copytree(home, into, ignore=shutil.ignore_patterns("*.lock*"))
    with wired(loading.load_home(into)) as parts:
        try:
            parts.people.add(person_id("amina"), "Amina", EVERY_ROLE, PASSWORD, Purpose("root"))
        except Refused:
            parts.people.set_password(person_id("amina"), PASSWORD, Purpose("root"))
        newest = [parts.catalogue.last_segment(one.id) for one in parts.register.cameras()]
        last = max((one for one in newest if one), key=lambda one: one.interval.end)
        by = "amina"
        case = parts.case_service.open(_CASE, "theft", "Theft at the bus stand", "", by)
        searched = next(one for one in parts.custody.read() if one.action is Action.SEARCH)
        wanted = found_moment(parts.custody, parts.catalogue, f"{searched.number}.1", None)
        parts.case_service.add_exhibit(case, wanted, "The grey bus", "comes from the left", by)
    day = str(last.interval.start)[:10]
    times = f"{last.interval.start.us // 1_000}/{last.interval.end.us // 1_000}"
    footage = urlencode({"parts": f"{last.camera}/{times}", "case": _CASE})
    return {
        "case": urlencode({"id": case.id}),
        "report": urlencode({"case": case.id}),
        "hold": footage,
        "export": f"{footage}&step=2",
        "absence": footage,
        "investigate": urlencode({"text": _WORDS, "from": f"{day}T00:00:00Z"}),
        "play": urlencode({"camera": last.camera, "at": str(last.interval.start)}),
        "storage": urlencode({"room": 20_000_000_000_000}),
        "audit": urlencode({"entered_from": f"{day}T00:00:00Z"}),
    }


def _change_policies(used: Used) -> None:
    """Let the page show what a shorter policy would change."""
    area = used.page.locator("textarea")
    area.fill(re.sub(r'keep = "\d+d"', 'keep = "7d"', area.input_value(), count=1))
    used.page.locator("form:has(textarea) button.main").click()
    used.page.locator("section.preview").wait_for()


_FIRST: Final = {"storage-policies": _change_policies}
"""What is done on a page before the picture."""


def take(used: Used, wanted: Iterable[Shown], into: Path, marked: str) -> None:
    """Write a picture of each address, once what is asked for is there."""
    for one in wanted:
        used.show(one.address)
        if act := _FIRST.get(one.name):
            act(used)
        used.page.wait_for_load_state("networkidle")
        used.page.wait_for_function(_SHOWN)
        used.page.evaluate("scrollTo(0, 0)")
        picture(used, into / f"{one.name}-{marked}.webp")
        if used.sticks_out() > 0:
            where = f"{one.name}-{marked}"
            print(f"{where}: wider than the window by {used.sticks_out()} px")  # noqa: T201
    for fault in used.faults:
        print(f"{marked}: {fault}")  # noqa: T201


def picture(used: Used, path: Path) -> None:
    """Write a picture of the page, from the top to `TALLEST` pixels."""
    with Image.open(io.BytesIO(used.page.screenshot(full_page=True))) as taken:
        top = taken.crop((0, 0, taken.width, min(taken.height, TALLEST)))
        top.save(path, "WEBP", quality=QUALITY, method=6)


def list_of(names: Sequence[str]) -> str:
    """Return the text of the page that lists the pictures of all pages."""
    kinds = [f"{language}-{theme}" for language, theme in product(LANGUAGES, THEMES)]
    head = ["page", *kinds, *(f"{kind}, narrow" for kind in kinds)]
    lines = [
        "# Every page of the demonstration, in both languages and themes",
        "",
        "Written by `make pictures`; what the pages do stands in [the page](../../page.md).",
        "",
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
    ]
    for name in names:
        files = [f"{name}-{kind}-{width}.webp" for width in WIDTHS for kind in kinds]
        cells = [f'<a href="{file}"><img src="{file}" width="120"></a>' for file in files]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def take_all(home: Path, into: Path, only: Sequence[str]) -> None:
    """Write the pictures of all pages, or of those whose names begin with one of `only`."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "home"
        wanted = [
            one
            for one in shown(prepared(home, copy))
            if not only or one.name.startswith(tuple(only))
        ]
        with browsing.served(copy) as served, browsing.started() as browser:
            for language, theme, width in product(LANGUAGES, THEMES, WIDTHS):
                marked = f"{language}-{theme}-{width}"
                with opened(browser, served, language=language, theme=theme, width=width) as used:
                    used.page.set_default_timeout(WITHIN_MS)
                    used.page.locator("[name=username]").wait_for()
                    picture(used, into / f"sign-in-{marked}.webp")
                    used.page.fill("[name=username]", "amina")
                    used.page.fill("[name=password]", PASSWORD)
                    used.page.keyboard.press("Enter")
                    used.page.locator("header nav").wait_for()
                    take(used, wanted, into, marked)
    if not only:
        names = ["sign-in", *(one.name for one in wanted)]
        (into / "README.md").write_text(list_of(names), encoding="utf-8")


def main() -> None:
    """Read the arguments and write the pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("demo-out"), help="a home folder")
    parser.add_argument("--out", type=Path, default=Path("pictures"), help="folder to write")
    parser.add_argument("only", nargs="*", help="names of pages to begin with; none: all")
    given = parser.parse_args()
    take_all(given.home, given.out, given.only)


if __name__ == "__main__":
    main()
