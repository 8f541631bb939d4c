"""The simulated camera's RTP, taken apart again by the letter of the RFCs."""

from __future__ import annotations

import struct

import pytest

from footage.instant import Instant
from tests.common.camera.encoder import Picture
from tests.common.camera.model import ParameterSets
from tests.common.camera.rtp import (
    NTP_EPOCH_S,
    Sender,
    aac_payload,
    fragments,
    interleaved,
    payloads,
)
from tests.common.camera.strip import Stamp

NOON = Instant.parse("2026-11-22T12:00:00.250000Z")
SETS = (b"\x67sps", b"\x68pps")
SLICES = (b"\x65" + b"a" * 50, b"\x65" + b"b" * 900)


def a_picture(*units: bytes, key: bool = True) -> Picture:
    return Picture(Stamp(1, NOON, 1), 9_000, key, units)


def units_of(pieces: list[bytes]) -> list[bytes]:
    """RFC 6184 undone: single units, STAP-A, FU-A."""
    units: list[bytes] = []
    for piece in pieces:
        kind = piece[0] & 0x1F
        if kind == 24:
            rest = piece[1:]
            while rest:
                size = int.from_bytes(rest[:2], "big")
                units.append(rest[2 : 2 + size])
                rest = rest[2 + size :]
        elif kind == 28:
            if piece[1] & 0x80:
                units.append(bytes([piece[0] & 0xE0 | piece[1] & 0x1F]))
            units[-1] += piece[2:]
        else:
            units.append(piece)
    return units


@pytest.mark.parametrize("mtu", [60, 100, 1_400])
def test_h264_units_come_out_as_they_went_in(mtu: int) -> None:
    pieces = payloads(a_picture(*SLICES), SETS, "h264", ParameterSets.KEYFRAME, mtu)
    assert units_of(pieces) == [*SETS, *SLICES]
    assert all(len(piece) <= mtu for piece in pieces)


def test_parameter_sets_go_where_they_are_wanted() -> None:
    def sent(how: ParameterSets, *, key: bool = True) -> list[bytes]:
        return units_of(payloads(a_picture(*SLICES, key=key), SETS, "h264", how, 1_400))

    assert sent(ParameterSets.NEVER) == [*SLICES]
    assert sent(ParameterSets.INSIDE) == [*SETS, SLICES[0], *SETS, SLICES[1]]
    assert sent(ParameterSets.INSIDE, key=False) == [*SLICES]


def test_h265_fragments_carry_type_and_order() -> None:
    unit = bytes([19 << 1, 1]) + bytes(range(250))
    pieces = fragments(unit, "h265", 100)
    assert [piece[0] >> 1 for piece in pieces] == [49] * 3
    assert [piece[2] & 0x3F for piece in pieces] == [19] * 3
    assert [piece[2] >> 6 for piece in pieces] == [0b10, 0b00, 0b01]
    assert unit[:2] + b"".join(piece[3:] for piece in pieces) == unit


def test_packets_are_numbered_timed_and_the_last_is_marked() -> None:
    sender = Sender(96, ssrc=5, base=0xFFFF_FFFF, sequence=0xFFFF)
    packets = sender.packets([b"one", b"two"], 10)
    heads = [struct.unpack("!BBHII", packet[:12]) for packet in packets]
    assert heads == [(0x80, 96, 0xFFFF, 9, 5), (0x80, 0x80 | 96, 0, 9, 5)]
    assert interleaved(2, packets[0])[:4] == b"$\x02\x00\x0f"


def test_a_sender_report_ties_media_time_to_the_cameras_wall_clock() -> None:
    sender = Sender(96, ssrc=5, base=100)
    sender.packets([b"payload"], 0)
    report = sender.report(NOON, 900)
    _, kind, words, ssrc, seconds, fraction, rtp, sent, octets = struct.unpack(
        "!BBHIIIIII", report[:28]
    )
    assert (kind, (words + 1) * 4, ssrc) == (200, 28, 5)
    assert seconds - NTP_EPOCH_S == NOON.us // 1_000_000
    assert fraction == 1 << 30
    assert (rtp, sent, octets) == (1_000, 1, 7)
    assert report[29] == 202
    assert len(report) % 4 == 0
    assert len(report) == 28 + 4 * (1 + int.from_bytes(report[30:32], "big"))


def test_aac_says_how_long_it_is() -> None:
    assert aac_payload(b"x" * 300)[:4] == struct.pack("!HH", 16, 300 << 3)
