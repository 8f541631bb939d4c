"""Attacks on the HTTP API by strangers, by people with limited grants, and by stolen secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from argon2 import PasswordHasher

from api import job_kinds, viewing
from api.auth import COOKIE, CSRF_HEADER
from api.bundle_zip import zip_of
from api.limits import PICTURE_PATH, Limits
from api.people import codes
from api.people.bearer import digest_of
from api.people.sign_in import MOST_FAILURES
from api.routes import exports as routes_of_exports
from footage.access import Grant, Permission, PersonId, Role, person_id
from footage.action import Action, Purpose
from footage.clock import SystemClock
from footage.errors import Unavailable
from footage.ids import JobId, district_id
from footage.instant import Elapsed
from footage.job import JobState
from footage.ports import Session
from tests.api.test_api_auth import PASSWORD, code_of, signed_in
from tests.api.test_api_jobs import asked, ended
from tests.common.api_city import PLAIN, WHOLE, a_picture, let_in, parts_of, serving
from tests.common.api_routes import OPERATIONS
from tests.common.builders import a_camera, a_district, a_site, at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from footage.job import Job
    from footage.stays import Stay
    from tests.common.api_city import ApiCity

LONE_SURROGATE = "\\ud800"
QUESTION = json.dumps({"text": "red"})


def stranger(city: ApiCity) -> httpx.Client:
    """Return a client that sends neither token nor cookie."""
    return httpx.Client(base_url=city.client.base_url, timeout=30, verify=PLAIN)


def multipart(*parts: tuple[str, bytes], boundary: str = "edge") -> bytes:
    """Return a multipart body of parts, each with the parameters of its disposition."""
    lines = b""
    for parameters, data in parts:
        head = f"--{boundary}\r\nContent-Disposition: form-data; {parameters}\r\n\r\n"
        lines += head.encode() + data + b"\r\n"
    return lines + f"--{boundary}--\r\n".encode()


# ------------------------------------------------------------------------ bodies


@pytest.mark.parametrize("charset", ["punycode", "undefined", "unicode_escape", "no-such"])
def test_a_form_is_never_decoded_by_a_codec_of_the_sender_s_choice(
    city: ApiCity, charset: str
) -> None:
    kind = f"multipart/form-data; boundary=edge; Charset={charset}"
    body = multipart(('name="question"', b"{}"))
    with stranger(city) as client:
        told = client.post(PICTURE_PATH, content=body, headers={"Content-Type": kind})
    assert told.status_code == 415


def test_a_second_content_type_does_not_hide_a_charset(city: ApiCity) -> None:
    kinds = [
        ("Content-Type", "multipart/form-data; boundary=edge; charset=undefined"),
        ("Content-Type", "multipart/form-data; boundary=edge"),
    ]
    body = multipart(('name="question"', b"{}"))
    with stranger(city) as client:
        assert client.post(PICTURE_PATH, content=body, headers=kinds).status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        f'{{"{LONE_SURROGATE}": 1}}',
        f'{{"text": "{LONE_SURROGATE}"}}',
        f'{{"text": "red", "case": "{LONE_SURROGATE}"}}',
        "[" * 100_000,
        '{"limit": ' + "9" * 100_000 + "}",
        '{"text": "red", "threshold": NaN}',
        '{"text": "red", "threshold": Infinity}',
        '{"like": "1.1", "box": {"x": NaN}}',
        '{"like": "1.1", "text": "red", "text_weight": NaN}',
        '{"limit": 1e400}',
        "\x00",
        "",
    ],
)
def test_json_made_to_break_a_parser_is_bad_input(city: ApiCity, body: str) -> None:
    told = city.client.post(
        "/api/v1/search", content=body, headers={"Content-Type": "application/json"}
    )
    assert told.status_code in {400, 422}
    assert told.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [
        multipart(*[(f'name="f{n}"', b"") for n in range(1_001)]),
        multipart(*[(f'name="f{n}"; filename="x"', b"") for n in range(1_001)]),
        multipart(('name="question"', b"x" * (1 << 20 | 1))),
        multipart(("filename=x", b"")),
        b"--edge\r\n" + b"X: " + b"a" * 1_000_000,
        b"--edge\r\n" * 100_000,
        b"\r\n--edg" * 1_000_000,
        b"--edge\r\nContent-Type: multipart/mixed; boundary=in\r\n\r\n--in\r\n\r\n--in--",
        b"",
    ],
)
def test_a_form_made_to_break_a_parser_is_bad_input(city: ApiCity, body: bytes) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=edge"}
    told = city.client.post(PICTURE_PATH, content=body, headers=kind)
    assert told.status_code in {400, 422}


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "../../etc/passwd", "x" * 2_000, "\u202egpj"])
def test_the_name_of_a_picture_file_breaks_nothing(city: ApiCity, name: str) -> None:
    files = {"picture": (name, a_picture(), "image/png")}
    told = city.client.post(PICTURE_PATH, files=files, data={"question": QUESTION})
    assert told.status_code == 200
    assert len(told.json()["query"]["example"]["name"]) <= 200
    assert name not in str(city.entries()[-2].what)


def test_a_path_with_a_slash_more_is_not_redirected(city: ApiCity) -> None:
    for path in ("/api/v1/cameras/", "/api/v1/session/", "/api/v1/jobs/"):
        assert city.client.get(path).status_code == 404


# ------------------------------------------------------------------------ stolen secrets


@pytest.fixture
def sadia(city: ApiCity) -> PersonId:
    by, grants = Purpose("root"), [Grant(Role.INVESTIGATOR)]
    return city.parts.people.add(person_id("sadia"), "Sadia", grants, PASSWORD, by).id


def browser_of(city: ApiCity, answer: httpx.Response) -> httpx.Client:
    """Return a client with the cookie and the page's text of a sign-in."""
    assert answer.status_code == 201
    headers = {CSRF_HEADER: answer.json()["csrf"]}
    base = city.client.base_url
    return httpx.Client(
        base_url=base, cookies=answer.cookies, headers=headers, timeout=30, verify=PLAIN
    )


