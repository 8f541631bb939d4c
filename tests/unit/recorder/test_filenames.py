"""Names as recorders really write them."""

from __future__ import annotations

from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest

from footage.errors import BadInput
from footage.instant import Instant
from recorder.imports.filenames import hints, read

KARACHI = ZoneInfo("Asia/Karachi")
NEW_YORK = ZoneInfo("America/New_York")
TEN = "2026-11-22T10:08:23Z"
"""15:08:23 in Karachi."""
FIFTEEN = "2026-11-22T15:08:23Z"

READ = [
    # path, start, resolution, pattern, camera the pattern tells
    ("store/site-2/2026-11-22/camera-5/15/08-23.547Z.0.mp4", "2026-11-22T15:08:23.547Z", "1ms",
     "key of a store like ours", "camera-5"),
    ("media/recordings/2026-11-22/15/gate/08.23.mp4", FIFTEEN, "1s", "Frigate", "gate"),
    ("hi_quality/00-0C-29-D2-26-9B/2026/11/22/15/1795360103547_60012.mkv",
     "2026-11-22T15:08:23.547Z", "1ms", "Nx Witness", "00-0C-29-D2-26-9B"),
    ("AMC0001/2026-11-22/001/dav/15/15.08.23-15.09.10[M][0@0][0].mp4", TEN, "1s", "Dahua", ""),
    ("2026-11-22/001/dav/15/15.08.23-15.09.10[R][0@0][0].dav", TEN, "1s", "Dahua", ""),
    ("MAC/2026112215/08M23S_1795342103.mp4", TEN, "1s", "Xiaomi and Unix time", ""),
    ("MAC/2026112215/08M23S.mp4", TEN, "1s", "Xiaomi", ""),
    ("record/2026Y11M22D15H/08M23S60.mp4", TEN, "1s", "Yi", ""),
    ("record/2026Y11M22D15H/E108M23S60.mp4", TEN, "1s", "Yi", ""),
    ("record/20261122/15/08.mp4", "2026-11-22T10:08:00Z", "1m", "Wyze", ""),
    ("Camera1/2026-11-22/15-08-23.mp4", TEN, "1s", "folder of a day", ""),
    ("gate/20261122/150823.mkv", TEN, "1s", "folder of a day", ""),
    ("cam/2026-11-22_15-08-23-547123.mp4", "2026-11-22T10:08:23.547123Z", "1us", "MediaMTX", ""),
    ("PXL_20261122_100823547.mp4", "2026-11-22T10:08:23.547Z", "1ms", "Pixel", ""),
    ("2026_1122_150823_001F.MP4", TEN, "1s", "dash camera", ""),
    ("Gate_2026_11_22_15h_08m_23s_1m_5s.mkv", TEN, "1s", "hours, minutes and seconds by letter",
     ""),
    ("192.168.1.64_01_20261122150823123.mp4", "2026-11-22T10:08:23.123Z", "1ms", "date and time",
     ""),
    ("10.11.37.189_01_20261122150823123_MOTION_DETECTION.mp4", "2026-11-22T10:08:23.123Z", "1ms",
     "date and time", ""),
    ("ch01_20261122150823.mp4", TEN, "1s", "date and time", ""),
    ("NVR_ch2_main_20261122150823_20261122151000.dav", TEN, "1s", "date and time", ""),
    ("Camera1_192.168.1.64_20261122150823_20261122151000_123456.mp4", TEN, "1s", "date and time",
     ""),
    ("RecM01_20261122_150823_150853_0_123ABC.mp4", TEN, "1s", "date and time", ""),
    ("20261122-150823-151000_192.168.1.11-CH2.mp4", TEN, "1s", "date and time", ""),
    ("20261122_15/20261122_150823_CDC7.mkv", TEN, "1s", "date and time", ""),
    ("20261121_140000_9B1F_ACCC8E0FF2AB/20261122_15/20261122_150823_CDC7.mkv", TEN, "1s",
     "date and time", ""),
    ("FrontDoor.20261122_150823.mp4", TEN, "1s", "date and time", ""),
    ("FrontDoor.20261122_150823.1.mp4", TEN, "1s", "date and time", ""),
    ("Gate20261122-150823-1795342103.mp4", TEN, "1s", "date and time and Unix time", ""),
    ("NVR_MEDIA_0001_20261122_150823_20261122_151000.avi", TEN, "1s", "date and time", ""),
    ("2026-11-22_15-08-23.mp4", TEN, "1s", "date and time", ""),
    ("2026-11-22T15-08-23.mp4", TEN, "1s", "date and time", ""),
    ("2026-11-22-15-08-23-front.mp4", TEN, "1s", "date and time", ""),
    ("1_2026-11-22_15-08-23_123.mp4", TEN, "1s", "date and time", ""),
    ("2026-11-22 15-08-23.mkv", TEN, "1s", "date and time", ""),
    ("Screen Recording 2026-11-22 at 3.08.23 PM.mov", TEN, "1s", "date and time", ""),
    ("Midnight 2026-11-22 12.08.23 am.mov", "2026-11-21T19:08:23Z", "1s", "date and time", ""),
    ("VID_20261122_150823.mp4", TEN, "1s", "date and time", ""),
    ("20261122_150823_NF.mp4", TEN, "1s", "date and time", ""),
    ("cam@20261122150823+0000.mp4", FIFTEEN, "1s", "date and time", ""),
    ("20261122T150823Z.mp4", FIFTEEN, "1s", "date and time", ""),
    ("20261122T150823+0500.mp4", TEN, "1s", "date and time", ""),
    ("20261122T150823-0500.mp4", "2026-11-22T20:08:23Z", "1s", "date and time", ""),
    ("2026-11-22T15:08:23.547+05:00.mkv", "2026-11-22T10:08:23.547Z", "1ms", "date and time", ""),
    ("2026-11-22 15.08.23 UTC+5.mp4", TEN, "1s", "date and time", ""),
    ("2026-11-22 15.08.23 GMT.mp4", FIFTEEN, "1s", "date and time", ""),
    ("20261122150823-0001.mp4", TEN, "1s", "date and time", ""),  # a number: no such offset
    ("Camera 1 11-22-2026 3.08.23 PM.mkv", TEN, "1s", "month first", ""),
    ("Camera 1 22-11-2026 15.08.23.mkv", TEN, "1s", "day first", ""),
    ("Camera 1 11-11-2026 15.08.23.mkv", "2026-11-11T10:08:23Z", "1s",
     "day first and month first", ""),
    ("2026-11-22_15-08.mp4", "2026-11-22T10:08:00Z", "1m", "to the minute", ""),
    ("202611221508.mp4", "2026-11-22T10:08:00Z", "1m", "to the minute", ""),
    ("1795360103.mp4", FIFTEEN, "1s", "Unix time", ""),
    ("gate/1795360103547.mp4", "2026-11-22T15:08:23.547Z", "1ms", "Unix time", ""),
    ("1795360103.547123.mp4", "2026-11-22T15:08:23.547123Z", "1us", "Unix time", ""),
    ("1700000000_6-967003_frontdoor_200-200-400-400_24_769.mp4", "2023-11-14T22:13:20Z", "1s",
     "Unix time", ""),
]  # fmt: skip

