"""Attacks on the HTTP API by strangers, by people with limited grants, and by stolen secrets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest

from api.auth import COOKIE, CSRF_HEADER
from api.limits import PICTURE_PATH
from api.people import codes
from api.people.bearer import digest_of
from api.people.sign_in import MOST_FAILURES
from footage.access import Grant, Permission, PersonId, Role, person_id
from footage.action import Action, Purpose
from footage.ids import JobId, district_id
from footage.instant import Elapsed
from footage.ports import Session
from tests.api.test_api_auth import PASSWORD, code_of, signed_in
from tests.api.test_api_jobs import asked
from tests.common.api_city import PLAIN, a_picture, let_in

if TYPE_CHECKING:
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