def with_factor(city: ApiCity, person: PersonId) -> str:
    """Ask a person for codes from now on; return the secret, of which no code was used since."""
    secret = codes.new_secret()
    city.parts.people.start_second_factor(person, secret, code_of(secret, city), Purpose("root"))
    city.simulated.sleep(Elapsed.parse("1m"))
    return secret


def test_a_stolen_cookie_puts_no_second_factor_in_the_place_of_the_person_s(
    city: ApiCity, sadia: PersonId
) -> None:
    secret = with_factor(city, sadia)
    new = codes.new_secret()
    with browser_of(city, signed_in(city, code=code_of(secret, city))) as thief:
        path = "/api/v1/session/second-factor"
        asked_for = {"secret": new, "code": code_of(new, city), "password": PASSWORD}
        assert thief.put(path, json={**asked_for, "password": "guess"}).status_code == 401
        assert thief.put(path, json=asked_for).status_code == 401
        assert city.parts.accounts.credentials(sadia).totp == secret
        city.simulated.sleep(Elapsed.parse("1m"))
        mine = {"code": code_of(new, city), "present_code": code_of(secret, city)}
        assert thief.put(path, json={**asked_for, **mine}).status_code == 200


def test_a_password_alone_makes_no_new_password_where_codes_are_asked_for(
    city: ApiCity, sadia: PersonId
) -> None:
    secret = with_factor(city, sadia)
    with browser_of(city, signed_in(city, code=code_of(secret, city))) as thief:
        change = {"password": PASSWORD, "new": "another long pass phrase"}
        for code in ("", "not a code"):
            told = thief.put("/api/v1/session/password", json={**change, "code": code})
            assert told.status_code == 401
        assert thief.get("/api/v1/session").status_code == 200
        city.simulated.sleep(Elapsed.parse("1m"))
        change["code"] = code_of(secret, city)
        assert thief.put("/api/v1/session/password", json=change).status_code == 204


def test_a_password_without_its_code_is_tried_five_times_and_the_lock_is_entered(
    city: ApiCity, sadia: PersonId
) -> None:
    secret = with_factor(city, sadia)
    for _ in range(MOST_FAILURES):
        assert signed_in(city).json()["type"].endswith("code-required")
    assert signed_in(city, code=code_of(secret, city)).status_code == 401
    (will, did) = city.entries()
    assert (will.action, will.actor, did.what["ok"]) == (Action.SIGN_IN, sadia, False)


@pytest.mark.parametrize("whose", ["sadia", "bilal", "nobody"])
@pytest.mark.usefixtures("sadia")
def test_strangers_who_guess_lock_no_person_out_of_the_usual_browser(
    city: ApiCity, whose: str
) -> None:
    by, grants = Purpose("root"), [Grant(Role.INVESTIGATOR)]
    city.parts.people.add(person_id("bilal"), "Bilal", grants, PASSWORD, by)
    body = {"person": "sadia", "password": PASSWORD}
    with stranger(city) as usual:
        if whose != "nobody":
            known = usual.post("/api/v1/session", json={**body, "person": whose})
            assert known.status_code == 201
        for _ in range(MOST_FAILURES):
            assert signed_in(city, password="wrong").status_code == 401  # noqa: S106 - of a test
        status = 201 if whose == "sadia" else 401
        assert usual.post("/api/v1/session", json=body).status_code == status
        assert signed_in(city).status_code == 401, "strangers stay locked out"


@pytest.mark.usefixtures("sadia")
def test_a_known_browser_guesses_five_times_too(city: ApiCity) -> None:
    body = {"person": "sadia", "password": PASSWORD}
    with stranger(city) as thief:
        assert thief.post("/api/v1/session", json=body).status_code == 201
        for _ in range(MOST_FAILURES):
            thief.post("/api/v1/session", json={**body, "password": "wrong"})
        assert thief.post("/api/v1/session", json=body).status_code == 401
    assert signed_in(city).status_code == 201


