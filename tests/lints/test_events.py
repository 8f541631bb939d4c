"""An event's text is for people: no code of the product parses such a text."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGES = ("recorder", "infra", "api")
TAKES_APART = frozenset(
    {
        *("partition", "rpartition", "split", "rsplit", "splitlines", "startswith", "endswith"),
        *("removeprefix", "removesuffix", "find", "rfind", "index", "count"),
        *("match", "search", "fullmatch", "findall"),
    }
)
TEXTS = frozenset({"text", "why"})


def taken_apart(source: str) -> set[int]:
    """Return the lines of a module that parse an event's text, if the module takes events.

    A line parses a text by a method of strings, a regular expression, a comparison, `in` or an
    index. A text is `str(event)`, `f"{event}"`, the `text` or `why` of an event, and a name that a
    `case` gives to either.
    """
    # Parsing all modules takes a second of CPU, and few take events.
    if "recorder.events" not in source or not _takes_events(tree := ast.parse(source)):
        return set()
    captured = {name for node in ast.walk(tree) for name in _captured(node)}
    expressions = (node for node in ast.walk(tree) if isinstance(node, ast.expr))
    return {node.lineno for node in expressions if _looks_into(node, captured)}


def _takes_events(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "recorder.events"
        for node in ast.walk(tree)
    )


def _captured(node: ast.AST) -> list[str]:
    """Return the names that a `case` gives to the texts of an event."""
    if not isinstance(node, ast.MatchClass):
        return []
    parts = zip(node.kwd_attrs, node.kwd_patterns, strict=True)
    return [
        pattern.name
        for name, pattern in parts
        if name in TEXTS and isinstance(pattern, ast.MatchAs) and pattern.name
    ]


def _looks_into(node: ast.expr, captured: set[str]) -> bool:
    def is_text(part: ast.expr) -> bool:
        return _is_text(part) or (isinstance(part, ast.Name) and part.id in captured)

    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        looked = [node.func.value, *node.args]
        return node.func.attr in TAKES_APART and any(map(is_text, looked))
    if isinstance(node, ast.Compare):
        inside = any(isinstance(op, ast.In | ast.NotIn | ast.Eq | ast.NotEq) for op in node.ops)
        return inside and any(map(is_text, [node.left, *node.comparators]))
    return isinstance(node, ast.Subscript) and is_text(node.value)


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Attribute(value=ast.Name(id="event"), attr=name):
            return name in TEXTS
        case ast.Call(func=ast.Name(id="str"), args=[ast.Name(id="event")]):
            return True
        case ast.FormattedValue(value=ast.Name(id="event")):
            return True
        case ast.JoinedStr(values=values):
            return any(map(_is_text, values))
        case ast.Call(func=ast.Attribute(value=inner)):
            return _is_text(inner)  # event.text.lower()
    return False


def test_no_code_takes_the_text_of_an_event_apart() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{line}"
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        for line in taken_apart(path.read_text(encoding="utf-8"))
    }
    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        'event.text.partition(": ")[0]',
        'event.text.removeprefix("over: ")',
        'str(event).startswith("backoff")',
        'event.text.lower().endswith(" failed")',
        're.match("over", event.text)',
        '"failed" in f"{event}"',
        'event.why == "over"',
        "event.text[:4]",
        "match event:\n    case Alarm(text=said): said.split()",
    ],
)
def test_what_takes_one_apart_is_found(code: str) -> None:
    assert taken_apart(f"from recorder.events import Event\n{code}\n")


def test_showing_a_text_is_no_parsing() -> None:
    assert (
        taken_apart("from recorder.events import Event\nlog(str(event), mask(event.text))") == set()
    )
