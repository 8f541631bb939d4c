"""Begins and ends faults in the campaign's world."""

from __future__ import annotations

from typing import TYPE_CHECKING

from footage.instant import Elapsed
from tests.chaos.recording.node import kill_all
from tests.chaos.recording.plan import Fault, Kind
from tests.common.camera.model import Condition

if TYPE_CHECKING:
    from tests.chaos.recording.world import World

_FLAP = Elapsed.parse("2500ms"), Elapsed.parse("1500ms")


def begin(world: World, fault: Fault) -> str:
    """Begin a fault; returns details for the log."""
    target = fault.target
    match fault.kind:
        case Kind.RECORDER_KILL | Kind.POWER_CUT:
            world.nodes[target].kill(ffmpegs=fault.kind is Kind.POWER_CUT)
        case Kind.RECORDER_PAUSE:
            world.nodes[target].pause()
        case Kind.FFMPEG_KILL:
            return _kill_ffmpeg(world, target)
        case Kind.STORE_KILL | Kind.CATALOGUE_KILL | Kind.REGISTER_KILL:
            world.kill_server(target)
        case Kind.CUT:
            world.routes[target].disable()
        case Kind.RESET:
            world.routes[target].add_toxic("reset_peer", timeout=0)
        case Kind.LATENCY:
            world.routes[target].add_toxic("latency", latency=fault.amount)
        case _:
            _trouble_camera(world, fault)
    return ""


def end(world: World, fault: Fault) -> None:
    """End a fault."""
    target = fault.target
    match fault.kind:
        case Kind.RECORDER_KILL | Kind.POWER_CUT:
            world.nodes[target].start()
        case Kind.RECORDER_PAUSE:
            world.nodes[target].resume()
        case Kind.STORE_KILL | Kind.CATALOGUE_KILL | Kind.REGISTER_KILL:
            world.restart_server(target)
        case Kind.CUT:
            world.routes[target].enable()
        case Kind.RESET:
            world.routes[target].remove_toxic("reset_peer_downstream")
        case Kind.LATENCY:
            world.routes[target].remove_toxic("latency_downstream")
        case Kind.CAMERA_DEATH | Kind.CAMERA_STALL | Kind.CAMERA_FLAP:
            world.cameras.feel(world.numbers[target], Condition.WELL)
        case Kind.FFMPEG_KILL | Kind.CAMERA_HANG_UP:
            pass  # nothing to undo


def _kill_ffmpeg(world: World, camera: str) -> str:
    pids = [pid for node in world.nodes.values() for pid in node.ffmpegs(camera)]
    kill_all(pids)
    return f"{len(pids)} killed"


def _trouble_camera(world: World, fault: Fault) -> None:
    number = world.numbers[fault.target]
    match fault.kind:
        case Kind.CAMERA_DEATH:
            world.cameras.feel(number, Condition.DEAD)
        case Kind.CAMERA_STALL:
            world.cameras.feel(number, Condition.STALLED)
        case Kind.CAMERA_FLAP:
            up, down = _FLAP
            world.cameras.flap(number, up=up, down=down)
        case Kind.CAMERA_HANG_UP:
            world.cameras.hang_up(number)
