"""`footage encoder use` with open_clip itself: a small model from a hub on loopback."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

import pytest

from footage.action import Action
from footage.errors import BadInput, FootageError, Misconfigured
from infra.cmds import encoder as command
from infra.encoding.encoder_choice import FOLDERS, SHIPPED, folder_in_force, read_choice
from infra.encoding.encoder_folder import open_folder
from infra.encoding.hub_files import Hub
from infra.wiring import wired
from tests.common.cli import Cli
from tests.common.model_hub import model_hub
from tests.common.recording import make_film
from tests.process.test_openclip_export import TINY, save_tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.common.model_hub import ModelHub

pytestmark = pytest.mark.slow

DAY = "2026-11-20"
MODEL = "hf-hub:city/tiny"
WEIGHTS = "open_clip_model.safetensors"
TEXT = {
    "context_length": 20,
    "vocab_size": 1536,
    "hf_tokenizer_name": "elsewhere/never-asked",
    "tokenizer_kwargs": {"clean": "canonicalize"},
    "width": 32,
    "heads": 2,
    "layers": 1,
    "pool_type": "last",
    "no_causal_mask": True,
    "proj_bias": True,
}


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelHub]:
    """A hub with a small model of SigLIP's kind, tokenizer included, and an empty home."""
    monkeypatch.setenv("FOOTAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("FOOTAGE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "hub" / "city" / "tiny"
    folder.mkdir(parents=True)
    config = {**TINY, "custom_text": True, "init_logit_bias": -10, "text_cfg": TEXT}
    save_tiny(folder, config, {"resize_mode": "squash", "mean": [0.5] * 3})
    shutil.copy(SHIPPED / "tokenizer.json", folder)
    (folder / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[pad]", "eos_token": "[end]"}'
    )
    with model_hub(tmp_path / "hub") as serving:
        at = partial(Hub, endpoint=serving.url)  # HF_ENDPOINT is read once, at the first import
        monkeypatch.setattr("infra.encoding.encoder_from_hub.Hub", at)
        yield serving


def test_one_command_fetches_exports_and_switches(
    hub: ModelHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = tmp_path / "home"
    command.use(MODEL)
    said = capsys.readouterr().out
    choice = read_choice(home)
    assert choice is not None
    card = open_folder(home / FOLDERS / choice.name)
    assert (card.name, card.picture.fit, card.text.clean) == (MODEL, "squash", "canonicalize")
    assert f"weights: sha256:{hub.digest(hub.root / 'city/tiny' / WEIGHTS)}" in said
    assert "in force until now: streets sha256:" in said
    assert f"in force: {MODEL} {choice.digest}" in said
    assert "elsewhere" not in said, "tokenizer and weights are of one repository"
    with wired() as parts:
        assert parts.encoder.identity.digest == choice.digest
        changes = [
            change
            for one in parts.custody.read()
            if one.action is Action.SETTINGS and isinstance(one.what.get("changes"), list)
            for change in list(one.what["changes"])  # type: ignore[call-overload]
            if change["name"] == "encoder"
        ]
    assert [change["after"] for change in changes][1:] == [f"{MODEL} {choice.digest}"]

    first = len(hub.asked)
    command.use(MODEL)
    assert hub.asked[first:] == [], "nothing is fetched twice"
    assert read_choice(home) == choice
    assert [each.name for each in (home / FOLDERS).iterdir() if each.is_dir()] == [choice.name]


def test_what_is_stored_is_indexed_beside_the_old_vectors(
    hub: ModelHub, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del hub
    cli = Cli(tmp_path / "home")
    film = make_film(tmp_path / "film.mp4", seconds=4)
    cli.ok("cameras", "add", "c1", "--site", "s", "--district", "d", "--lat", "31", "--lon", "70")
    cli.ok("ingest", str(film), "--camera", "c1", "--start", f"{DAY}T10:00:00Z")
    cli.ok("index", "--once")

    def coverage() -> tuple[float, set[str]]:
        window = ("--from", f"{DAY}T10:00:00Z", "--to", f"{DAY}T10:00:04Z")
        found = cli.ok("search", "a car", *window, "--json").json["coverage"]
        return found["searched_s"], {each["reason"] for each in found["missing"]}

    whole = coverage()
    command.use(MODEL, index=False)
    assert "1 segment to be indexed with it: footage index --once" in capsys.readouterr().out
    assert coverage() == (0, {"not_indexed"})
    command.use(MODEL)
    assert "indexed 1 segment:" in capsys.readouterr().out
    assert coverage() == whole
    assert len(list(cli.home.glob(f"vectors/*/{DAY}"))) == 2, "the old vectors stay beside"


def foreign(repo: Path) -> None:
    import torch  # noqa: PLC0415
    from safetensors.torch import save_file  # noqa: PLC0415

    save_file({"layer.weight": torch.zeros(2)}, repo / WEIGHTS)


def wider(repo: Path) -> None:
    from safetensors.torch import load_file, save_file  # noqa: PLC0415

    weights = load_file(repo / WEIGHTS)
    longer = weights["text.positional_embedding"].repeat(2, 1)
    save_file(weights | {"text.positional_embedding": longer}, repo / WEIGHTS)


def page(repo: Path) -> None:
    (repo / WEIGHTS).write_text("<!doctype html><title>Sign in</title>")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (foreign, "of another architecture than the model"),
        (wider, r"of another architecture than the model: text\.positional_embedding"),
        (page, "is no file of weights"),
        (lambda repo: (repo / WEIGHTS).unlink(), "has no open_clip_model.safetensors"),
        (lambda repo: (repo / "open_clip_config.json").write_text("{}"), "describes no model"),
    ],
)
def test_what_is_not_that_model_switches_nothing(
    hub: ModelHub, tmp_path: Path, spoil: object, words: str
) -> None:
    assert callable(spoil)
    spoil(hub.root / "city" / "tiny")
    with pytest.raises(FootageError, match=words):
        command.use(MODEL)
    assert folder_in_force(None, tmp_path / "home") == SHIPPED
    assert not [each for each in (tmp_path / "home" / FOLDERS).iterdir() if each.is_dir()]


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("ViT-B-99/webli", "knows no model 'ViT-B-99'"),
        ("ViT-B-32-SigLIP2-256/laion", "knows no weights 'laion'"),
        ("hf-hub:../../x", "is no repository"),
    ],
)
def test_what_open_clip_does_not_know(hub: ModelHub, wanted: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        command.use(wanted)
    assert hub.asked == []


def test_the_known_architecture_is_asked_of_its_repository(hub: ModelHub) -> None:
    with pytest.raises(BadInput, match=r"no tokenizer\.json of timm/ViT-B-32-SigLIP2-256"):
        command.use("ViT-B-32-SigLIP2-256/webli")
    repo = hub.root / "timm" / "ViT-B-32-SigLIP2-256"
    shutil.copytree(hub.root / "city" / "tiny", repo)
    with pytest.raises(Misconfigured, match="of another architecture than the model"):
        command.use("ViT-B-32-SigLIP2-256/webli")
