"""Versions of what people change: told as `ETag`, and given back with a change as `If-Match`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import Header, Response

from api.problems import Problem

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=100)]
"""The `ETag` that was read."""


def tag(response: Response, version: int | str) -> None:
    """Tell the version of what an answer holds."""
    response.headers["ETag"] = f'"{version}"'


def required_version(if_match: str | None) -> str:
    """Return the version in an `If-Match`, without quotes.

    Raises:
        Problem: 428, no version is named, so somebody else's change could be lost.
    """
    if if_match is None:
        raise Problem(
            HTTPStatus.PRECONDITION_REQUIRED,
            "version-required",
            "a change needs If-Match with the ETag that was read",
        )
    return if_match.strip('"')


def version_read(if_match: str | None) -> int:
    """Return the number of the version read; 0, which nothing has, for another text.

    Raises:
        Problem: 428, no version is named, so somebody else's change could be lost.
    """
    text = required_version(if_match)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004
