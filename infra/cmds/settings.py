"""`footage settings`: print the settings in force, or explain each setting."""

from typing import Annotated

import typer

from infra.cmds.options import AsJson
from infra.cmds.output import emit, table


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
    from infra.config.settings import effective, load

    loaded = load()
    values = effective(loaded)
    if as_json:
        emit(values)
        return
    table(
        f"settings ({loaded.config_file})",
        ("setting", "value"),
        ((key, str(value)) for key, value in values.items()),
    )