REFUSED = [
    # path, what the refusal says
    ("ch01_00000000012000000.mp4", "no date and time"),
    ("hiv00012.mp4", "no date and time"),
    ("IMG_1234.MOV", "no date and time"),
    ("VID-20261122-WA0001.mp4", "no date and time"),
    ("20261122.mp4", "no date and time"),
    ("20261122_1508.mp4", "no date and time"),  # or the 1508th file
    ("22112026_150823.mp4", "no date and time"),
    ("2026-11-22/gate.mp4", "no date and time"),  # a folder's day is no time
    ("20261322150823.mp4", "no such time: 2026-13-22"),
    ("2026-11-31_15-08-23.mp4", "no such time: 2026-11-31"),
    ("2026-11-22_15-08-75.mp4", "no such time"),
    ("2026-11-22 at 15.08.23 PM.mov", "no such time: 15 PM"),
    ("2026112215.mp4", "Unix time or a date and an hour"),
    ("20261122150823-0500.mp4", "different times"),  # an offset, or the 500th file
    ("MAC/2026112215/08M23S_1795360103.mp4", "different times"),  # not in this zone
    ("Gate20261122-150823-1795360103.mp4", "different times"),
    ("Camera 1 05-11-2026 15.08.23.mkv", "'month first'"),
    ("20261122150823_20261121150823.mp4", "different times"),  # an end before its start
    ("20261122150823_20270122150823.mp4", "different times"),  # too long for one file
    ("20261122150823_20261122151000_20261122152000.mp4", "different times"),
]


