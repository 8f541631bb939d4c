"""Checks that names in texts exist in the tree: a function for each kind of name."""

from __future__ import annotations

import re
import shlex
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from tests.common.written_names import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.common.tree_names import Tree
    from tests.common.written_names import Written

_PLACEHOLDER: Final = re.compile(r"<|>|\.\.\.|…|\{|\}|\$")
_OPTION: Final = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
_BARE: Final = re.compile(r"(?:^|: |\b(?:see|with|run|or|by) )((?:footage|make) [a-z][^,;`()]*)")
_MODULE_RUN: Final = re.compile(r"(?<!\S)-m ([a-z_][\w.]*\w)")
_SETTING: Final = re.compile(r"\[([a-z]+)\] ([a-z_]+)")
_ROUTE: Final = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE) /api/v1[\w/{}.-]*")
_PARAMETER: Final = re.compile(r"\{\w+\}")
_DOTTED: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_NAME: Final = re.compile(r"[A-Za-z_]\w*")
_CALL: Final = re.compile(r"\(.*\)$", re.DOTALL)
_READ_HERE: Final = (".py", ".md", ".svelte")
"""Kinds of files that only the tree has; files of other kinds may be written by a program."""
_SEPARATORS: Final = frozenset({"&&", "||", "|", ";", "&"})


def faults(said: Written, tree: Tree) -> Iterator[str]:
    """Yield names in `said` that do not exist in `tree`."""
    match said.kind:
        case Kind.SHELL:
            line, _, comment = said.text.partition(" # ")
            yield from _shell(line, tree)
            yield from _bare(comment.strip(), tree)
        case Kind.HINT:
            yield from _bare(said.text, tree)
            yield from _options(said.text, tree)
        case Kind.SPAN:
            yield from _span(said, tree)
        case Kind.TEXT:
            yield from _text(said.text, tree)
            yield from _options(said.text, tree)
        case Kind.PROGRAM:
            yield from _text(said.text, tree)


# ---------------------------------------------------------------- commands


def _shell(line: str, tree: Tree) -> Iterator[str]:
    if line.startswith("footage  "):  # a table of folders
        return
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that ends on another line
        words = line.split()
    for separates, group in groupby(words, key=_SEPARATORS.__contains__):
        if not separates:
            yield from _program(list(group), tree)


def _program(words: list[str], tree: Tree) -> Iterator[str]:
    """Check a command line; commands of other projects pass."""
    while words and (words[0] == "$" or re.match(r"[A-Z_]+=", words[0])):
        del words[0]
    match words:
        case ["footage", *rest]:
            yield from _footage(rest, tree)
        case ["make", *rest]:
            for word in rest:
                if re.fullmatch("[a-z]+", word) and word not in tree.targets:
                    yield f"make {word}"
        case ["python" | "python3", "-m", module, *rest]:
            yield from _run_module(module, tree)
            yield from _options(" ".join(rest), tree)
        case ["pytest", *rest]:
            yield from _options(" ".join(rest), tree)
        case [path, *rest] if path.startswith("scripts/"):
            yield from _rooted(path, tree)
            yield from _options(" ".join(rest), tree)


def _footage(words: Sequence[str], tree: Tree) -> Iterator[str]:
    """Check a `footage` command: walk down the command groups, then check the options."""
    command: Any = tree.command
    said = "footage"
    values = 0
    for word in words:
        if values:
            values -= 1
        elif word.startswith("--"):
            name, given, _ = word.partition("=")
            option = _option(command, name)
            if option is None:
                yield f"{said} {name}"
            elif not given and not option.is_flag and not option.count:
                values = option.nargs
        elif hasattr(command, "commands") and re.fullmatch("[a-z][a-z-]*", word):
            said = f"{said} {word}"
            if word not in command.commands:
                yield said
                return
            command = command.commands[word]


def _option(command: Any, name: str) -> Any:  # noqa: ANN401 - Typer keeps its click to itself
    if name == "--help":
        return _Flag
    known = {opt: p for p in command.params for opt in (*p.opts, *p.secondary_opts)}
    return known.get(name)


class _Flag:
    is_flag, count, nargs = True, False, 1


