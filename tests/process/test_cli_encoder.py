"""`footage encoder export` where the extra that loads models is not installed."""

import sys
from pathlib import Path

import pytest

from footage.errors import Misconfigured
from infra.cmds import encoder


def test_export_without_the_extra_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delitem(sys.modules, "infra.encoding.openclip_encoder", raising=False)
    monkeypatch.setitem(sys.modules, "open_clip", None)  # as where it is not installed
    with pytest.raises(Misconfigured, match="open_clip, which is not installed") as raised:
        encoder.export("ViT-B-32", tmp_path / "model")
    assert "footage[clip]" in raised.value.hint
