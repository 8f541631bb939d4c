"""The page that explains every setting, made from the descriptions of the settings.

`footage settings --reference` prints the page; `make docs` writes the page to `docs/settings.md`,
and a test fails where the two differ. To explain a setting better, change the description.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pydantic import BaseModel

from infra.config.loading import shown
from infra.config.settings import Settings

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

_HEAD: Final = """\
# Settings

One TOML file, `footage.toml` in `FOOTAGE_HOME` (or the file `FOOTAGE_CONFIG` names). The
environment goes over it: `endpoint` in `[store]` is `FOOTAGE_STORE__ENDPOINT`. Unknown keys are
errors. Secrets stand in files that a setting names. `footage settings` prints what is in force,
`footage settings --reference` this page.

A duration is written `250ms`, `5s`, `2m`, `1h30m` or `30d`; a size `200GB` (decimal) or `512MiB`
(binary).
"""

EXAMPLE: Final = """\
require_case = true

[store]
kind = "s3"
endpoint = "minio.example:9000"
secure = true
access_key_file = "/etc/footage/access-key"
secret_key_file = "/etc/footage/secret-key"

[catalogue]
kind = "elasticsearch"
url = "https://elastic-1.example:9200, https://elastic-2.example:9200"
username = "footage"
password_file = "/etc/footage/elastic-password"

[database]
url = "postgresql+psycopg://footage@postgres.example/footage"
password_file = "/etc/footage/postgres-password"
"""
"""An example of a settings file, for a machine with servers."""


def reference() -> str:
    """The page that explains every setting, in Markdown."""
    alone, sections = [], []
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            sections.append(_section(name, section))
        else:
            alone.append(_row(name, field))
    return "\n".join(
        [
            _HEAD,
            _table("## Outside of any section", alone),
            *sections,
            f"## A machine with servers\n```toml\n{EXAMPLE}```\n",
        ]
    )


def _section(name: str, section: type[BaseModel]) -> str:
    fields = section.model_fields.items()
    rows = [_row(f"{name}.{field.alias or key}", field) for key, field in fields]
    return _table(f"## `[{name}]`\n{section.__doc__}\n", rows)


def _table(heading: str, rows: list[str]) -> str:
    return "\n".join([heading, "| setting | meaning | default |", "|---|---|---|", *rows, ""])


def _row(name: str, field: FieldInfo) -> str:
    default = None if field.is_required() else shown(field.default)
    written = str(default).lower() if isinstance(default, bool) else str(default or "")
    cell = f"`{written}`" if written else ""
    return f"| `{name}` | {field.description} | {cell} |"
