"""Where state and cache lie when no setting names a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from footage.errors import Misconfigured
from infra.config.default_folders import default_cache, default_home


@pytest.mark.parametrize(
    ("environ", "uid", "expected"),
    [
        ({"HOME": "/root", "XDG_CACHE_HOME": "/x"}, 0, "/var/cache/footage"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": "/x"}, 1000, "/x/footage"),
        ({"HOME": "/home/a", "XDG_CACHE_HOME": ""}, 1000, "/home/a/.cache/footage"),
    ],
)
def test_default_cache(environ: dict[str, str], uid: int, expected: str) -> None:
    assert default_cache(environ, uid) == Path(expected)


def test_no_home_no_cache() -> None:
    with pytest.raises(Misconfigured, match="FOOTAGE_CACHE"):
        default_cache({}, 1000)


def test_default_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/a")
    monkeypatch.setattr(sys, "platform", "linux")
    assert default_home({"XDG_DATA_HOME": "/x"}) == Path("/x/footage")
    assert default_home({}) == Path("/home/a/.local/share/footage")
