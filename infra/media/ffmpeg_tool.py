"""Finds FFmpeg: named in the settings, the system's, or inside `imageio-ffmpeg`."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from footage.errors import FootageError, Misconfigured
from footage.instant import Elapsed
from infra.host import process

OLDEST: Final = (5, 1)
"""What was measured; older ones name options differently and lack some."""

_QUESTION: Final = Elapsed.parse("20s")
_VERSION: Final = re.compile(r"^ffmpeg version (?P<name>\S+)", re.MULTILINE)
_NEW: Final = 1_000
_NUMBER: Final = re.compile(r"n?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class FfmpegTool:
    """An FFmpeg that can be used.

    Attributes:
        version: As it names itself, e.g. "5.1.9-0+deb12u1"; goes into provenance.
    """

    path: Path
    version: str

    @property
    def major(self) -> int:
        """Major version of FFmpeg; a build from git carries no number and is taken for new."""
        number = _NUMBER.match(self.version)
        return int(number[1]) if number else _NEW


def find(configured: Path | None = None) -> FfmpegTool:
    """The FFmpeg to use.

    Raises:
        Misconfigured: The configured one cannot be used, or none is there.
    """
    if configured is not None:
        return look(configured)
    tried = []
    for candidate in (_system(), _bundled()):
        if candidate is None:
            continue
        try:
            return look(candidate)
        except Misconfigured as exc:
            tried.append(str(exc))
    raise Misconfigured("; ".join(["no usable FFmpeg", *tried]), hint="install ffmpeg 5.1 or newer")


def look(path: Path) -> FfmpegTool:
    """The FFmpeg at `path`; raises Misconfigured for another program, or a version too old."""
    try:
        said = process.run([str(path), "-version"], timeout=_QUESTION).text
    except FootageError as exc:
        raise Misconfigured(f"{path} does not run: {exc}") from exc
    name = _VERSION.search(said)
    if name is None:
        raise Misconfigured(f"{path} is not FFmpeg")
    if not new_enough(name["name"]):
        raise Misconfigured(f"{path} is FFmpeg {name['name']}, older than 5.1")
    return FfmpegTool(path, name["name"])


def new_enough(version: str) -> bool:
    """Whether this version will do; builds from git carry no number and are taken for new."""
    number = _NUMBER.match(version)
    return number is None or (int(number[1]), int(number[2])) >= OLDEST


def _system() -> Path | None:
    found = shutil.which("ffmpeg")
    return Path(found) if found else None


def _bundled() -> Path | None:
    import imageio_ffmpeg  # noqa: PLC0415 - only where no other is there

    try:
        return Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:  # no binary for this machine
        return None
