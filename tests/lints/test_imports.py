"""What import-linter cannot say by itself."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS_WITHOUT_PACKAGE = {"tests", "docs", "scripts", "requirements"}


def _linter() -> dict[str, list[str]]:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    section: dict[str, list[str]] = config["tool"]["importlinter"]
    return section


def test_every_package_is_under_the_contracts() -> None:
    folders = {
        path.name
        for path in ROOT.iterdir()
        if path.is_dir() and not path.name.startswith(".") and (path / "__init__.py").exists()
    }
    assert set(_linter()["root_packages"]) == folders
    assert not folders & FOLDERS_WITHOUT_PACKAGE


def test_the_shared_model_imports_the_standard_library_only() -> None:
    code = (
        "import sys, importlib, pkgutil\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "import footage\n"
        "for m in pkgutil.walk_packages(footage.__path__, 'footage.'):\n"
        "    importlib.import_module(m.name)\n"
        "roots = {n.split('.')[0] for n in sys.modules} - {'footage', '__main__'}\n"
        "print(sorted(r for r in roots if r not in sys.stdlib_module_names))\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_ffmpeg_python_only_compiles_arguments() -> None:
    users = [
        path
        for package in _linter()["root_packages"]
        for path in (ROOT / package).rglob("*.py")
        if "import ffmpeg\n" in path.read_text(encoding="utf-8")
    ]
    assert [path.name for path in users] == ["command_line.py"]
    text = users[0].read_text(encoding="utf-8")
    assert ".run(" not in text
    assert ".run_async(" not in text
