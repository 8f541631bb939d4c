"""`footage settings`: print the settings in force, or explain each setting."""

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from footage.errors import FootageError
from infra.cmds.options import AsJson
from infra.cmds.output import emit, table

if TYPE_CHECKING:
    from infra.config.settings import Settings


def settings(
    as_json: AsJson = False,
    reference: Annotated[
        bool, typer.Option("--reference", help="Explain every setting, in Markdown.")
    ] = False,
) -> None:
    """Print the settings in force.

    Secrets stand in files and are never printed.
    """
    if reference:
        from infra.config.settings_reference import reference as page

        print(page(), end="")
        return
    from infra.config.loading import effective, load

    loaded = load()
    values = effective(loaded) | in_force(loaded)
    if as_json:
        emit(values)
        return
    table(
        f"settings ({loaded.config_file})",
        ("setting", "value"),
        ((key, _said(value)) for key, value in values.items()),
    )


def in_force(settings: "Settings") -> dict[str, str]:
    """Values that take the place of settings left unset: what Footage uses then."""
    from infra.encoding.encoder_choice import folder_in_force
    from infra.media import ffmpeg_tool
    from infra.node.home import default_node

    home = settings.home
    found: dict[str, str] = {}
    if settings.recording.ffmpeg is None:
        with suppress(FootageError):
            found["recording.ffmpeg"] = str(ffmpeg_tool.find().path)
    if settings.recording.spool_limit is None:
        found["recording.spool_limit"] = "all but a tenth of the disk"
    if not settings.recording.node:
        found["recording.node"] = default_node()
    if settings.store.kind == "directory" and settings.store.path is None:
        found["store.path"] = str(home / "store")
    if settings.catalogue.kind == "sqlite" and settings.catalogue.path is None:
        found["catalogue.path"] = str(home / "catalogue.db")
    if not settings.database.url:
        found["database.url"] = f"sqlite:///{home / 'register.db'}"
    if settings.encoder.folder is None:
        try:
            found["encoder.folder"] = str(folder_in_force(None, home))
        except FootageError as exc:
            found["encoder.folder"] = f"unknown: {exc}"
    if settings.retention.policies is None:
        policies = home / "policies.toml"
        kept = "" if policies.is_file() else " (no such file: everything is kept)"
        found["retention.policies"] = f"{policies}{kept}"
    return found


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "(none)" if value in (None, "") else str(value)
