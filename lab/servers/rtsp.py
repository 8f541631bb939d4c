"""RTSP cameras: files served in real time by GStreamer's server, with faults of real cameras."""

from __future__ import annotations

import enum
import json
import shutil
import socket
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from footage.errors import BadInput, Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.host import process
from infra.host.process import Child
from lab.servers import loopback
from lab.servers.running import Keys, Running, bare_environment, own_folder, wait_healthy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from footage.clock import Clock

_PYTHON: Final = Path("/usr/bin/python3")
_SCRIPT: Final = Path(__file__).with_name("rtsp_server_script.py")
_CHECK: Final = (
    "import gi;gi.require_version('GstRtspServer','1.0');"
    "from gi.repository import Gst,GstRtspServer;Gst.init(None);"
    "need='qtdemux h264parse h265parse rtph264pay rtph265pay'.split();"
    "raise SystemExit(not all(map(Gst.ElementFactory.find,need)))"
)
_QUESTION: Final = Elapsed.parse("30s")
_COPY: Final = Elapsed.parse("10m")
_WITHIN: Final = Elapsed.parse("30s")
_HELLO_S: Final = 2.0


class Codec(enum.Enum):
    """Video codec of a file, and for H.264 the place of the parameter sets."""

    H264 = "h264"
    H265 = "h265"
    H264_SPLIT = "h264-split"
    """H.264 with parameter sets before every slice of a keyframe: a fault of some cameras."""


class Scheme(enum.Enum):
    """Authentication scheme by which a server asks for passwords."""

    BASIC = "basic"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rtsp(Running):
    """A running RTSP server on loopback; `pause()` stalls, `child.kill()` kills all cameras."""

    port: int
    control: int
    scheme: Scheme

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self.child.pid

    def facts(self) -> dict[str, str]:
        """Return ports and URL."""
        url = f"rtsp://{loopback.HOST}:{self.port}"
        return {"port": str(self.port), "control": str(self.control), "url": url}

    def url(self, path: str, login: Keys | None = None) -> str:
        """Return the URL of a mount, with user and password where given."""
        who = ""
        if login is not None:
            who = f"{quote(login.access_key, safe='')}:{quote(login.secret_key, safe='')}@"
        return f"rtsp://{who}{loopback.HOST}:{self.port}{path}"

    def add(
        self,
        path: str,
        file: Path,
        codec: Codec,
        *,
        login: Keys | None = None,
        shared: bool = False,
    ) -> str:
        """Add or replace a camera and return the URL, with the login where given.

        Args:
            path: Path of the mount, starting with "/".
            file: An MP4; the stream ends where the file ends, see `looped`.
            codec: Video codec of the file.
            login: User and password to ask for; None admits anyone.
            shared: Whether all clients see the same moment; otherwise each starts at the file's
                beginning.

        Raises:
            BadInput: There is no such file, or its name cannot be passed on.
        """
        _check_file(file)
        wanted: dict[str, object] = {
            "path": path,
            "file": str(file.resolve()),
            "codec": codec.value,
            "shared": shared,
        }
        if login is not None:
            wanted |= {"user": login.access_key, "password": login.secret_key}
        _change(self.control, "POST", "/mounts", wanted)
        return self.url(path, login)

    def remove(self, path: str) -> None:
        """Remove a camera: new clients get 404, connected clients keep their stream."""
        _change(self.control, "DELETE", "/mounts", {"path": path})

    def cut(self) -> None:
        """Close every client's connection; clients may connect again."""
        _change(self.control, "DELETE", "/clients", {})


def mount(facts: Mapping[str, str], path: str, file: Path, codec: Codec) -> str:
    """Add a camera to a running server, given the server's `facts`; return the camera's URL.

    Raises:
        BadInput: There is no such file, or its name cannot be passed on.
    """
    _check_file(file)
    wanted = {"path": path, "file": str(file.resolve()), "codec": codec.value, "shared": False}
    _change(int(facts["control"]), "POST", "/mounts", wanted)
    return facts["url"] + path


def _check_file(file: Path) -> None:
    if not file.is_file() or '"' in str(file):
        raise BadInput(f"no file to serve: {file}")


def _change(control: int, method: str, path: str, wanted: Mapping[str, object]) -> None:
    body = json.dumps(wanted).encode()
    status, answer = loopback.request(control, method, path, body=body)
    if status != 200:  # noqa: PLR2004 - OK
        raise BadInput(f"the RTSP server refused: {answer.decode(errors='replace')}")


def find() -> Path | None:
    """Return the Python that can run the server, or None where a part of GStreamer is missing."""
    try:
        process.run([str(_PYTHON), "-I", "-c", _CHECK], timeout=_QUESTION)
    except (Misconfigured, Unavailable):
        return None
    return _PYTHON


def start(
    python: Path,
    folder: Path,
    *,
    clock: Clock,
    ports: Sequence[int] | None = None,
    scheme: Scheme = Scheme.DIGEST,
) -> Rtsp:
    """Start the RTSP server, without any camera, and wait until ready.

    Args:
        python: Python that runs the server, from `find`.
        folder: Folder for the log.
        clock: Clock for the waiting.
        ports: Ports of RTSP and of the control over HTTP; None chooses free ports.
        scheme: Authentication scheme of mounts with a login.

    Raises:
        Unavailable: The server did not get ready; the text has the end of its log.
    """
    port, control = loopback.claim(ports, 2)
    own_folder(folder)
    argv = [str(python), "-I", str(_SCRIPT), "--port", str(port), "--control", str(control)]
    argv += ["--scheme", scheme.value]
    child = Child(argv, log=folder / "rtsp.log", env=bare_environment(folder))
    probe = partial(_ready, port, control)
    wait_healthy(child, probe, what="the RTSP server", within=_WITHIN, clock=clock)
    return Rtsp(child=child, folder=folder, port=port, control=control, scheme=scheme)


def healthy(facts: Mapping[str, str]) -> bool:
    """Whether a server with these facts answers in RTSP and in HTTP."""
    return _ready(int(facts["port"]), int(facts["control"]))


def looped(source: Path, target: Path, length: Elapsed) -> Path:
    """Repeat the film `source` in `target`, without re-encoding, up to `length`; return `target`.

    Raises:
        Misconfigured: There is no FFmpeg.
        Unavailable: FFmpeg failed; the text has its last lines.
    """
    ffmpeg = shutil.which("ffmpeg")
    if ffmpeg is None:
        raise Misconfigured("FFmpeg is missing", hint="apt-get install ffmpeg")
    argv = [ffmpeg, "-nostdin", "-v", "error", "-y", "-stream_loop", "-1", "-i", str(source)]
    argv += ["-map", "0:v:0", "-t", str(length.in_seconds), "-c", "copy", str(target)]
    process.run(argv, timeout=_COPY)
    return target


def _ready(port: int, control: int) -> bool:
    return loopback.answers(control, "/mounts") and _says_hello(port)


def _says_hello(port: int) -> bool:
    hello = f"OPTIONS rtsp://{loopback.HOST}:{port}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n"
    try:
        with socket.create_connection((loopback.HOST, port), timeout=_HELLO_S) as connection:
            connection.sendall(hello.encode())
            return connection.recv(64).startswith(b"RTSP/1.0 ")
    except OSError:
        return False
