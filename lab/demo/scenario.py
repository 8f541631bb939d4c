"""Draw the demo's scenario from a seed: streets, traffic and planted appearances at six cameras.

Pure: the same seed, cameras and duration give the same scenario and the same truth, byte for
byte. Times are media milliseconds from the films' start and never pass for wall time (invariant 8):
the recording of a film tells the wall time of media time 0.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lab.demo.casting import Role, cast
from lab.scenes.movers import Mover
from lab.scenes.palette import COLOURS, Colour, Kind, Light
from lab.scenes.placing import random_mover
from lab.scenes.seeds import seeded
from lab.scenes.sight import STEP_MS, Sight, alone, intervals, sights_at
from lab.scenes.street import Lane, Street, chance, make_street, make_view
from lab.scenes.traffic import Flow, Track, filled, flow_of
from lab.scenes.view import View

KEYFRAME_MS = 2000
LEAST_PLANTED, MOST_PLANTED = 0.015, 0.12
CLEAR_FOR_MS = 4000
WINDOW_MS = 24_000
LEAST_OTHERS = 3
LEAST_ALONE = 2
APART = 0.012
LEAST_DURATION_S = 30
LIGHTS = (Light.DAY, Light.DAY, Light.DUSK, Light.DAY, Light.NIGHT, Light.DAY)
TRAFFIC_KINDS = (
    Kind.CAR, Kind.CAR, Kind.PICKUP, Kind.BUS, Kind.TRUCK, Kind.MOTORCYCLE, Kind.MOTORCYCLE,
    Kind.RICKSHAW, Kind.RICKSHAW, Kind.VAN, Kind.BICYCLE,
)  # fmt: skip
COVERED = 0.15
"""Share of a box that may be covered: boxes touch before movers do, so a little hides nothing."""
NEEDED_MS = 3000
"""Milliseconds a planted mover is kept free before and after the middle of its appearance."""
PATH_TRIES = 8
IDS_PER_CAMERA = 1000
CONFUSED_KINDS = ({Kind.CAR, Kind.VAN}, {Kind.MOTORCYCLE, Kind.BICYCLE})
CONFUSED_COLOURS = (
    {Colour.WHITE, Colour.GREY},
    {Colour.BLACK, Colour.GREY},
    {Colour.ORANGE, Colour.RED},
    {Colour.ORANGE, Colour.YELLOW},
)


@dataclass(frozen=True, slots=True)
class CameraPlan:
    """Plan of a camera's film: street, view, light, and the tracks of everything that moves."""

    camera: str
    light: Light
    seed: int
    street: Street
    view: View
    tracks: tuple[Track, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """An appearance to be found: mover, camera, search text and time window (media ms)."""

    id: int
    camera: str
    kind: Kind
    colour: Colour
    light: Light
    query: str
    window_ms: tuple[int, int]
    clear_ms: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Scenario:
    """Scenario of the whole demo: cameras in the given order and the ten planted appearances."""

    seed: int
    duration_ms: int
    cameras: tuple[CameraPlan, ...]
    planted: tuple[Planted, ...]


def make_scenario(seed: int, cameras: Sequence[str], *, duration_s: int = 60) -> Scenario:
    """Draw a scenario from `seed` for six cameras, given by camera id.

    Raises:
        ValueError: not six different cameras, or a film shorter than 30 s.
    """
    if len(set(cameras)) != len(LIGHTS) or len(cameras) != len(LIGHTS):
        raise ValueError(f"the demo has {len(LIGHTS)} different cameras, {len(cameras)} given")
    if duration_s < LEAST_DURATION_S:
        raise ValueError(f"films of {duration_s} s are too short, at least {LEAST_DURATION_S} s")
    roles = cast(seeded("cast", seed), LIGHTS)
    plans, planted = [], []
    for number, camera in enumerate(cameras):
        draft = _Draft(seed, number, camera, duration_s * 1000, tuple(roles))
        plan, found = draft.made()
        plans.append(plan)
        planted += found
    return Scenario(seed, duration_s * 1000, tuple(plans), tuple(planted))


class _Draft:
    """Draws the plan of a camera: tries streets until all roles of the camera can be seen well."""

    def __init__(
        self, seed: int, number: int, camera: str, duration_ms: int, roles: tuple[Role, ...]
    ) -> None:
        self._name = f"{seed}/{number}"
        self._number = number
        self._camera = camera
        self._duration = duration_ms
        self._roles = [r for r in roles if r.camera == number]
        self._taken = {(r.kind, r.colour) for r in roles}
        self._light = LIGHTS[number]

    def made(self) -> tuple[CameraPlan, list[Planted]]:
        attempt = 0
        while True:  # each attempt is a fresh street; a few dozen suffice (tested over seeds)
            attempt += 1
            rng = seeded(self._name, attempt)
            street = make_street(rng)
            view = make_view(rng, street)
            flows = tuple(flow_of(rng, lane) for lane in street.lanes)
            leads = self._leads(rng, view, flows)
            if leads is None:
                continue
            traffic = self._traffic(rng, flows, leads)
            tracks = (*leads, *self._unspoilt(view, leads, traffic))
            found = self._planted(rng, view, tracks)
            if found is not None:
                seed = rng.randrange(1 << 30)
                plan = CameraPlan(self._camera, self._light, seed, street, view, tracks)
                return plan, found

    def _unspoilt(self, view: View, leads: tuple[Track, ...], traffic: list[Track]) -> list[Track]:
        """Return `traffic` without the tracks that would hide or merge with a planted mover."""
        kept = traffic
        for lead in leads:
            clear = self._clear_alone(view, lead) or (0, 0)
            middle = sum(clear) // 2 // STEP_MS * STEP_MS
            needed = (max(clear[0], middle - NEEDED_MS), min(clear[1], middle + NEEDED_MS))
            kept = [t for t in kept if not _spoils(view, lead, t, needed)]
        return kept

    def _clear_alone(self, view: View, track: Track) -> tuple[int, int] | None:
        def good(ms: int) -> bool:
            sight = alone(view, track, ms)
            return sight is not None and _good(sight)

        instants = _instants(self._duration)
        coarse = sum(good(ms) for ms in instants[:: 1000 // STEP_MS])
        if coarse * 1000 < CLEAR_FOR_MS - 1000:
            return None
        return _longest([ms for ms in instants if good(ms)])

    def _leads(
        self, rng: random.Random, view: View, flows: tuple[Flow, ...]
    ) -> tuple[Track, ...] | None:
        """Return a track per role, each seen well on an empty street; None if a role has none."""
        leads: list[Track] = []
        for place, role in enumerate(self._roles):
            mover = Mover(
                self._number * IDS_PER_CAMERA + place,
                role.kind,
                role.colour,
                extra=rng.randrange(12),
            )
            track = self._lead(rng, view, flows, mover)
            if track is None:
                return None
            leads.append(track)
        same_lane = len({t.path.knots[0].y for t in leads}) < len(leads)
        return None if same_lane else tuple(leads)

    def _lead(
        self, rng: random.Random, view: View, flows: tuple[Flow, ...], mover: Mover
    ) -> Track | None:
        fitting = [f for f in flows if f.lane.on_foot == (mover.kind is Kind.PERSON)]
        for _ in range(PATH_TRIES):
            flow = rng.choice(fitting)
            track = flow.track(mover, rng.randrange(3000, self._duration - 3000))
            if self._clear_alone(view, track) is not None:
                return track
        return None

    def _traffic(
        self, rng: random.Random, flows: tuple[Flow, ...], leads: tuple[Track, ...]
    ) -> list[Track]:
        numbers = iter(
            range(self._number * IDS_PER_CAMERA + 10, (self._number + 1) * IDS_PER_CAMERA)
        )
        draw = self._drawer(rng, lambda: next(numbers))
        out: list[Track] = []
        for flow in flows:
            fixed = [t for t in leads if t.path.knots[0].y == flow.lane.y]
            out += filled(rng, flow, self._duration, fixed, draw)
        return out

    def _drawer(self, rng: random.Random, number: Callable[[], int]) -> Callable[[Lane], Mover]:
        def draw(lane: Lane) -> Mover:
            while True:
                kind, colour = self._drawn(rng, lane)
                if self._allowed(kind, colour, lane):
                    base = random_mover(rng, number())
                    return Mover(base.id, kind, colour, base.tint, base.extra)

        return draw

    def _drawn(self, rng: random.Random, lane: Lane) -> tuple[Kind, Colour]:
        """Draw class and colour of a mover; about 30 % share either with a planted mover."""
        kind = Kind.PERSON if lane.on_foot else rng.choice(TRAFFIC_KINDS)
        colour = rng.choice(COLOURS)
        if not chance(rng, 0.3):
            return kind, colour
        role = rng.choice(self._roles)
        same_colour = lane.on_foot or chance(rng, 0.5)
        return (kind, role.colour) if same_colour else (role.kind, colour)

    def _allowed(self, kind: Kind, colour: Colour, lane: Lane) -> bool:
        if lane.on_foot != (kind is Kind.PERSON) or (kind, colour) in self._taken:
            return False
        for role in self._roles:
            same_kind = kind == role.kind or {kind, role.kind} in CONFUSED_KINDS
            same_colour = colour == role.colour or {colour, role.colour} in CONFUSED_COLOURS
            if same_kind and same_colour:
                return False
        return True

    def _planted(
        self, rng: random.Random, view: View, tracks: tuple[Track, ...]
    ) -> list[Planted] | None:
        instants = _instants(self._duration)
        sights = {ms: sights_at(view, tracks, ms) for ms in instants}
        found = []
        for track, role in zip(tracks, self._roles, strict=False):
            key = track.mover.id
            good = [ms for ms in instants if key in sights[ms] and _good(sights[ms][key])]
            clear = _longest(good)
            if clear is None or _lonely_keyframes(sights, key, clear) < LEAST_ALONE:
                return None
            window = _window(rng, clear, self._duration)
            if _others(sights, key, window) < LEAST_OTHERS:
                return None
            found.append(
                Planted(
                    key,
                    self._camera,
                    role.kind,
                    role.colour,
                    self._light,
                    role.query,
                    window,
                    clear,
                )
            )
        return found


def _instants(duration_ms: int) -> range:
    """Instants of the film to examine (media ms), without both ends, which a recording may miss."""
    return range(1000, duration_ms - 2000, STEP_MS)


def _spoils(view: View, lead: Track, other: Track, needed: tuple[int, int]) -> bool:
    """Whether `other` covers `lead` or comes too close during the interval `needed` (media ms)."""
    pair = (lead, other)
    for ms in range(needed[0], needed[1] + 1, STEP_MS):
        sight = sights_at(view, pair, ms).get(lead.mover.id)
        if sight is None or sight.covered > COVERED:
            return True
        if ms % KEYFRAME_MS == 0 and sight.gap <= APART:
            return True
    return False


def _good(sight: Sight) -> bool:
    """Whether a planted mover is seen as the truth promises: whole, free, of the right size."""
    return (
        LEAST_PLANTED <= sight.box.share <= MOST_PLANTED
        and sight.inside > 0.95  # noqa: PLR2004 - all of it but a sliver
        and sight.covered <= COVERED
    )


def _longest(good: Sequence[int]) -> tuple[int, int] | None:
    """The longest clear interval of at least `CLEAR_FOR_MS`, or None."""
    start, end = max(intervals(good, STEP_MS), key=lambda i: i[1] - i[0], default=(0, 0))
    return (start, end) if end - start >= CLEAR_FOR_MS else None


def _lonely_keyframes(sights: dict[int, dict[int, Sight]], key: int, clear: tuple[int, int]) -> int:
    """Count the keyframes at which no other mover is close enough to merge with mover `key`."""
    first = -(-clear[0] // KEYFRAME_MS) * KEYFRAME_MS
    times = range(first, clear[1] + 1, KEYFRAME_MS)
    return sum(sights[ms][key].gap > APART for ms in times)


def _window(rng: random.Random, clear: tuple[int, int], duration_ms: int) -> tuple[int, int]:
    """Draw a search window that contains the clear interval `clear` at a random place.

    The window lasts 24 s, or 8 s more than the clear interval where that is longer.
    """
    length = min(duration_ms, max(WINDOW_MS, clear[1] - clear[0] + 8000))
    start = clear[0] - rng.randrange(0, length - (clear[1] - clear[0]) + 1)
    start = max(0, min(start, duration_ms - length)) // 500 * 500
    return start, start + length


def _others(sights: dict[int, dict[int, Sight]], key: int, window: tuple[int, int]) -> int:
    seen = {
        other
        for ms, there in sights.items()
        if window[0] <= ms <= window[1]
        for other, sight in there.items()
        if other != key and sight.visible
    }
    return len(seen)
