"""A recorder's home folder: one process at a time, one name for ever."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from footage.errors import Unavailable
from infra.node.home import default_node, held

if TYPE_CHECKING:
    from pathlib import Path


def test_the_name_stays_and_only_one_holds_it(tmp_path: Path) -> None:
    with held(tmp_path) as name:
        assert re.fullmatch(r"[0-9a-f]{32}", name)
        with pytest.raises(Unavailable, match="another recorder works in"), held(tmp_path):
            pass
    with held(tmp_path) as again:
        assert again == name
    (tmp_path / "other").mkdir()
    with held(tmp_path / "other") as other:
        assert other != name


def test_the_machines_name_is_made_an_id(monkeypatch: pytest.MonkeyPatch) -> None:
    for given, expected in (
        ("recorder-3.city.example", "recorder-3-city-example"),
        ("", "recorder"),
        ("-_.", "recorder"),
        ("x" * 100, "x" * 64),
    ):
        monkeypatch.setattr("platform.node", lambda given=given: given)
        assert default_node() == expected
