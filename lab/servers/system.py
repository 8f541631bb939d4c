"""Needs of the servers: packages of the operating system, installed when run by root on Debian."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured
from footage.instant import Elapsed
from infra.host import process
from lab.servers import golang, java, postgres, rtsp
from lab.servers.pins import ELASTICSEARCH, ELASTICSEARCH_JAVA

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lab.servers.cache import Say

_INDEX: Final = Elapsed.parse("5m")
_PACKAGES: Final = Elapsed.parse("20m")


@dataclass(frozen=True, slots=True)
class Need:
    """A program of the operating system that servers need.

    Attributes:
        name: Name for people.
        packages: Debian's packages of the program.
        present: Whether the program is installed and new enough.
        remark: Advice for the case that Debian's package does not suffice.
    """

    name: str
    packages: tuple[str, ...]
    present: Callable[[], bool]
    remark: str = ""


FFMPEG: Final = Need(
    "FFmpeg",
    ("ffmpeg",),
    lambda: bool(shutil.which("ffmpeg") and shutil.which("ffprobe")),
)
POSTGRESQL: Final = Need("PostgreSQL", ("postgresql",), lambda: postgres.find() is not None)
GSTREAMER: Final = Need(
    "GStreamer's RTSP server",
    (
        "gir1.2-gst-rtsp-server-1.0",
        "python3-gi",
        "gstreamer1.0-plugins-base",
        "gstreamer1.0-plugins-good",
        "gstreamer1.0-plugins-bad",
        "gstreamer1.0-libav",
    ),
    lambda: rtsp.find() is not None,
)
GO: Final = Need(
    "Go",
    ("golang-go",),
    lambda: golang.find_go() is not None,
    "Go 1.24 or newer is needed; where the system's is older, install it by hand in /usr/local/go",
)
C_COMPILER: Final = Need(
    "a C compiler", ("gcc", "libc6-dev"), lambda: shutil.which("gcc") is not None
)
JAVA: Final = Need(
    "Java",
    (f"openjdk-{ELASTICSEARCH_JAVA[ELASTICSEARCH]}-jdk-headless",),
    lambda: java.find_java(ELASTICSEARCH_JAVA[ELASTICSEARCH]) is not None,
)
MAVEN: Final = Need("Maven", ("maven",), lambda: java.find_maven() is not None)


def missing(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return the needs that are not present, each once, in order."""
    return tuple(need for need in dict.fromkeys(needs) if not need.present())


def command(needs: Iterable[Need]) -> str:
    """Return the command line that installs the packages of `needs`."""
    packages = " ".join(package for need in needs for package in need.packages)
    return f"sudo apt-get install --no-install-recommends {packages}"


def ensure(needs: Iterable[Need], *, uid: int, say: Say) -> None:
    """Install the missing needs by apt-get; do nothing where none is missing.

    Args:
        needs: The programs wanted.
        uid: User id of the caller; only root may install.
        say: Called with a line about the installation.

    Raises:
        Misconfigured: A need is missing and the caller may not install packages, or the system's
            package is too old.
        Unavailable: apt-get failed; the text has its last lines.
    """
    lacking = missing(needs)
    if not lacking:
        return
    names = ", ".join(need.name for need in lacking)
    if uid != 0 or shutil.which("apt-get") is None:
        raise Misconfigured(f"missing: {names}", hint=command(lacking))
    say(f"apt-get: installing {names}")
    packages = [package for need in lacking for package in need.packages]
    _apt("update", "-qq", timeout=_INDEX)
    _apt("install", "-qq", "-y", "--no-install-recommends", *packages, timeout=_PACKAGES)
    for need in missing(lacking):
        raise Misconfigured(f"{need.name} is still missing after apt-get", hint=need.remark)


def _apt(*words: str, timeout: Elapsed) -> None:
    extra = {"DEBIAN_FRONTEND": "noninteractive"}
    process.run(process.with_environment(extra, ["apt-get", *words]), timeout=timeout)
