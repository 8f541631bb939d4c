"""Writes the table of roles and routes: `python -m api.roles_table > docs/roles.md`."""

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator

from api.app import bare_app
from footage.access import GIVES, Permission, Role


def document() -> str:
    """Return the page as Markdown, as committed in `docs/roles.md`."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    roles = list(Role)
    yield "# Roles and routes"
    yield ""
    yield "Made from the code by `make docs`. A role gives permissions; a route asks for one."
    yield ""
    yield from _table(
        ["permission", *(role.value for role in roles)],
        (
            [permission.value, *("yes" if permission in GIVES[role] else "" for role in roles)]
            for permission in Permission
        ),
    )
    yield ""
    yield "Each route, the permission it asks for, and the action it enters in the custody log:"
    yield ""
    yield from _table(["route", "permission", "custody"], _routes())


def _routes() -> Iterator[list[str]]:
    by_permission: dict[str, list[list[str]]] = defaultdict(list)
    for path, methods in bare_app().openapi()["paths"].items():
        for method, operation in methods.items():
            if "x-permission" in operation:
                row = [f"`{method.upper()} {path}`", operation["x-permission"]]
                by_permission[row[1]].append([*row, operation["x-custody"]])
    for rows in by_permission.values():
        yield from rows


def _table(head: list[str], rows: Iterable[list[str]]) -> Iterator[str]:
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"


if __name__ == "__main__":
    sys.stdout.write(document())
