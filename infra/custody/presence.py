"""Whether the custody log that the register has anchored lies in this home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from footage.errors import DataLoss, Misconfigured

if TYPE_CHECKING:
    from pathlib import Path

_RESTORE: Final = "footage restore FOLDER --log-only"


class KeptElsewhere(Misconfigured):
    """The custody log is not in this home: another machine keeps the log, or the log was lost."""


def require_log(log: Path, anchored: int, *, shared: bool) -> None:
    """Look whether a custody log is there, by its file alone: nothing is read.

    Args:
        log: The file in this home.
        anchored: Number of entries that the register has anchored; 0: no log is needed yet.
        shared: Whether homes on other machines may use the register too: one of them keeps the log.

    Raises:
        DataLoss: The log is missing or empty, and the register is this home's alone.
        KeptElsewhere: The log is missing or empty, and another machine may keep the log.
    """
    if not anchored or (log.exists() and log.stat().st_size):
        return
    entries = f"{anchored} {'entry' if anchored == 1 else 'entries'} of the custody log"
    where = f"the register has anchored {entries}, but {log} is missing or empty"
    if not shared:
        raise DataLoss(f"{where}: the log was lost", hint=_RESTORE)
    raise KeptElsewhere(
        f"{where}: another machine that shares the register keeps the log, or the log was lost",
        hint=(
            "do this on the machine that keeps the log, where everything that is entered is done; "
            f"only where no machine has the log: {_RESTORE}"
        ),
    )