def test_a_sign_in_that_cannot_succeed_takes_as_long_as_one_that_could(
    city: ApiCity, sadia: PersonId, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, checked = city.parts.people, []
    people.add(person_id("program"), "Program", [], "", Purpose("root"))
    people.add(person_id("left"), "Left", [], PASSWORD, Purpose("root"))
    left = city.parts.accounts.person(person_id("left"))
    people.change(replace(left, disabled=True), Purpose("root"))
    real = PasswordHasher.verify

    def verify(self: PasswordHasher, hashed: str, password: str) -> bool:
        checked.append(hashed)
        return real(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", verify)
    for name in (sadia, "program", "left", "nobody", "Not A Name"):
        assert signed_in(city, name, password="wrong").status_code == 401  # noqa: S106
    assert len(checked) == 5
    assert len({hashed.rsplit("$", 2)[0] for hashed in checked}) == 1, "at the same costs"


def test_a_stolen_token_revokes_no_other_token_of_its_person(city: ApiCity) -> None:
    grants = [Grant(Role.INVESTIGATOR)]
    let_in(city.parts, "program", grants, {Permission.READ_CAMERAS})
    person = city.parts.accounts.person(person_id("program"))
    (first,) = city.parts.accounts.tokens(person.id)
    until = city.simulated.now() + Elapsed.parse("1h")
    other, text = city.parts.people.make_token(
        person, "other", [Permission.SEARCH], until, Purpose("root")
    )
    with stranger(city) as thief:
        thief.headers["Authorization"] = f"Bearer {text}"
        assert thief.delete(f"/api/v1/tokens/{first.id}").status_code == 404
        assert thief.delete(f"/api/v1/tokens/{other.id}").status_code == 204
    kept = {token.id: token.revoked for token in city.parts.accounts.tokens(person.id)}
    assert kept[first.id] is None
    assert kept[other.id] is not None


def test_a_token_without_the_permission_to_export_sees_and_cancels_no_job(city: ApiCity) -> None:
    grants = [Grant(Role.COURT_LIAISON)]
    whole = let_in(city.parts, "liaison", grants)
    person = city.parts.accounts.person(person_id("liaison"))
    until = city.simulated.now() + Elapsed.parse("1h")
    _, less = city.parts.people.make_token(
        person, "less", [Permission.WATCH], until, Purpose("root")
    )
    with stranger(city) as program, stranger(city) as thief:
        program.headers["Authorization"] = f"Bearer {whole}"
        thief.headers["Authorization"] = f"Bearer {less}"
        job = asked(program).json()["job"]
        assert thief.get("/api/v1/jobs").json()["jobs"] == []
        for method, end in (("GET", ""), ("GET", "/events"), ("DELETE", "")):
            assert thief.request(method, f"/api/v1/jobs/{job}{end}").status_code == 404
        assert [one["job"] for one in program.get("/api/v1/jobs").json()["jobs"]] == [job]


def test_events_end_before_the_next_state_once_the_token_is_revoked(city: ApiCity) -> None:
    person = person_id("liaison")
    with city.client_of(person, Grant(Role.COURT_LIAISON)) as liaison:
        job = asked(liaison).json()["job"]
        (token,) = city.parts.accounts.tokens(person)
        with liaison.stream("GET", f"/api/v1/jobs/{job}/events") as stream:
            told = stream.iter_text()
            assert '"queued"' in next(text for text in told if "data" in text)
            city.parts.people.revoke_token(token.id, Purpose("root"))
            city.parts.jobs.cancel(JobId(job), city.simulated.now())
            assert not any("data" in text for text in told)


def test_a_session_of_before_does_not_count_once_a_disabled_person_is_let_in_again(
    city: ApiCity, sadia: PersonId
) -> None:
    """A sign-in that was under way while the account was disabled leaves a session behind."""
    answer = signed_in(city)
    accounts, people = city.parts.accounts, city.parts.people
    people.change(replace(accounts.person(sadia), disabled=True), Purpose("root"))
    now = city.simulated.now()
    late = Session(digest_of(answer.cookies[COOKIE]), sadia, now, now, now + Elapsed.parse("1h"))
    accounts.add_session(late, proven=accounts.credentials(sadia))
    people.change(replace(accounts.person(sadia), disabled=False), Purpose("root"))
    with browser_of(city, answer) as browser:
        assert browser.get("/api/v1/session").status_code == 401


# ------------------------------------------------------------------------ administrators


def test_whoever_manages_people_of_a_district_sees_and_revokes_no_tokens_of_others(
    city: ApiCity,
) -> None:
    (token,) = city.parts.accounts.tokens(person_id("amina"))
    some = Grant(Role.SYSTEM_ADMIN, districts=frozenset([district_id("district-1")]))
    with city.client_of("limited", some) as limited:
        everybody = {"everybody": "true"}
        assert limited.get("/api/v1/tokens", params=everybody).status_code == 403
        assert limited.delete(f"/api/v1/tokens/{token.id}").status_code == 404
    assert city.client.get("/api/v1/session").status_code == 200


def test_an_administrator_names_no_version_to_come_to_take_own_grants_back(city: ApiCity) -> None:
    grants = [{"role": "system-admin"}]
    with city.client_of("root", Grant(Role.SYSTEM_ADMIN)) as admin:
        body = {"name": "Root", "grants": grants, "disabled": False}
        told = admin.put("/api/v1/people/root", json=body, headers={"If-Match": '"2"'})
    assert told.status_code == 409
    assert city.entries() == []
    changes = [e for e in city.parts.custody.read() if e.what.get("change") == "changed"]
    assert changes == []


# ------------------------------------------------------------------------ limited grants


@pytest.fixture
def far(city: ApiCity) -> Iterator[httpx.Client]:
    """A client whose grants reach another district, to which camera-2 moved at 20 s."""
    register = city.parts.register
    register.add_districts([a_district("district-2")])
    register.add_sites([a_site("site-2", district="district-2")])
    moved = a_camera("camera-2", site="site-2", district="district-2")
    register.add_cameras([moved], since=at(20))
    there = frozenset([district_id("district-2")])
    roles = (Role.INVESTIGATOR, Role.COURT_LIAISON)
    with city.client_of("far", *[Grant(role, districts=there) for role in roles]) as client:
        yield client


def without_names(answer: httpx.Response, *names: str) -> tuple[int, str]:
    """Return status and problem of an answer without what was asked for and the request's id."""
    said = {**answer.json(), "request": ""}
    text = json.dumps(said)
    for name in names:
        text = text.replace(name, "NAME")
    return answer.status_code, text


@pytest.mark.parametrize(
    "path",
    [
        *("", "/timeline", "/availability", "/video", "/films", "/hls.m3u8"),
        *("/still", "/thumbnail", "/sprites", "/sprites.jpg"),
    ],
)
def test_a_camera_out_of_reach_is_told_as_a_camera_that_is_not(
    far: httpx.Client, path: str
) -> None:
    params = {"at": str(at(2)), "plan": "0" * 32, **WHOLE} if path else {}
    known = far.get(f"/api/v1/cameras/camera-1{path}", params=params)
    unknown = far.get(f"/api/v1/cameras/camera-9{path}", params=params)
    assert known.status_code in {403, 404}
    assert without_names(known, "camera-1") == without_names(unknown, "camera-9")


@pytest.mark.parametrize("form", ["segments/{}/init.mp4", "segments/{}/media.m4s", "keyframes/{}"])
def test_a_segment_out_of_reach_is_told_as_a_segment_that_is_not(
    city: ApiCity, far: httpx.Client, form: str
) -> None:
    known = str(city.segments("camera-1")[0].key)
    unknown, expired = known.replace(".547Z", ".548Z"), known.replace("camera-1", "camera-3")
    answers = {
        without_names(far.get("/api/v1/" + form.format(key), params={"offset": 0}), key)
        for key in (known, unknown, expired)
    }
    ((status, text),) = answers
    assert status == 403
    assert "streets" not in text, "the policy that expired it"


def test_an_example_out_of_reach_is_told_as_an_example_that_is_not(
    city: ApiCity, far: httpx.Client
) -> None:
    known = f"{city.segments('camera-1')[0].key}#0"
    answers = {
        without_names(far.post("/api/v1/search", json={**WHOLE, "like": like}))
        for like in (known, known.replace(".547Z", ".548Z"))
    }
    ((status, _),) = answers
    assert status == 403


def test_a_moment_of_another_person_s_answer_is_no_moment(city: ApiCity) -> None:
    body = {"text": "red", **WHOLE, "threshold": -1}
    mine = city.client.post("/api/v1/search", json=body).json()["moments"][0]["moment"]
    like = {**WHOLE, "like": mine}
    with city.client_of("other", Grant(Role.INVESTIGATOR)) as other:
        none = {**WHOLE, "like": mine.replace(".1", ".99")}
        told = other.post("/api/v1/search", json=like)
        assert told.status_code == 404
        said = without_names(other.post("/api/v1/search", json=none), none["like"])
        assert without_names(told, mine) == said
    assert city.client.post("/api/v1/search", json=like).status_code == 200


HELD = {"authority": "court", "reason": "FIR 1", "case": "FIR 1", "purpose": "theft"}


def test_a_hold_on_a_place_holds_nothing_of_the_time_a_camera_stood_elsewhere(
    city: ApiCity, far: httpx.Client
) -> None:
    told = far.post("/api/v1/holds", json={**HELD, "sites": ["site-2"], **WHOLE})
    assert told.status_code == 403
    assert f"{at(20)} to {at(24)}" in told.json()["detail"]
    inside = {"from": str(at(20)), "to": str(at(24))}
    placed = far.post("/api/v1/holds", json={**HELD, "sites": ["site-2"], **inside})
    assert placed.status_code == 201
    one = far.post("/api/v1/holds", json={**HELD, "cameras": ["camera-1"], **inside})
    none = far.post("/api/v1/holds", json={**HELD, "cameras": ["camera-9"], **inside})
    assert without_names(one, "camera-1") == without_names(none, "camera-9")
    assert [hold.interval.start for hold in city.parts.register.holds()] == [at(20)]


def test_a_hold_out_of_reach_is_told_as_a_hold_that_is_not(
    city: ApiCity, far: httpx.Client
) -> None:
    body = {**HELD, "cameras": ["camera-1"], **WHOLE}
    hold = city.client.post("/api/v1/holds", json=body).json()["hold"]
    release = {"reason": "done", "case": "FIR 1", "purpose": "theft"}
    known = far.post(f"/api/v1/holds/{hold}/release", json=release)
    unknown = far.post("/api/v1/holds/hold-0123456789ab/release", json=release)
    assert known.status_code == 404
    assert without_names(known, hold) == without_names(unknown, "hold-0123456789ab")
    assert [each.active for each in city.parts.register.holds(active_only=False)] == [True]


def test_a_person_fills_no_register_with_exports_that_wait(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_kinds, "MOST_WAITING", 3)
    with city.client_of("liaison", Grant(Role.COURT_LIAISON)) as liaison:
        jobs = [asked(liaison, key=f"key-{n}").json()["job"] for n in range(3)]
        refused = asked(liaison, key="key-4")
        assert refused.status_code == 409
        assert refused.json()["type"].endswith("refused")
        assert asked(liaison, key="key-1").json()["job"] == jobs[1]
        assert asked(city.client).status_code == 202, "another person's exports"
        for cancelled in (jobs[0], jobs[2]):
            assert liaison.delete(f"/api/v1/jobs/{cancelled}").status_code == 202
            assert asked(liaison).status_code == 202
            assert asked(liaison).status_code == 409


def test_an_export_of_many_cameras_reads_their_places_once(
    city: ApiCity, far: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = city.parts.register.stays, []

    def counted(*args: Any, **kwargs: Any) -> list[Stay]:  # noqa: ANN401 - as the register has it
        reads.append(args)
        return read(*args, **kwargs)

    monkeypatch.setattr(city.parts.register, "stays", counted)
    cameras = [f"camera-{n}" for n in range(500)]
    assert asked(far, cameras=cameras).status_code == 403
    assert len(reads) <= 2


def job_ended(city: ApiCity, job: str) -> Job:
    """Return a job of a running city once the job has ended."""
    clock = SystemClock()
    late = clock.monotonic() + Elapsed.parse("1m")
    while not (last := city.parts.jobs.job(JobId(job))).state.ended:
        assert clock.monotonic() < late
        clock.sleep(Elapsed.parse("50ms"))
    return last


@pytest.mark.parametrize("ends", ["expires", "disabled", "fewer"])
def test_a_grant_that_ended_while_a_job_waited_exports_nothing(city: ApiCity, ends: str) -> None:
    until = at(700)
    with city.client_of("liaison", Grant(Role.COURT_LIAISON, expires=until)) as liaison:
        job = asked(liaison).json()["job"]
        person = city.parts.accounts.person(person_id("liaison"))
        if ends == "expires":
            city.simulated.sleep(Elapsed.parse("2m"))
        else:
            fewer = () if ends == "fewer" else person.grants
            changed = replace(person, disabled=ends == "disabled", grants=fewer)
            city.parts.people.change(changed, Purpose("root"))
        with city.parts.job_runner().running():
            last = job_ended(city, job)
    assert last.state is JobState.FAILED
    assert "may not export" in last.error
    assert not list((city.parts.home / "exports" / "bundles").glob("*"))


@pytest.mark.parametrize("ends", ["token", "grant", "reach", "person"])
def test_a_bundle_being_sent_is_cut_off_once_it_may_not_be_had_any_more(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    person, by = person_id("liaison"), Purpose("root")
    with city.client_of(person, Grant(Role.COURT_LIAISON)) as liaison:
        job = asked(liaison).json()["job"]
        with city.parts.job_runner().running():
            assert job_ended(city, job).state is JobState.DONE
        known = city.parts.accounts.person(person)
        later = {
            "grant": replace(known, grants=()),
            "reach": replace(known, grants=(Grant(Role.COURT_LIAISON, recorded_until=at(4)),)),
            "person": replace(known, disabled=True),
        }

        def read(folder: Path, name: str) -> tuple[int, Iterator[bytes]]:
            size, chunks = zip_of(folder, name)
            first = next(chunks)
            if ends in later:
                city.parts.people.change(later[ends], by)
            else:
                (token,) = city.parts.accounts.tokens(person)
                city.parts.people.revoke_token(token.id, by)
            return size, chain([first], chunks)

        monkeypatch.setattr(viewing, "CHECK_EVERY", 1)
        monkeypatch.setattr(routes_of_exports, "zip_of", read)
        with pytest.raises(httpx.RemoteProtocolError):
            liaison.get(f"/api/v1/exports/{job}/bundle.zip")
    told = city.entries()[-1].what
    assert told["ok"] is False
    result = told["result"]
    assert isinstance(result, dict)
    assert result["error"] == "NotPermitted"


# ------------------------------------------------------------------------ browsers and proxies


@pytest.mark.parametrize(("asks", "status"), [("cross-site", 403), ("same-site", 403)])
@pytest.mark.usefixtures("sadia")
def test_a_page_of_another_site_shows_no_picture_under_a_person_s_name(
    city: ApiCity, asks: str, status: int
) -> None:
    path, params = "/api/v1/cameras/camera-1/still", {"at": str(at(2))}
    with browser_of(city, signed_in(city)) as browser:
        told = browser.get(path, params=params, headers={"Sec-Fetch-Site": asks})
        assert told.status_code == status
        assert told.json()["type"].endswith("not-own-page")
        assert not [e for e in city.entries() if e.action is Action.VIEW]
        for own in ("same-origin", "none"):
            shown = browser.get(path, params=params, headers={"Sec-Fetch-Site": own})
            assert shown.status_code == 200


def test_a_proxy_that_names_the_machine_itself_gives_no_cookie_in_clear(home: Path) -> None:
    with serving(parts_of(home), Limits(behind_proxy=True)) as city:
        grants = [Grant(Role.INVESTIGATOR)]
        city.parts.people.add(person_id("sadia"), "Sadia", grants, PASSWORD, Purpose("root"))
        said = signed_in(city).headers.get_list("set-cookie")
        assert all("secure" in one.lower() for one in said)


def test_a_neighbour_in_the_domain_signs_no_browser_in_as_somebody_else(home: Path) -> None:
    with serving(parts_of(home), Limits(behind_proxy=True)) as city, stranger(city) as browser:
        grants = [Grant(Role.INVESTIGATOR)]
        city.parts.people.add(person_id("sadia"), "Sadia", grants, PASSWORD, Purpose("root"))
        session = signed_in(city).headers.get_list("set-cookie")[0].partition(";")[0]
        name, _, secret = session.partition("=")
        assert name == f"__Host-{COOKIE}"
        statuses = {
            given: browser.get("/api/v1/session", headers={"Cookie": f"{given}={secret}"})
            for given in (name, COOKIE)
        }
        assert statuses[name].status_code == 200
        assert statuses[COOKIE].status_code == 401, "any page of the domain could have set it"
        change = {CSRF_HEADER: statuses[name].json()["csrf"], "Cookie": session}
        gone = browser.delete("/api/v1/session", headers=change)
        assert gone.status_code == 204
        assert gone.headers["set-cookie"].startswith(f'{name}=""; ')
        assert "secure" in gone.headers["set-cookie"].lower()


def test_a_stranger_is_not_told_where_people_are_recorded(
    city: ApiCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise Unavailable("register db.internal cannot be reached")

    for name in ("token", "session", "failures"):
        monkeypatch.setattr(city.parts.accounts, name, gone)
    with stranger(city) as client:
        answers = [
            city.client.get("/api/v1/cameras"),
            client.get("/api/v1/cameras", headers={"Cookie": f"{COOKIE}=x"}),
            client.post("/api/v1/session", json={"person": "sadia", "password": "x"}),
        ]
    for told in answers:
        assert told.status_code == 503
        assert told.headers["retry-after"]
        assert "db.internal" not in told.text


# ------------------------------------------------------------------------ texts


def test_a_case_with_line_breaks_and_control_characters_forges_no_entry(city: ApiCity) -> None:
    case = 'FIR 1\n{"number": 99}\r\x1b[2K\u2028'
    params = {"at": str(at(2)), "case": case}
    assert city.client.get("/api/v1/cameras/camera-1/still", params=params).status_code == 200
    (will, did) = city.entries()
    assert (will.case, did.number) == (case, will.number + 1)
    lines = (city.parts.home / "custody" / "custody.jsonl").read_bytes().splitlines()
    assert len(lines) == did.number


@pytest.mark.parametrize(
    "key",
    [
        "../../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "site-1/2026-11-22/../15/08-23.547Z.0.mp4",
        "site-1/2026-11-22/camera-1/15/08-23.547Z.0.mp4%00.jpg",
        "site-1%0a/2026-11-22/camera-1/15/08-23.547Z.0.mp4",
        "site-1//2026-11-22/camera-1/15/08-23.547Z.0.mp4",
        "s%5c..%5c/2026-11-22/camera-1/15/08-23.547Z.0.mp4",
    ],
)
def test_a_key_that_climbs_out_of_the_store_is_no_key(city: ApiCity, key: str) -> None:
    for form in ("segments/{}/init.mp4", "segments/{}/media.m4s", "keyframes/{}?offset=0"):
        url = str(city.client.base_url) + "/api/v1/" + form.format(key)
        told = city.client.get(httpx.URL(url))
        assert told.status_code in {404, 422}, told.text
    assert city.entries() == []


@pytest.mark.parametrize(
    "job", ["..%2f..%2fcustody", "*", "019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d7%0a"]
)
def test_a_job_that_climbs_out_of_the_bundles_is_no_job(city: ApiCity, job: str) -> None:
    for end in ("exports/{}/bundle.zip", "jobs/{}", "jobs/{}/events"):
        url = httpx.URL(str(city.client.base_url) + "/api/v1/" + end.format(job))
        assert city.client.get(url).status_code in {404, 422}


# ------------------------------------------------------------------------ cases

CASE_ABSENT = "019ab2c4-7f00-7d3c-8a51-2b9f6c0e1d77"
A_CASE = {"reference": "FIR 5/2026", "purpose": "theft", "title": "A theft", "note": "secret"}


def a_case_of(client: httpx.Client, **parts: object) -> str:
    """Open a case with a bookmark at second 5 of camera-1; return the path of the case."""
    answer = client.post("/api/v1/cases", json={**A_CASE, **parts})
    assert answer.status_code == 201, answer.text
    path = f"/api/v1/cases/{answer.json()['case']}"
    mark = {"kind": "bookmark", "cameras": ["camera-1"], "at": str(at(5)), "label": "the car"}
    assert client.post(f"{path}/exhibits", json=mark).status_code == 201
    return path


def asked_of_a_case(client: httpx.Client, path: str) -> list[httpx.Response]:
    """Ask each route of one case."""
    mine = {"If-Match": '"1"'}
    mark = {"kind": "bookmark", "cameras": ["camera-1"], "at": str(at(6)), "label": "x"}
    words = {"label": "x", "note": "x"}
    return [
        client.get(path),
        client.get(f"{path}/versions"),
        client.get(f"{path}/exhibits"),
        client.get(f"{path}/exhibits/1"),
        client.get(f"{path}/exhibits/1/versions"),
        client.put(path, json={"title": "x", "note": "x"}, headers=mine),
        client.put(f"{path}/state", json={"state": "closed", "reason": "x"}, headers=mine),
        client.put(f"{path}/members/mallory"),
        client.delete(f"{path}/members/amina"),
        client.post(f"{path}/exhibits", json=mark),
        client.put(f"{path}/exhibits/1", json=words, headers=mine),
    ]


@pytest.fixture
def mallory(city: ApiCity) -> Iterator[httpx.Client]:
    """A client of an investigator, who is a member of no case."""
    with city.client_of("mallory", Grant(Role.INVESTIGATOR)) as client:
        yield client


def test_every_route_of_a_case_is_asked() -> None:
    paths = {path for _, path in OPERATIONS if path.startswith("/api/v1/cases/{case}")}
    several = sum(path.startswith("/api/v1/cases/{case}") for _, path in OPERATIONS)
    with httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(404))) as client:
        told = asked_of_a_case(client, f"http://localhost/api/v1/cases/{CASE_ABSENT}")
    asked_paths = {one.request.url.path for one in told}
    filled_in = {
        path.format(case=CASE_ABSENT, exhibit=1, person=person)
        for path in paths
        for person in ("mallory", "amina")
    }
    assert asked_paths <= filled_in
    assert len(told) == several


def test_another_s_case_is_told_in_the_words_of_one_that_does_not_exist(
    city: ApiCity, mallory: httpx.Client
) -> None:
    path = a_case_of(city.client)
    absent = f"/api/v1/cases/{CASE_ABSENT}"
    before = len(city.entries())

    def told(answer: httpx.Response) -> tuple[int, str]:
        detail = answer.json()["detail"]
        return answer.status_code, detail.replace(path[-36:], "").replace(CASE_ABSENT, "")

    theirs = [told(one) for one in asked_of_a_case(mallory, path)]
    assert theirs == [told(one) for one in asked_of_a_case(mallory, absent)]
    assert {status for status, _ in theirs} == {404}
    assert mallory.get("/api/v1/cases").json() == {"cases": [], "next_cursor": None}
    by_name = {"reference": A_CASE["reference"]}
    assert mallory.get("/api/v1/cases", params=by_name).json()["cases"] == []
    beside = mallory.get("/api/v1/cases", params={"after": "f" * 8 + CASE_ABSENT[8:]})
    assert beside.json()["cases"] == []
    assert len(city.entries()) == before
    assert city.client.get(path).json()["version"] == 1


def test_whoever_is_no_member_does_nothing_for_a_case(city: ApiCity) -> None:
    path = a_case_of(city.client)
    for_it = {"case": A_CASE["reference"], "purpose": "theft"}
    grants = [Grant(Role.INVESTIGATOR), Grant(Role.COURT_LIAISON)]
    before = len(city.entries())
    with city.client_of("eve", *grants) as eve:
        told = [
            eve.post("/api/v1/search", json={"text": "red", **WHOLE, **for_it}),
            eve.get("/api/v1/cameras/camera-1/video", params={**WHOLE, **for_it}),
            eve.get("/api/v1/cameras/camera-1/hls.m3u8", params={**WHOLE, **for_it}),
            eve.get("/api/v1/cameras/camera-1/still", params={"at": str(at(5)), **for_it}),
            eve.post("/api/v1/exports", json={"cameras": ["camera-1"], **WHOLE, **for_it}),
            eve.post(
                "/api/v1/holds",
                json={"cameras": ["camera-1"], **WHOLE, "authority": "x", "reason": "x", **for_it},
            ),
        ]
        assert {(one.status_code, one.json()["type"][-13:]) for one in told} == {
            (403, "not-permitted")
        }
        closing = {"state": "closed", "reason": "done"}
        city.client.put(f"{path}/state", json=closing, headers={"If-Match": '"1"'})
        again = eve.post("/api/v1/search", json={"text": "red", **WHOLE, **for_it})
        assert again.json()["detail"] == told[0].json()["detail"]
    assert {entry.action for entry in city.entries()[before:]} == {Action.CASE}


def test_a_member_who_was_removed_is_a_stranger_at_once(
    city: ApiCity, mallory: httpx.Client
) -> None:
    path = a_case_of(city.client, members=["mallory"])
    assert mallory.get(path).status_code == 200
    city.client.delete(f"{path}/members/mallory")
    assert {one.status_code for one in asked_of_a_case(mallory, path)} == {404}


def test_a_bundle_of_a_case_is_fetched_for_no_other_case(home: Path) -> None:
    """The bundle tells what was done for its case; the asker may not rename the case either."""
    with serving(parts_of(home)) as city:
        path = a_case_of(city.client)
        for_it = {"case": A_CASE["reference"], "purpose": "theft"}
        export = {"cameras": ["camera-1"], **WHOLE, **for_it}
        job = city.client.post("/api/v1/exports", json=export).json()["job"]
        with city.parts.job_runner().running():
            assert ended(city.client, job)["state"] == "done"
        bundle = f"/api/v1/exports/{job}/bundle.zip"
        assert city.client.get(bundle).status_code == 200
        with city.client_of("eve", Grant(Role.COURT_LIAISON)) as eve:
            before = len(city.entries())
            told = eve.get(bundle)
            renamed = eve.get(bundle, params={"case": "FIR 77", "purpose": "theft"})
            assert (told.status_code, renamed.status_code) == (404, 404)
            absent = eve.get(f"/api/v1/exports/{CASE_ABSENT}/bundle.zip")
            assert told.json()["detail"].replace(job, "") == absent.json()["detail"].replace(
                CASE_ABSENT, ""
            )
            assert len(city.entries()) == before
            city.client.put(f"{path}/members/eve")
            assert eve.get(bundle).status_code == 200
        closing = {"state": "closed", "reason": "done"}
        city.client.put(f"{path}/state", json=closing, headers={"If-Match": '"2"'})
        for params in ({}, {"case": "FIR 77", "purpose": "theft"}):
            assert city.client.get(bundle, params=params).status_code == 409


def test_exhibits_of_a_case_are_not_reached_by_another_case(
    city: ApiCity, mallory: httpx.Client
) -> None:
    a_case_of(city.client)
    mine = mallory.post("/api/v1/cases", json={**A_CASE, "reference": "FIR 6"}).json()["case"]
    assert mallory.get(f"/api/v1/cases/{mine}/exhibits").json()["exhibits"] == []
    assert mallory.get(f"/api/v1/cases/{mine}/exhibits/1").status_code == 404


def test_an_exhibit_out_of_reach_is_withheld(city: ApiCity) -> None:
    """Membership opens the case, grants open the footage: by place, by time, and at each route."""
    path = a_case_of(city.client)
    partly = {"kind": "interval", "cameras": ["camera-1"], **WHOLE, "label": "the gate"}
    city.client.post(f"{path}/exhibits", json=partly)
    late = Grant(Role.INVESTIGATOR, recorded_from=at(4), recorded_until=at(8))
    with city.client_of("late", late) as client:
        city.client.put(f"{path}/members/late")
        first, second = client.get(f"{path}/exhibits").json()["exhibits"]
        assert first["content"]["label"] == "the car"
        assert second == {"exhibit": 2, "withheld": True, "content": None}
        one = client.get(f"{path}/exhibits/2")
        assert (one.json(), "etag" in one.headers) == (second, False)
        refused = [
            client.get(f"{path}/exhibits/2/versions"),
            client.put(
                f"{path}/exhibits/2",
                json={"label": "x", "note": ""},
                headers={"If-Match": '"1"'},
            ),
            client.post(f"{path}/exhibits", json=partly),
        ]
        assert [told.status_code for told in refused] == [403] * 3
        assert "camera" not in refused[0].json()["detail"]
        assert "gate" not in "".join(told.text for told in refused)
    city.parts.register.add_districts([a_district("district-9")])
    nowhere = Grant(Role.INVESTIGATOR, districts=frozenset([district_id("district-9")]))
    with city.client_of("far", nowhere) as client:
        city.client.put(f"{path}/members/far")
        told = client.get(f"{path}/exhibits").json()["exhibits"]
        assert [one["withheld"] for one in told] == [True, True]
        unknown = {**partly, "cameras": ["camera-99"]}
        out = (
            client.post(f"{path}/exhibits", json=unknown),
            client.post(f"{path}/exhibits", json=partly),
        )
        assert [one.status_code for one in out] == [403, 403]


def test_a_moment_of_another_s_answer_is_no_exhibit(city: ApiCity, mallory: httpx.Client) -> None:
    city.client.post("/api/v1/search", json={"text": "red", **WHOLE})
    answer = next(one.number for one in city.entries() if one.action is Action.SEARCH)
    mine = mallory.post("/api/v1/cases", json={**A_CASE, "reference": "FIR 6"}).json()["case"]
    asked_for = {"kind": "moment", "moment": f"{answer}.1", "label": "x"}
    told = mallory.post(f"/api/v1/cases/{mine}/exhibits", json=asked_for)
    absent = mallory.post(f"/api/v1/cases/{mine}/exhibits", json={**asked_for, "moment": "9999.1"})
    assert (told.status_code, absent.status_code) == (404, 404)
    assert told.json()["detail"].replace(str(answer), "") == absent.json()["detail"].replace(
        "9999", ""
    )


def test_an_auditor_reads_every_case_and_changes_none(city: ApiCity) -> None:
    path = a_case_of(city.client)
    with city.client_of("auditor", Grant(Role.AUDITOR)) as client:
        statuses = [one.status_code for one in asked_of_a_case(client, path)]
        assert statuses == [200] * 5 + [403] * 6
        assert len(client.get("/api/v1/cases").json()["cases"]) == 1
    both = [Grant(Role.AUDITOR), Grant(Role.INVESTIGATOR)]
    with city.client_of("both", *both) as client:
        statuses = [one.status_code for one in asked_of_a_case(client, path)]
        assert statuses == [200] * 5 + [403] * 6
    limited = Grant(Role.AUDITOR, districts=frozenset([district_id("district-1")]))
    with city.client_of("limited", limited) as client:
        assert client.get("/api/v1/cases").json()["cases"] == []
        assert client.get(path).status_code == 404


def test_a_token_passes_on_no_more_of_cases_than_it_says(city: ApiCity) -> None:
    path = a_case_of(city.client)
    token = let_in(city.parts, "program", [Grant(Role.AUDITOR)], [Permission.READ_CASES])
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=city.client.base_url, headers=headers, verify=PLAIN) as client:
        assert client.get("/api/v1/cases").json()["cases"] == []
        assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["..", "%2e%2e", "FIR 5/2026", "1 or 1=1", "x" * 5_000, CASE_ABSENT.upper()]
)
def test_what_is_no_id_of_a_case_is_refused(city: ApiCity, path: str) -> None:
    assert city.client.get(f"/api/v1/cases/{path}").status_code in {404, 422}


def test_texts_of_cases_forge_no_lines(city: ApiCity) -> None:
    for text in ("a\nb", "a\rb", "\x1b[31m", "a\u2028b"):
        for part in ("reference", "title", "purpose"):
            told = city.client.post("/api/v1/cases", json={**A_CASE, part: text})
            assert told.status_code == 422
    body = json.dumps({**A_CASE, "note": "x"}).replace('"x"', f'"{LONE_SURROGATE}"')
    kind = {"Content-Type": "application/json"}
    assert city.client.post("/api/v1/cases", content=body, headers=kind).status_code in {400, 422}
