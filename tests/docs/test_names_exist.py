"""Every command, option, path, module and name that a text mentions exists.

`tests.common.written_names` reads the texts, `tests.common.tree_names` lists existing names, and
`tests.common.name_checks` compares the two.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from tests.common.name_checks import faults
from tests.common.tree_names import EXAMPLES, Tree
from tests.common.written_names import (
    Kind,
    Written,
    in_markdown,
    in_program,
    in_python,
    newest_part,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

pytestmark = pytest.mark.slow  # the whole tree is read: two seconds of CPU

TREE: Final = Tree(Path(__file__).resolve().parent.parent.parent)

EXEMPT: Final = frozenset(
    {
        # names of other programs, of their options and of standards
        "baseMediaDecodeTime",
        "ftfy",
        "nal_unit_type",
        "setts",
        "--cert",
        "--from-file",
        "--junit-xml",
        "FileResponse",
        # a file without an ending
        "LICENSE",
        # examples of what tests of other lists read
        "recorder/long.py",
        "tests/test_long.py",
        "tests/x/test_y.py",
        "tests/x/test_y.py::test_z",
        # an example of what a camera calls its files
        "Gate_2026_11_22_15h_08m_23s.mkv",
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """A name in a text that does not exist, and the place in the text."""

    where: str
    name: str


@dataclass(frozen=True, slots=True)
class Looked:
    """Result of checking texts: kinds of pieces read, and names that do not exist."""

    kinds: frozenset[Kind]
    faults: tuple[Fault, ...]

    @property
    def wrong(self) -> list[Fault]:
        return [fault for fault in self.faults if fault.name not in EXEMPT]


def look(pieces: Iterable[Written]) -> Looked:
    pieces = list(pieces)
    found = [Fault(said.where, name) for said in pieces for name in faults(said, TREE)]
    return Looked(frozenset(said.kind for said in pieces), tuple(found))


@cache
def documents() -> Looked:
    def pieces() -> Iterator[Written]:
        for name in sorted(TREE.files):
            if name.endswith(".md") and (name.startswith("docs/") or "/" not in name):
                text = TREE.read(name)
                yield from in_markdown(newest_part(text) if name == "CHANGELOG.md" else text, name)

    return look(pieces())


@cache
def code() -> Looked:
    files = (code for name, code in TREE.code.items() if not name.startswith(EXAMPLES))
    return look(piece for code in files for piece in code.pieces)


@cache
def programs() -> Looked:
    names = [*TREE.programs, *TREE.deployed, "pyproject.toml"]
    return look(piece for name in names for piece in in_program(TREE.read(name), name))


def test_whatever_the_documents_name_exists() -> None:
    assert documents().kinds == {Kind.SPAN, Kind.SHELL, Kind.TEXT}
    assert documents().wrong == []


def test_whatever_docstrings_comments_and_hints_name_exists() -> None:
    assert code().kinds == {Kind.SPAN, Kind.HINT, Kind.TEXT}
    assert code().wrong == []


def test_whatever_scripts_and_settings_of_tools_name_exists() -> None:
    assert programs().wrong == []


def test_every_exemption_is_needed() -> None:
    every = [*documents().faults, *code().faults, *programs().faults]
    assert {fault.name for fault in every} == EXEMPT


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("`footage catalogue reconcile`", "footage catalogue reconcile"),
        ("`footage frobnicate`", "footage frobnicate"),
        ("`footage hold place --authorship TEXT`", "footage hold place --authorship"),
        ("`footage cameras add ID --from x`", "footage cameras add --from"),
        ("`make demonstration`", "make demonstration"),
        ("`--no-such-option`", "--no-such-option"),
        ("`python -m infra.no_such`", "-m infra.no_such"),
        ("`recorder/no_such.py`", "recorder/no_such.py"),
        ("`tests/server/test_no_such.py`", "tests/server/test_no_such.py"),
        ("`no_such.py`", "no_such.py"),
        ("See docs/no-such.md.", "docs/no-such.md"),
        ("`recorder.no_such`", "recorder.no_such"),
        ("`footage.errors.FootageError.no_such`", "footage.errors.FootageError.no_such"),
        ("`FootageError.no_such`", "FootageError.no_such"),
        ("`errors.NoSuchError`", "errors.NoSuchError"),
        ("`no_such_word_xyz`", "no_such_word_xyz"),
        ("`NoSuchKind()`", "NoSuchKind"),
        ("`recording.no_such`", "recording.no_such"),
        ("`[recording] no_such`", "[recording] no_such"),
        ("`GET /api/v1/no-such`", "GET /api/v1/no-such"),
        ("```\nfootage cameras lst && footage doctor\n```", "footage cameras lst"),
        ("```sh\nfootage status --sow  # --watch\n```", "footage status --sow"),
        ("```\nmake demo  # or: footage demonstrate\n```", "footage demonstrate"),
    ],
)
def test_what_does_not_exist_is_found(text: str, fault: str) -> None:
    assert fault in [found.name for found in look(in_markdown(text, "x.md")).faults]


@pytest.mark.parametrize(
    "text",
    [
        "`footage hold place --authority TEXT`",
        "`footage record --site ...`",
        "```\nFOOTAGE_HOME=x footage export --from ... --out b && footage verify b\n```",
        "`make chaos SEED=7` and `make cluster ARGS='tests/cluster -k majority'`",
        "`footage/errors.py`, `errors.py`, `tests/contract/`, `tests/contract/test_*.py`",
        "`tests/docs/test_names_exist.py::test_every_exemption_is_needed`",
        "`footage.errors.FootageError.exit_code`, `FootageError.exit_code`, `errors.FootageError`",
        "`store.endpoint`, `[recording] spool_limit`, `FOOTAGE_HOME`, `GET /api/v1/cameras/{id}`",
        "`site-2/2026-11-22/gate-1/15/08-23.547Z.0.mp4`, `ffmpeg -c copy`, `/metrics`, `--json`",
    ],
)
def test_what_exists_is_not_complained_of(text: str) -> None:
    assert look(in_markdown(text, "x.md")).wrong == []


def test_hints_of_errors_are_read_without_backticks_too() -> None:
    source = 'raise BadInput("x", hint="see footage catalogue reconcile, or give --no-such")\n'
    pieces = in_python(source, list(ast.walk(ast.parse(source))), "x.py")
    hints = look(said for said in pieces if said.kind is Kind.HINT)
    assert [fault.name for fault in hints.faults] == ["footage catalogue reconcile", "--no-such"]


def test_the_changelog_is_read_to_its_newest_version() -> None:
    assert newest_part("# C\n\n## 2\n`new`\n\n## 1\n`old`\n") == "# C\n\n## 2\n`new`\n\n"
