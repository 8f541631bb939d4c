"""CONTRIBUTING.md names files and targets that exist; every file names the same licence."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|toml)|LICENSE|Makefile)`")


def test_every_path_named_in_contributing_exists() -> None:
    named = PATH.findall(TEXT)
    assert len(named) > 30
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_every_target_named_in_contributing_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, flags=re.MULTILINE))
    named = set(re.findall(r"`make ([a-z]+)", TEXT))
    assert {"check", "test", "chaos", "cluster", "hooks"} <= named
    assert named <= targets


def test_the_licence_is_apache_2_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert (project["license"], project["license-files"]) == ("Apache-2.0", ["LICENSE"])
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License\n                           Version 2.0, January 2004" in licence
    assert "[Apache-2.0](LICENSE)" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_hooks_are_tools_that_the_lock_file_brings() -> None:
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    assert re.findall(r"repo: (\S+)", hooks) == ["local"]
    tools = re.findall(r"entry: \.venv/bin/(\S+)", hooks)
    assert sorted(tools) == ["lint-imports", "mypy", "ruff", "ruff"]
    assert len(tools) == hooks.count("entry:")
