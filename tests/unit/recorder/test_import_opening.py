"""The picture a viewer sees first, from FFmpeg's list of the first packets."""

from footage.instant import Elapsed
from recorder.imports.opening import Opening, opening


def listed(*packets: tuple[int, str]) -> str:
    """FFmpeg's list, with these times in tenths of a second and these flags."""
    rows = [f"0, {at:10}, {at:10},        1,     100, 0x95272f3f{flags}" for at, flags in packets]
    return "\n".join(["#software: Lavf59.27.100", "#tb 0: 1/10", "#codec_id 0: h264", *rows, ""])


def test_a_file_that_begins_with_a_keyframe_begins_there() -> None:
    assert opening(listed((0, ""), (1, ", F=0x0"), (2, ", S=1,        1"))) == Opening()


def test_pictures_before_the_first_keyframe_cannot_be_decoded() -> None:
    found = opening(listed((13, ", F=0x0"), (14, ", F=0x0"), (21, ""), (22, ", F=0x0")))
    assert found == Opening(dropped=Elapsed.parse("800ms"))


def test_an_edit_list_hides_a_lead_in() -> None:
    lead_in = [(-15, ", F=0x5"), *((at, ", F=0x4") for at in range(-14, 0))]
    assert opening(listed(*lead_in, (0, ", F=0x0"))) == Opening(hidden=Elapsed.parse("1s500ms"))


def test_pictures_shown_before_an_open_keyframe_are_never_seen() -> None:
    assert opening(listed((2, ""), (0, ", F=0x0"), (1, ", F=0x0"))) == Opening()


def test_a_list_without_a_keyframe_tells_nothing() -> None:
    assert opening("") == opening(listed((0, ", F=0x0"))) == Opening()
