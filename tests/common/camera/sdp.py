"""Session description (SDP) of a simulated camera."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.common.camera.encoder import AAC_HZ, PictureEncoder
from tests.common.camera.model import VIDEO_HZ, Sdp
from tests.common.camera.rtp import kind_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.common.camera.device import Device

_H265_NAMES = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
_AAC = "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
PAYLOAD_TYPES = {"h264": 96, "h265": 96, "mjpeg": 26, "aac": 97, "pcmu": 0, "pcma": 8}


def describe(device: Device, host: str) -> str:
    """Return the SDP of a camera: right, without parameter sets, or wrong, as `Look.sdp` says."""
    look = device.look
    lines = [
        "v=0",
        f"o=- {device.number} 1 IN IP4 {host}",
        f"s=camera {device.number}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        *_video(device),
        "a=control:video",
    ]
    if look.audio:
        lines += _audio(device)
    return "\r\n".join(lines) + "\r\n"


def _video(device: Device) -> list[str]:
    codec = device.look.codec
    number = PAYLOAD_TYPES[codec]
    media = f"m=video 0 RTP/AVP {number}"
    if codec == "mjpeg":
        return [media, f"a=rtpmap:{number} JPEG/{VIDEO_HZ}"]
    return [
        media,
        f"a=rtpmap:{number} {codec.upper()}/{VIDEO_HZ}",
        f"a=fmtp:{number} {_parameters(device)}",
    ]


def _parameters(device: Device) -> str:
    look, sets = device.look, device.encoder.sets
    if look.sdp is Sdp.WRONG:
        sets = PictureEncoder(replace(look, width=look.width * 2, height=look.height * 2)).sets
    return _h264(look.sdp, sets) if look.codec == "h264" else _h265(look.sdp, sets)


def _h264(sdp: Sdp, sets: Sequence[bytes]) -> str:
    if sdp is Sdp.NOTHING:
        return "packetization-mode=1"
    sps = next(unit for unit in sets if kind_of(unit, "h264") == 7)
    named = ",".join(_plain(unit) for unit in sets if kind_of(unit, "h264") in (7, 8))
    return f"packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={named}"


def _h265(sdp: Sdp, sets: Sequence[bytes]) -> str:
    if sdp is Sdp.NOTHING:
        return "profile-id=1"
    kinds = [(kind_of(unit, "h265"), unit) for unit in sets]
    named = [f"{_H265_NAMES[kind]}={_plain(unit)}" for kind, unit in kinds if kind in _H265_NAMES]
    return ";".join(["profile-id=1", *named])


def _audio(device: Device) -> list[str]:
    kind = device.look.audio
    number = PAYLOAD_TYPES[kind]
    lines = [f"m=audio 0 RTP/AVP {number}"]
    if kind == "aac":
        assert device.audio is not None
        lines += [
            f"a=rtpmap:97 MPEG4-GENERIC/{AAC_HZ}/1",
            f"a=fmtp:97 {_AAC};config={device.audio.config.hex()}",
        ]
    else:
        lines.append(f"a=rtpmap:{number} {kind.upper()}/8000")
    return [*lines, "a=control:audio"]


def _plain(unit: bytes) -> str:
    return base64.b64encode(unit).decode()
