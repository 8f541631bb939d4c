"""The command line starts fast because help texts import no client and no other command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
LIGHT = {"typer", "annotated_doc", "shellingham", "rich", "pygments"} | {
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_inspection",
    "typing_extensions",
}
"""Typer, Pydantic and their dependencies; any other package is a client, imported where used."""

_PRINT_MODULES = """
import contextlib, io, sys
before = set(sys.modules)
from infra.cli import main
sys.argv = ["footage", *{words!r}]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(*sorted(set(sys.modules) - before))
"""

pytestmark = pytest.mark.process


def imported(*words: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _PRINT_MODULES.format(words=words)],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize("words", [("--help",), ("hold", "--help"), ("search", "--help")])
def test_help_imports_no_client(words: tuple[str, ...]) -> None:
    ours = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    roots = {name.partition(".")[0] for name in imported(*words)}
    found = roots - ours - LIGHT - sys.stdlib_module_names
    assert {name for name in found if not name.startswith("_sysconfigdata")} == set()


def test_help_loads_no_cryptography() -> None:
    assert not imported("--help") & {"_hashlib", "_ssl"}


def test_a_command_imports_no_other_command() -> None:
    found = {name for name in imported("verify", "--help") if name.startswith("infra.cmds.")}
    assert "infra.cmds.verify" in found
    assert found <= {"infra.cmds.verify", "infra.cmds.options", "infra.cmds.output"}
