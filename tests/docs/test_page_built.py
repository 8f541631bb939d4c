"""The committed page was built from its sources as they are, and is small."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from api.page_files import FOLDER, files

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCES = ROOT / "api" / "ui"
MOST_AT_FIRST = 250_000


def digest_of(folder: Path) -> str:
    """Return the digest that `scripts/page digest` prints."""
    left_out = ("node_modules/", "src/lib/schema.d.ts")
    names = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{sha256((folder / name).read_bytes()).hexdigest()}  ./{name}\n"
        for name in sorted(names, key=lambda name: f"./{name}".encode())
        if not name.startswith(left_out)
    ]
    return sha256("".join(lines).encode()).hexdigest()


def test_the_page_was_built_from_its_sources() -> None:
    noted = (FOLDER / "sources.sha256").read_text().strip()
    assert noted == digest_of(SOURCES), "run `make page`, and commit api/page with api/ui"


def test_what_a_browser_loads_at_first_is_small() -> None:
    page = files()["index.html"].data.decode()
    named = re.findall(r'(?:src|href)="/([^"]+)"', page)
    assert any(name.endswith(".js") for name in named)
    sent = sum(len(files()[name].gzipped or files()[name].data) for name in named)
    assert sent <= MOST_AT_FIRST


def test_a_lock_file_names_no_registry() -> None:
    lock = (SOURCES / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert '"integrity"' in lock
