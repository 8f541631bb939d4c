"""RTP and RTCP: cut pictures and audio into packets, make sender reports.

H.264 by RFC 6184 (single units, STAP-A, FU-A), H.265 by RFC 7798 (single units, AP, FU), AAC by
RFC 3640 (AAC-hbr), G.711 by RFC 3551, JPEG by RFC 2435.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.common.camera.model import ParameterSets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.instant import Instant
    from tests.common.camera.encoder import Picture

NTP_EPOCH_S: Final = 2_208_988_800
_STAP_A, _FU_A = 24, 28
_AP, _FU = 48, 49
_DQT, _SOF0, _SOS = 0xDB, 0xC0, 0xDA
_TABLE: Final = 64
_H264_SLICES: Final = range(1, 6)
_H265_SLICES: Final = range(32)


@dataclass(slots=True)
class Sender:
    """RTP sender of a stream, with the stream's counters; `packets` makes RTP of payloads."""

    payload_type: int
    ssrc: int
    base: int
    """The random RTP time at media time zero."""
    sequence: int = 0
    sent: int = 0
    octets: int = 0

    def packets(self, payloads: Sequence[bytes], ticks: int) -> list[bytes]:
        """Return a packet per payload; the last packet has the marker."""
        made = []
        for number, payload in enumerate(payloads):
            marker = 0x80 if number == len(payloads) - 1 else 0
            made.append(
                struct.pack(
                    "!BBHII",
                    0x80,
                    marker | self.payload_type,
                    self.sequence,
                    self.time(ticks),
                    self.ssrc,
                )
                + payload
            )
            self.sequence = (self.sequence + 1) & 0xFFFF
            self.sent += 1
            self.octets += len(payload)
        return made

    def time(self, ticks: int) -> int:
        """Return the RTP timestamp of a media time in ticks."""
        return (self.base + ticks) & 0xFFFFFFFF

    def report(self, wall: Instant, ticks: int) -> bytes:
        """Return a sender report with the camera's own wall time, followed by the required SDES."""
        seconds, us = divmod(wall.us, 1_000_000)
        head = struct.pack(
            "!BBHIIIIII",
            0x80,
            200,
            6,
            self.ssrc,
            (seconds + NTP_EPOCH_S) & 0xFFFFFFFF,
            (us << 32) // 1_000_000,
            self.time(ticks),
            self.sent & 0xFFFFFFFF,
            self.octets & 0xFFFFFFFF,
        )
        name = b"\x01\x06camera\x00"
        chunk = struct.pack("!I", self.ssrc) + name + b"\x00" * (-len(name) % 4)
        return head + struct.pack("!BBH", 0x81, 202, len(chunk) // 4) + chunk


def payloads(
    picture: Picture, sets: Sequence[bytes], codec: str, how: ParameterSets, mtu: int
) -> list[bytes]:
    """Return a picture as RTP payloads, with the parameter sets placed by `how`."""
    if codec == "mjpeg":
        return jpeg_payloads(picture.units[0], mtu)
    made: list[bytes] = []
    before: list[bytes] = []
    repeated = False
    for unit in picture.units:
        is_slice = kind_of(unit, codec) in (_H264_SLICES if codec == "h264" else _H265_SLICES)
        wanted = picture.key and is_slice and how is not ParameterSets.NEVER
        if wanted and (how is ParameterSets.INSIDE or not repeated):
            before += sets
            repeated = True
        if not is_slice:
            before.append(unit)
            continue
        made += _together(before, codec, mtu)
        made += fragments(unit, codec, mtu)
        before = []
    return made + _together(before, codec, mtu)


def kind_of(unit: bytes, codec: str) -> int:
    """Return the type of a NAL unit."""
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def _together(units: Sequence[bytes], codec: str, mtu: int) -> list[bytes]:
    """Return several small units as a single payload (STAP-A, AP) if that fits, else each cut."""
    size = 2 + sum(2 + len(unit) for unit in units)
    if len(units) < 2 or size > mtu:
        return [piece for unit in units for piece in fragments(unit, codec, mtu)]
    if codec == "h264":
        importance = max(unit[0] & 0x60 for unit in units)
        head = bytes([importance | _STAP_A])
    else:
        head = bytes([_AP << 1, 1])
    return [head + b"".join(struct.pack("!H", len(unit)) + unit for unit in units)]


def fragments(unit: bytes, codec: str, mtu: int) -> list[bytes]:
    """Return a unit as a payload, or cut into fragments (FU-A, FU) that fit `mtu`."""
    if len(unit) <= mtu:
        return [unit]
    if codec == "h264":
        head, kind, body = bytes([unit[0] & 0xE0 | _FU_A]), unit[0] & 0x1F, unit[1:]
    else:
        head = bytes([unit[0] & 0x81 | _FU << 1, unit[1]])
        kind, body = unit[0] >> 1 & 0x3F, unit[2:]
    room = mtu - len(head) - 1
    pieces = [body[at : at + room] for at in range(0, len(body), room)]
    made = []
    for number, piece in enumerate(pieces):
        first = 0x80 if number == 0 else 0
        last = 0x40 if number == len(pieces) - 1 else 0
        made.append(head + bytes([first | last | kind]) + piece)
    return made


def jpeg_payloads(file: bytes, mtu: int) -> list[bytes]:
    """Return a baseline JPEG of 4:2:0 pictures with the default Huffman tables as payloads.

    The quantisation tables go in the first payload (RFC 2435, 3.1.8), since they are not of a
    quality level that a receiver could work out.
    """
    tables, width, height, at = b"", 0, 0, 2
    while True:
        marker, size = file[at + 1], int.from_bytes(file[at + 2 : at + 4], "big")
        body, at = file[at + 4 : at + 2 + size], at + 2 + size
        if marker == _DQT:
            tables += b"".join(body[one + 1 : one + 65] for one in range(0, len(body), 65))
        elif marker == _SOF0:
            height, width = int.from_bytes(body[1:3], "big"), int.from_bytes(body[3:5], "big")
        elif marker == _SOS:
            break
    if len(tables) == _TABLE:
        tables *= 2  # the same table for brightness and colour
    scan = file[at : file.rindex(b"\xff\xd9")]
    made, offset = [], 0
    while offset < len(scan):
        head = offset.to_bytes(4, "big") + bytes([1, 255, width // 8, height // 8])
        if not offset:
            head += struct.pack("!BBH", 0, 0, len(tables)) + tables
        piece = scan[offset : offset + mtu - len(head)]
        made.append(head + piece)
        offset += len(piece)
    return made


def aac_payload(block: bytes) -> bytes:
    """Return an AAC frame as payload, with the header of RFC 3640."""
    return struct.pack("!HH", 16, len(block) << 3) + block


def interleaved(channel: int, packet: bytes) -> bytes:
    """Return a packet framed for `channel` of the RTSP connection."""
    return struct.pack("!BBH", 0x24, channel, len(packet)) + packet
