"""A process that answers questions for `footage serve`; started by the server alone.

Questions come over the socket that is the standard input, one at a time, and the process ends with
the other end of that socket: when the server closes the socket, and when the server dies.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from api.bodies.search import as_json
from api.request_context import begin, never_log
from footage.errors import FootageError
from infra.host import http_server, logs
from infra.host.private import keep_private
from infra.run.search_channel import READY
from infra.wiring import wired

if TYPE_CHECKING:
    from infra.run.search_channel import Question
    from search.service import SearchService

_log = logging.getLogger(__name__)


def main() -> None:
    """Answer questions until the server is gone."""
    for sign in (signal.SIGINT, signal.SIGTERM):  # also sent to the server, which ends in order
        signal.signal(sign, signal.SIG_IGN)
    keep_private()
    with Connection(os.dup(sys.stdin.fileno())) as server:
        settings = server.recv()
        with logs.configured(settings.logs.level), wired(settings) as parts:
            search = parts.search
            http_server.collect_seldom()
            server.send(READY)
            while (question := _next(server)) is not None:
                server.send(_answer(search, question))


def _next(server: Connection) -> Question | None:
    """Return the next question; None when the server is gone."""
    try:
        question: Question = server.recv()
    except (EOFError, ConnectionResetError):
        return None
    return question


def _answer(search: SearchService, question: Question) -> bytes | FootageError | None:
    """Return the answer as JSON, or a foreseen failure; None for a failure that is logged here."""
    begin([question.request.encode()])
    never_log(question.query.text)
    try:
        return as_json(search.search(question.query, question.purpose, reach=question.reach))
    except FootageError as exc:
        return exc
    except Exception:  # noqa: BLE001 - told to the server, which answers with an error
        _log.exception("a question could not be answered")
        return None


if __name__ == "__main__":
    main()
