"""Attacks on the HTTP API by strangers, by stolen secrets, by administrators and by texts."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from argon2 import PasswordHasher

from api.auth import COOKIE, CSRF_HEADER
from api.limits import PICTURE_PATH, Limits
from api.people import codes
from api.people.bearer import digest_of
from api.people.sign_in import MOST_FAILURES
from footage.access import Grant, Permission, PersonId, Role, person_id
from footage.action import Action, Purpose
from footage.errors import Unavailable
from footage.ids import JobId, district_id
from footage.instant import Elapsed
from footage.ports import Session
from tests.api.test_api_auth import PASSWORD, code_of, signed_in
from tests.api.test_api_jobs import asked
from tests.common.api_city import PLAIN, a_picture, let_in, parts_of, serving
from tests.common.builders import at

if TYPE_CHECKING:
    from pathlib import Path

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
