"""The command line: a Typer application, built from the table in `infra/commands.py`.

Command modules import third-party clients and services inside their functions, so that `footage
--help` stays fast.
"""

import signal
import sys
from types import FrameType

import typer

from footage.errors import FootageError
from infra.commands import LABORATORY, CommandGroup, section_of

app = typer.Typer(
    name="footage",
    cls=CommandGroup,
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help starts in two thirds of the time
    pretty_exceptions_enable=False,
    add_completion=True,
)
INTERRUPTED = 130
TERMINATED = 143


@app.callback()
def footage() -> None:
    """Recording storage and forensic search for a city's cameras."""


def main() -> None:
    """Run a command; a `FootageError` is printed as a single line and sets the exit code.

    SIGTERM ends a command as an exception does, so that open stores are closed and an action under
    way is entered in the custody log as cut short (invariant 7).
    """
    signal.signal(signal.SIGTERM, _terminate)
    # Programs that the laboratory installs are read by servers that run as other users.
    if sys.argv[1:] and section_of(sys.argv[1]) != LABORATORY:
        from infra.host.private import keep_private  # noqa: PLC0415 - `--help` loads no hashlib

        keep_private()
    try:
        app()
    except FootageError as exc:
        said = "; ".join((str(exc), *getattr(exc, "__notes__", ())))
        print(f"footage: {said}", file=sys.stderr)  # noqa: T201 - the edge of the process
        sys.exit(exc.exit_code)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(TERMINATED)


if __name__ == "__main__":
    main()
