"""NAL units, decoder configurations, SEI."""

from __future__ import annotations

import pytest

from footage.errors import DataLoss
from footage.nal import Codec, Payload, configuration, sei_payloads, unit_at, units
from tests.common import nal_builder as nal
from tests.common.mp4_builder import init


def kinds(codec: Codec, *parts: bytes) -> list[tuple[int, bool]]:
    return [(unit.kind, unit.first) for unit in units(codec, nal.sample(*parts))]


def test_units_of_h264() -> None:
    found = units(Codec.H264, nal.sample(nal.AUD, nal.SPS, nal.PPS, nal.IDR, nal.IDR_REST))
    assert [unit.kind for unit in found] == [9, 7, 8, 5, 5]
    assert [unit.first for unit in found] == [False, False, False, True, False]
    assert [unit.is_slice for unit in found] == [False, False, False, True, True]
    assert [unit.is_parameter_set for unit in found] == [False, True, True, False, False]
    assert [unit.is_sequence_set for unit in found] == [False, True, False, False, False]
    assert [unit.is_random_access for unit in found] == [False, False, False, True, True]
    assert found[0].offset == 4
    assert found[1].length == len(nal.SPS)


def test_units_of_h265() -> None:
    found = units(
        Codec.H265, nal.sample(nal.VPS5, nal.SPS5, nal.PPS5, nal.CRA5, nal.REST5, nal.SLICE5)
    )
    assert [unit.kind for unit in found] == [32, 33, 34, 21, 21, 1]
    assert [unit.first for unit in found] == [False, False, False, True, False, True]
    assert [unit.is_random_access for unit in found] == [False, False, False, True, True, False]
    assert [unit.is_sequence_set for unit in found] == [True, True, False, False, False, False]


def test_parameter_sets_begin_no_picture() -> None:
    """An SPS of the Baseline profile has the bit set that would mark a slice's picture start."""
    assert kinds(Codec.H264, b"\x67\x88", b"\x65\x88", b"\x06\xff") == [
        (7, False),
        (5, True),
        (6, False),
    ]


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
def test_other_length_fields(length_bytes: int) -> None:
    data = nal.sample(nal.PPS, nal.AUD, length_bytes=length_bytes)
    assert [unit.kind for unit in units(Codec.H264, data, length_bytes)] == [8, 9]


@pytest.mark.parametrize(
    "data", [b"\x00\x00\x00\x05\x65", b"\x00\x00\x00\x00", b"\x00\x00", b"\xff\xff\xff\xff\x65"]
)
def test_what_does_not_add_up(data: bytes) -> None:
    with pytest.raises(DataLoss):
        units(Codec.H264, data)


def test_too_many_units_are_an_attack() -> None:
    with pytest.raises(DataLoss, match="more than"):
        units(Codec.H264, nal.sample(*[b"\x09"] * 10_001))


def test_a_unit_may_be_as_short_as_its_header() -> None:
    assert unit_at(Codec.H264, b"\x0a", 0, 1).kind == 10
    with pytest.raises(DataLoss):
        unit_at(Codec.H265, b"\x0a", 0, 1)


@pytest.mark.parametrize("length_bytes", [1, 2, 4])
def test_configuration_of_h264(length_bytes: int) -> None:
    box = nal.avcc(nal.SPS, nal.OTHER_SPS, nal.PPS, length_bytes=length_bytes)
    found = configuration(nal.coded_init(b"avc1", box))
    assert found is not None
    assert (found.codec, found.length_bytes) == (Codec.H264, length_bytes)
    assert found.sets == (nal.SPS, nal.OTHER_SPS, nal.PPS)
    assert found.sequence_sets() == {nal.SPS, nal.OTHER_SPS}


@pytest.mark.parametrize("entry", [b"hvc1", b"hev1"])
def test_configuration_of_h265(entry: bytes) -> None:
    """SEI that some writers keep there is no parameter set."""
    box = nal.hvcc(nal.VPS5, nal.SPS5, nal.PPS5, b"\x4e\x01\x05\x00\x80")
    found = configuration(nal.coded_init(entry, box))
    assert found is not None
    assert found.codec is Codec.H265
    assert found.sets == (nal.VPS5, nal.SPS5, nal.PPS5)
    assert found.sequence_sets() == {nal.VPS5, nal.SPS5}


def test_other_codecs_have_none() -> None:
    assert configuration(nal.coded_init(b"mp4v")) is None


def test_a_track_without_configuration() -> None:
    with pytest.raises(DataLoss, match="avcC"):
        configuration(nal.coded_init(b"avc1"))
    with pytest.raises(DataLoss):
        configuration(init())  # its sample entry is cut short where boxes would begin


def test_a_configuration_cut_short_anywhere() -> None:
    for box in (nal.avcc(nal.SPS, nal.PPS), nal.hvcc(nal.VPS5, nal.SPS5, nal.PPS5)):
        for length in range(8, len(box) - 1):
            cut = length.to_bytes(4, "big") + box[4:length]
            kind = b"avc1" if box[4:8] == b"avcC" else b"hev1"
            try:
                found = configuration(nal.coded_init(kind, cut))
            except DataLoss:
                continue
            assert found is not None  # cut between two arrays: what stands there is whole
            assert len(found.sets) < 3


def test_sei_messages() -> None:
    signature = bytes(range(1, 200)) + bytes(300)
    long = b"\x05" + b"\xff\xf4" + signature
    coded = b"\x06" + long.replace(b"\x00\x00", b"\x00\x00\x03") + b"\x06\x01\xc4\x80"
    assert sei_payloads(Codec.H264, coded) == [Payload(5, signature), Payload(6, b"\xc4")]
    assert sei_payloads(Codec.H265, b"\x4e\x01\x81\x02ab\x80") == [Payload(129, b"ab")]
    assert sei_payloads(Codec.H264, b"\x06\xff\x01\x01a\x80") == [Payload(256, b"a")]


@pytest.mark.parametrize("unit", [b"\x06\x05", b"\x06\x05\x09abc\x80", b"\x06\xff\xff"])
def test_sei_that_claims_too_much(unit: bytes) -> None:
    with pytest.raises(DataLoss):
        sei_payloads(Codec.H264, unit)
