"""No function, method or class of the product exists for tests alone.

Vulture finds the names that no code of the product uses; the laboratory's code counts as a user,
tests do not. A name that several definitions share counts as used when any of them is used.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import pytest
from vulture import Vulture

ROOT: Final = Path(__file__).resolve().parent.parent.parent
ALLOWED: Final = Path(__file__).with_name("only_tests_call.txt")
LABORATORY: Final = ("lab/",)
"""Folders whose functions may exist for tests alone."""
REGISTERED: Final = ["@router.*", "@app.*", "@*.command", "@*_validator"]
"""Decorators by which a framework learns what to call."""
KINDS: Final = {"function", "method", "property", "class"}


def packages() -> list[Path]:
    return sorted(init.parent for init in ROOT.glob("*/__init__.py"))


@cache
def unused() -> dict[str, str]:
    """Return the names that no code outside of tests uses, each with the place of definition."""
    vulture = Vulture(ignore_decorators=REGISTERED)
    vulture.scavenge([str(package) for package in packages()])
    found = {}
    for item in vulture.get_unused_code():
        where = Path(item.filename).relative_to(ROOT).as_posix()
        if item.typ in KINDS and not where.startswith(LABORATORY):
            found[item.name] = f"{where}:{item.first_lineno}"
    return found


def allowed() -> dict[str, str]:
    """Return the names in `only_tests_call.txt`, each with the reason."""
    names: dict[str, str] = {}
    for line in ALLOWED.read_text(encoding="utf-8").splitlines():
        told, _, reason = line.partition(":")
        names |= dict.fromkeys(told.split(), reason.strip())
    return names


@pytest.mark.slow
def test_nothing_is_there_for_tests_alone() -> None:
    new = {name: where for name, where in unused().items() if name not in allowed()}
    assert new == {}, "call it, remove it, or name it with its reason in only_tests_call.txt"


@pytest.mark.slow
def test_the_list_is_short_and_each_name_on_it_is_needed() -> None:
    assert set(allowed()) == set(allowed()) & set(unused())
    assert all(allowed().values())


def test_packages_are_those_of_the_product() -> None:
    assert {"footage", "infra", "recorder"} <= {package.name for package in packages()}
    assert "tests" not in {package.name for package in packages()}
