"""Find the operating system's Chromium."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

_USUAL: Final = (
    # Debian's `chromium` is a script around the first: it prints warnings and adds options.
    "/usr/lib/chromium/chromium",
    "/usr/lib64/chromium-browser/chromium-browser",
    "/opt/google/chrome/chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome")


def find() -> Path | None:
    """Return the path of Chromium, or of Chrome, or None."""
    usual = (path for path in _USUAL if Path(path).exists())
    named = (path for name in _NAMES if (path := shutil.which(name)))
    found = next(usual, None) or next(named, None)
    return Path(found) if found else None