@pytest.mark.parametrize(("path", "start", "resolution", "pattern", "camera"), READ)
def test_a_name_tells_its_start_and_how(
    path: str, start: str, resolution: str, pattern: str, camera: str
) -> None:
    named = read(PurePosixPath("/mnt/usb") / path, KARACHI)
    assert named.start == Instant.parse(start)
    assert (str(named.resolution), named.pattern, named.camera) == (resolution, pattern, camera)


@pytest.mark.parametrize(("path", "told"), REFUSED)
def test_what_is_not_clear_is_refused_with_its_reason(path: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read(PurePosixPath("/mnt/usb") / path, KARACHI)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("2026-11-01_01-30-00.mp4", "shown twice"),
        ("2026-03-08_02-30-00.mp4", "never shown"),
        ("2026-03-08/02-30-00.mp4", "never shown"),
        ("ch01_20261101013000.mp4", "shown twice"),
    ],
)
def test_local_times_at_a_change_of_the_clocks_are_refused(name: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read(PurePosixPath(name), NEW_YORK)


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("2026-11-01_01-30-00-0400.mp4", None),  # "-0400" may be a number where no T says ISO
        ("2026-11-01T01-30-00-0400.mp4", "2026-11-01T05:30:00Z"),
        ("2026-11-01T01-30-00-0500.mp4", "2026-11-01T06:30:00Z"),
        ("2026-11-01_00-59-59.mp4", "2026-11-01T04:59:59Z"),
        ("2026-11-01_02-00-00.mp4", "2026-11-01T07:00:00Z"),
        ("2026-11-01/01/gate/30.00.mp4", "2026-11-01T01:30:00Z"),  # Frigate's are UTC
    ],
)
def test_an_offset_or_utc_resolves_them(name: str, start: str | None) -> None:
    if start is None:
        with pytest.raises(BadInput, match="shown twice"):
            read(PurePosixPath(name), NEW_YORK)
    else:
        assert read(PurePosixPath(name), NEW_YORK).start == Instant.parse(start)


@pytest.mark.parametrize(
    ("path", "end"),
    [
        ("NVR_ch2_main_20261122150823_20261122151000.dav", "2026-11-22T10:10:00Z"),
        ("2026-11-22/001/dav/23/23.59.23-00.00.10[R][0@0][0].dav", "2026-11-22T19:00:10Z"),
        ("2026-11-22/15.08.23-15.09.10[M][0@0][0].dav", "2026-11-22T10:09:10Z"),
    ],
)
def test_a_name_may_tell_the_end(path: str, end: str) -> None:
    assert read(PurePosixPath(path), KARACHI).end == Instant.parse(end)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("dik-001-1_20261122150823.mp4", ("dik-001-1",)),
        ("20261122150823_dik-001-1.mp4", ("dik-001-1",)),
        ("nvr/dik-001-1/20261122/150823.mp4", ("dik-001-1", "nvr")),
        ("nvr/12/2026-11-22_15-08-23.mp4", ("nvr",)),  # a number is no camera
        ("192.168.1.64_01_20261122150823_A.mp4", ("192.168.1.64_01", "A")),
        ("usb/AMC0001/2026-11-22/001/dav/15/15.08.23-15.09.10[M].mp4", ("AMC0001", "usb")),
    ],
)
def test_what_may_name_the_camera(path: str, expected: tuple[str, ...]) -> None:
    assert read(PurePosixPath(path), KARACHI).hints == expected


def test_hints_without_a_time() -> None:
    assert hints(PurePosixPath("/usb/gate-1/IMG_1234.MOV")) == ("IMG_1234", "gate-1", "usb")
