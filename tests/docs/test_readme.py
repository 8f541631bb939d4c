"""Links lead to files, README.md names every folder, and every command has a short help line."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from infra import cli

ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def test_every_link_leads_somewhere() -> None:
    for text in TEXTS:
        for target in _LINK.findall(text.read_text(encoding="utf-8")):
            assert target.startswith("http") or (text.parent / target).exists(), (text, target)


def test_the_readme_names_every_top_level_folder() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    packages = {p.parent.name for p in ROOT.glob("*/__init__.py")}
    assert all(f"`{package}/`" in readme for package in packages)


def test_every_command_says_what_it_does_in_one_short_line() -> None:
    root = typer.main.get_command(cli.app)
    for name, command in getattr(root, "commands", {}).items():
        for inner in [command, *getattr(command, "commands", {}).values()]:
            assert not inner.get_short_help_str(60).endswith("..."), (name, inner.name)
