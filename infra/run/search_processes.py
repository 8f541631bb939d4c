"""Processes that answer questions for a server, so that questions use more than one core.

Each process has stores and a search service of its own, and enters questions and outcomes in the
custody log itself, as the server's process would; writers of several processes are foreseen
everywhere in a home. Accounts, limits and films stay with the server. A process that dies in a
question leaves the question's intent without an outcome, as any crash does (invariant 7), and is
replaced at the next question.
"""

from __future__ import annotations

import logging
import socket
import sys
from contextlib import contextmanager
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from api.request_context import current
from footage.errors import FootageError, Unavailable
from infra.host.process import Helper
from infra.run.search_channel import READY, Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from footage.access import Reach
    from footage.action import Purpose
    from infra.config.settings import Settings
    from search.query import Query

_MODULE: Final = "infra.cmds.serve_search"
_log = logging.getLogger(__name__)


class SearchProcesses:
    """Processes that answer questions, each a question at a time; safe in several threads.

    Args:
        count: Number of processes, at least 1.
        settings: Settings of the stores.
    """

    def __init__(self, count: int, settings: Settings) -> None:
        self._all = [_Process(settings) for _ in range(count)]
        self._free: SimpleQueue[_Process] = SimpleQueue()
        for process in self._all:
            self._free.put(process)

    def start(self) -> None:
        """Start all processes; does not wait until they are ready."""
        for process in self._all:
            process.start()

    @property
    def pids(self) -> list[int]:
        """Process ids of the processes that were started."""
        return [process.pid for process in self._all if process.pid is not None]

    def answer(self, query: Query, purpose: Purpose, reach: Reach) -> bytes:
        """Return the answer to a question by text as JSON, from the first process that is free.

        Raises:
            FootageError: As the search service raises.
            Unavailable: The process ended before answering.
        """
        request = current()
        question = Question(query, purpose, reach, request.id if request else "")
        with self._taken() as process:
            return process.answer(question)

    def close(self) -> None:
        """End the processes, once the questions under way are answered."""
        for process in self._all:
            process.close()

    @contextmanager
    def _taken(self) -> Iterator[_Process]:
        process = self._free.get()
        try:
            yield process
        finally:
            self._free.put(process)


class _Process:
    """A process, started when needed; used by one thread at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._helper: Helper | None = None
        self._channel: Connection | None = None
        self._is_ready = False

    @property
    def pid(self) -> int | None:
        """Process id; None where no process was started."""
        return self._helper.pid if self._helper else None

    def start(self) -> Connection:
        """Start the process unless it runs; return the connection to it."""
        if self._channel is None:
            ours, theirs = socket.socketpair()
            with ours, theirs:
                self._helper = Helper([sys.executable, "-m", _MODULE], theirs.fileno())
                self._channel = Connection(ours.detach())
            self._channel.send(self._settings)
            self._is_ready = False
        return self._channel

    def answer(self, question: Question) -> bytes:
        """Return the answer to a question as JSON.

        Raises:
            FootageError: As the search service raises.
            Unavailable: The process ended before answering.
        """
        try:
            channel = self.start()
            if not self._is_ready:
                self._is_ready = channel.recv() == READY
            channel.send(question)
            told: bytes | FootageError | None = channel.recv()
        except (EOFError, OSError) as exc:
            _log.warning("process %s, which answers questions, ended", self.pid)
            self.close()
            raise Unavailable(
                "the process that was to answer the question ended",
                hint="ask again; the log of the server may tell why it ended",
            ) from exc
        except BaseException:
            self.close()  # else the next question, of anybody, might read this one's answer
            raise
        if isinstance(told, FootageError):
            raise told
        if told is None:
            raise RuntimeError(f"process {self.pid} could not answer; its log line says why")
        return told

    def close(self) -> None:
        """End the process."""
        if self._channel:
            self._channel.close()
            self._channel = None
        if self._helper:
            self._helper.wait()
            self._helper = None
