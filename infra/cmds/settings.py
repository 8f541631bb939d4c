"""`footage settings`: what is in force."""

from infra.cmds.options import AsJson
from infra.cmds.output import emit, table


def settings(as_json: AsJson = False) -> None:
    """Print the settings in force.

    Secrets stand in files and are never printed.
    """
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
