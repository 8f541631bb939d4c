"""Names that exist in the tree: files, modules, classes, commands, settings and words.

Python is read, never imported, except the command line and the settings, which are light.
"""

from __future__ import annotations

import abc
import ast
import builtins
import enum
import gc
import json
import re
import typing
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import typer

from infra import cli
from infra.config.loading import effective, load
from tests.common.written_names import in_python

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.common.written_names import Written

_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_TARGET: Final = re.compile(r"^([a-z]+):", re.MULTILINE)
_OPTION: Final = re.compile(r"--[a-z][a-z-]*")
EXAMPLES: Final = "tests/docs/"
"""Folder whose tests have names that do not exist, for examples."""


@dataclass(slots=True)
class Class:
    """A class: names defined in the class, and names of the bases."""

    names: set[str] = field(default_factory=set)
    bases: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Module:
    """A module: names at the top level, and the classes."""

    names: set[str] = field(default_factory=set)
    classes: dict[str, Class] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Code:
    """Facts kept of a Python file.

    Attributes:
        words: Names, and words in strings; docstrings and comments do not count.
        strings: Strings without a space.
        pieces: Texts of the docstrings, comments and hints.
    """

    module: Module
    words: frozenset[str]
    strings: frozenset[str]
    pieces: tuple[Written, ...]


