"""Versions of what is changed: the `ETag` of an answer, which a change sends back as `If-Match`."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Header

from api.problems import Problem

IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=100)]


def required_version(if_match: str | None) -> str:
    """Return the version in an `If-Match`, without quotes.

    Raises:
        Problem: 428, the header is missing.
    """
    if if_match is None:
        raise Problem(
            HTTPStatus.PRECONDITION_REQUIRED,
            "version-required",
            "a change needs If-Match with the ETag that was read",
        )
    return if_match.strip('"')
