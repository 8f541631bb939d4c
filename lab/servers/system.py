"""What the servers need of the operating system; installed where we are root on Debian."""

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
    """One thing of the operating system.

    Attributes:
        name: For people.
        packages: Debian's.
        present: Whether it is there and new enough.
        remark: What to do where Debian's package does not suffice.
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
JAVA: Final = Need(
    "Java",
    (f"openjdk-{ELASTICSEARCH_JAVA[ELASTICSEARCH]}-jdk-headless",),
    lambda: java.find_java(ELASTICSEARCH_JAVA[ELASTICSEARCH]) is not None,
)
MAVEN: Final = Need("Maven", ("maven",), lambda: java.find_maven() is not None)


def missing(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Those that are not there, each once, in order."""
    return tuple(need for need in dict.fromkeys(needs) if not need.present())


def command(needs: Iterable[Need]) -> str:
    """What a person types to get them."""
    packages = " ".join(package for need in needs for package in need.packages)
    return f"sudo apt-get install --no-install-recommends {packages}"


def ensure(needs: Iterable[Need], *, uid: int, say: Say) -> None:
    """Install what is missing; nothing at all happens where nothing is.

    Args:
        needs: What is wanted.
        uid: Who asks; only root may install.
        say: Told what is being installed.

    Raises:
        Misconfigured: Something is missing and we may not install it, or the system's is too old.
        Unavailable: apt-get failed; its last lines are told.
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
