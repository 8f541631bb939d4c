"""`footage encoder`: show the encoder in force, and export another."""

from pathlib import Path
from typing import Annotated

import typer

from footage.errors import Misconfigured
from infra.cmds.options import AsJson
from infra.cmds.output import emit

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
    if as_json:
        emit(
            {
                "name": identity.name,
                "digest": identity.digest,
                "dimension": identity.dimension,
                "note": identity.note,
                "unfit": identity.unfit,
            }
        )
        return
    print(f"{identity.name} ({identity.dimension} dimensions, {identity.digest})")
    if identity.note:
        print(identity.note)


@app.command()
def export(
    model: Annotated[str, typer.Argument(help="open_clip tag, or folder of a local checkpoint.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    pretrained: Annotated[str | None, typer.Option(help="Weights of the tag, e.g. webli.")] = None,
) -> None:
    """Export an open_clip model.

    Needed once; afterwards the exported model runs without torch.

    For real footage: `footage encoder export ViT-B-32-SigLIP2-256 --pretrained webli --out DIR`,
    then set `folder` in `[encoder]`.
    """
    from infra.host.private import give_out

    try:
        from infra.encoding.openclip_encoder import export as export_model
    except ModuleNotFoundError as exc:
        raise Misconfigured(
            f"exporting a model needs {exc.name}, which is not installed",
            hint="install the extra `clip`: pip install 'footage[clip]', in a checkout: make setup",
        ) from exc
    local = Path(model)
    card = export_model(local if local.is_dir() else model, pretrained, out)
    give_out(out)
    print(f"exported {card.name} to {out}; set folder = {str(out)!r} in [encoder] to use it")
