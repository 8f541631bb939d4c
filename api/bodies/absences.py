"""Bodies of what a certificate of absence found, as its `certificate.json` has it."""

from typing import Annotated, Any, Final

from pydantic import Field

from api.bodies.wire import InstantText, Wire

MOST_PARTS: Final = 500
"""Parts of a camera that are told; the certificate itself has all."""


class AbsencePartOut(Wire):
    """A part of the time asked about, of a camera.

    `state` is `stored`, `gone` (was stored, and is not any more) or `absent` (nothing was entered).
    `proven` is about what is absent alone, and `why` says why something absent is not proven.
    `attested_by` and `who` say whose word the reason is.
    """

    start: InstantText
    end: InstantText
    state: Annotated[str, Field(examples=["absent"])]
    reason: str
    detail: str
    attested_by: Annotated[str, Field(examples=["the recorder's entry in the catalogue"])]
    who: str
    custody: Annotated[list[int], Field(description="Entries of the custody log.")]
    proven: bool
    why: str


class AbsenceSightOut(Wire):
    """Footage beside the time asked about; `stored` tells whether it is stored still."""

    start: InstantText
    end: InstantText
    stored: bool


class AbsenceCameraOut(Wire):
    """Statements of a certificate about a camera."""

    camera: str
    name: str
    parts: Annotated[list[AbsencePartOut], Field(description=f"The first {MOST_PARTS}.")]
    parts_in_all: int
    segments: Annotated[int, Field(description="Segments stored of the time.")]
    last_before: AbsenceSightOut | None
    first_after: AbsenceSightOut | None

    @classmethod
    def of(cls, told: dict[str, Any]) -> "AbsenceCameraOut":
        """Make the body from what `certificate.json` says of a camera."""
        return cls(
            camera=told["camera"],
            name=told["name"],
            parts=[AbsencePartOut.model_validate(one) for one in told["parts"][:MOST_PARTS]],
            parts_in_all=len(told["parts"]),
            segments=len(told["segments"]),
            last_before=_sight(told["last_before"]),
            first_after=_sight(told["first_after"]),
        )


class AbsenceFoundOut(Wire):
    """Findings of a certificate of absence, camera by camera."""

    looked: Annotated[InstantText, Field(description="When everything was looked up.")]
    cameras: list[AbsenceCameraOut]

    @classmethod
    def of(cls, told: dict[str, Any]) -> "AbsenceFoundOut":
        """Make the body from `certificate.json`."""
        cameras = [AbsenceCameraOut.of(one) for one in told["cameras"]]
        return cls(looked=told["looked"], cameras=cameras)


def _sight(told: dict[str, Any] | None) -> AbsenceSightOut | None:
    if told is None:
        return None
    return AbsenceSightOut(start=told["start"], end=told["end"], stored=told["stored"])
