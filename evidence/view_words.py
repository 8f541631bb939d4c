"""Words burned into films for viewing, in English and Urdu. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from footage.document import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewWords:
    """Words of a film in a language.

    Attributes:
        mark: That the film is derived.
        recorded: Label of the recorded time.
        stated: Label of the time of an import.
        clock: Label of what the camera's own clock showed.
        unknown: Said of a clock of which nothing is known.
        covered: Said while parts of the picture are filled.
        missing: Title of the card of a gap.
        not_asked: Reason on the card of time that was not asked for.
        unreadable: Reason on the card of pictures that cannot be decoded.
    """

    mark: str
    recorded: str
    stated: str
    utc: str
    clock: str
    unknown: str
    covered: str
    missing: str
    not_asked: str
    unreadable: str


VIEW_WORDS: Final[Mapping[Language, ViewWords]] = {
    "en": ViewWords(
        mark="DERIVED COPY, NOT THE ORIGINAL",
        recorded="Recorded time",
        stated="Time as stated",
        utc="UTC",
        clock="Camera's clock",
        unknown="not known",
        covered="Parts of the picture are covered",
        missing="No pictures",
        not_asked="not asked for",
        unreadable="the pictures cannot be decoded",
    ),
    "ur": ViewWords(
        mark="اخذ کردہ نقل، اصل نہیں",
        recorded="ریکارڈ شدہ وقت",
        stated="بتایا گیا وقت",
        utc="UTC",
        clock="کیمرے کی گھڑی",
        unknown="معلوم نہیں",
        covered="تصویر کے کچھ حصے ڈھانپے گئے ہیں",
        missing="کوئی تصویر نہیں",
        not_asked="مانگا نہیں گیا",
        unreadable="تصویریں پڑھی نہیں جا سکتیں",
    ),
}
