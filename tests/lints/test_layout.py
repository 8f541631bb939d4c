"""The import graph has no circle of modules, and the product imports nothing of the laboratory."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LABORATORY = ("lab",)


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Return the graph of imports between the modules of all packages, also imports for types."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    first, *others = config["tool"]["importlinter"]["root_packages"]
    return grimp.build_graph(first, *others, cache_dir=None)


def of_laboratory(module: str) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in LABORATORY)


def test_the_product_imports_nothing_of_the_laboratory(graph: grimp.ImportGraph) -> None:
    found = {
        (module, imported)
        for module in graph.modules
        if not of_laboratory(module)
        for imported in graph.find_modules_directly_imported_by(module)
        if of_laboratory(imported)
    }
    assert found == set()


def test_no_modules_import_each_other_in_a_circle(graph: grimp.ImportGraph) -> None:
    circles = {
        module: [module, *chain]
        for module in graph.modules
        for imported in graph.find_modules_directly_imported_by(module)
        if (chain := graph.find_shortest_chain(imported, module, as_packages=False))
    }
    assert circles == {}


def test_only_what_starts_a_process_imports_the_wiring(graph: grimp.ImportGraph) -> None:
    starters = ("infra.cmds", "infra.run", *LABORATORY)
    found = {
        module
        for module in graph.find_modules_that_directly_import("infra.wiring")
        if not module.startswith(starters)
    }
    assert found == set()
    rooms = {module for module in graph.modules if re.fullmatch(r"infra\.\w+_wiring", module)}
    assert len(rooms) == 6
    for room in rooms:
        assert graph.find_modules_that_directly_import(room) <= rooms | {"infra.wiring"}


def test_the_product_installs_all_packages_but_the_laboratory() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert {"footage", "infra", "lab"} <= folders
    assert set(config["hatch"]["build"]["targets"]["wheel"]["packages"]) == folders - {"lab"}