def _bare(text: str, tree: Tree) -> Iterator[str]:
    """Check commands without backticks, where no command can be taken for English."""
    for found in _BARE.finditer(text):
        words = found[1].split()
        if words[0] == "footage" or len(words) == 2:  # "make servers", not "make a new plan"
            yield from _program(words, tree)


def _run_module(module: str, tree: Tree) -> Iterator[str]:
    root = module.partition(".")[0]
    if root in tree.tops and module not in tree.modules:
        yield f"-m {module}"


def _options(text: str, tree: Tree) -> Iterator[str]:
    for option in _OPTION.findall(text):
        if option not in tree.options:
            yield option


# ---------------------------------------------------------------- everything else


def _text(text: str, tree: Tree) -> Iterator[str]:
    for module in _MODULE_RUN.findall(text):
        yield from _run_module(module, tree)
    tops = "|".join(sorted(tree.tops))
    for found in re.finditer(rf"(?<![\w/.{{}}<-])(?:{tops})/[\w./*-]*\.(?:py|md|ya?ml)\b", text):
        yield from _rooted(found[0], tree)


def _span(said: Written, tree: Tree) -> Iterator[str]:
    text = said.text
    words = text.split()
    if len(words) > 1 and words[0] in {"footage", "make", "python", "pytest"}:
        yield from _shell(text, tree)
    elif text.startswith("--"):
        yield from _options(text, tree)
    elif route := _ROUTE.match(text):
        if _PARAMETER.sub("{}", route[0]) not in tree.routes:
            yield text
    elif setting := _SETTING.fullmatch(text):
        if f"{setting[1]}.{setting[2]}" not in tree.settings:
            yield text
    elif len(words) == 1 and not _PLACEHOLDER.search(text) and not text.startswith(("/", "http")):
        yield from _word(_CALL.sub("", text), tree)
    else:
        for dotted in _DOTTED.findall(text):
            if dotted.partition(".")[0] in tree.tops:
                yield from _dotted(dotted, tree)


def _word(word: str, tree: Tree) -> Iterator[str]:
    path, _, test = word.partition("::")
    if "/" in word:
        yield from _path(path, tree)
        if test and f"def {test}(" not in tree.sources.get(path, ""):
            yield word
    elif word.endswith(_READ_HERE):
        if not tree.ends(word):
            yield word
    elif _DOTTED.fullmatch(word):
        yield from _dotted(word, tree)
    elif _NAME.fullmatch(word) and not tree.words & {word, word.removesuffix("_s")}:
        yield word  # JSON fields of durations in seconds end in "_s"


def _path(path: str, tree: Tree) -> Iterator[str]:
    if path.partition("/")[0] in tree.tops:
        yield from _rooted(path, tree)
    elif path.endswith(_READ_HERE):
        if not tree.ends(path):
            yield path
    elif path.endswith("/") and not tree.has_folder(path) and not _made(path[:-1], tree):
        yield path


def _made(name: str, tree: Tree) -> bool:
    """Whether a program of Footage makes a file or folder of that name, judged by the code."""
    return name in tree.words or name in tree.strings or f"{name}/" in tree.strings


def _rooted(path: str, tree: Tree) -> Iterator[str]:
    if not tree.has_path(path):
        yield path


def _dotted(dotted: str, tree: Tree) -> Iterator[str]:
    first, second = dotted.split(".")[:2]
    if dotted in tree.settings or tree.resolves(dotted) or tree.ends(dotted):
        return
    if dotted in tree.strings and not dotted.endswith(_READ_HERE):  # a file that Footage writes
        return
    if first in tree.tops:
        yield dotted
    elif first in tree.classes:
        if not tree.of_class(first, second):
            yield dotted
    elif not any(tree.resolves(name) for name in _completed(dotted, tree)):
        unknown = [word for word in dotted.split(".") if word not in tree.words]
        if unknown:
            yield dotted


def _completed(dotted: str, tree: Tree) -> Iterator[str]:
    """Yield full names of a dotted name that begins with the last part of a module's name."""
    first, _, rest = dotted.partition(".")
    for module in tree.modules:
        if module.endswith(f".{first}"):
            yield f"{module}.{rest}"
