"""Code that runs in threads of a pool is in separate classes, which never use the event loop."""

from __future__ import annotations

import ast
import inspect
import sys

import pytest

from recorder.camera_files import CameraFiles
from recorder.channel import Channel
from recorder.disk_queue import DiskQueue
from recorder.store.eviction import Evictor
from recorder.store.retry_queue import RetryQueue
from recorder.store.spool_files import SpoolFiles
from recorder.store.storing import StoreWriter
from recorder.store.uploader import Uploader

IN_THREADS = (CameraFiles, StoreWriter, SpoolFiles)
ON_THE_LOOP = (Channel, Uploader, DiskQueue, Evictor)
TO_A_POOL = frozenset(
    {"partial", "run_in_executor", "submit", "_in_pool", "_in_thread", "_outcome"}
)


@pytest.mark.parametrize("part", [*IN_THREADS, *ON_THE_LOOP, RetryQueue])
def test_a_class_says_where_it_is_called_from(part: type) -> None:
    said = "a thread of the pool" if part is CameraFiles else "a thread of a pool"
    wanted = f"from {said}" if part in IN_THREADS else "from the event loop's thread"
    assert wanted in (part.__doc__ or "")


@pytest.mark.parametrize("part", IN_THREADS)
def test_what_runs_in_threads_reaches_for_no_event_loop(part: type) -> None:
    tree = ast.parse(inspect.getsource(sys.modules[part.__module__]))
    imported = {
        name.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in node.names
    }
    assert "asyncio" not in imported
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]
    assert "threadsafe" not in ast.unparse(tree)


@pytest.mark.parametrize("part", ON_THE_LOOP)
def test_what_runs_on_the_loop_hands_no_method_of_its_own_to_a_pool(part: type) -> None:
    """A pool gets functions only: a bound method would take the loop's state into a thread."""
    tree = ast.parse(inspect.getsource(sys.modules[part.__module__]))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    handed = [ast.unparse(one) for call in calls if _name(call) in TO_A_POOL for one in call.args]
    own = {f"self.{name}" for name, _ in inspect.getmembers(part, inspect.isfunction)}
    assert handed
    assert not own & set(handed)


def _name(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]
