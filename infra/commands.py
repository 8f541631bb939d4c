"""The table of `footage` commands, from which the command line is built.

To add a command: write a module in `infra/cmds/`, and add a line to `COMMANDS`. The module of a
command is imported when the command is asked for; `footage --help` imports all modules, so each
module imports clients and services inside its functions.

Commands that do not ship with the product come by the entry point group `footage.commands` of
other installed packages: the laboratory (demonstration, real servers, benchmarks) adds its commands
that way, and the product names no module of the laboratory.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from footage.errors import Misconfigured

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint

    AnyCommand = TyperCommand | TyperGroup


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the table: name, code and heading in the help.

    Attributes:
        name: The word after `footage`.
        target: `module:object`; the object is a function, or a `typer.Typer` with subcommands.
            `footage --help` shows the docstring or help text of the object.
        section: The heading of `footage --help` under which the command stands.
        options: Typer's options of the command; None for none.
    """

    name: str
    target: str
    section: str
    options: Mapping[str, Any] | None = None


RECORD: Final = "Record"
FIND: Final = "Find and export"
KEEP: Final = "Keep and delete"
RUN: Final = "Run and look after"
LABORATORY: Final = "Laboratory"
_ANY_TEXT: Final = {"context_settings": {"ignore_unknown_options": True}}
"""The text of a search may begin with a dash: "-car"."""
SECTIONS: Final = (RECORD, FIND, KEEP, RUN, LABORATORY)

COMMANDS: Final = (
    Command("cameras", "infra.cmds.cameras:app", RECORD),
    Command("record", "infra.cmds.record:record", RECORD),
    Command("run", "infra.cmds.record:run", RECORD),
    Command("recorders", "infra.cmds.recorders:app", RECORD),
    Command("status", "infra.cmds.status:status", RECORD),
    Command("ingest", "infra.cmds.ingest:ingest", RECORD),
    Command("index", "infra.cmds.index:index", FIND),
    Command("search", "infra.cmds.search:search", FIND, _ANY_TEXT),
    Command("timeline", "infra.cmds.timeline:timeline", FIND),
    Command("play", "infra.cmds.play:play", FIND),
    Command("export", "infra.cmds.export:export", FIND),
    Command("absence", "infra.cmds.absence:absence", FIND),
    Command("case", "infra.cmds.case:app", FIND),
    Command("verify", "infra.cmds.verify:verify", FIND),
    Command("preserve", "infra.cmds.preserve:preserve", KEEP),
    Command("hold", "infra.cmds.hold:app", KEEP),
    Command("requests", "infra.cmds.requests:app", KEEP),
    Command("retention", "infra.cmds.retention:app", KEEP),
    Command("audit", "infra.cmds.audit:app", KEEP),
    Command("ledger", "infra.cmds.ledger:app", KEEP),
    Command("keys", "infra.cmds.keys:app", KEEP),
    Command("catalogue", "infra.cmds.catalogue:app", RUN),
    Command("backup", "infra.cmds.backup:backup", RUN),
    Command("restore", "infra.cmds.backup:restore", RUN),
    Command("store", "infra.cmds.store:app", RUN),
    Command("encoder", "infra.cmds.encoder:app", RUN),
    Command("users", "infra.cmds.users:app", RUN),
    Command("serve", "infra.cmds.serve:serve", RUN),
    Command("settings", "infra.cmds.settings:settings", RUN),
    Command("doctor", "infra.cmds.doctor:doctor", RUN),
)
LABORATORY_COMMANDS: Final = ("demo", "servers", "bench")
"""Names of laboratory commands; refused with a hint where the laboratory is not installed."""

GROUP: Final = "footage.commands"
"""The entry point group of commands that do not ship with the product."""

_INSTALL_HINT: Final = "run `make setup` in a checkout of the source"


class CommandGroup(TyperGroup):
    """The command group `footage`: finds a command in the table or the entry points when asked."""

    def __init__(self, **attrs: Any) -> None:  # noqa: ANN401 - handed on as Typer gives them
        super().__init__(**attrs)
        self.commands = Loaded()

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer's click, whose types have no public name
        """Write the list of commands for `footage --help`, under the headings of `SECTIONS`."""
        del ctx
        loaded = self.commands
        shown = {name: command for name, command in loaded.items() if not command.hidden}
        width = max(map(len, shown))
        room = formatter.width - 6 - width
        for section in SECTIONS:
            rows = [
                (name.ljust(width), command.get_short_help_str(room))
                for name, command in shown.items()
                if section_of(name) == section
            ]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)


class Loaded(MutableMapping[str, Any]):
    """All commands by name, in the order of the table; a module is imported at the first use."""

    def __init__(self) -> None:
        self._made: dict[str, AnyCommand] = {}

    def __getitem__(self, name: str) -> AnyCommand:
        if name not in self._made:
            self._made[name] = self._load(name)
        return self._made[name]

    def __setitem__(self, name: str, command: AnyCommand) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        shipped = [command.name for command in COMMANDS]
        others = [*sorted(self._installed), *LABORATORY_COMMANDS]
        yield from dict.fromkeys([*shipped, *others])

    def __len__(self) -> int:
        return len(list(iter(self)))

    @cached_property
    def _installed(self) -> dict[str, EntryPoint]:
        # Imported here: listing installed packages takes as long as importing ten commands.
        from importlib.metadata import entry_points  # noqa: PLC0415

        return {point.name: point for point in entry_points(group=GROUP)}

    def _load(self, name: str) -> AnyCommand:
        """Load a command: from the table, else from an entry point, else a refusal with a hint.

        The table comes first: no other installed package replaces a command of the product.

        Raises:
            KeyError: No command has the name.
        """
        for line in COMMANDS:
            if line.name == name:
                target = pkgutil.resolve_name(line.target)
                return _made_of(name, target, **({} if line.options is None else line.options))
        point = self._installed.get(name)
        if point is None:
            if name not in LABORATORY_COMMANDS:
                raise KeyError(name)
            return _refusing(name, "the laboratory is not installed")
        try:
            return _made_of(name, point.load())
        except (ImportError, AttributeError) as exc:
            return _refusing(name, f"what is installed for it cannot be loaded: {exc}")


def section_of(name: str) -> str:
    """The heading under which a command is listed; `LABORATORY` for a name not in the table."""
    return next((line.section for line in COMMANDS if line.name == name), LABORATORY)


def _made_of(name: str, target: typer.Typer | Callable[..., None], **options: Any) -> AnyCommand:  # noqa: ANN401 - as Typer takes them
    """The command that Typer makes of a group, or of a function with Typer's `options`."""
    host = typer.Typer(rich_markup_mode=None, add_completion=False)
    host.callback()(
        lambda: None
    )  # without a callback Typer takes a lone command for the whole program
    if isinstance(target, typer.Typer):
        host.add_typer(target, name=name)
    else:
        host.command(name, **options)(target)
    group = typer.main.get_command(host)
    assert isinstance(group, TyperGroup)  # noqa: S101 - of what has a callback Typer makes a group
    made = group.commands[name]
    assert isinstance(made, TyperCommand | TyperGroup)  # noqa: S101 - Typer makes no other
    return made


def _refusing(name: str, why: str) -> AnyCommand:
    """A hidden command that takes any arguments and raises `Misconfigured`, giving `why`."""

    def refuse() -> None:
        raise Misconfigured(f"no command `footage {name}` here: {why}", hint=_INSTALL_HINT)

    anything = {"ignore_unknown_options": True, "allow_extra_args": True}
    return _made_of(name, refuse, hidden=True, add_help_option=False, context_settings=anything)
