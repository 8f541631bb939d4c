"""Texts, limits and scope that all bodies share. Instants are RFC 3339 UTC, in microseconds."""

from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field

from footage.instant import Instant
from footage.scope import Scope

InstantText = Annotated[str, Field(examples=["2026-11-22T15:08:23.547000Z"])]
TIME_TEXT: Final = (
    "an instant with its offset from UTC (RFC 3339), a local time of the site, such as "
    "`2026-11-22 20:08`, or `yesterday 18:00`, `2h ago`."
)
_NO_NUL: Final = r"^[^\x00]*$"


def plain(most: int) -> dict[str, Any]:
    """Return pydantic's constraints of a text that a client sends.

    The text has at most `most` characters and no NUL, which PostgreSQL cannot store.
    """
    return {"max_length": most, "pattern": _NO_NUL}


TimeText = Annotated[
    str, Field(**plain(100), description=TIME_TEXT, examples=["2026-11-22T15:08:23Z"])
]
NearText = Annotated[
    str, Field(**plain(100), description="LAT,LON,METRES", examples=["31.83,70.90,500"])
]
CaseText = Annotated[str, Field(**plain(200), examples=["FIR 211/2026"])]
CodeText = Annotated[str, Field(**plain(50), examples=["theft"])]
MOST_CAMERAS: Final = 5_000
"""Most ids in a list: a city of 1 100 cameras has a quarter of that."""
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", examples=["dik-001-1"])]

Ids = Annotated[list[Id], Field(max_length=MOST_CAMERAS)]


class Wire(BaseModel):
    """Base of all bodies: unknown members of a request are refused."""

    model_config = ConfigDict(extra="forbid")


def text_of(instant: Instant | None) -> str | None:
    """Return an instant as text; None for none."""
    return str(instant) if instant else None


class ScopeIn(Wire):
    """The cameras and places that a request is about."""

    cameras: Ids = []
    sites: Ids = []
    districts: Ids = []
    near: NearText = ""

    @property
    def scope(self) -> Scope:
        """The scope named.

        Raises:
            BadInput: The circle is malformed.
        """
        return Scope.parse(self.cameras, self.sites, self.districts, self.near)
