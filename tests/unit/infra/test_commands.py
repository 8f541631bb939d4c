"""The command line is what the table says, and what is installed beside the product adds to it."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from infra import cli, commands

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a distribution may be installed; what is installed on this machine is not seen."""
    monkeypatch.setattr(commands, "GROUP", "footage.commands.of.this.test")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(folder: Path, module: str, code: str, **points: str) -> None:
    """A distribution as an installer lays it down: a module, and its entry points."""
    (folder / f"{module}.py").write_text(code, encoding="utf-8")
    info = folder / f"{module}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Name: {module}\nVersion: 1\n", encoding="utf-8")
    lines = [f"{name} = {target}" for name, target in points.items()]
    text = "\n".join([f"[{commands.GROUP}]", *lines, ""])
    (info / "entry_points.txt").write_text(text, encoding="utf-8")


def helped() -> str:
    return CliRunner().invoke(cli.app, ["--help"]).output


def refused(*words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(sys, "argv", ["footage", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_every_line_of_the_table_is_a_command_under_its_heading(beside: Path) -> None:
    del beside
    text = helped()
    headings = {line.removesuffix(":") for line in text.splitlines() if line.endswith(":")}
    assert headings == {"Options", *commands.SECTIONS} - {commands.LABORATORY}
    for line in commands.COMMANDS:
        _, _, below = text.partition(f"{line.section}:\n")
        section, _, _ = below.partition("\n\n")
        assert f"\n  {line.name} " in f"\n{section}"


def test_names_stand_once_in_the_table() -> None:
    names = [line.name for line in commands.COMMANDS]
    assert len(set(names)) == len(names)
    assert not set(names) & set(commands.LABORATORY_COMMANDS)


@pytest.mark.parametrize("name", commands.LABORATORY_COMMANDS)
@pytest.mark.parametrize("words", [(), ("--json",), ("up", "minio"), ("--help",)])
def test_without_the_laboratory_its_commands_say_how_to_get_it(
    name: str,
    words: tuple[str, ...],
    beside: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    del beside
    assert refused(name, *words, monkeypatch=monkeypatch) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "laboratory is not installed" in said
    assert "make setup" in said
    assert f"  {name} " not in helped()


def test_what_is_installed_beside_adds_commands_and_groups(beside: Path) -> None:
    code = (
        "import typer\n"
        "def demo(seed: int = 3) -> None:\n"
        "    'Show a thing.'\n"
        "    print('seed', seed)\n"
        "app = typer.Typer(help='Several things.')\n"
        "@app.command()\n"
        "def up() -> None: print('upward')\n"
        "@app.command()\n"
        "def down() -> None: print('downward')\n"
    )
    install(beside, "besides", code, demo="besides:demo", things="besides:app")
    _, _, section = helped().partition(f"{commands.LABORATORY}:\n")
    assert [line.split(maxsplit=1) for line in section.splitlines()] == [
        ["demo", "Show a thing."],
        ["things", "Several things."],
    ]
    assert CliRunner().invoke(cli.app, ["demo", "--seed", "7"]).output == "seed 7\n"
    assert CliRunner().invoke(cli.app, ["things", "down"]).output == "downward\n"


def test_what_is_installed_beside_replaces_no_command_of_the_product(beside: Path) -> None:
    install(beside, "usurper", "def other() -> None: print('other')\n", verify="usurper:other")
    assert "other" not in CliRunner().invoke(cli.app, ["verify", "--help"]).output
    assert helped().count("  verify ") == 1


def test_an_installation_whose_files_are_gone_costs_its_own_command_alone(
    beside: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(beside, "lost", "", demo="lost.cmds:demo", servers="lost:app")
    assert "  record " in helped()
    for name in ("demo", "servers"):
        assert refused(name, monkeypatch=monkeypatch) == 3
        assert "cannot be loaded" in capsys.readouterr().err


def test_a_mistyped_command_is_answered_with_the_nearest(beside: Path) -> None:
    del beside
    said = CliRunner().invoke(cli.app, ["serach"])
    assert said.exit_code == 2
    assert "'search'" in said.output


def test_the_laboratory_is_a_distribution_of_its_own_and_not_in_the_wheel() -> None:
    product = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lab = tomllib.loads((ROOT / "lab" / "pyproject.toml").read_text(encoding="utf-8"))
    assert "lab" not in product["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert lab["tool"]["hatch"]["build"]["targets"]["wheel"]["sources"] == {"": "lab"}
    points = lab["project"]["entry-points"]["footage.commands"]
    assert tuple(points) == commands.LABORATORY_COMMANDS


def test_in_a_checkout_the_laboratory_is_installed() -> None:
    root = typer.main.get_command(cli.app)
    listed = getattr(root, "commands", {})
    assert not any(listed[name].hidden for name in commands.LABORATORY_COMMANDS)
