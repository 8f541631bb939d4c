"""docs/settings.md is generated from the settings' descriptions, and the descriptions suffice."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import BaseModel

from infra.config.loading import effective, load, load_home
from infra.config.settings import Settings
from infra.config.settings_reference import EXAMPLE, reference

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def _settings() -> dict[str, FieldInfo]:
    found: dict[str, FieldInfo] = {}
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, BaseModel):
            fields = section.model_fields.items()
            found |= {f"{name}.{inner.alias or key}": inner for key, inner in fields}
        else:
            found[name] = field
    return found


def test_the_page_is_what_the_settings_say() -> None:
    committed = (DOCS / "settings.md").read_text(encoding="utf-8")
    assert committed == reference(), "make docs"


def test_every_setting_is_on_the_page_and_nothing_else() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| \S", reference(), flags=re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == set(effective(load())) == set(_settings())


@pytest.mark.parametrize("name", _settings())
def test_every_setting_explains_itself(name: str) -> None:
    field = _settings()[name]
    told = field.description or ""
    assert told.endswith("."), "a sentence"
    if field.is_required() or field.default in (None, ""):
        assert "unset:" in told or "empty:" in told, "what happens without a value"


def test_every_section_explains_itself() -> None:
    for name in {setting.partition(".")[0] for setting in _settings() if "." in setting}:
        section = Settings.model_fields[name].annotation
        assert section is not None
        assert section.__doc__
        assert f"## `[{name}]`\n{section.__doc__}\n" in reference()


def test_the_example_of_the_page_is_accepted(tmp_path: Path) -> None:
    (tmp_path / "footage.toml").write_text(EXAMPLE, encoding="utf-8")
    settings = load_home(tmp_path)
    assert (settings.store.kind, settings.catalogue.kind) == ("s3", "elasticsearch")
    assert EXAMPLE in reference()
