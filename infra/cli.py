"""The command line: one Typer application, one module a command in `infra/cmds/`.

Command modules import third-party clients and services inside their functions, so that `footage
--help` stays fast.
"""

import signal
import sys
from types import FrameType

import typer

from footage.errors import FootageError
from infra.cmds import (
    audit,
    cameras,
    catalogue,
    doctor,
    encoder,
    export,
    hold,
    index,
    ingest,
    record,
    recorders,
    retention,
    search,
    serve,
    settings,
    status,
    timeline,
    verify,
)
from lab.cmds import bench, demo, servers

app = typer.Typer(
    name="footage",
    help="Recording storage and forensic search for a city's cameras.",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help starts in two thirds of the time
    pretty_exceptions_enable=False,
    add_completion=True,
)
app.add_typer(cameras.app, name="cameras")
app.command("record")(record.record)
app.command("run")(record.run)
app.add_typer(recorders.app, name="recorders")
app.command("status")(status.status)
app.command("ingest")(ingest.ingest)
app.command("index")(index.index)
app.command("search")(search.search)
app.command("timeline")(timeline.timeline)
app.command("export")(export.export)
app.command("verify")(verify.verify)
app.add_typer(hold.app, name="hold")
app.add_typer(retention.app, name="retention")
app.add_typer(audit.app, name="audit")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(encoder.app, name="encoder")
app.command("serve")(serve.serve)
app.add_typer(servers.app, name="servers")
app.command("settings")(settings.settings)
app.command("doctor")(doctor.doctor)
app.command("demo")(demo.demo)
app.command("bench")(bench.bench)

INTERRUPTED = 130
TERMINATED = 143


def main() -> None:
    """Run a command; errors raised on purpose become one line and their exit code.

    SIGTERM ends a command as an exception does, so that what it has open is closed and an action
    under way is entered as cut short (invariant 7).
    """
    signal.signal(signal.SIGTERM, _terminate)
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
