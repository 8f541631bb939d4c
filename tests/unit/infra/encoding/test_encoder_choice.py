"""The encoder in force: setting, else what the home chose, else shipped; never another silently."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from footage.errors import DataLoss, Misconfigured
from infra.cmds import encoder as command
from infra.cmds.settings import in_force
from infra.config.sections.recording import Recording
from infra.config.settings import Settings
from infra.encoding.encoder_choice import (
    FILE,
    FOLDERS,
    SHIPPED,
    Choice,
    folder_in_force,
    read_choice,
    write_choice,
)
from infra.encoding.encoder_folder import RUNTIME, read_card
from infra.wiring import wired

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def chosen(tmp_path: Path) -> Choice:
    """An encoder chosen for the home `tmp_path`: the shipped one, under another name."""
    folder = tmp_path / FOLDERS / "model-1"
    shutil.copytree(SHIPPED, folder)
    card = folder / "card.json"
    raw = json.loads(card.read_text(encoding="utf-8"))
    card.write_text(json.dumps(raw | {"name": "city", "prompts": ["a photo of {}"]}))
    choice = Choice("model-1", "city/v1", read_card(folder).digest(RUNTIME))
    write_choice(tmp_path, choice)
    return choice


def test_the_home_chooses_and_the_setting_wins(tmp_path: Path, chosen: Choice) -> None:
    assert folder_in_force(None, tmp_path / "other") == SHIPPED
    assert read_choice(tmp_path) == chosen
    assert folder_in_force(None, tmp_path) == tmp_path / FOLDERS / "model-1"
    assert folder_in_force(SHIPPED, tmp_path) == SHIPPED
    found = Recording(ffmpeg=SHIPPED)  # else it is looked for
    settings = Settings(home=tmp_path, cache=tmp_path, actor="me", recording=found)
    with wired(settings) as parts:
        assert parts.encoder.identity.digest == parts.encoder_digest == chosen.digest
    assert in_force(settings)["encoder.folder"] == str(tmp_path / FOLDERS / "model-1")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 2, "name": "a"}'])
def test_a_damaged_choice_is_an_error_and_not_the_shipped_encoder(
    tmp_path: Path, chosen: Choice, text: str
) -> None:
    del chosen
    (tmp_path / FILE).write_text(text)
    with pytest.raises(Misconfigured, match=r"encoder\.json names no encoder"):
        folder_in_force(None, tmp_path)


def test_a_choice_names_no_folder_elsewhere(tmp_path: Path, chosen: Choice) -> None:
    write_choice(tmp_path, Choice("../model-1", chosen.source, chosen.digest))
    with pytest.raises(Misconfigured):
        folder_in_force(None, tmp_path)


def test_a_folder_that_is_gone_or_another_is_an_error(tmp_path: Path, chosen: Choice) -> None:
    folder = tmp_path / FOLDERS / chosen.name
    shutil.copy(SHIPPED / "card.json", folder / "card.json")
    with pytest.raises(DataLoss, match="says"):
        folder_in_force(None, tmp_path)
    shutil.rmtree(folder)
    with pytest.raises(Misconfigured, match="cannot be read"):
        folder_in_force(None, tmp_path)


def test_show_says_who_chose(
    tmp_path: Path,
    chosen: Choice,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("FOOTAGE_HOME", str(tmp_path))
    command.show()
    assert f"city (128 dimensions, {chosen.digest})" in capsys.readouterr().out
    monkeypatch.setenv("FOOTAGE_ENCODER__FOLDER", str(SHIPPED))
    command.show()
    said = capsys.readouterr().out
    assert "streets" in said
    assert "the setting encoder.folder, which wins over city/v1" in said
    with pytest.raises(Misconfigured, match="wins over this command"):
        command.use("city/v2")
