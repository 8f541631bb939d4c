"""What a log line looks like, and that no credential is in it."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from footage.ids import CameraId
from footage.instant import Elapsed
from infra.host import logs
from recorder.capture.state_machine import Phase
from recorder.events import (
    Alarm,
    ClockStepped,
    Event,
    GapRecorded,
    Note,
    PhaseChanged,
    SegmentDamaged,
    SegmentEvicted,
    SegmentSetAside,
    SegmentSpooled,
    SegmentStored,
    Trouble,
    TroubleBegan,
    TroubleEnded,
    TroubleSource,
    WorkFailed,
)
from recorder.timing.timekeeper import Step
from tests.common.builders import a_gap, a_segment

if TYPE_CHECKING:
    from collections.abc import Callable

CAMERA = CameraId("camera-1")
SEGMENT = a_segment()
DOWN = Trouble(TroubleSource.STORING)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def broken(text: str) -> None:
    raise OSError(text)


def written(say: Callable[[], None], level: str = "debug", out: io.StringIO | None = None) -> str:
    stream = out or io.StringIO()
    with logs.configured(level, stream=stream):
        say()
    return stream.getvalue()


def records(say: Callable[[], None], level: str = "debug") -> list[dict[str, Any]]:
    return [json.loads(line) for line in written(say, level).splitlines()]


def test_an_event_becomes_one_record_with_its_facts() -> None:
    segment = a_segment()
    (said,) = records(lambda: logs.record_event(SegmentStored(segment)))
    assert said["camera"] == CAMERA
    assert said["kind"] == "stored"
    assert said["segment"] == segment.key
    assert said["run"] == segment.run
    assert (said["level"], said["logger"]) == ("debug", "recorder")
    assert said["at"].endswith("Z")


def test_a_gap_is_told_when_it_is_final_and_on_demand_while_it_grows() -> None:
    gap = a_gap(detail="connection refused")
    growing = GapRecorded(gap, final=False)
    final = GapRecorded(gap, final=True)
    assert records(lambda: logs.record_event(growing), "info") == []
    (said,) = records(lambda: logs.record_event(final), "info")
    assert (said["reason"], said["detail"]) == ("camera_lost", "connection refused")


@pytest.mark.parametrize(
    ("event", "kind", "level"),
    [
        (Alarm(CAMERA, "damaged"), "alarm", "error"),
        (SegmentDamaged(SEGMENT), "alarm", "error"),
        (SegmentSetAside(SEGMENT, a_gap()), "alarm", "error"),
        (SegmentEvicted(SEGMENT, a_gap()), "evicted", "error"),
        (TroubleBegan(DOWN, "store down"), "trouble", "warning"),
        (WorkFailed(CAMERA, "a gap cannot be recorded"), "trouble", "warning"),
        (ClockStepped(Step(Elapsed.parse("2s"), followed=True)), "clock", "warning"),
        (PhaseChanged(CAMERA, Phase.BACKOFF, "refused"), "phase", "warning"),
        (PhaseChanged(CAMERA, Phase.RECORDING), "phase", "info"),
        (Note(CAMERA, "no sound"), "note", "info"),
        (TroubleEnded(DOWN, "over: not stored"), "note", "info"),
        (SegmentSpooled(SEGMENT), "spooled", "debug"),
        (SegmentStored(SEGMENT), "stored", "debug"),
    ],
)
def test_how_each_event_is_named_and_how_loud_it_is(event: Event, kind: str, level: str) -> None:
    (said,) = records(lambda: logs.record_event(event))
    assert (said["kind"], said["level"]) == (kind, level)
    assert said["event"] == str(event)


def test_every_kind_of_event_has_its_name_in_the_log() -> None:
    assert logs.KINDS.keys() == set(get_args(Event))


def test_libraries_log_the_same_way_with_their_traceback_masked() -> None:
    def fail() -> None:
        try:
            broken("cannot open rtsp://user:hunter2@host/1")
        except OSError:
            logging.getLogger("some.library").exception("open of %s failed", "s3://a:hunter2@b/c")

    (said,) = records(fail, "info")
    assert said["logger"] == "some.library"
    assert "Traceback" in said["exception"]
    assert "hunter2" not in json.dumps(said)


def test_a_terminal_gets_readable_lines_masked_too() -> None:
    def fail() -> None:
        try:
            broken("rtsp://user:hunter2@host/1")
        except OSError:
            logging.getLogger("x").exception("failed")

    shown = written(fail, out=Terminal())
    assert "failed" in shown
    assert not shown.startswith("{")
    assert "hunter2" not in shown


def test_the_former_handlers_are_back_afterwards() -> None:
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    written(lambda: None)
    assert (root.handlers, root.level) == before


NEEDLE = "Hunter2Secret"


@pytest.mark.parametrize(
    "text",
    [
        f"rtsp://user:{NEEDLE}@10.0.0.1:554/stream",
        f"rtsp://user:{NEEDLE}@@host/stream",
        f"rtsp://user:a/{NEEDLE}@host/stream",
        f"http://host/x?password={NEEDLE}&a=1",
        f"http://host/x?a=1&token={NEEDLE}",
        f"Authorization: Basic {NEEDLE}==",
        f"authorization: Bearer {NEEDLE}.x-y_z",
        f'Authorization: Digest username="u", realm="r", response="{NEEDLE}"',
        f"Proxy-Authorization: AWS4-HMAC-SHA256 Credential=a/b, Signature={NEEDLE}",
        f"{{'Authorization': 'Bearer {NEEDLE}'}}",
        f'{{"password": "{NEEDLE}", "user": "u"}}',
        f"secret_key={NEEDLE}",
        f"X-Amz-Signature={NEEDLE}&x=1",
        f"api-key: {NEEDLE}",
        f"Cookie: session={NEEDLE}",
        f"passphrase = '{NEEDLE}'",
        f"sent with Bearer {NEEDLE}",
        f"postgresql+psycopg://footage:{NEEDLE}@db/footage",
    ],
)
def test_no_form_of_credential_is_left(text: str) -> None:
    assert NEEDLE not in logs.masked(text)
    assert NEEDLE not in logs.masked(logs.masked(text))
    (said,) = records(lambda: logging.getLogger("x").info("%s", text))
    assert NEEDLE not in json.dumps(said)


@pytest.mark.parametrize(
    "name", ["password", "db_password", "access-key", "api_key", "Authorization", "token", "secret"]
)
def test_a_field_named_like_a_secret_is_masked_whatever_it_holds(name: str) -> None:
    def say() -> None:
        logging.getLogger("x").info("hello", extra={name: NEEDLE, "inner": {name: [NEEDLE]}})

    (said,) = records(say)
    assert NEEDLE not in json.dumps(said)
    assert said["event"] == "hello"


@pytest.mark.parametrize(
    "text",
    [
        "site-2/2026-11-22/camera-5/15/08-23.547Z.0.mp4",
        "connection to rtsp://camera.example:554/stream refused",
        "a keyframe each 2 s; 3 segments wait",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert logs.masked(text) == text


passwords = st.text(min_size=1, max_size=30).map(lambda text: "Zq7" + text + "Xk9")


@given(
    passwords.filter(lambda text: not any(c.isspace() for c in text)),
    st.sampled_from(["rtsp", "rtsps", "http", "postgresql+psycopg", "s3"]),
    st.sampled_from(["", "admin", "op%40x"]),
)
@example("Zq7@host/:pw@Xk9", "rtsp", "admin")
@example('Zq7"\\Xk9', "rtsp", "admin")
def test_no_password_of_a_url_reaches_a_log(password: str, scheme: str, user: str) -> None:
    for form in (password, quote(password, safe="")):
        url = f"{scheme}://{user}:{form}@camera.example:554/live?x=1"
        masked = logs.masked(f"cannot open {url}: refused")
        assert "Zq7" not in masked
        assert "Xk9" not in masked
        assert "refused" in masked


@given(st.recursive(st.text() | st.integers() | st.none(), st.lists, max_leaves=5), st.text())
def test_cleaning_never_fails_and_settles(value: object, text: str) -> None:
    once = logs.clean({"a": value, "b": text})
    assert logs.clean(once) == logs.clean(logs.clean(once))
    json.dumps(once)
