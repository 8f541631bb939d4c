"""Names written in texts of the tree: in backticks, code blocks and hints of errors.

Texts are README, CONTRIBUTING, docs and the newest part of CHANGELOG; and the docstrings, comments
and strings of every Python file.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SPAN: Final = re.compile(r"(?<!`)(`{1,2})(?!`)([^`]+)\1(?!`)")
_FENCE: Final = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_SHELL: Final = frozenset({"", "sh", "bash", "shell", "console"})
_INDENTED: Final = re.compile(r"^ {4,}((?:footage|make|python -m) .*)$", re.MULTILINE)
_COMMENT: Final = re.compile(r"# .*")
"""A string with such a part is taken for a comment too, which does no harm: strings are read
anyway."""
_HINTS: Final = frozenset({"mend", "hint"})


class Kind(Enum):
    """Kind of place in a text."""

    SPAN = auto()
    """In backticks."""
    SHELL = auto()
    """A line of a code block, for a shell."""
    HINT = auto()
    """The whole hint of an error: what the reader can do about the error."""
    TEXT = auto()
    """Any other text, as a whole: searched only for names that cannot be mistaken."""
    PROGRAM = auto()
    """A line of a script, of settings of a tool, and the like."""


@dataclass(frozen=True, slots=True)
class Written:
    """A piece of a text.

    Attributes:
        where: File and line.
    """

    where: str
    text: str
    kind: Kind


def in_markdown(text: str, where: str) -> Iterator[Written]:
    """Yield the pieces of a Markdown file."""
    yield from _lines_of(text, where)
    for block in _FENCE.finditer(text):
        if block[2] in _SHELL:
            line = _line(text, block.start(3))
            for number, said in enumerate(block[3].splitlines(), line):
                yield Written(f"{where}:{number}", said.strip(), Kind.SHELL)
    prose = _FENCE.sub(lambda block: "\n" * block[0].count("\n"), text)
    for said in _INDENTED.finditer(prose):
        yield Written(f"{where}:{_line(prose, said.start())}", said[1], Kind.SHELL)
    yield from _spans(prose, where, 1)


def in_program(text: str, where: str) -> Iterator[Written]:
    """Yield the lines of a file that is neither Markdown nor Python."""
    for number, line in enumerate(text.splitlines(), 1):
        yield Written(f"{where}:{number}", line, Kind.PROGRAM)


def newest_part(changelog: str) -> str:
    """Cut a changelog at the heading of the second version; older parts use older names."""
    parts = re.split(r"^(?=## )", changelog, flags=re.MULTILINE)
    return "".join(parts[:2])


def in_python(source: str, nodes: Sequence[ast.AST], where: str) -> Iterator[Written]:
    """Yield the pieces of a Python file; `nodes` are all nodes of the syntax tree."""
    inner = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in nodes:
        if isinstance(node, ast.Constant):
            if isinstance(node.value, str) and id(node) not in inner:
                yield from _in_string(node.value, where, node.lineno)
        elif isinstance(node, ast.JoinedStr):
            yield from _in_string(_joined(node), where, node.lineno)
        elif isinstance(node, ast.keyword) and node.arg in _HINTS:
            hint = _joined(node.value)
            yield Written(f"{where}:{node.value.lineno}", hint, Kind.HINT)
    for comment in _COMMENT.finditer(source):
        yield from _in_string(comment[0], where, _line(source, comment.start()))


def _in_string(text: str, where: str, line: int) -> Iterator[Written]:
    if "`" in text:
        yield from _spans(text, where, line)
    if "/" in text or " -m " in text or "--" in text:
        yield Written(f"{where}:{line}", text, Kind.TEXT)


def _joined(node: ast.expr) -> str:
    """Return the text of a string; filled-in values become a placeholder."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_joined(part) for part in node.values)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return "<...>"


def _lines_of(text: str, where: str) -> Iterator[Written]:
    for number, line in enumerate(text.splitlines(), 1):
        yield Written(f"{where}:{number}", line, Kind.TEXT)


def _spans(text: str, where: str, line: int) -> Iterator[Written]:
    for span in _SPAN.finditer(text):
        at = f"{where}:{line + text.count(chr(10), 0, span.start())}"
        yield Written(at, " ".join(span[2].split()), Kind.SPAN)


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
