"""`--picture` and `--like`: the example of a search."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from footage.keyframe import Box
    from infra.wiring import Parts
    from search.example import Example

PictureOption = Annotated[
    Path | None,
    typer.Option(
        "--picture", metavar="FILE", help="Find what looks like this JPEG, PNG, WebP or BMP."
    ),
]
LikeOption = Annotated[
    str | None,
    typer.Option(
        "--like",
        metavar="ANSWER.N",
        help="Find what looks like moment N of a search's answer, e.g. 17.1.",
    ),
]
BoxOption = Annotated[
    str | None,
    typer.Option(
        "--box",
        metavar="X,Y,W,H",
        help="This part of the example alone, in shares of the picture from its top left.",
    ),
]
WeightOption = Annotated[
    float | None,
    typer.Option(
        "--text-weight", help="Weight of the text against the example, 0 to 1. [default: 0.5]"
    ),
]


def example_of(
    parts: "Parts", picture: Path | None, like: str | None, box: str | None
) -> "Example | None":
    """Return the example that the options name; None where they name none.

    Raises:
        BadInput: Both kinds of example are given, a box without an example, or a file that is no
            picture.
        NotFound: The custody log has no such moment.
    """
    from footage.errors import BadInput
    from footage.keyframe import WHOLE, Box

    if picture and like:
        raise BadInput("--picture and --like are both an example", hint="leave one out")
    if not (picture or like):
        if box is not None:
            raise BadInput("a box of which picture?", hint="give --picture or --like")
        return None
    part = None if box is None else Box.parse(box)
    if picture:
        from infra.media.picture_file import read_file

        # Reading the file needs no custody entry: the search enters its digest.
        return parts.example(read_file(picture), str(picture), part or WHOLE)
    return _of_moment(parts, like or "", part)


def _of_moment(parts: "Parts", like: str, box: "Box | None") -> "Example":
    from evidence.answers import best_of
    from search.example import StoredExample

    return StoredExample.parse(best_of(parts.custody, like), moment=like, box=box)
