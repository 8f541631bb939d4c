"""`footage catalogue`: the view over the object store."""

import typer

app = typer.Typer(help="The searchable record of segments.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `rebuild` a subcommand, since more will stand beside it."""


@app.command()
def rebuild() -> None:
    """Read every stored segment's key and metadata into the catalogue; changes no footage."""
    from indexer.rebuild import rebuild_catalogue
    from infra.cmds.output import progress
    from infra.wiring import wired

    with wired() as parts, progress("rebuilding") as bar:
        done = rebuild_catalogue(parts.store, parts.catalogue, bar)
    print(f"{done.segments} segments read into the catalogue")
    for key, why in done.passed_over:
        print(f"passed over: {key}: {why}")
