"""`footage catalogue`: rebuild the catalogue from the object store."""

import typer

from footage.errors import UnreadableObjects

app = typer.Typer(help="The searchable record of segments.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `rebuild` a subcommand of `catalogue`, since more subcommands will follow."""


@app.command()
def rebuild() -> None:
    """Make the catalogue anew.

    Reads key and metadata of every stored segment; changes no footage. A damaged catalogue file is
    set aside first. Afterwards `footage index --once` brings the keyframes back. Exit code 5 when
    some objects cannot be read: all others are in the catalogue.
    """
    from indexer.rebuild import rebuild_catalogue
    from infra.cmds.output import progress
    from infra.wiring import wired

    with wired() as parts, progress("rebuilding") as bar:
        if damaged := parts.set_aside_damaged_catalogue():
            print(f"the damaged catalogue was set aside as {damaged}")
        done = rebuild_catalogue(parts.store, parts.catalogue, bar)
    print(f"{done.segments} segments read into the catalogue")
    for key, why in done.passed_over:
        print(f"passed over: {key}: {why}")
    for key, why in done.unreadable:
        print(f"unreadable: {key}: {why}")
    if done.unreadable:
        raise UnreadableObjects.among(done.unreadable)