class Tree:
    """A checkout of the project.

    Args:
        root: Folder of the checkout.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @cached_property
    def files(self) -> frozenset[str]:
        """Every file, as a path from the root; hidden folders and what is built are left out."""
        return frozenset(self._below(self._root))

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file."""
        found = set()
        for name in self.files:
            parts = name.split("/")[:-1]
            found |= {"/".join(parts[:depth]) for depth in range(1, len(parts) + 1)}
        return frozenset(found)

    @cached_property
    def tops(self) -> frozenset[str]:
        """The folders of the root."""
        return frozenset(name for name in self.folders if "/" not in name)

    @cached_property
    def sources(self) -> Mapping[str, str]:
        """The text of every Python file."""
        return {name: self.read(name) for name in sorted(self.files) if name.endswith(".py")}

    @cached_property
    def programs(self) -> Sequence[str]:
        """Programs that are not Python: scripts and the Makefile."""
        return [name for name in sorted(self.files) if name.startswith(("scripts/", "Makefile"))]

    @cached_property
    def code(self) -> Mapping[str, Code]:
        """Facts kept of every Python file, by path."""
        collecting = gc.isenabled()
        gc.disable()  # syntax trees hold no cycles, and looking for some took half of the time
        try:
            return {name: _code(text, name) for name, text in self.sources.items()}
        finally:
            if collecting:
                gc.enable()

    @cached_property
    def _spoken(self) -> Sequence[Code]:
        return [code for name, code in self.code.items() if not name.startswith(EXAMPLES)]

    @cached_property
    def modules(self) -> Mapping[str, Module]:
        """Every module and package, by dotted name."""
        found = {name.replace("/", "."): Module() for name in self.folders}
        for name, code in self.code.items():
            dotted = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            found[dotted] = code.module
        for dotted in sorted(found):
            package, _, last = dotted.rpartition(".")
            if package in found:
                found[package].names.add(last)
        return found

    @cached_property
    def classes(self) -> Mapping[str, list[Class]]:
        """Every class, by the bare name."""
        found: dict[str, list[Class]] = {}
        for module in self.modules.values():
            for name, one in module.classes.items():
                found.setdefault(name, []).append(one)
        return found

    @cached_property
    def deployed(self) -> Sequence[str]:
        """Deploy files that are read as text: services, settings of their programs, alert rules."""
        ours = [name for name in sorted(self.files) if name.startswith("infra/deploy/")]
        return [name for name in ours if name.endswith((".yml", ".yaml", ".service", ".toml"))]

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of the code, of the other programs and of the deploy files."""
        named = [*self.programs, *self.deployed]
        programs = (_WORD.findall(self.read(name)) for name in named)
        return frozenset().union(*(code.words for code in self._spoken), *programs)

    @cached_property
    def strings(self) -> frozenset[str]:
        """Every string of the code that has no space."""
        return frozenset().union(*(code.strings for code in self._spoken))

    @cached_property
    def options(self) -> frozenset[str]:
        """Options of every program of Footage: of commands, of test runs, of scripts."""
        given = (text.partition("=")[0] for text in self.strings)
        found = {text for text in given if _OPTION.fullmatch(text)}
        for name in self.programs:
            found |= set(_OPTION.findall(self.read(name)))
        for command in _commands(self.command):
            for parameter in command.params:
                found |= {*parameter.opts, *parameter.secondary_opts}
        return frozenset(found)

    @cached_property
    def command(self) -> Any:  # noqa: ANN401 - Typer keeps its click to itself
        """The root of the command line."""
        return typer.main.get_command(cli.app)

    @cached_property
    def targets(self) -> frozenset[str]:
        """Targets of `make`."""
        return frozenset(_TARGET.findall(self.read("Makefile")))

    @cached_property
    def settings(self) -> frozenset[str]:
        """Every setting, as "section.key"."""
        return frozenset(effective(load()))

    @cached_property
    def routes(self) -> frozenset[str]:
        """Every route of the API, "GET /api/v1/cameras/{}"."""
        paths: dict[str, dict[str, object]] = json.loads(self.read("docs/openapi.json"))["paths"]
        return frozenset(
            f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
            for path, methods in paths.items()
            for method in methods
        )

    def read(self, name: str) -> str:
        """Return the text of a file."""
        return (self._root / name).read_text(encoding="utf-8")

    def has_path(self, path: str) -> bool:
        """Whether a path from the root is a file or a folder; "*" stands for anything."""
        path = path.rstrip("/")
        if "*" in path:
            return any(self._root.glob(path))
        return path in self.files or path in self.folders

    def has_folder(self, tail: str) -> bool:
        """Whether the path of some folder is or ends with `tail`."""
        tail = tail.rstrip("/")
        return any(name == tail or name.endswith(f"/{tail}") for name in self.folders)

    def ends(self, tail: str) -> bool:
        """Whether the path of some file is or ends with `tail`."""
        return any(name == tail or name.endswith(f"/{tail}") for name in self.files)

    def resolves(self, dotted: str) -> bool:
        """Whether "package.module.Class.method" and the like names something."""
        parts = dotted.split(".")
        for cut in range(len(parts), 0, -1):
            module = self.modules.get(".".join(parts[:cut]))
            if module is not None:
                return self._inside(module, parts[cut:])
        return False

    def of_class(self, name: str, attribute: str) -> bool:
        """Whether a class of the given name, or a base of such a class, has the attribute."""
        return any(self._has(one, attribute) for one in self.classes.get(name, ()))

    def _inside(self, module: Module, parts: list[str]) -> bool:
        if not parts:
            return True
        first, *more = parts
        if first not in module.names:
            return False
        if not more or first not in self.classes:
            return True
        return self.of_class(first, more[0])

    def _has(self, one: Class, attribute: str) -> bool:
        if attribute in one.names:
            return True
        return any(self._base_has(base, attribute) for base in one.bases)

    def _base_has(self, base: str, attribute: str) -> bool:
        if base in self.classes:
            return self.of_class(base, attribute)
        for library in (builtins, enum, typing, abc):
            if hasattr(library, base):
                return hasattr(getattr(library, base), attribute)
        return True  # a class of another package, which is not opened

    def _below(self, folder: Path) -> Iterator[str]:
        for path in sorted(folder.iterdir()):
            if path.name.startswith(".") or path.name == "__pycache__":
                continue
            if path.is_dir():
                yield from self._below(path)
            else:
                yield path.relative_to(self._root).as_posix()


def _code(source: str, name: str) -> Code:
    nodes = list(ast.walk(ast.parse(source)))
    constants = (node.value for node in nodes if isinstance(node, ast.Constant))
    strings = {text for text in constants if isinstance(text, str) and " " not in text}
    pieces = tuple(in_python(source, nodes, name))
    return Code(_module(nodes), frozenset(_words(nodes)), frozenset(strings), pieces)


def _module(nodes: Sequence[ast.AST]) -> Module:
    module = Module()
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            module.classes[node.name] = _class(node)
    (top,) = (node for node in nodes if isinstance(node, ast.Module))
    module.names = set(_names(top.body)) | set(module.classes)
    return module


def _class(node: ast.ClassDef) -> Class:
    found = set(_names(node.body))
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Attribute)
            and isinstance(inner.ctx, ast.Store)
            and isinstance(inner.value, ast.Name)
            and inner.value.id == "self"
        ):
            found.add(inner.attr)
    return Class(found, [_last_name(base) for base in node.bases])


def _last_name(base: ast.expr) -> str:
    if isinstance(base, ast.Subscript):
        return _last_name(base.value)
    return base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")


def _names(body: list[ast.stmt]) -> Iterator[str]:
    """Yield names that the statements of a module or a class define or import."""
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.ClassDef(name=name):
                yield name
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                yield from (each.asname or each.name for each in names)
            case ast.If(body=inner, orelse=other) | ast.Try(body=inner, orelse=other):
                yield from _names([*inner, *other])
            case ast.Assign() | ast.AnnAssign():
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                for target in targets:
                    yield from (n.id for n in ast.walk(target) if isinstance(n, ast.Name))


def _commands(command: Any) -> Iterator[Any]:  # noqa: ANN401 - see `Tree.command`
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from _commands(inner)


def _words(nodes: Sequence[ast.AST]) -> set[str]:
    docstrings = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Constant):
            if id(node) not in docstrings:
                found |= _in_constant(node.value)
        elif isinstance(node, ast.ImportFrom):
            found |= set((node.module or "").split("."))
        elif isinstance(node, ast.alias):
            found |= {*node.name.split("."), node.asname or ""}
        else:
            for part in ("id", "attr", "arg", "name"):
                name = getattr(node, part, None)
                if isinstance(name, str):
                    found.add(name)
    return found


def _in_constant(value: object) -> set[str]:
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    return set(_WORD.findall(value)) if isinstance(value, str) else set()
