"""A simulated camera: captures, encodes, and sends each picture to every connected client."""

from __future__ import annotations

import os
import random
from typing import IO, TYPE_CHECKING, Final

from footage.instant import ZERO, Elapsed
from tests.common.camera.encoder import Picture, PictureEncoder, SoundEncoder
from tests.common.camera.model import VIDEO_HZ, CameraClock, Condition, Look
from tests.common.camera.rtp import aac_payload, interleaved, payloads
from tests.common.camera.strip import Stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from footage.clock import Clock
    from tests.common.camera.client import Client

_REPORT_EVERY: Final = Elapsed.parse("1s")


class Device:
    """A camera that captures whether or not a client is connected, except while dead."""

    def __init__(self, number: int, look: Look, truth: IO[str], clock: Clock) -> None:
        self.number = number
        self.look = look
        self.condition = Condition.WELL
        self.jitter_ms = 0
        self.clients: set[Client] = set()
        self.counter = 0
        self._truth = truth
        self._true = clock
        self._dice = random.Random(f"{look.seed}/{number}")  # noqa: S311  repeatable, no secret
        self._switch_on()

    def _switch_on(self) -> None:
        look = self.look
        self.clock = CameraClock(
            self._true.now(), look.ppm, Elapsed(look.offset_us), stamp_ppm=look.stamp_ppm
        )
        self._on_since = self._true.monotonic()
        self._last = -1
        self.encoder = PictureEncoder(look)
        self.audio = SoundEncoder(look.audio) if look.audio else None

    # ---------------------------------------------------------------- changes from outside

    def feel(self, condition: Condition) -> None:
        """Set the camera's condition; a camera that was dead starts anew."""
        former, self.condition = self.condition, condition
        if condition is Condition.DEAD:
            self.hang_up()
        elif former is Condition.DEAD:
            self._switch_on()
        elif condition is Condition.WELL:
            self.encoder.force_key()

    def change(self, look: Look, *, disconnect: bool) -> None:
        """Capture pictures of another `look` from now on, on the same clock."""
        self.look = look
        self.encoder = PictureEncoder(look)
        if disconnect:
            self.hang_up()

    def hang_up(self) -> None:
        """End every client's connection."""
        for client in list(self.clients):
            client.abort()

    # ---------------------------------------------------------------- capturing and sending

    async def work(self) -> None:
        """Capture and send pictures until cancelled."""
        due = self._true.monotonic()
        while True:
            step = Elapsed(1_000_000 // self.look.fps)
            due = max(due + step, self._true.monotonic() - step)
            await self._true.pause(due - self._true.monotonic())
            if self.condition is Condition.DEAD or self._silent():
                continue
            if self._dice.random() < self.look.drop:
                continue
            self._capture()

    def _silent(self) -> bool:
        if not self.look.silent_ms:
            return False
        every = self.look.silent_every_ms
        passed = (self._true.monotonic() - self._on_since).us // 1_000 % every
        return passed >= every - self.look.silent_ms

    def _capture(self) -> None:
        self.counter += 1
        stamp = Stamp(self.counter, self._true.now(), self.number)
        ticks = max(self.clock.ticks(stamp.captured, VIDEO_HZ), self._last + 1)
        self._last = ticks
        for picture in self.encoder.encode(stamp, ticks):
            self._show(picture)
        self._audio(stamp)
        self._report()

    def _show(self, picture: Picture) -> None:
        stamp, sent = picture.stamp, self.condition is Condition.WELL
        self._truth.write(f"{stamp.counter} {stamp.captured.us} {picture.key:d} {sent:d}\n")
        look = self.look
        pieces = payloads(picture, self.encoder.sets, look.codec, look.sets, look.mtu)
        self._send("video", pieces, picture.ticks)

    def _audio(self, stamp: Stamp) -> None:
        if self.audio is None:
            return
        for ticks, block in self.audio.upto(self.clock.ticks(stamp.captured, self.audio.hertz)):
            self._send("audio", [aac_payload(block) if self.audio.kind == "aac" else block], ticks)

    def _send(self, track: str, pieces: Sequence[bytes], ticks: int) -> None:
        if self.condition in (Condition.STALLED, Condition.SILENT):
            return
        if self.condition is Condition.GARBAGE:
            for client in self.clients:
                client.answer(os.urandom(600))
            return
        if self.condition is Condition.NOISE:
            pieces = [os.urandom(len(piece)) for piece in pieces]
        delay = Elapsed(self._dice.randint(0, self.jitter_ms) * 1_000)
        for client in list(self.clients):
            if client.playing and track in client.senders:
                channel = client.channels[track]
                packets = client.senders[track].packets(pieces, ticks)
                client.offer(b"".join(interleaved(channel, one) for one in packets), delay)

    def _report(self) -> None:
        """Send sender reports with the time of the camera's clock to each playing client."""
        if self.condition is not Condition.WELL:
            return
        now, true = self._true.monotonic(), self._true.now()
        for client in list(self.clients):
            if client.playing and now >= client.report_due:
                client.report_due = now + _REPORT_EVERY
                for track, sender in client.senders.items():
                    hertz = self.hertz(track)
                    packet = sender.report(self.clock.wall(true), self.clock.ticks(true, hertz))
                    client.offer(interleaved(client.channels[track] + 1, packet), ZERO)

    def hertz(self, track: str) -> int:
        """Return the rate of a track's media clock, in ticks per second."""
        return self.audio.hertz if track == "audio" and self.audio else VIDEO_HZ

    def ticks_now(self, track: str) -> int:
        """Return a track's media time at this moment, in ticks."""
        return self.clock.ticks(self._true.now(), self.hertz(track))
