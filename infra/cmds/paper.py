"""Files with orders on paper, as commands are given them."""

from pathlib import Path

from footage.digest import Digest
from footage.errors import BadInput
from footage.hold import OrderPaper


def paper_of(file: Path) -> OrderPaper:
    """Return name, size and digest of a file.

    Raises:
        BadInput: The file cannot be read.
    """
    try:
        return OrderPaper(file.name, file.stat().st_size, Digest.of_file(file))
    except OSError as exc:
        raise BadInput(
            f"{file} cannot be read: {exc.strerror}", hint="name a file that can be read"
        ) from exc
