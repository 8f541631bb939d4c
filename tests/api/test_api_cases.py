"""Cases over HTTP: opened, worked on in versions, closed; and acts for cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from footage.access import Grant, Role
from footage.action import Action, Phase
from footage.case import MOST_CAMERA_DAYS
from infra.config.sections.evidence import CasesSection
from tests.common.api_city import WHOLE, parts_of, serving
from tests.common.builders import at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

    from evidence.custody import Entry
    from tests.common.api_city import ApiCity

CASES = "/api/v1/cases"
THEFT = {"reference": "FIR 211/2026", "purpose": "theft", "title": "Theft of a car"}
FOR_IT = {"case": THEFT["reference"], "purpose": "theft"}
BOOKMARK = {"kind": "bookmark", "cameras": ["camera-1"], "at": str(at(5)), "label": "The car"}
STRETCH = {"kind": "interval", "cameras": ["camera-1", "camera-2"], **WHOLE, "label": "The gate"}
HOLD = {"authority": "court", "reason": "robbery", "cameras": ["camera-1"], **WHOLE}


def opened(client: httpx.Client, **parts: object) -> dict[str, Any]:
    """Open a case; return the answer."""
    answer = client.post(CASES, json={**THEFT, **parts})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def path_of(case: dict[str, Any]) -> str:
    return f"{CASES}/{case['case']}"


def added(client: httpx.Client, case: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """Add an exhibit; return the answer."""
    answer = client.post(f"{path_of(case)}/exhibits", json=asked)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def entered(city: ApiCity) -> list[Entry]:
    """Return the intents about cases in the custody log."""
    return [e for e in city.entries() if (e.action, e.phase) == (Action.CASE, Phase.INTENT)]


@pytest.fixture
def investigator(city: ApiCity) -> Iterator[httpx.Client]:
    with city.client_of("bilal", Grant(Role.INVESTIGATOR)) as client:
        yield client


# ------------------------------------------------------------------------ the case


def test_a_case_is_opened_and_read_back(city: ApiCity, investigator: httpx.Client) -> None:
    answer = investigator.post(CASES, json={**THEFT, "note": "Two men.", "members": ["amina"]})
    assert answer.status_code == 201
    case = answer.json()
    assert answer.headers["location"] == path_of(case)
    assert answer.headers["etag"] == '"1"'
    assert [one["person"] for one in case.pop("members")] == ["amina", "bilal"]
    assert case == {
        **THEFT,
        "case": case["case"],
        "state": "open",
        "version": 1,
        "documents": [],
        "exhibits": 0,
        "opened_by": "bilal",
        "opened": str(at(600)),
        "turned": None,
        "log": "/api/v1/custody?case=FIR+211%2F2026",
        "note": "Two men.",
        "written_by": "bilal",
        "written": str(at(600)),
    }
    again = city.client.get(path_of(case))
    assert again.status_code == 200
    assert again.headers["etag"] == '"1"'
    acts = city.client.get(case["log"]).json()["acts"]
    assert [act["action"] for act in acts] == ["case"]
    assert acts[0]["person"] == "bilal"


def test_a_report_of_a_case_is_entered(city: ApiCity, investigator: httpx.Client) -> None:
    case = opened(city.client)
    added(city.client, case, BOOKMARK)
    answer = city.client.post(f"{path_of(case)}/reports", json={})
    assert answer.status_code == 201
    entry = entered(city)[-1]
    assert answer.json() == {
        "entry": entry.number,
        "by": "amina",
        "name": "Amina",
        "at": str(at(600)),
    }
    assert (entry.case, entry.what["change"], entry.what["exhibits"]) == (
        case["reference"],
        "report made",
        1,
    )
    assert investigator.post(f"{path_of(case)}/reports", json={}).status_code == 404


@pytest.mark.parametrize("reference", ["FIR 211/2026", "fir 211/2026"])
def test_a_reference_is_opened_once(city: ApiCity, reference: str) -> None:
    opened(city.client)
    before = len(city.entries())
    told = city.client.post(CASES, json={**THEFT, "reference": reference})
    assert told.status_code == 409
    assert "opened already" in told.json()["detail"]
    assert len(city.entries()) == before, "nothing is entered under another's case"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"reference": " FIR 1"}, 422),
        ({"reference": "FIR  1"}, 422),
        ({"reference": "FIR\n1"}, 422),
        ({"reference": ""}, 422),
        ({"reference": "x" * 201}, 422),
        ({"purpose": " "}, 422),
        ({"title": "two\nlines"}, 422),
        ({"note": "x" * 10_001}, 422),
        ({"note": "a\x00b"}, 422),
        ({"members": ["nobody"]}, 404),
        ({"members": ["../etc"]}, 422),
        ({"state": "closed"}, 422),
        ({"version": 7}, 422),
    ],
)
def test_a_case_of_wrong_parts_is_refused(
    city: ApiCity, wrong: dict[str, Any], status: int
) -> None:
    told = city.client.post(CASES, json={**THEFT, **wrong})
    assert told.status_code == status, told.text
    assert entered(city) == []


def test_cases_are_listed_in_pages(city: ApiCity) -> None:
    ids = [opened(city.client, reference=f"FIR {n}")["case"] for n in range(5)]
    found: list[str] = []
    params: dict[str, Any] = {"limit": 2}
    while True:
        page = city.client.get(CASES, params=params).json()
        found += [case["case"] for case in page["cases"]]
        if page["next_cursor"] is None:
            break
        params["after"] = page["next_cursor"]
    assert sorted(found) == sorted(ids)
    assert found == sorted(found, reverse=True)
    by_name = city.client.get(CASES, params={"reference": "fir 3"}).json()["cases"]
    assert [case["reference"] for case in by_name] == ["FIR 3"]
    assert city.client.get(CASES, params={"reference": "FIR 33"}).json()["cases"] == []
    assert city.client.get(CASES, params={"state": "closed"}).json()["cases"] == []


def test_what_was_written_stays_in_versions(city: ApiCity) -> None:
    case = opened(city.client, note="first")
    body = {"title": "Theft of a van", "note": "second"}
    assert city.client.put(path_of(case), json=body).status_code == 428
    stale = city.client.put(path_of(case), json=body, headers={"If-Match": '"7"'})
    assert stale.status_code == 409
    done = city.client.put(path_of(case), json=body, headers={"If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    lost = city.client.put(path_of(case), json=body, headers={"If-Match": '"1"'})
    assert lost.status_code == 409
    told = city.client.get(f"{path_of(case)}/versions").json()
    assert [(one["version"], one["title"], one["note"]) for one in told["versions"]] == [
        (2, "Theft of a van", "second"),
        (1, "Theft of a car", "first"),
    ]
    first = city.client.get(f"{path_of(case)}/versions", params={"limit": 1}).json()
    rest = city.client.get(f"{path_of(case)}/versions", params={"before": first["next_cursor"]})
    assert [one["version"] for one in rest.json()["versions"]] == [1]


def test_no_word_of_a_note_is_in_the_custody_log(city: ApiCity) -> None:
    case = opened(city.client, title="Qadir's car", note="Qadir saw it")
    exhibit = added(city.client, case, {**BOOKMARK, "label": "Qadir", "note": "Qadir again"})
    changed = {"label": "Qadir runs", "note": "Qadir, still"}
    url = f"{path_of(case)}/exhibits/{exhibit['exhibit']}"
    city.client.put(url, json=changed, headers={"If-Match": '"1"'})
    body = {"title": "Qadir", "note": "Qadir"}
    city.client.put(path_of(case), json=body, headers={"If-Match": '"1"'})
    changes = [entry.what["change"] for entry in entered(city)]
    assert changes == ["opened", "exhibit added", "exhibit described", "described"]
    assert "Qadir" not in "".join(str(entry.line) for entry in city.entries())
    assert all(str(entry.what["words"]).startswith("sha256:") for entry in entered(city))
    assert {(entry.case, entry.code) for entry in entered(city)} == {("FIR 211/2026", "theft")}


def test_an_exhibit_is_found_in_the_log_by_its_camera(city: ApiCity) -> None:
    case = opened(city.client)
    added(city.client, case, STRETCH)
    params = {"camera": "camera-2", "action": "case", "footage_from": str(at(10))}
    acts = city.client.get("/api/v1/custody", params={**params, "footage_to": str(at(11))})
    assert [act["what"]["change"] for act in acts.json()["acts"]] == ["exhibit added"]


def test_members_come_and_go(city: ApiCity, investigator: httpx.Client) -> None:
    case = opened(city.client)
    assert investigator.get(path_of(case)).status_code == 404
    done = city.client.put(f"{path_of(case)}/members/bilal")
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    assert city.client.put(f"{path_of(case)}/members/bilal").headers["etag"] == '"2"'
    assert [one["case"] for one in investigator.get(CASES).json()["cases"]] == [case["case"]]
    assert city.client.put(f"{path_of(case)}/members/nobody").status_code == 404
    assert investigator.delete(f"{path_of(case)}/members/amina").status_code == 200
    last = investigator.delete(f"{path_of(case)}/members/bilal")
    assert last.status_code == 409
    assert investigator.delete(f"{path_of(case)}/members/amina").status_code == 404
    changes = [(one.actor, one.what["change"], one.what.get("member")) for one in entered(city)]
    assert changes == [
        ("amina", "opened", None),
        ("amina", "member added", "bilal"),
        ("bilal", "member removed", "amina"),
        ("bilal", "member removed", "bilal"),
    ]


# ------------------------------------------------------------------------ exhibits


def test_a_bookmark_and_an_interval_are_exhibits(city: ApiCity) -> None:
    case = opened(city.client)
    first = added(city.client, case, {**BOOKMARK, "note": "At the gate."})
    content = first["content"]
    assert (first["exhibit"], first["withheld"]) == (1, False)
    assert (content["kind"], content["start"]) == ("bookmark", str(at(5)))
    assert (content["label"], content["note"], content["version"]) == ("The car", "At the gate.", 1)
    assert content["hold"] == {
        "cameras": ["camera-1"],
        "from": str(at(5)),
        "to": str(at(6)),
        **FOR_IT,
    }
    second = added(city.client, case, STRETCH)
    assert second["exhibit"] == 2
    assert second["content"]["cameras"] == ["camera-1", "camera-2"]
    first = city.client.get(f"{path_of(case)}/exhibits/1").json()  # held by both exhibits by now
    page = city.client.get(f"{path_of(case)}/exhibits").json()
    assert page == {"exhibits": [first, second], "next_cursor": None}
    short = city.client.get(f"{path_of(case)}/exhibits", params={"limit": 1}).json()
    assert (short["exhibits"], short["next_cursor"]) == ([first], 1)
    rest = city.client.get(f"{path_of(case)}/exhibits", params={"after": 1}).json()
    assert rest["exhibits"] == [second]
    one = city.client.get(f"{path_of(case)}/exhibits/1")
    assert (one.json(), one.headers["etag"]) == (first, '"1"')
    assert city.client.get(path_of(case)).json()["exhibits"] == 2


def test_a_moment_of_a_search_is_an_exhibit(city: ApiCity) -> None:
    case = opened(city.client)
    found = city.client.post("/api/v1/search", json={"text": "red", **WHOLE, **FOR_IT}).json()
    answer = next(entry.number for entry in city.entries() if entry.action is Action.SEARCH)
    asked = {"kind": "moment", "moment": f"{answer}.1", "label": "A red thing"}
    content = added(city.client, case, asked)["content"]
    shown = found["moments"][0]
    assert content["cameras"] == [shown["camera"]]
    assert (content["start"], content["end"]) == (shown["start"], shown["end"])
    assert content["moment"] == f"{answer}.1"
    assert content["best"]["instant"] == shown["best"]["instant"]
    assert content["best"]["thumbnail"] == shown["thumbnail"]
    assert content["best"]["box"] == pytest.approx(shown["best"]["box"])


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"cameras": ["camera-1", "camera-2"]}, 422),
        ({"cameras": []}, 422),
        ({"at": None}, 422),
        ({"moment": "1.1"}, 422),
        ({"kind": "moment"}, 422),
        ({"kind": "interval"}, 422),
        ({"at": "no time"}, 422),
        ({"label": ""}, 422),
        ({"label": "a\tb"}, 422),
        ({"number": 9}, 422),
        ({"cameras": ["camera-9"]}, 404),
    ],
)
def test_an_exhibit_of_wrong_parts_is_refused(
    city: ApiCity, wrong: dict[str, Any], status: int
) -> None:
    case = opened(city.client)
    told = city.client.post(f"{path_of(case)}/exhibits", json={**BOOKMARK, **wrong})
    assert told.status_code == status, told.text
    assert city.client.get(path_of(case)).json()["exhibits"] == 0


def test_an_exhibit_is_of_a_size_that_can_be_looked_at(city: ApiCity) -> None:
    case = opened(city.client)
    years = {"from": "2020-01-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}
    told = city.client.post(f"{path_of(case)}/exhibits", json={**STRETCH, **years})
    assert told.status_code == 422
    assert str(MOST_CAMERA_DAYS) in told.json()["detail"]


def test_a_moment_that_was_never_answered_is_none(city: ApiCity) -> None:
    case = opened(city.client)
    asked = {"kind": "moment", "moment": "999.1", "label": "x"}
    assert city.client.post(f"{path_of(case)}/exhibits", json=asked).status_code == 404


def test_words_about_an_exhibit_stay_in_versions(city: ApiCity) -> None:
    case = opened(city.client)
    added(city.client, case, BOOKMARK)
    url, body = f"{path_of(case)}/exhibits/1", {"label": "The red car", "note": "second"}
    assert city.client.put(url, json=body).status_code == 428
    done = city.client.put(url, json=body, headers={"If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    assert done.json()["content"]["label"] == "The red car"
    assert city.client.put(url, json=body, headers={"If-Match": '"1"'}).status_code == 409
    told = city.client.get(f"{url}/versions").json()["versions"]
    assert [(one["version"], one["title"]) for one in told] == [(2, "The red car"), (1, "The car")]
    assert city.client.get(f"{path_of(case)}/exhibits/2").status_code == 404
    assert city.client.put(f"{path_of(case)}/exhibits/2", json=body).status_code == 404


def test_an_exhibit_is_held_and_says_what_goes_when_where_it_was_released(city: ApiCity) -> None:
    case = opened(city.client)
    added(city.client, case, STRETCH)

    def keeping() -> list[dict[str, Any]]:
        told = city.client.get(f"{path_of(case)}/exhibits/1").json()["content"]["keeping"]
        return [dict(one) for one in told]

    one, two = keeping()
    (hold,) = city.client.get("/api/v1/holds").json()["holds"]
    assert (hold["case"], hold["placed_by"]) == (FOR_IT["case"], "amina")
    assert (one["camera"], one["stored_s"], one["held_s"]) == ("camera-1", 24, 24)
    assert (one["all_held"], one["interval_held"], one["holds"]) == (True, True, [hold["hold"]])
    assert (two["camera"], two["stored_s"], two["held_s"]) == ("camera-2", 12, 12)
    release = {"reason": "done", **FOR_IT}
    city.client.post(f"/api/v1/holds/{hold['hold']}/release", json=release)
    one, two = keeping()
    assert (one["held_s"], one["deleted_from"], one["policy"], one["holds"]) == (0, None, "", [])
    policies = '[[policy]]\nname = "streets"\nkeep = "30d"\n'
    (city.parts.home / "policies.toml").write_text(policies)
    one, two = keeping()
    imported = city.simulated.now()  # the age of what was imported counts from the import
    assert (one["policy"], one["deleted_from"]) == ("streets", two["deleted_from"])
    assert one["deleted_from"] > str(imported)
    placed = city.client.post("/api/v1/holds", json={**HOLD, **FOR_IT}).json()["hold"]
    one, two = keeping()
    assert (one["held_s"], one["all_held"], one["holds"]) == (24, True, [placed])
    assert one["deleted_from"] is None
    assert (two["held_s"], two["all_held"], two["policy"]) == (0, False, "streets")
    city.client.post(f"/api/v1/holds/{placed}/release", json=release)
    one, _ = keeping()
    assert (one["held_s"], one["holds"], one["policy"]) == (0, [], "streets")
    (city.parts.home / "policies.toml").write_text("[[policy]]\n")
    one, _ = keeping()
    assert one["deleted_from"] is None
    assert "policies.toml" in one["unknown"]


def test_the_hold_that_an_exhibit_offers_can_be_placed(city: ApiCity) -> None:
    case = opened(city.client)
    offered = added(city.client, case, BOOKMARK)["content"]["hold"]
    (own,) = city.client.get("/api/v1/holds").json()["holds"]
    release = {"reason": "done", **FOR_IT}
    city.client.post(f"/api/v1/holds/{own['hold']}/release", json=release)
    body = {**offered, "authority": "court", "reason": "robbery"}
    assert city.client.post("/api/v1/holds", json=body).status_code == 201
    (kept,) = city.client.get(f"{path_of(case)}/exhibits/1").json()["content"]["keeping"]
    assert kept["all_held"] is True


# ------------------------------------------------------------------------ acts for a case


def acts_for(client: httpx.Client, for_it: dict[str, str]) -> list[httpx.Response]:
    """Search, watch, hold and export for a case."""
    export = {"cameras": ["camera-1"], **WHOLE, **for_it}
    return [
        client.post("/api/v1/search", json={"text": "red", **WHOLE, **for_it}),
        client.get("/api/v1/cameras/camera-1/still", params={"at": str(at(5)), **for_it}),
        client.get("/api/v1/cameras/camera-1/hls.m3u8", params={**WHOLE, **for_it}),
        client.post("/api/v1/holds", json={**HOLD, **for_it}),
        client.post("/api/v1/exports", json=export),
    ]


def test_a_reference_that_is_not_opened_here_counts(city: ApiCity) -> None:
    opened(city.client)
    statuses = {told.status_code for told in acts_for(city.client, {"case": "FIR 3"})}
    assert statuses <= {200, 201, 202}


def test_cases_must_be_opened_where_the_settings_ask(home: Path) -> None:
    with serving(parts_of(home, cases=CasesSection(must_be_open=True))) as city:
        opened(city.client)
        refused = acts_for(city.client, {"case": "FIR 3", "purpose": "theft"})
        assert [told.status_code for told in refused] == [403] * 5
        assert "no member of an open case FIR 3" in refused[0].json()["detail"]
        assert {told.status_code for told in acts_for(city.client, FOR_IT)} <= {200, 201, 202}
        assert {told.status_code for told in acts_for(city.client, {})} <= {200, 201, 202}


def test_purpose_codes_are_those_of_the_settings(home: Path) -> None:
    with serving(parts_of(home, cases=CasesSection(purposes=("theft", "murder")))) as city:
        wrong = city.client.post(CASES, json={**THEFT, "purpose": "thefts"})
        assert wrong.status_code == 422
        assert "theft, murder" in wrong.json()["detail"]
        opened(city.client)
        refused = acts_for(city.client, {**FOR_IT, "purpose": "curiosity"})
        assert [told.status_code for told in refused] == [422] * 5
        assert {told.status_code for told in acts_for(city.client, FOR_IT)} <= {200, 201, 202}


def test_a_closed_case_takes_no_acts_but_releases(city: ApiCity) -> None:
    case = opened(city.client)
    added(city.client, case, BOOKMARK)
    hold = city.client.post("/api/v1/holds", json={**HOLD, **FOR_IT}).json()["hold"]
    state = f"{path_of(case)}/state"
    body = {"state": "closed", "reason": "convicted"}
    assert city.client.put(state, json=body).status_code == 428
    done = city.client.put(state, json=body, headers={"If-Match": '"1"'})
    assert done.json()["turned"] == {"by": "amina", "at": str(at(600)), "reason": "convicted"}
    before = len(city.entries())
    refused = acts_for(city.client, FOR_IT)
    assert [told.status_code for told in refused] == [409] * 5
    assert "is closed" in refused[0].json()["detail"]
    changes = [
        city.client.post(f"{path_of(case)}/exhibits", json=BOOKMARK),
        city.client.put(
            f"{path_of(case)}/exhibits/1",
            json={"label": "x", "note": ""},
            headers={"If-Match": '"1"'},
        ),
        city.client.put(
            path_of(case), json={"title": "x", "note": ""}, headers={"If-Match": '"2"'}
        ),
        city.client.put(state, json=body, headers={"If-Match": '"2"'}),
    ]
    assert [told.status_code for told in changes] == [409] * 4
    assert len(city.entries()) == before
    release = {"reason": "convicted", **FOR_IT}
    assert city.client.post(f"/api/v1/holds/{hold}/release", json=release).status_code == 200
    again = {"state": "open", "reason": "an appeal"}
    assert city.client.put(state, json=again, headers={"If-Match": '"2"'}).status_code == 200
    assert acts_for(city.client, FOR_IT)[0].status_code == 200


def test_an_authority_document_is_kept_by_its_digest(
    city: ApiCity, investigator: httpx.Client
) -> None:
    case = opened(city.client)
    paper = {"name": "order.pdf", "size": 14, "sha256": f"sha256:{'0a' * 32}"}
    asked = {"authority": "Sessions Court, order 14/2026", "document": paper}
    documents = f"{path_of(case)}/documents"
    assert investigator.post(documents, json=asked).status_code == 404, "no member"
    told = city.client.post(documents, json=asked)
    assert told.status_code == 201, told.text
    added = {**paper, "authority": asked["authority"], "number": 1, "by": "amina"}
    assert told.json()["documents"] == [{**added, "at": str(at(600))}]
    assert city.client.get(path_of(case)).json()["documents"] == told.json()["documents"]
    assert entered(city)[-1].what["document"] == {**paper, "authority": asked["authority"]}
    wrong = {**asked, "document": {**paper, "sha256": "0a"}}
    assert city.client.post(documents, json=wrong).status_code == 422


def closed(client: httpx.Client, case: dict[str, Any]) -> dict[str, Any]:
    """Close a case as read; return the answer."""
    version = client.get(path_of(case)).headers["etag"]
    body = {"state": "closed", "reason": "convicted"}
    answer = client.put(f"{path_of(case)}/state", json=body, headers={"If-Match": version})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_closing_proposes_releases_that_another_person_decides(
    city: ApiCity, investigator: httpx.Client
) -> None:
    liaison = city.client_of("carla", Grant(Role.COURT_LIAISON))
    case = opened(city.client, members=["bilal", "carla"])
    added(city.client, case, BOOKMARK)
    (hold,) = (one["hold"] for one in city.client.get("/api/v1/holds").json()["holds"])
    releases = f"{path_of(case)}/releases"
    assert city.client.post(releases, json={}).status_code == 409, "the case is open"
    told = closed(city.client, case)
    number = told["release_request"]
    assert (told["state"], told["standing_holds"], told["no_request"]) == ("closed", [hold], "")
    waits = city.client.post(releases, json={})
    assert (waits.status_code, waits.json()["request"]) == (403, number), waits.text
    assert investigator.post(releases, json={}).status_code == 403
    with liaison:
        assert liaison.post(f"/api/v1/requests/{number}/approve", json={}).status_code == 200
    done = city.client.post(releases, json={})
    assert (done.status_code, [one["hold"] for one in done.json()["released"]]) == (200, [hold])
    assert city.client.get("/api/v1/holds").json()["holds"] == []
    entry = next(e for e in city.entries() if (e.action, e.phase) == (Action.RELEASE, Phase.INTENT))
    assert (entry.actor, entry.what["approved_by"]) == ("amina", "carla")


def test_who_may_not_release_closes_and_proposes_nothing(
    city: ApiCity, investigator: httpx.Client
) -> None:
    case = opened(investigator)
    added(investigator, case, BOOKMARK)
    told = closed(investigator, case)
    assert len(told["standing_holds"]) == 1
    assert (told["release_request"], "may not release" in told["no_request"]) == (None, True)
    assert city.client.get("/api/v1/requests").json()["requests"] == []


def test_a_case_is_named_as_it_was_opened(city: ApiCity) -> None:
    opened(city.client)
    told = acts_for(city.client, {"case": "fir 211/2026", "purpose": "theft"})
    assert [one.status_code for one in told] == [409] * 5
    assert "opened as FIR 211/2026" in told[0].json()["detail"]
