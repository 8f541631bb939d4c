"""The shipped model: whole, small, honest about itself, and good at what it was trained for."""

import subprocess
import sys
from pathlib import Path

import pytest

from infra.encoding.encoder_folder import open_folder
from infra.encoding.onnx_encoder import OnnxEncoder
from lab.training.evaluate import evaluate
from lab.training.samples import load_samples

ROOT = Path(__file__).parents[2]
STREETS = ROOT / "infra" / "encoding" / "streets"
MOST_BYTES = 15_000_000


def test_it_is_whole_and_small() -> None:
    card = open_folder(STREETS)
    assert {path.name for path in STREETS.iterdir()} == {"card.json", *card.files}
    assert sum(path.stat().st_size for path in STREETS.iterdir()) < MOST_BYTES


def test_it_says_what_it_is_not_for() -> None:
    card = open_folder(STREETS)
    assert "for real footage set a real model" in card.note
    assert "rendered" in card.trained_on
    assert card.source == "local checkpoint"


def test_the_documented_figures_are_those_of_the_card() -> None:
    text = (ROOT / "docs" / "encoders.md").read_text(encoding="utf-8")
    figures = open_folder(STREETS).figures
    for name in ("crops map", "crops top3 day", "frames map", "class accuracy", "colour accuracy"):
        assert f"{figures[name]:.2f}" in text, name


@pytest.mark.slow
def test_it_finds_what_it_never_saw(tmp_path: Path) -> None:
    out = tmp_path / "unseen.npz"
    options = ["--frames", "96", "--seed", "4242", "--split", "test", "--workers", "1"]
    command = [sys.executable, "-m", "lab.scenes.dataset", str(out), *options]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    figures = evaluate(OnnxEncoder(STREETS), load_samples(out))
    assert figures["class accuracy"] > 0.7
    assert figures["colour accuracy"] > 0.85
    assert figures["crops map"] > 0.5
