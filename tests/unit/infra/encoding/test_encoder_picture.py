import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from footage.picture import Picture
from infra.encoding.encoder_folder import Fit, PictureSpec
from infra.encoding.encoder_picture import prepare_pictures

SPEC = PictureSpec(
    width=8, height=8, mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0), resize="bilinear", fit="squash"
)


def stripes(width: int, height: int) -> Picture:
    """Left third red, middle green, right blue."""
    rgb = np.zeros((height, width, 3), dtype=np.uint8)
    for channel in range(3):
        rgb[:, channel * width // 3 : (channel + 1) * width // 3, channel] = 255
    return Picture(width, height, rgb.tobytes())


def fitted(fit: Fit, picture: Picture) -> NDArray[np.float32]:
    batch = prepare_pictures([picture], dataclasses.replace(SPEC, fit=fit))
    return batch.reshape(3, SPEC.height, SPEC.width)


def test_squash_keeps_both_ends() -> None:
    out = fitted("squash", stripes(48, 16))
    assert out.shape == (3, 8, 8)
    assert out[:, 4, 0].tolist() == [1.0, 0.0, 0.0]
    assert out[:, 4, -1].tolist() == [0.0, 0.0, 1.0]


def test_the_middle_is_cut_out() -> None:
    out = fitted("shortest-crop", stripes(48, 16))
    assert out[1].min() > 0.6
    assert out[:, 4, 4].tolist() == [0.0, 1.0, 0.0]


def test_letterbox_pads_with_grey() -> None:
    spec = dataclasses.replace(SPEC, fit="letterbox", fill=51)
    out = prepare_pictures([stripes(48, 16)], spec)[0]
    assert out[:, 0, 0].tolist() == pytest.approx([0.2] * 3)
    assert out[:, -1, -1].tolist() == pytest.approx([0.2] * 3)
    assert out[0, 4, 0] > 0.9


def test_a_picture_of_the_right_size_passes_unchanged_and_normalised() -> None:
    spec = dataclasses.replace(SPEC, mean=(0.5, 0.5, 0.5), std=(0.25, 0.5, 1.0))
    out = prepare_pictures([Picture(8, 8, bytes([255, 0, 0]) * 64)], spec)
    assert out.dtype == np.float32
    assert out[0, :, 3, 3].tolist() == pytest.approx([2.0, -1.0, -0.5])


def test_no_pictures_make_an_empty_batch() -> None:
    assert prepare_pictures([], SPEC).shape == (0, 3, 8, 8)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (7, 9)])
@pytest.mark.parametrize("fit", ["squash", "shortest-crop", "letterbox"])
def test_any_shape_is_taken(size: tuple[int, int], fit: Fit) -> None:
    assert np.isfinite(fitted(fit, stripes(*size))).all()
