"""Patterns by which recorders write a time into a name: a table of regular expressions.

A *layout* takes folders and the whole name together; a *stamp* stands anywhere in the name.
Patterns are tried in the order of the table, and text that a pattern has taken is left out for
later patterns: particular patterns stand before general patterns. `docs/importing.md` shows an
example of each.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

DAY_FIRST: Final = "day first"
MONTH_FIRST: Final = "month first"
TO_THE_MINUTE: Final = "to the minute"
UNIX: Final = "Unix time"

_YMD: Final = r"(?P<Y>(?:19|20)\d\d)(?P<ds>[-_.]?)(?P<m>\d\d)(?P=ds)(?P<d>\d\d)"
_HMS: Final = r"(?P<H>\d\d|\d(?=[-_.:]))(?P<ts>[-_.:]?)(?P<M>\d\d)(?P=ts)(?P<S>\d\d)"
_FRACTION: Final = r"(?:[.,](?P<f>\d{6}|\d{3})(?!\d)|(?P<f3>\d{3}))?"
_HALF_OF_DAY: Final = r"(?:[ _]?(?P<p>[AaPp][Mm])(?![A-Za-z]))?"
_OFFSET: Final = (
    r"(?:[ _]?(?P<g>UTC|GMT)(?![A-Za-z]))?"
    r"(?P<z>Z(?![A-Za-z0-9])|[+-]\d\d:?\d\d(?!\d)|\+\d\d(?!\d)|(?<=UTC|GMT)[+-]\d{1,2}(?!\d))?"
)
_BETWEEN: Final = r"(?P<sep>[ _]at[ _]|[T_\-., @]{1,3})"
_TIME: Final = _BETWEEN + "?" + _HMS + _FRACTION + _HALF_OF_DAY + _OFFSET + r"(?!\d)"
_DAY: Final = r"(?P<Y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
_COMPACT_DAY: Final = r"(?P<Y>\d{4})(?P<m>\d\d)(?P<d>\d\d)"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern of writing a time.

    Attributes:
        regex: Groups Y m d H M S f are digits of the time, p is AM or PM, z an offset from UTC, e
            seconds or milliseconds since 1970, H2 M2 S2 an end on the same day.
        utc: Whether the time is in UTC, whatever the zone.
        layout: Whether the pattern reads folders and the whole name.
    """

    name: str
    regex: re.Pattern[str]
    utc: bool = False
    layout: bool = False


def _layout(name: str, regex: str, *, utc: bool = False, end: str = "$") -> Pattern:
    return Pattern(name, re.compile(rf"(?:^|(?<=/)){regex}{end}"), utc=utc, layout=True)


def _stamp(name: str, regex: str, *, utc: bool = False) -> Pattern:
    return Pattern(name, re.compile(rf"(?<!\d){regex}"), utc=utc)


PATTERNS: Final = (
    # recordings/2026-11-22/15/gate/08.23
    _layout(
        "Frigate",
        _DAY + r"/(?P<H>\d\d)/(?P<camera>[^/]+)/(?P<M>\d\d)\.(?P<S>\d\d)",
        utc=True,
    ),
    # 2026-11-22/001/dav/15/15.08.23-15.09.10[M][0@0][0]
    _layout(
        "Dahua",
        _DAY
        + r"/(?:[^/]+/)*?(?P<H>\d\d)\.(?P<M>\d\d)\.(?P<S>\d\d)"
        + r"-(?P<H2>\d\d)\.(?P<M2>\d\d)\.(?P<S2>\d\d)\[[^/]*",
    ),
    # hi_quality/00-0C-29-D2-26-9B/2026/11/22/15/1795360103547_60012
    _layout(
        "Nx Witness",
        r"(?:hi|lo|low)_quality/(?P<camera>[^/]+)/\d{4}/\d\d/\d\d/\d\d/(?P<e>\d{13})_\d+",
        utc=True,
    ),
    # 2026112215/08M23S_1795360103: the Unix time behind is read too, and must agree
    _layout(
        "Xiaomi",
        _COMPACT_DAY + r"(?P<H>\d\d)/(?P<M>\d\d)M(?P<S>\d\d)S",
        end=r"(?=(?:_\d+)?$)",
    ),
    # 2026Y11M22D15H/08M23S60
    _layout(
        "Yi",
        r"(?P<Y>\d{4})Y(?P<m>\d\d)M(?P<d>\d\d)D(?P<H>\d\d)H/(?:[A-Z]\d)?(?P<M>\d\d)M(?P<S>\d\d)S\d*",
    ),
    # 20261122/15/08
    _layout("Wyze", _COMPACT_DAY + r"/(?P<H>\d\d)/(?P<M>\d\d)"),
    # 2026-11-22/15-08-23
    _layout("folder of a day", _YMD + "/" + _HMS + r"(?:\.(?P<f>\d{6}|\d{3}))?"),
    # 2026-11-22_15-08-23-547123
    _stamp(
        "MediaMTX",
        _DAY + r"_(?P<H>\d\d)-(?P<M>\d\d)-(?P<S>\d\d)-(?P<f>\d{6})(?!\d)",
    ),
    # PXL_20261122_100823547: this maker's telephones write UTC
    _stamp(
        "Pixel",
        r"(?<=PXL_)" + _COMPACT_DAY + r"_(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)(?P<f>\d{3})(?!\d)",
        utc=True,
    ),
    # 2026_1122_150823_001F
    _stamp(
        "dash camera",
        r"(?P<Y>20\d\d)_(?P<m>\d\d)(?P<d>\d\d)_(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)(?!\d)",
    ),
    # 2026_11_22_15h_08m_23s
    _stamp(
        "hours, minutes and seconds by letter",
        _YMD + _BETWEEN + r"(?P<H>\d\d)h[_ ]?(?P<M>\d\d)m[_ ]?(?P<S>\d\d)s(?![A-Za-z0-9])",
    ),
    # 20261122150823, 20261122T150823Z, 2026-11-22_15-08-23.547, 2026-11-22 at 3.08.23 PM ...
    _stamp("date and time", _YMD + _TIME),
    # 22-11-2026_15-08-23, or 11-22-2026: both are tried, and must not differ
    _stamp(
        DAY_FIRST,
        r"(?P<d>\d{1,2})(?P<ds>[-_.])(?P<m>\d{1,2})(?P=ds)(?P<Y>(?:19|20)\d\d)" + _TIME,
    ),
    # 2026-11-22_15-08, 202611221508
    _stamp(TO_THE_MINUTE, _YMD + _BETWEEN + r"(?P<H>\d\d)[-h:.](?P<M>\d\d)(?!\d)"),
    _stamp(
        TO_THE_MINUTE,
        r"(?P<Y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?P<H>\d\d)(?P<M>\d\d)(?!\d)",
    ),
    # 1795360103, 1795360103547, 1795360103.547123
    _stamp(
        UNIX,
        r"(?<![A-Za-z])(?P<e>\d{13}|\d{10})(?:\.(?P<ef>\d{6}|\d{3}))?(?![0-9A-Za-z])",
        utc=True,
    ),
)
