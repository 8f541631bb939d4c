"""Names by a template of one's own."""

from __future__ import annotations

from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

import pytest

from footage.errors import BadInput
from footage.instant import Instant
from recorder.imports.name_template import Template

KARACHI = ZoneInfo("Asia/Karachi")
TEN = Instant.parse("2026-11-22T10:08:23Z")


@pytest.mark.parametrize(
    ("template", "path", "camera"),
    [
        ("{camera}/%Y-%m-%d/%H-%M-%S", "/usb/gate/2026-11-22/15-08-23.mp4", "gate"),
        ("%d%m%Y_%H%M%S", "/usb/22112026_150823.avi", ""),
        ("%d-%m-%y %I.%M.%S %p", "22-11-26 3.08.23 PM.mkv", ""),
        ("{any}_%Y%m%d_%H%M%S_{camera}", "x/y_20261122_150823_gate-1.mp4", "gate-1"),
        ("%Y/%m/%d/{camera}/%Y%m%d%H%M%S{any}", "2026/11/22/g/20261122150823_x.ts", "g"),
        ("%Y%m%dT%H%M%S%z", "20261122T150823+0500.mp4", ""),
        ("%s_{any}", "1795342103_abc.mp4", ""),
        ("100%% %Y%m%d%H%M%S", "100% 20261122150823.mp4", ""),
        ("a.b[c]/%Y%m%d%H%M%S", "a.b[c]/20261122150823.mp4", ""),
    ],
)
def test_what_fits_is_read(template: str, path: str, camera: str) -> None:
    named = Template.parse(template).read(PurePosixPath(path), KARACHI)
    assert (named.start, named.camera, named.pattern) == (TEN, camera, f"--name {template}")


@pytest.mark.parametrize(
    ("template", "path", "resolution"),
    [
        ("%Y%m%d_%H%M", "20261122_1508.mp4", "1m"),
        ("%Y%m%d_%H%M%S", "20261122_150823.mp4", "1s"),
        ("%Y%m%d_%H%M%S.%f", "20261122_150823.547.mp4", "1ms"),
    ],
)
def test_the_resolution_is_the_names(template: str, path: str, resolution: str) -> None:
    named = Template.parse(template).read(PurePosixPath(path), KARACHI)
    assert str(named.resolution) == resolution


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{camera}", "no year"),
        ("%Y-%m-%d", "no hour"),
        ("%Y-%m-%d %I.%M", "half of the day"),
        ("%Y%q", "%q is not known"),
        ("{cam}/%Y", "{cam} is not known"),
        ("%Y%", "a lone '%'"),
        ("{camera/%Y", "a lone '{'"),
        ("%Y" * 200, "more than"),
    ],
)
def test_a_template_that_cannot_be_right_is_refused(template: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        Template.parse(template)


@pytest.mark.parametrize(
    ("template", "path"),
    [
        ("%Y-%m-%d_%H-%M-%S", "20261122_150823.mp4"),
        ("%Y-%m-%d_%H-%M-%S", "x2026-11-22_15-08-23.mp4"),  # of a whole name
        ("%Y/%m/%d/%Y%m%d%H%M%S", "2026/11/22/20261121150823.mp4"),  # says two days
        ("%Y%m%d%H%M%S", "20261322150823.mp4"),
        ("%Y%m%d%H%M%S%z", "20261122150823+9900.mp4"),
    ],
)
def test_a_name_that_does_not_fit_is_refused(template: str, path: str) -> None:
    with pytest.raises(BadInput):
        Template.parse(template).read(PurePosixPath(path), KARACHI)
