"""RTSP server over files, as cameras for development; controlled by HTTP on loopback.

The script imports nothing of Footage and runs under the operating system's Python, the only Python
whose `gi` module fits the installed GStreamer. Control, in JSON: POST /mounts adds or replaces a
mount, DELETE /mounts removes a mount (its clients stay, new clients get 404), DELETE /clients cuts
every connection, GET /mounts lists the mounts.
"""

from __future__ import annotations

import argparse
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - after their versions

ANYONE = "anyone"
# The parser repeats the parameter sets before each keyframe. The payloader must not: a payloader
# puts the sets before every slice and so splits pictures of several slices in two ("h264-split").
PIPES = {
    "h264": "h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96",
    "h265": "h265parse config-interval=-1 ! rtph265pay name=pay0 pt=96",
    "h264-split": "h264parse ! rtph264pay config-interval=-1 name=pay0 pt=96",
}


class Cameras:
    """The RTSP side of the server: mounts of files, some behind a user and a password."""

    def __init__(self, address: str, port: int, scheme: str) -> None:
        self.server = GstRtspServer.RTSPServer()
        self.server.set_address(address)
        self.server.set_service(str(port))
        self.server.get_thread_pool().set_max_threads(4)
        self.scheme = scheme
        self.auth = GstRtspServer.RTSPAuth()
        method = GstRtsp.RTSPAuthMethod
        self.auth.set_supported_methods(method.BASIC if scheme == "basic" else method.DIGEST)
        self.auth.set_default_token(_token(ANYONE))
        self.server.set_auth(self.auth)
        self.mounts: dict[str, dict[str, Any]] = {}
        self.logins = 0

    def add(self, wanted: dict[str, Any]) -> None:
        """Add or replace a mount: path, file, codec, shared, user, password."""
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(
            f'( filesrc location="{wanted["file"]}" ! qtdemux ! {PIPES[wanted["codec"]]} )'
        )
        factory.set_shared(bool(wanted.get("shared", False)))
        user = wanted.get("user")
        if user is None:
            factory.set_permissions(_permissions({ANYONE: True}))
        else:
            self.logins += 1
            role = f"user{self.logins}"
            # A role with access but no right to construct is asked for a password; without access,
            # the answer is 404.
            factory.set_permissions(_permissions({ANYONE: False, role: True}))
            self._know(user, wanted["password"], role)
        self.server.get_mount_points().add_factory(wanted["path"], factory)
        shown = {key: value for key, value in wanted.items() if key != "password"}
        self.mounts[wanted["path"]] = shown

    def remove(self, wanted: dict[str, Any]) -> None:
        """Remove a mount: new clients of the path get 404."""
        self.server.get_mount_points().remove_factory(wanted["path"])
        self.mounts.pop(wanted["path"], None)

    def cut(self) -> None:
        """Close every client's connection."""
        self.server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)

    def _know(self, user: str, password: str, role: str) -> None:
        if self.scheme == "basic":
            self.auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), _token(role))
        else:
            self.auth.add_digest(user, password, _token(role))


def _token(role: str) -> Any:  # noqa: ANN401 - GStreamer has no type hints
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, role)
    return token


def _permissions(may_construct: dict[str, bool]) -> Any:  # noqa: ANN401 - as above
    permissions = GstRtspServer.RTSPPermissions()
    access = GstRtspServer.RTSP_PERM_MEDIA_FACTORY_ACCESS
    construct = GstRtspServer.RTSP_PERM_MEDIA_FACTORY_CONSTRUCT
    for role, may in may_construct.items():
        permissions.add_permission_for_role(role, access, True)  # noqa: FBT003 - gi has no keywords
        permissions.add_permission_for_role(role, construct, may)
    return permissions


def control_server(cameras: Cameras, address: str, port: int) -> ThreadingHTTPServer:
    """Return the HTTP server that controls the cameras, by GET, POST and DELETE as listed above."""

    class Control(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, cameras.mounts)

        def do_POST(self) -> None:
            self._do({"/mounts": cameras.add})

        def do_DELETE(self) -> None:
            self._do({"/mounts": cameras.remove, "/clients": lambda _: cameras.cut()})

        def _do(self, actions: dict[str, Any]) -> None:
            action = actions.get(self.path)
            if action is None:
                self._answer(404, {"error": f"no such path: {self.path}"})
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                action(json.loads(body or b"{}"))
            except (KeyError, ValueError) as exc:
                self._answer(400, {"error": f"{type(exc).__name__}: {exc}"})
            else:
                self._answer(200, cameras.mounts)

        def _answer(self, status: int, body: object) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return ThreadingHTTPServer((address, port), Control)


def main() -> None:
    """Serve RTSP and the control over HTTP until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--control", type=int, required=True)
    parser.add_argument("--scheme", choices=("basic", "digest"), default="digest")
    given = parser.parse_args()
    Gst.init(None)
    cameras = Cameras(given.address, given.port, given.scheme)
    if not cameras.server.attach(None):
        raise SystemExit(f"cannot listen on {given.address}:{given.port}")
    control = control_server(cameras, given.address, given.control)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
