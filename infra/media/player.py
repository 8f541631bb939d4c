"""The player of this machine: found, started, and waited for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from footage.errors import Misconfigured, Unavailable
from footage.instant import Elapsed
from infra.host import process

if TYPE_CHECKING:
    from pathlib import Path

_PLAYERS: Final = (
    ("mpv", "--really-quiet"),
    ("ffplay", "-loglevel", "error", "-autoexit"),
    ("xdg-open",),
)
"""Players and their options, the best first."""
_RETURNS_AT_ONCE: Final = {"xdg-open"}
_LONGEST: Final = Elapsed.parse("24h")
_HINT: Final = "--out FILE writes an MP4 to be played elsewhere"


@dataclass(frozen=True, slots=True)
class Player:
    """A program that plays a film.

    Attributes:
        waits: Whether the program ends when the film was watched; False: the film must stay.
    """

    name: str
    argv: tuple[str, ...]
    waits: bool

    def play(self, film: Path) -> None:
        """Play a film; returns when the program ends.

        Raises:
            Unavailable: The program ended with an error, e.g. since there is no screen.
        """
        try:
            process.run([*self.argv, str(film)], timeout=_LONGEST)
        except Unavailable as exc:
            raise Unavailable(f"{self.name} does not play: {exc}", hint=_HINT) from exc


def find_player() -> Player:
    """Find the best player of this machine.

    Raises:
        Misconfigured: This machine has no player.
    """
    for name, *options in _PLAYERS:
        if path := shutil.which(name):
            return Player(name, (path, *options), waits=name not in _RETURNS_AT_ONCE)
    names = ", ".join(name for name, *_ in _PLAYERS)
    raise Misconfigured(f"no player on this machine: none of {names}", hint=_HINT)
