import dataclasses
import json
from pathlib import Path

import pytest

from footage.errors import DataLoss, Misconfigured
from infra.encoding.encoder_folder import (
    CARD,
    FILES,
    IMAGE_TOWER,
    TEXT_TOWER,
    Card,
    PictureSpec,
    TextSpec,
    card_from_json,
    card_to_json,
    open_folder,
    read_card,
    rewrite_card,
    write_folder,
)


def a_card() -> Card:
    return Card(
        name="small",
        source="local checkpoint",
        dimension=4,
        picture=PictureSpec(width=8, height=6, mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2)),
        text=TextSpec(context_length=5),
        logit_scale=14.3,
        prompts=("a photo of {}",),
    )


def fill(folder: Path) -> None:
    for name in FILES:
        (folder / name).write_bytes(name.encode())


def test_a_card_survives_json() -> None:
    card = dataclasses.replace(a_card(), files={"a": "sha256:00"}, figures={"map": 0.5})
    assert card_from_json(card_to_json(card)) == card


def test_a_written_folder_opens(tmp_path: Path) -> None:
    written = write_folder(tmp_path / "out", a_card(), fill)
    assert set(written.files) == set(FILES)
    assert open_folder(tmp_path / "out") == written
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_writing_again_replaces_the_whole_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, a_card(), fill)
    (out / "left over").touch()
    write_folder(out, dataclasses.replace(a_card(), name="newer"), fill)
    assert open_folder(out).name == "newer"
    assert not (out / "left over").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_refused_folder_leaves_the_old_one(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write_folder(out, a_card(), fill)

    def refuse(draft: Path) -> None:
        assert open_folder(draft).name == "worse"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_folder(out, dataclasses.replace(a_card(), name="worse"), fill, refuse)
    assert open_folder(out).name == "small"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("name", [*FILES, CARD])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path / "out", a_card(), fill)
    (tmp_path / "out" / name).unlink()
    with pytest.raises(Misconfigured, match=rf"{name}.*export"):
        open_folder(tmp_path / "out")


@pytest.mark.parametrize("name", FILES)
def test_an_altered_file_is_data_loss(tmp_path: Path, name: str) -> None:
    write_folder(tmp_path / "out", a_card(), fill)
    with (tmp_path / "out" / name).open("ab") as stream:
        stream.write(b"!")
    with pytest.raises(DataLoss, match=name):
        open_folder(tmp_path / "out")


def test_a_card_must_name_every_tower(tmp_path: Path) -> None:
    card = write_folder(tmp_path / "out", a_card(), fill)
    kept = {name: digest for name, digest in card.files.items() if name != TEXT_TOWER}
    rewrite_card(tmp_path / "out", dataclasses.replace(card, files=kept))
    with pytest.raises(Misconfigured, match=TEXT_TOWER):
        open_folder(tmp_path / "out")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "null", '{"format": 1}', '{"format": 1, "picture": 3}']
)
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured):
        card_from_json(text)


def test_a_card_of_another_format_is_refused() -> None:
    raw = json.loads(card_to_json(a_card())) | {"format": 2}
    with pytest.raises(Misconfigured, match="format"):
        card_from_json(json.dumps(raw))


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="nowhere"):
        read_card(tmp_path / "nowhere")


def test_the_digest_covers_what_decides_a_vector_and_no_more() -> None:
    card = dataclasses.replace(a_card(), files=dict.fromkeys(FILES, "sha256:00"))
    squashed = dataclasses.replace(card.picture, fit="squash")
    longer = dataclasses.replace(card.text, context_length=6)
    decisive = [
        dataclasses.replace(card, files={**card.files, IMAGE_TOWER: "sha256:01"}),
        dataclasses.replace(card, picture=squashed),
        dataclasses.replace(card, text=longer),
        dataclasses.replace(card, prompts=()),
    ]
    digests = {one.digest("cpu float32") for one in [card, *decisive]}
    assert len(digests) == len(decisive) + 1
    assert card.digest("cpu float32") != card.digest("cpu int8")
    talk = dataclasses.replace(card, note="better", name="other", figures={"map": 1.0})
    assert talk.digest("cpu float32") == card.digest("cpu float32")
