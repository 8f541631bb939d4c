"""`footage encoder`: show the encoder in force, put another in force, and export one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import Misconfigured
from infra.cmds.options import AsJson
from infra.cmds.output import counted, emit

if TYPE_CHECKING:
    from infra.encoding.encoder_choice import Choice
    from infra.wiring import Parts

app = typer.Typer(
    help="The encoder that makes pictures and texts comparable.", no_args_is_help=True
)


@app.command()
def show(as_json: AsJson = False) -> None:
    """Say which encoder is in force.

    And what the encoder is fit for.
    """
    from infra.wiring import wired

    with wired() as parts:
        identity = parts.encoder.identity
        chosen_by = _chosen_by(parts)
    if as_json:
        emit(
            {
                "name": identity.name,
                "digest": identity.digest,
                "dimension": identity.dimension,
                "note": identity.note,
                "unfit": identity.unfit,
                "chosen_by": chosen_by,
            }
        )
        return
    print(f"{identity.name} ({identity.dimension} dimensions, {identity.digest})")
    print(f"chosen by: {chosen_by}")
    if identity.note:
        print(identity.note)


def _chosen_by(parts: "Parts") -> str:
    """Return how the encoder in force came to be chosen."""
    from infra.encoding.encoder_choice import FILE, read_choice

    choice, setting = read_choice(parts.settings.home), parts.settings.encoder.folder
    if setting is None:
        return (
            f"footage encoder use ({FILE} in the home)"
            if choice
            else "nobody: it is the shipped one"
        )
    over = f", which wins over {choice.source} of `footage encoder use`" if choice else ""
    return f"the setting encoder.folder{over}"


@app.command()
def use(
    model: Annotated[
        str,
        typer.Argument(
            metavar="NAME/PRETRAINED",
            help="Model and weights of open_clip's list, or hf-hub:OWNER/NAME.",
        ),
    ],
    index: Annotated[
        bool, typer.Option("--index/--no-index", help="Index what is stored with the new encoder.")
    ] = True,
) -> None:
    """Fetch an encoder, put it in force, index anew.

    For real footage: `footage encoder use ViT-B-32-SigLIP2-256/webli`. Weights and tokenizer are
    fetched from the model hub (HF_ENDPOINT), compared with the digests the hub names, exported and
    compared with the original. Only then the home's encoder is switched, entered in the custody
    log, and what is stored is indexed beside the old vectors; Ctrl-C stops indexing, and `footage
    index` goes on. Until then a search tells the rest as not yet indexed.
    """
    from infra.cmds.index import index as index_command
    from infra.encoding.encoder_choice import said_in_force
    from infra.wiring import wired

    with wired() as parts:
        if (setting := parts.settings.encoder.folder) is not None:
            raise Misconfigured(
                f"the setting encoder.folder names {setting}, and wins over this command",
                hint=f"remove `folder` of [encoder] from {parts.settings.config_file}, or "
                "FOOTAGE_ENCODER__FOLDER from the environment",
            )
        print(f"in force until now: {said_in_force(None, parts.home)}")
        _switch(parts, _brought(model, parts))
    with wired() as parts:  # anew: parts keep the encoder they began with
        waiting = sum(count for count, _ in parts.catalogue.backlog(parts.encoder_digest).values())
        print(f"in force: {said_in_force(None, parts.home)}")
    print("the vectors made before stay beside; a running `footage run`, `serve` or `index` keeps")
    print("the encoder before until that command is started again")
    if waiting and not index:
        print(f"{counted(waiting, 'segment')} to be indexed with it: footage index --once")
    elif waiting:
        print(f"{counted(waiting, 'segment')} to be indexed with it; Ctrl-C stops, and")
        print("`footage index` goes on from there")
        index_command(once=True)


def _brought(model: str, parts: "Parts") -> "Choice":
    try:
        from infra.encoding.encoder_from_hub import bring
    except ModuleNotFoundError as exc:
        raise _without_extra(exc) from exc
    return bring(model, parts.home, parts.settings.cache, print)


def _switch(parts: "Parts", choice: "Choice") -> None:
    """Put an encoder in force, entered in the custody log (invariant 7)."""
    from infra.encoding.encoder_choice import FOLDERS, said, write_choice

    parts.in_force.encoder(
        parts.settings,
        said(parts.home / FOLDERS / choice.name),
        lambda: write_choice(parts.home, choice),
    )


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="open_clip tag, or folder of a local checkpoint.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    pretrained: Annotated[str | None, typer.Option(help="Weights of the tag, e.g. webli.")] = None,
) -> None:
    """Export an open_clip model.

    Needed once; afterwards the exported model runs without torch.

    `footage encoder use` does it all for a model of a hub. To export alone:
    `footage encoder export ViT-B-32-SigLIP2-256 --pretrained webli --out DIR`, then set `folder`
    in `[encoder]`.
    """
    from infra.host.private import give_out

    try:
        from infra.encoding.openclip_encoder import export as export_model
    except ModuleNotFoundError as exc:
        raise _without_extra(exc) from exc
    local = Path(model)
    card = export_model(local if local.is_dir() else model, pretrained, out)
    give_out(out)
    print(f"exported {card.name} to {out}; set folder = {str(out)!r} in [encoder] to use it")


def _without_extra(missing: ModuleNotFoundError) -> Misconfigured:
    return Misconfigured(
        f"exporting a model needs {missing.name}, which is not installed",
        hint="install the extra `clip`: pip install 'footage[clip]', in a checkout: make setup",
    )
