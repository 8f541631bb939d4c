"""The roles that the page names where a permission is missing are those of docs/roles.md."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOLD = (ROOT / "docs" / "roles.md").read_text(encoding="utf-8")
SAID = (ROOT / "api" / "ui" / "src" / "lib" / "roles.ts").read_text(encoding="utf-8")


def told() -> dict[str, list[str]]:
    """Return the roles that give each permission, from the first table of docs/roles.md."""
    head, _, *rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in TOLD.split("\n\n")[2].splitlines()
    ]
    return {
        row[0]: [role for role, given in zip(head[1:], row[1:], strict=True) if given == "yes"]
        for row in rows
    }


def said() -> dict[str, list[str]]:
    """Return the roles that give each permission, from `GIVEN` of lib/roles.ts."""
    _, _, rest = SAID.partition("const GIVEN")
    table, _, _ = rest.partition("};")
    rows = re.findall(r"^  '?([a-z-]+)'?: \[([^\]]*)\],$", table, flags=re.MULTILINE)
    return {permission: re.findall(r"'([a-z-]+)'", roles) for permission, roles in rows}


def test_the_page_names_the_roles_that_give_a_permission() -> None:
    assert len(told()) > len("roles")  # the table was read
    assert said() == told()
