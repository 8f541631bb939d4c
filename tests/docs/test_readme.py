"""README and docs speak of commands, files and folders that exist."""

from __future__ import annotations

import re
from pathlib import Path

import typer

from infra import cli

ROOT = Path(__file__).resolve().parent.parent.parent
TEXTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
_LINK = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")
_QUOTED = re.compile(r"`footage ([a-z]+)(?: ([a-z]+))?")
_TYPED = re.compile(r"(?:^|&& )footage ([a-z]+)(?: ([a-z]+))?")


def _commands() -> dict[str, set[str]]:
    root = typer.main.get_command(cli.app)
    known: dict[str, set[str]] = {}
    for name, command in getattr(root, "commands", {}).items():
        known[name] = set(getattr(command, "commands", {}))
    return known


def test_every_link_leads_somewhere() -> None:
    for text in TEXTS:
        for target in _LINK.findall(text.read_text(encoding="utf-8")):
            assert target.startswith("http") or (text.parent / target).exists(), (text, target)


def _commands_in(text: str) -> list[tuple[str, str]]:
    """Commands in backticks, and lines of code blocks that begin with one."""
    found = _QUOTED.findall(text)
    for number, part in enumerate(text.split("```")):
        if number % 2:
            found += [typed for line in part.splitlines() for typed in _TYPED.findall(line)]
    return found


def test_every_command_in_the_texts_exists() -> None:
    known = _commands()
    for text in TEXTS:
        for command, sub in _commands_in(text.read_text(encoding="utf-8")):
            assert command in known, (text, command)
            if known[command] and sub:
                assert sub in known[command], (text, command, sub)


def test_the_readme_names_every_top_level_folder() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    packages = {p.parent.name for p in ROOT.glob("*/__init__.py")}
    assert all(f"`{package}/`" in readme for package in packages)


def test_every_command_says_what_it_does_in_one_short_line() -> None:
    root = typer.main.get_command(cli.app)
    for name, command in getattr(root, "commands", {}).items():
        for inner in [command, *getattr(command, "commands", {}).values()]:
            assert not inner.get_short_help_str(60).endswith("..."), (name, inner.name)
