"""RTSP of a simulated camera: enough of RFC 2326 for FFmpeg and GStreamer, RTP inside the TCP."""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from footage.instant import ZERO
from tests.common.camera.client import Client
from tests.common.camera.model import Condition
from tests.common.camera.rtp import Sender
from tests.common.camera.sdp import PAYLOAD_TYPES, describe

if TYPE_CHECKING:
    from footage.clock import Clock
    from tests.common.camera.device import Device

HOST: Final = "127.0.0.1"
_METHODS: Final = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, SET_PARAMETER, TEARDOWN"
_REASONS: Final = {
    200: "OK",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    461: "Unsupported Transport",
}
_REALM: Final = "camera"


@dataclass(frozen=True, slots=True)
class Request:
    """A client's RTSP request."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """An RTSP answer; CSeq is added on sending."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


class Connection:
    """A client's RTSP session with a camera."""

    def __init__(self, device: Device, clock: Clock, bytes_a_second: int = 0) -> None:
        self._device = device
        self._clock = clock
        self._bytes_a_second = bytes_a_second
        self._session = secrets.token_hex(4)
        self._nonce = secrets.token_hex(8)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests and send pictures until either side ends the connection."""
        client = Client(writer, self._clock)
        client.bytes_a_second = self._bytes_a_second
        self._device.clients.add(client)
        sending = asyncio.create_task(client.work())
        try:
            while (request := await _read(reader)) is not None:
                if self._device.condition in (Condition.WELL, Condition.NOISE):
                    self._answer(client, request)
                    if request.method == "TEARDOWN":
                        break
                elif self._device.condition is Condition.GARBAGE:
                    client.answer(secrets.token_bytes(900))
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            pass  # the peer has gone, or does not speak RTSP: a camera hangs up
        finally:
            sending.cancel()
            self._device.clients.discard(client)
            writer.close()

    def _answer(self, client: Client, request: Request) -> None:
        reply = self._checked(client, request)
        headers = {"CSeq": request.headers.get("cseq", "0"), "Server": "camera", **reply.headers}
        if reply.body:
            headers["Content-Length"] = str(len(reply.body.encode()))
        lines = [f"RTSP/1.0 {reply.status} {_REASONS[reply.status]}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        client.answer(("\r\n".join(lines) + "\r\n\r\n" + reply.body).encode())

    def _checked(self, client: Client, request: Request) -> Reply:
        if request.method != "OPTIONS" and not self._may(request):
            claim = f'Digest realm="{_REALM}", nonce="{self._nonce}"'
            return Reply(401, {"WWW-Authenticate": claim})
        if not re.search(rf"/cam/{self._device.number}(/|$)", request.url):
            return Reply(404)
        return self._done(client, request)

    def _done(self, client: Client, request: Request) -> Reply:
        named = {"Session": self._session}
        match request.method:
            case "OPTIONS":
                return Reply(headers={"Public": _METHODS})
            case "DESCRIBE":
                base = {"Content-Type": "application/sdp", "Content-Base": f"{request.url}/"}
                return Reply(headers=base, body=describe(self._device, HOST))
            case "SETUP":
                return self._setup(client, request)
            case "PLAY":
                return self._play(client, request)
            case "GET_PARAMETER" | "SET_PARAMETER" | "TEARDOWN":
                return Reply(headers=named)
            case _:
                return Reply(405)

    def _setup(self, client: Client, request: Request) -> Reply:
        transport = request.headers.get("transport", "")
        if "TCP" not in transport:
            return Reply(461)
        track = "audio" if request.url.rstrip("/").endswith("/audio") else "video"
        asked = re.search(r"interleaved=(\d+)", transport)
        channel = int(asked.group(1)) if asked else 2 * len(client.senders)
        look = self._device.look
        kind = look.audio if track == "audio" else look.codec
        client.channels[track] = channel
        client.senders[track] = Sender(
            PAYLOAD_TYPES[kind], secrets.randbits(32), secrets.randbits(32), secrets.randbits(16)
        )
        told = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
        return Reply(headers={"Transport": told, "Session": f"{self._session};timeout=60"})

    def _play(self, client: Client, request: Request) -> Reply:
        client.playing, client.report_due = True, ZERO
        headers = {"Session": self._session, "Range": "npt=0.000-"}
        if self._device.look.rtp_info:
            headers["RTP-Info"] = ",".join(
                f"url={request.url.rstrip('/')}/{track};seq={sender.sequence};"
                f"rtptime={sender.time(self._device.ticks_now(track))}"
                for track, sender in client.senders.items()
            )
        return Reply(headers=headers)

    def _may(self, request: Request) -> bool:
        login = self._device.look.login
        if not login:
            return True
        given = dict(re.findall(r'(\w+)="([^"]*)"', request.headers.get("authorization", "")))
        user, _, password = login.partition(":")
        secret = _md5(f"{user}:{_REALM}:{password}")
        asked = _md5(f"{request.method}:{given.get('uri', '')}")
        right = _md5(f"{secret}:{self._nonce}:{asked}")
        return given.get("nonce") == self._nonce and given.get("response") == right


async def _read(reader: asyncio.StreamReader) -> Request | None:
    """Read the next request, skipping RTCP from the client; None at the end of the connection."""
    while (first := await reader.read(1)) == b"$":
        head = await reader.readexactly(3)
        await reader.readexactly(int.from_bytes(head[1:], "big"))
    if not first:
        return None
    lines = (first + await reader.readuntil(b"\r\n\r\n")).decode(errors="replace").splitlines()
    method, url, _ = lines[0].split(" ", 2)
    pairs = [line.partition(":") for line in lines[1:] if ":" in line]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, url, headers)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
