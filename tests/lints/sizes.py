"""Print the files and functions that exceed the size limits: `python -m tests.lints.sizes`.

Nothing is refused: a file is split when it has two subjects, never because it is long.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG_FILE: Final = 400
LONG_FUNCTION: Final = 60


def exceeding(root: Path, packages: list[str]) -> Iterator[str]:
    """Yield a line for each long file of `packages` and tests, each long function of `packages`."""
    for package in [*packages, "tests"]:
        for path in sorted((root / package).rglob("*.py")):
            name, text = path.relative_to(root), path.read_text(encoding="utf-8")
            if (lines := len(text.splitlines())) > LONG_FILE:
                yield f"{name}: {lines} lines"
            for node in ast.walk(ast.parse(text)) if package != "tests" else ():
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (
                    (lines := _code_lines(node)) > LONG_FUNCTION
                ):
                    yield f"{name}:{node.lineno} {node.name}: {lines} lines"


def _code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count the lines of signature and body, without the docstring."""
    first = node.body[0]
    docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    documented = (first.end_lineno or first.lineno) - first.lineno + 1 if docstring else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - documented


def main(root: Path) -> None:
    """Print the long files and functions of the packages that pyproject.toml names."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    for line in exceeding(root, config["tool"]["importlinter"]["root_packages"]):
        sys.stdout.write(f"long: {line}\n")


if __name__ == "__main__":
    main(Path.cwd())
