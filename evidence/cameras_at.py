"""The cameras that stood at some places in some time, for holds and exports by place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.errors import BadInput
from footage.stays import windows

if TYPE_CHECKING:
    from footage.instant import Interval
    from footage.ports import Register, Scope
    from footage.stays import Windows

_HINT = "see `footage cameras list`"


def cameras_at(register: Register, scope: Scope, interval: Interval) -> Windows:
    """Return, by camera, the parts of `interval` in which the camera stood where `scope` says.

    Raises:
        BadInput: A site or district is unknown, or no camera stood at the places in that time.
    """
    sites = {site.id for site in register.sites()}
    districts = {district.id for district in register.districts()}
    if unknown := sorted((scope.sites - sites) | (scope.districts - districts)):
        raise BadInput(f"unknown place: {', '.join(unknown)}", hint=_HINT)
    found = windows(register.stays(scope.cameras or None), scope, interval)
    if not found:
        raise BadInput("no camera stood there in that time", hint=_HINT)
    return found
