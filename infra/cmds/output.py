"""Printing: JSON for programs, tables for people, progress only on a terminal."""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from footage.bytesize import show_size
from footage.count_text import count_text
from footage.instant import Elapsed, Instant

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

    from footage.span import Gap


_PROSE = 40
"""Widest cell that is never wrapped: the longest time with its zone, most ids and names."""
_LINE = 24
"""Least width of a column of prose."""
_JOINERS = "\u200c\u200d"
"""Marks that tell letters of Urdu to join or not; they show as nothing and move nothing."""


def emit(document: object) -> None:
    """Print `document` as JSON; what is no Unicode, as in a name of bytes, is escaped."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    print(text.encode("utf-8", "backslashreplace").decode())


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table whose ids, times and numbers are never broken.

    Into a pipe or a file every row is one line. On a terminal only columns of prose wrap, between
    words; where even that is too wide, each row is printed as lines of column and cell.
    """
    from rich.console import Console
    from rich.text import Text

    cells = [[printable(cell) for cell in row] for row in rows]
    console = Console()
    if not console.is_terminal:
        console = Console(width=_width([_whole(columns, cells, at) for at in range(len(columns))]))
    console.print(Text(printable(title), style="italic"), soft_wrap=True)
    if _width(_least(columns, cells)) > console.width:
        _records(columns, cells)
    else:
        _grid(console, columns, cells)


def _grid(console: "Console", columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    shown = Table(header_style="bold")
    for at, (column, least) in enumerate(zip(columns, _least(columns, cells), strict=True)):
        prose = _whole(columns, cells, at) > _PROSE
        shown.add_column(column, overflow="fold", no_wrap=not prose, min_width=least)
    for row in cells:
        shown.add_row(*map(Text, row))
    console.print(shown)


def _records(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """Print rows as lines of column and cell, of which the terminal alone breaks long ones."""
    broad = max(map(len, columns))
    for row in cells:
        print()
        for column, cell in zip(columns, row, strict=True):
            if cell:
                print(f"{column.ljust(broad)}  {cell}")


def _least(columns: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    """Width that each column needs: of prose the longest word, of anything else all of it."""
    from rich.cells import cell_len

    least = []
    for at, column in enumerate(columns):
        whole = _whole(columns, cells, at)
        if whole > _PROSE:
            words = [column, *(word for row in cells for word in row[at].split())]
            whole = max(_LINE, *map(cell_len, words))
        least.append(whole)
    return least


def _whole(columns: Sequence[str], cells: Sequence[Sequence[str]], at: int) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, [columns[at], *(row[at] for row in cells)]))


def _width(columns: Sequence[int]) -> int:
    """Width of a table with its frame."""
    return sum(columns) + 3 * len(columns) + 1


def printable(text: str) -> str:
    """The text with control characters escaped, so that no text can forge lines on a terminal."""
    return "".join(
        c
        if c.isprintable() or c in _JOINERS
        else c.encode("unicode_escape", "surrogatepass").decode()
        for c in text
    )


def local(instant: Instant, zone: str) -> str:
    """The instant as local time of the city, with the name of the time zone."""
    return instant.to_datetime().astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def size(size_bytes: int) -> str:
    """A size in bytes as text for people, e.g. "1.2 GB"."""
    return show_size(size_bytes)


def counted(number: int, thing: str) -> str:
    """The number with the noun in the singular or plural, e.g. "1 segment", "2 segments"."""
    return count_text(number, thing)


def gap_json(gap: "Gap") -> dict[str, str]:
    """A gap as JSON-able values."""
    return {
        "camera": gap.camera,
        "start": str(gap.interval.start),
        "end": str(gap.interval.end),
        "reason": gap.reason.value,
        "detail": gap.detail,
    }


def by_kind(thing: str, faults: Iterable[tuple[str, str]]) -> list[str]:
    """One line for each kind of fault, the commonest first, with a count and an example.

    Args:
        thing: Noun of the things at fault, e.g. "segment".
        faults: Name of each thing, and the fault.
    """
    kinds: dict[str, list[str]] = {}
    for name, fault in faults:
        kinds.setdefault(fault.replace(name, "..."), []).append(name)
    ordered = sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    return [
        f"{counted(len(names), thing)}: {fault} ({'e.g. ' if len(names) > 1 else ''}{names[0]})"
        for fault, names in ordered
    ]


def length(elapsed: Elapsed) -> str:
    """A duration for people, to the second."""
    return str(Elapsed(elapsed.us - elapsed.us % 1_000_000))


@contextmanager
def progress(label: str) -> Iterator["Bar"]:
    """Show a progress bar while the block runs; nothing where standard error is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as shown:
        yield Bar(shown, shown.add_task(label, total=None))


class Bar:
    """A progress bar; a call moves the bar."""

    def __init__(self, shown: "Progress", task: "TaskID") -> None:
        self._shown, self._task = shown, task

    def __call__(self, done: int, total: int | None = None) -> None:
        """Show `done` items of `total`; a `total` of None is unknown."""
        self._shown.update(self._task, completed=done, total=total)
