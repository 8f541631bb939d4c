"""The adapter on the shipped folder: a real model, small enough for every test run."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from footage.encoder import Vectors
from footage.errors import BadInput, DataLoss, Misconfigured
from footage.picture import Picture
from infra.encoding.encoder_folder import IMAGE_TOWER, TOKENIZER, open_folder, write_folder
from infra.encoding.onnx_encoder import OnnxEncoder

if TYPE_CHECKING:
    from footage.ports import Encoder

STREETS = Path(__file__).parents[2] / "infra" / "encoding" / "streets"


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder(STREETS)


def matrix(vectors: Vectors) -> NDArray[np.float32]:
    return np.frombuffer(vectors.data, dtype="<f4").reshape(-1, vectors.dimension)


def some_pictures(count: int) -> list[Picture]:
    random = np.random.default_rng(5)
    sizes = [(64, 64), (320, 180), (33, 90)]
    pictures = []
    for number in range(count):
        width, height = sizes[number % len(sizes)]
        pictures.append(Picture(width, height, random.bytes(width * height * 3)))
    return pictures


def test_it_is_an_encoder(encoder: OnnxEncoder) -> None:
    port: Encoder = encoder
    assert port.identity.dimension == encoder._card.dimension
    assert port.identity.digest.startswith("sha256:")
    assert "for real footage set a real model" in port.identity.note


def test_rows_have_length_one_and_the_order_asked(encoder: OnnxEncoder) -> None:
    pictures = some_pictures(5)
    rows = matrix(encoder.encode_pictures(pictures))
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(5), abs=1e-5)
    turned = matrix(encoder.encode_pictures(pictures[::-1]))
    assert np.allclose(rows, turned[::-1], atol=1e-5)


def test_batches_do_not_show(encoder: OnnxEncoder) -> None:
    pictures = some_pictures(7)
    alone = matrix(OnnxEncoder(STREETS, batch=2, threads=2).encode_pictures(pictures))
    assert np.allclose(alone, matrix(encoder.encode_pictures(pictures)), atol=1e-5)


def test_nothing_in_nothing_out(encoder: OnnxEncoder) -> None:
    assert len(encoder.encode_pictures([])) == 0
    assert len(encoder.encode_texts([])) == 0


def test_texts_are_cleaned_cut_and_remembered(encoder: OnnxEncoder) -> None:
    first = encoder.encode_texts(["a red car", "A  RED car!"])
    rows = matrix(first)
    assert np.array_equal(rows[0], rows[1])
    assert encoder.encode_texts(["a red car", "A  RED car!"]) == first
    assert len(encoder.encode_texts(["red " * 500, "سرخ کار", "🚗 42"])) == 3


@pytest.mark.parametrize("text", ["", "   ", "?!"])
def test_a_text_of_nothing_is_refused(encoder: OnnxEncoder, text: str) -> None:
    with pytest.raises(BadInput, match="search"):
        encoder.encode_texts(["a car", text])


def test_threads_get_what_one_gets(encoder: OnnxEncoder) -> None:
    pictures = some_pictures(3)
    expected = matrix(encoder.encode_pictures(pictures))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: encoder.encode_pictures(pictures), range(8)))
        texts = list(pool.map(lambda _: encoder.encode_texts(["a blue bus"]), range(8)))
    assert all(np.allclose(matrix(answer), expected, atol=1e-5) for answer in answers)
    assert len({text.data for text in texts}) == 1


def test_an_altered_tower_is_data_loss(tmp_path: Path) -> None:
    shutil.copytree(STREETS, tmp_path / "streets")
    tower = tmp_path / "streets" / IMAGE_TOWER
    tower.write_bytes(tower.read_bytes()[:-1])
    with pytest.raises(DataLoss, match=IMAGE_TOWER):
        OnnxEncoder(tmp_path / "streets")


@pytest.mark.parametrize("name", [IMAGE_TOWER, TOKENIZER])
def test_a_file_that_is_no_tower_or_tokenizer_is_misconfigured(tmp_path: Path, name: str) -> None:
    card = open_folder(STREETS)

    def fill(draft: Path) -> None:
        for one in card.files:
            shutil.copy(STREETS / one, draft / one)
        (draft / name).write_bytes(b"no such thing")

    write_folder(tmp_path / "out", card, fill)
    with pytest.raises(Misconfigured, match=name):
        OnnxEncoder(tmp_path / "out")


def test_torch_stays_away() -> None:
    script = (
        "import sys; from pathlib import Path\n"
        "from infra.encoding.onnx_encoder import OnnxEncoder\n"
        "OnnxEncoder(Path(sys.argv[1])).encode_texts(['a red car'])\n"
        "print([m for m in ('torch', 'open_clip', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(STREETS)], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]"
