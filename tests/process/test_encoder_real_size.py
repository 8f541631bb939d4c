"""`footage encoder use` with the documented architecture at its real size, from a hub on loopback.

The weights are random numbers: nothing is fetched from outside, and no answer is judged.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from safetensors.numpy import save_file

from infra.encoding.encoder_choice import SHIPPED
from tests.common.cli import Cli, Said
from tests.common.model_hub import model_hub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.common.model_hub import ModelHub

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_500)]

MODEL = "ViT-B-32-SigLIP2-256/webli"
REPOSITORY = "timm/ViT-B-32-SigLIP2-256"
WEIGHTS = "open_clip_model.safetensors"
HALF = 700_000_000
MAKE = """
import sys
from pathlib import Path
import open_clip, torch
from safetensors.torch import save_file
name, folder = sys.argv[1], Path(sys.argv[2])
torch.manual_seed(3)
model = open_clip.create_model(name)
save_file({key: value.contiguous() for key, value in model.state_dict().items()},
          folder / "open_clip_model.safetensors")
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of some GB, gone when the test ends: pytest keeps its own for three runs."""
    with tempfile.TemporaryDirectory(prefix="footage-real-size-") as made:
        yield Path(made)


@pytest.fixture
def hub(folder: Path) -> Iterator[ModelHub]:
    repository = folder / "hub" / REPOSITORY
    repository.mkdir(parents=True)
    argv = [sys.executable, "-c", MAKE, MODEL.partition("/")[0], str(repository)]
    subprocess.run(argv, check=True, capture_output=True, timeout=600)
    shutil.copy(SHIPPED / "tokenizer.json", repository)
    (repository / "tokenizer_config.json").write_text(
        '{"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[pad]", "eos_token": "[end]"}'
    )
    with model_hub(folder / "hub") as serving:
        yield serving


def use(hub: ModelHub, folder: Path) -> Said:
    settings = {"FOOTAGE_HOME": str(folder / "home"), "FOOTAGE_CACHE": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "encoder", "use", MODEL],
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        env={**os.environ, **settings, "HF_ENDPOINT": hub.url},
    )
    return Said(done.returncode, done.stdout, done.stderr)


def in_force(folder: Path) -> str:
    shown = Cli(folder / "home").ok("encoder", "show", "--json").json
    return str(shown["name"])


def test_the_documented_encoder_comes_into_force_whole_or_not_at_all(
    hub: ModelHub, folder: Path
) -> None:
    hub.stops_at = {WEIGHTS: HALF}
    half = use(hub, folder)
    assert (half.code, "Traceback" in half.err) == (4, False), half.err
    assert in_force(folder).startswith("streets")

    repository = folder / "hub" / REPOSITORY
    hub.stops_at = {}
    right = (repository / WEIGHTS).rename(folder / WEIGHTS)
    save_file({"layer.weight": np.zeros(2, np.float32)}, repository / WEIGHTS)
    foreign = use(hub, folder)
    assert (foreign.code == 0, "Traceback" in foreign.err) == (False, False), foreign.err
    assert in_force(folder).startswith("streets")

    right.rename(repository / WEIGHTS)
    whole = use(hub, folder)
    assert whole.code == 0, whole.err
    assert f"weights: sha256:{hub.digest(repository / WEIGHTS)}" in whole.out
    assert in_force(folder) == MODEL
