"""The pages of the web page, from the list that the page itself has, with addresses to look at.

A page that is added to `api/ui/src/lib/route.ts` is in the list without further doing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, NamedTuple

ROUTES: Final = Path(__file__).resolve().parents[2] / "api" / "ui" / "src" / "lib" / "route.ts"
_PAGE: Final = re.compile(r"path: '(/[a-z-]+)',\s*name: '([a-z-]+)'")
_BENEATH: Final = re.compile(r"^  '(/([a-z-]+))': '/[a-z-]+',$", re.MULTILINE)


class Shown(NamedTuple):
    """An address to look at: a name for files, and what stands behind the `#`."""

    name: str
    address: str


PARTS: Final = {
    "storage": ("policies", "plans", "holds", "store", "jobs", "findings"),
    "people": ("tokens",),
}
"""Parts of pages that have parts, beside the first."""
SHEETS: Final = {"cameras": "camera=%2B", "people": "person=%2B"}
"""What opens the form of a page."""


def pages() -> dict[str, str]:
    """Return the paths of all pages by name: those of the navigation, those beneath, `account`."""
    routes = ROUTES.read_text(encoding="utf-8")
    found = {name: path for path, name in _PAGE.findall(routes)}
    beneath = {name: path for path, name in _BENEATH.findall(routes)}
    return {**found, **beneath, "account": "/account"}


def shown(examples: dict[str, str]) -> list[Shown]:
    """Return all addresses to look at.

    Args:
        examples: For a page by name the query with which the page has something to show.
    """
    addresses = []
    for name, path in pages().items():
        query = examples.get(name, "")
        addresses.append(Shown(name, f"{path}?{query}" if query else path))
        addresses += [
            Shown(f"{name}-{part}", f"{path}?part={part}") for part in PARTS.get(name, ())
        ]
        if name in SHEETS:
            addresses.append(Shown(f"{name}-form", f"{path}?{SHEETS[name]}"))
    return addresses
