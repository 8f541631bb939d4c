"""Exporting with open_clip itself, on random weights: slow to import, nothing is downloaded."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from footage.errors import Misconfigured, Refused
from footage.picture import Picture
from infra.encoding.encoder_folder import PictureSpec, open_folder
from infra.encoding.encoder_picture import prepare_pictures
from infra.encoding.onnx_encoder import OnnxEncoder

if TYPE_CHECKING:
    from infra.encoding.encoder_folder import Fit
    from infra.encoding.onnx_weights import Storage

pytestmark = pytest.mark.slow

TEXTS = [
    "a red pickup near the bus stand",
    "A Person's bike; they've left, haven't they?",
    "18:00-20:00, plate ABC-123 #4 (50%)",
    "don't I'll we're you'd I'm 's 'S",
    "hello\n\tworld   &amp; &lt;b&gt; &quot;x&quot;",
    "caf\u00e9 na\u00efve \u00fcber \u0130stanbul",
    "🚗 red 🚙🚙 car",
    "سرخ پک اپ بس اڈے کے پاس",
    "\u4e00\u8f86\u7ea2\u8272\u7684\u6c7d\u8f66",
    "x" * 300,
    "word " * 120,
    "\u201cquoted\u201d \u2018single\u2019 \u2014 dash\u2026",
    "a<end_of_text>b <start_of_text>",
    "__init__ snake_case a--b ...",
    "1234567890 3.14 1,000",
    ".",
]

TINY = {
    "embed_dim": 16,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}


def save_tiny(folder: Path, config: dict[str, Any], preprocess: dict[str, Any]) -> Path:
    import open_clip  # noqa: PLC0415  18 s, for these tests alone
    import torch  # noqa: PLC0415
    from safetensors.torch import save_file  # noqa: PLC0415

    folder.mkdir(exist_ok=True)
    torch.manual_seed(3)
    custom = config.get("custom_text")
    shape = {name: value for name, value in config.items() if name != "custom_text"}
    model = (open_clip.CustomTextCLIP if custom else open_clip.CLIP)(**shape)
    save_file(model.state_dict(), folder / "open_clip_model.safetensors")
    text = json.dumps({"model_cfg": config, "preprocess_cfg": preprocess})
    (folder / "open_clip_config.json").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny(tmp_path_factory.mktemp("tiny"), TINY, {})


def test_a_tag_is_exported_with_every_token_alike(tmp_path: Path) -> None:
    import open_clip  # noqa: PLC0415

    from infra.encoding.openclip_encoder import export  # noqa: PLC0415

    card = export("ViT-S-32-alt", None, tmp_path / "out")
    assert (card.dimension, card.picture.width, card.text.context_length) == (256, 224, 77)
    assert card.source == "ViT-S-32-alt/random weights"
    exported = OnnxEncoder(tmp_path / "out")
    original = open_clip.get_tokenizer("ViT-S-32-alt")(TEXTS).numpy()
    for text, ours, theirs in zip(TEXTS, exported.tokens(TEXTS), original, strict=True):
        assert np.array_equal(ours, theirs), text


@pytest.mark.parametrize("mode", ["shortest", "longest", "squash"])
@pytest.mark.parametrize("filter_name", ["bilinear", "bicubic"])
@pytest.mark.parametrize("size", [32, (24, 40)])
def test_pictures_are_prepared_as_open_clip_does(
    mode: str, filter_name: str, size: int | tuple[int, int]
) -> None:
    from open_clip.transform import PreprocessCfg, image_transform_v2  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    fits: dict[str, Fit] = {
        "shortest": "shortest-crop",
        "longest": "letterbox",
        "squash": "squash",
    }
    config = PreprocessCfg(size=size, interpolation=filter_name, resize_mode=mode, fill_color=9)
    height, width = (size, size) if isinstance(size, int) else size
    mean, std = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
    # open_clip ignores the filter for targets that are not square, and always takes bicubic.
    ignored = mode == "shortest" and not isinstance(size, int)
    spec = PictureSpec(
        width=width,
        height=height,
        mean=mean,
        std=std,
        resize="bicubic" if ignored or filter_name == "bicubic" else "bilinear",
        fit=fits[mode],
        fill=9,
    )
    transform = image_transform_v2(config, is_train=False)
    random = np.random.default_rng(1)
    for across, down in [(64, 64), (100, 57), (57, 100), (640, 360), (20, 33)]:
        rgb = random.bytes(across * down * 3)
        theirs = transform(Image.frombytes("RGB", (across, down), rgb)).numpy().ravel()
        ours = prepare_pictures([Picture(across, down, rgb)], spec).ravel()
        cosine = ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs)
        assert cosine >= 0.999, (across, down)


def sizes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def test_a_local_checkpoint_in_each_storage(tiny: Path, tmp_path: Path) -> None:
    from infra.encoding.openclip_encoder import Provenance, export  # noqa: PLC0415

    stores: tuple[Storage, ...] = ("float32", "float16", "int8")
    cards = [
        export(tiny, None, tmp_path / one, storage=one, provenance=Provenance(name="tiny"))
        for one in stores
    ]
    assert [card.precision for card in cards] == list(stores)
    assert len({card.digest("cpu") for card in cards}) == 3
    wide, half, narrow = (sizes(tmp_path / one) for one in stores)
    assert wide > 1.4 * half > 1.8 * narrow
    assert open_folder(tmp_path / "int8") == cards[2]


def test_vectors_unlike_the_original_are_refused(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infra.encoding import openclip_check, openclip_encoder  # noqa: PLC0415 - torch is slow

    monkeypatch.setattr(openclip_check, "LEAST_COSINE", 1.001)
    with pytest.raises(Refused, match="cosine"):
        openclip_encoder.export(tiny, None, tmp_path / "out")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("clean", ["canonicalize", "lower", "whitespace"])
@pytest.mark.parametrize("strip", [False, True])
def test_a_transformers_tokenizer(tmp_path: Path, clean: str, *, strip: bool) -> None:
    import open_clip  # noqa: PLC0415

    from infra.encoding.openclip_encoder import export  # noqa: PLC0415
    from lab.training.vocabulary import save_vocabulary, train_vocabulary  # noqa: PLC0415

    vocabulary = train_vocabulary(1)
    kwargs = {"clean": clean, "strip_sep_token": strip}
    text = {
        "context_length": 20,
        "vocab_size": vocabulary.get_vocab_size(),
        "hf_tokenizer_name": "local",
        "tokenizer_kwargs": kwargs,
        "width": 32,
        "heads": 2,
        "layers": 1,
        "pool_type": "last",
        "no_causal_mask": True,
        "proj_bias": True,
    }
    config = {**TINY, "custom_text": True, "init_logit_bias": -10, "text_cfg": text}
    folder = save_tiny(tmp_path / "in", config, {"resize_mode": "squash", "mean": [0.5] * 3})
    save_vocabulary(vocabulary, folder, 20)
    extra = json.loads((folder / "tokenizer_config.json").read_text())
    (folder / "tokenizer_config.json").write_text(json.dumps(extra | {"sep_token": "[end]"}))
    card = export(folder, None, tmp_path / "out")
    assert (card.text.clean, card.picture.fit, card.logit_bias) == (clean, "squash", -10.0)
    assert card.text.blank_id == (1 if strip else None)
    original = open_clip.get_tokenizer(f"local-dir:{folder}")(TEXTS).numpy()
    assert np.array_equal(OnnxEncoder(tmp_path / "out").tokens(TEXTS), original)


@pytest.mark.parametrize("model", ["no-such-model", Path("no/such/folder")])
def test_an_unknown_model_is_misconfigured(tmp_path: Path, model: str | Path) -> None:
    from infra.encoding.openclip_encoder import export  # noqa: PLC0415

    with pytest.raises(Misconfigured, match="cannot load"):
        export(model, None, tmp_path / "out")


def test_training_learns_and_repeats(tmp_path: Path) -> None:
    from footage.instant import Elapsed  # noqa: PLC0415
    from infra.encoding.openclip_encoder import export  # noqa: PLC0415
    from lab.scenes.palette import Colour, Kind, Light  # noqa: PLC0415
    from lab.training.facts import Seen, Subject  # noqa: PLC0415
    from lab.training.loop import Trainer  # noqa: PLC0415
    from lab.training.plan import TrainingPlan  # noqa: PLC0415
    from lab.training.samples import Samples  # noqa: PLC0415

    pictures = np.zeros((8, 72, 72, 3), dtype=np.uint8)
    pictures[:4, :, :, 0] = pictures[4:, :, :, 2] = 220
    seen = [Seen((Subject(Kind.CAR, c),), Light.DAY) for c in (Colour.RED, Colour.BLUE)]
    samples = Samples(
        pictures,
        np.ones(8, dtype=np.bool_),
        (seen[0],) * 4 + (seen[1],) * 4,
        np.ones(8, dtype=np.float32),
    )
    plan = TrainingPlan(budget=Elapsed(1), steps=6, batch=8)
    trainers = [Trainer(samples, plan) for _ in range(2)]
    losses = [[trainer.step(plan.done(n, Elapsed(0))) for n in range(6)] for trainer in trainers]
    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert losses[0][-1] < losses[0][0]
    trainers[0].save(tmp_path / "checkpoint")
    assert export(tmp_path / "checkpoint", None, tmp_path / "out").dimension == 128
    again = Trainer(samples, plan, tmp_path / "checkpoint")
    assert again.step(0.5) < losses[0][0]
