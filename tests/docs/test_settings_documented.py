"""Every setting stands in docs/settings.md with its meaning, and nothing else does."""

from __future__ import annotations

import re
from pathlib import Path

from infra.config.settings import Settings, effective, load

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def test_every_setting_is_documented_and_nothing_else() -> None:
    text = (DOCS / "settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([a-z_.]+)` \| \S", text, flags=re.MULTILINE))
    assert documented == set(effective(load()))


def test_every_setting_explains_itself() -> None:
    for name, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        fields = inner if isinstance(inner, dict) else {name: field}
        assert all(part.description for part in fields.values()), name
