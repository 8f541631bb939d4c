"""Finding FFmpeg."""

from __future__ import annotations

import sys
from pathlib import Path

import imageio_ffmpeg
import pytest

from footage.errors import Misconfigured
from infra.media.ffmpeg_tool import find, look, new_enough


@pytest.mark.parametrize(
    ("version", "fits"),
    [
        ("5.1.9-0+deb12u1", True),
        ("n9.0.2-17-g2a571b6068", True),
        ("7.0.2-static", True),
        ("N-117-gabc", True),
        ("5.0.1", False),
        ("4.4.2-0ubuntu", False),
    ],
)
def test_versions(version: str, fits: bool) -> None:  # noqa: FBT001 - cases
    assert new_enough(version) is fits


def test_the_configured_one_is_used() -> None:
    path = Path(imageio_ffmpeg.get_ffmpeg_exe())
    assert find(path).path == path


def test_without_configuration_there_is_one() -> None:
    assert find().version


@pytest.mark.parametrize("path", ["/absent/ffmpeg", sys.executable])
def test_what_is_no_ffmpeg_is_refused(path: str) -> None:
    with pytest.raises(Misconfigured, match=path.rpartition("/")[2]):
        look(Path(path))
