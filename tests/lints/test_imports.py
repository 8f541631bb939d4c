"""Rules about imports and calls that import-linter cannot express."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS_WITHOUT_PACKAGE = {"tests", "docs", "scripts", "requirements"}


def _linter() -> dict[str, Any]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    section: dict[str, Any] = config["tool"]["importlinter"]
    return section


def test_every_package_is_under_the_contracts() -> None:
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and (path / "__init__.py").exists()
    }
    assert set(_linter()["root_packages"]) == folders
    assert not folders & FOLDERS_WITHOUT_PACKAGE


@pytest.mark.process
def test_the_shared_model_imports_the_standard_library_only() -> None:
    code = (
        "import sys, importlib, pkgutil\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import footage\n"
        "for m in pkgutil.walk_packages(footage.__path__, 'footage.'):\n"
        "    importlib.import_module(m.name)\n"
        "roots = {n.split('.')[0] for n in sys.modules} - {'footage', '__main__'}\n"
        # The platform's build settings, which zoneinfo reads, are part of the library.
        "roots = {r for r in roots if not r.startswith('_sysconfigdata')}\n"
        "print(sorted(r for r in roots if r not in sys.stdlib_module_names))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_custody_entries_are_written_by_the_bracket_alone() -> None:
    users = [
        str(path.relative_to(ROOT))
        for package in _linter()["root_packages"]
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\.(intent|outcome)\(", path.read_text(encoding="utf-8"))
    ]
    assert users == ["footage/custody.py"]  # invariant 7


def test_ffmpeg_python_only_compiles_arguments() -> None:
    users = [
        path
        for package in _linter()["root_packages"]
        for path in (ROOT / package).rglob("*.py")
        if "import ffmpeg\n" in path.read_text(encoding="utf-8")
    ]
    assert sorted(path.name for path in users) == ["command_line.py", "proxy_command.py"]
    for text in (path.read_text(encoding="utf-8") for path in users):
        assert ".run(" not in text
        assert ".run_async(" not in text


def test_every_contract_refuses_a_stale_exemption() -> None:
    lax = [
        contract["name"]
        for contract in _linter()["contracts"]
        if contract.get("unmatched_ignore_imports_alerting") != "error"
    ]
    assert lax == []


@pytest.mark.process
def test_a_stale_exemption_fails(tmp_path: Path) -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    opening = "ignore_imports = [\n"
    assert opening in text
    copy = tmp_path / "pyproject.toml"
    stale = opening + '    "footage.errors -> minio",\n'
    copy.write_text(text.replace(opening, stale, 1), encoding="utf-8")
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--config", copy, "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode != 0
    assert "No matches for ignored import footage.errors -> minio." in done.stdout
