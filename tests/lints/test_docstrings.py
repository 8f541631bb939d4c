"""A docstring of the product begins with a noun or a verb, so that its first line reads alone."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = (
    *("footage", "recorder", "retention", "indexer", "search", "evidence", "api", "infra"),
    "lab",
)
ASKS = re.compile(r"(?:What|Which|Whose|How)\b")


def asking(source: str) -> Iterator[str]:
    """Yield the first lines of docstrings that begin with a question word."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = ast.get_docstring(node)
            if said and ASKS.match(said):
                yield said.splitlines()[0]


@pytest.mark.slow
def test_no_docstring_of_the_product_begins_with_a_question_word() -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    assert len(files) > 500
    found = {path.relative_to(ROOT): [*asking(path.read_text("utf-8"))] for path in files}
    assert {path: said for path, said in found.items() if said} == {}


def test_question_words_are_found_in_modules_classes_and_functions() -> None:
    source = (
        '"""What."""\nclass A:\n    """How so."""\n    def b(self) -> None:\n        """Whose."""\n'
    )
    assert [*asking(source)] == ["What.", "How so.", "Whose."]
