"""Retention over HTTP: policies, plans, and the application of a plan with the commands' brakes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from api import retention
from footage.access import Grant, Role
from footage.action import Action, Phase
from footage.ids import district_id
from footage.instant import DAY
from footage.job import Lease
from retention.jobs import DailyRetention
from retention.plan_file import remove_old_plans
from tests.api.test_api_jobs import ended
from tests.common.api_city import WHOLE
from tests.common.builders import a_segment

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from tests.common.api_city import ApiCity

POLICIES = "/api/v1/retention/policies"
PLANS = "/api/v1/retention/plans"
STREETS = '# for the streets\n[[policy]]\nname = "streets"\nkeep = "1d"\n'
ADMIN = Grant(Role.STORAGE_ADMIN)


@pytest.fixture
def admin(city: ApiCity) -> Iterator[httpx.Client]:
    with city.client_of("omar", ADMIN) as client:
        yield client


@pytest.fixture
def later(city: ApiCity, admin: httpx.Client) -> ApiCity:
    """The city two days later, with a policy by which all footage is due, and jobs that run."""
    put(admin, STREETS)
    city.simulated.sleep(DAY * 2)
    return city


def put(client: httpx.Client, toml: str, **params: str) -> httpx.Response:
    version = client.get(POLICIES).headers["ETag"]
    headers = {"If-Match": version}
    return client.put(POLICIES, json={"toml": toml}, headers=headers, params=params)


def planned(city: ApiCity, client: httpx.Client, **body: str) -> dict[str, Any]:
    """The result of a job that plans."""
    answer = client.post(PLANS, json=body)
    assert answer.status_code == 202, answer.text
    with city.parts.job_runner().running():
        job = ended(client, answer.json()["job"])
    assert job["state"] == "done", job
    made: dict[str, Any] = job["result"]
    return made


def confirmed(made: dict[str, Any]) -> dict[str, Any]:
    numbers = {"segments": made["totals"]["segments"], "emptied_cameras": made["emptied_cameras"]}
    return {**numbers, "case": "order 7", "purpose": "policy"}


def entered(city: ApiCity, action: Action) -> list[Any]:
    entries = city.parts.custody.read()
    return [one for one in entries if one.action is action and one.phase is Phase.INTENT]


# ---------------------------------------------------------------- forecast


def test_the_forecast_tells_what_is_stored_and_what_other_policies_would_leave(
    city: ApiCity, admin: httpx.Client
) -> None:
    url = "/api/v1/retention/forecast"
    kept = admin.post(url, json={"ahead": 3}).json()
    assert kept["bytes"] == sum(one["bytes"] for one in kept["sites"]) == kept["by_day"][0] > 0
    assert kept["room"] is not None  # the disk of the folder
    assert {one["reaching"] for one in kept["cameras"] if one["bytes"]} == {"kept"}
    assert sum(kept["reaching"].values()) == len(kept["cameras"]) == 3
    shorter = admin.post(url, json={"ahead": 3, "toml": STREETS, "room": 1}).json()
    assert shorter["by_day"][3] < kept["by_day"][3]
    assert (shorter["room"], shorter["full_on"], shorter["rate"]) == (1, None, 0)  # imports alone
    assert {one["policy"] for one in shorter["cameras"] if one["bytes"]} == {"streets"}
    assert admin.get(POLICIES).json()["toml"] is None  # nothing was put in force
    one = admin.post(url, json={"cameras": ["camera-1"]}).json()
    assert [each["camera"] for each in one["cameras"]] == ["camera-1"]
    assert one["bytes"] == kept["bytes"]
    assert admin.post(url, json={"toml": "no toml ["}).status_code == 422
    with city.client_of("lena", Grant(Role.INVESTIGATOR)) as stranger:
        assert stranger.post(url, json={}).status_code == 403


# ---------------------------------------------------------------- policies


def test_without_a_file_everything_is_kept_and_nothing_is_planned(
    city: ApiCity, admin: httpx.Client
) -> None:
    found = admin.get(POLICIES)
    assert found.json() == {"toml": None, "policies": None, "wrong": ""}
    assert found.headers["ETag"] == '"none"'
    refused = admin.post(PLANS, json={})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:footage:problem:refused")
    assert not city.parts.policy_path.exists()


def test_policies_are_put_as_written_and_the_difference_is_told_and_entered(
    city: ApiCity, admin: httpx.Client
) -> None:
    first = put(admin, STREETS)
    assert first.status_code == 200, first.text
    assert first.json()["changes"] == [
        {"name": "streets", "before": None, "after": "keep 1d, everything"}
    ]
    longer = STREETS.replace("1d", "2d")
    dry = put(admin, longer, dry_run="true").json()
    assert (dry["saved"], dry["changes"][0]["after"]) == (False, "keep 2d, everything")
    assert city.parts.policy_path.read_text() == STREETS
    saved = put(admin, longer).json()
    assert saved["changes"] == dry["changes"]
    assert city.parts.policy_path.read_text() == longer
    found = admin.get(POLICIES).json()
    assert (found["toml"], found["policies"][0]["keep_s"]) == (longer, 2 * 86_400)
    acts = entered(city, Action.POLICIES)
    assert [act.actor for act in acts] == ["omar", "omar"]
    assert acts[1].what["changes"] == saved["changes"]


def test_a_change_by_hand_is_not_entered_as_the_doing_of_whoever_comes_next(
    city: ApiCity, admin: httpx.Client
) -> None:
    put(admin, STREETS)
    city.parts.policy_path.write_text(STREETS.replace("1d", "9d"))
    put(admin, STREETS.replace("1d", "5d"))
    by_hand, by_omar = entered(city, Action.POLICIES)[1:]
    assert (by_hand.actor, by_omar.actor) == (city.parts.settings.actor, "omar")
    assert by_omar.what["changes"][0]["before"] == "keep 9d, everything"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[[policy]", "no TOML"),
        ('[[policy]]\nname = "a"\nkeep = "30d"\nforever = 1\n', "unknown key"),
        ('[[policy]]\nname = "a"\nkeep = "1m"\n', "minutes or months"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = {site = ["site-7"]}\n', "site-7"),
        ("# nothing\n", "holds no policy"),
    ],
)
def test_policies_that_cannot_be_right_are_refused_and_leave_the_file(
    city: ApiCity, admin: httpx.Client, toml: str, said: str
) -> None:
    put(admin, STREETS)
    told = put(admin, toml)
    assert told.status_code == 422
    assert said in told.json()["detail"]
    assert city.parts.policy_path.read_text() == STREETS
    assert admin.post(PLANS, json={"toml": toml}).status_code == 422


def test_a_change_needs_the_version_that_was_read(city: ApiCity, admin: httpx.Client) -> None:
    body = {"toml": STREETS}
    assert admin.put(POLICIES, json=body).status_code == 428
    old = admin.get(POLICIES).headers["ETag"]
    put(admin, STREETS)
    late = admin.put(POLICIES, json={"toml": STREETS + "\n"}, headers={"If-Match": old})
    assert late.status_code == 409
    assert city.parts.policy_path.read_text() == STREETS


def test_a_file_that_somebody_broke_is_shown_and_can_be_mended(
    city: ApiCity, admin: httpx.Client
) -> None:
    city.parts.policy_path.write_text("[[policy]]\n")
    found = admin.get(POLICIES).json()
    assert found["policies"] is None
    assert "`name` is missing" in found["wrong"]
    assert put(admin, STREETS).status_code == 200


# ---------------------------------------------------------------- plans


def test_a_plan_is_made_read_confirmed_and_applied(later: ApiCity, admin: httpx.Client) -> None:
    city = later
    made = planned(city, admin)
    segments = len(city.segments("camera-1") + city.segments("camera-2"))
    assert (made["totals"]["segments"], made["emptied_cameras"]) == (segments, 2)
    assert "ALL that is stored of 2 of 2 cameras" in made["summary"]

    url = f"{PLANS}/{made['plan']}"
    plan = admin.get(url).json()
    assert (plan["totals"]["segments"], plan["in_force"]) == (segments, True)
    assert plan["emptied"] == ["camera-1", "camera-2"]
    (district,) = plan["districts"]
    assert (district["segments"], district["stored_segments"]) == (segments, segments)
    assert [site["site"] for site in district["sites"]] == ["site-1"]
    assert plan["rules"][0]["segments"] == segments
    assert admin.get(PLANS).json()["plans"][0]["plan"] == made["plan"]

    refused = admin.post(f"{url}/apply", json={"segments": segments, "emptied_cameras": 0})
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:footage:problem:not-confirmed"
    assert (refused.json()["segments"], refused.json()["emptied_cameras"]) == (segments, 2)
    assert "ALL that is stored" in refused.json()["detail"]

    job = admin.post(f"{url}/apply", json=confirmed(made)).json()
    assert (job["kind"], job["total"]) == ("retention-apply", segments)
    with city.parts.job_runner().running():
        done = ended(admin, job["job"])
    assert done["state"] == "done", done
    assert (done["result"]["totals"]["purged"], done["result"]["complete"]) == (segments, True)
    assert city.segments("camera-1") == []
    (purge,) = entered(city, Action.PURGE)
    assert (purge.actor, purge.case, purge.code) == ("omar", "order 7", "policy")

    again = admin.post(f"{url}/apply", json=confirmed(made)).json()
    with city.parts.job_runner().running():
        assert ended(admin, again["job"])["state"] == "failed"


def test_a_job_that_died_after_its_last_deletion_tells_what_was_deleted(
    later: ApiCity, admin: httpx.Client
) -> None:
    """The process ends between the end of the plan and the record of the job's result."""
    city = later
    made = planned(city, admin)
    job = admin.post(f"{PLANS}/{made['plan']}/apply", json=confirmed(made)).json()["job"]
    lease = Lease("a process that dies", city.simulated.now() + DAY)
    claimed = city.parts.jobs.claim(lease, city.simulated.now())
    assert claimed is not None
    lost = city.services.retention.apply(claimed, lambda _work: None)
    put(admin, STREETS.replace("1d", "9d"))  # what changed since changes nothing of what was done
    city.simulated.sleep(DAY * 2)
    with city.parts.job_runner().running():
        done = ended(admin, job)
    assert done["state"] == "done", done
    assert done["result"]["totals"] == lost["totals"]
    assert (done["result"]["complete"], done["result"]["this_run"]["purged"]) == (True, 0)
    assert len(entered(city, Action.PURGE)) == 2


def test_pages_of_a_plan_tell_each_row_once(later: ApiCity, admin: httpx.Client) -> None:
    url = f"{PLANS}/{planned(later, admin)['plan']}"
    for part, limit in (("rows", 1), ("cameras", 1)):
        seen: list[Any] = []
        cursor: int | None = 0
        while cursor is not None:
            params = {"after": cursor, "limit": limit}
            page = admin.get(f"{url}/{part}", params=params).json()
            seen += page[part]
            cursor = page["next_cursor"]
        whole = admin.get(f"{url}/{part}").json()[part]
        assert seen == whole
        assert len(seen) > 1
        assert sum(one["segments"] for one in seen) == 10
        assert sorted({one["camera"] for one in seen}) == ["camera-1", "camera-2"]
    assert all(row["reasons"] for row in admin.get(f"{url}/rows").json()["rows"])


def test_what_a_hold_covers_stays_though_it_was_placed_after_the_plan(
    later: ApiCity, admin: httpx.Client
) -> None:
    city = later
    made = planned(city, admin)
    hold = {"cameras": ["camera-1"], **WHOLE, "authority": "court", "reason": "FIR 1"}
    assert city.client.post("/api/v1/holds", json=hold).status_code == 201
    job = admin.post(f"{PLANS}/{made['plan']}/apply", json=confirmed(made)).json()["job"]
    held = city.segments("camera-1")
    with city.parts.job_runner().running():
        done = ended(admin, job)
    assert done["state"] == "done", done
    assert city.segments("camera-1") == held
    assert city.segments("camera-2") == []
    assert done["result"]["totals"]["spared"] == len(held)
    assert {one["id"] for one in done["result"]["spared"]} == {one.key for one in held}


def test_a_plan_by_other_policies_shows_what_they_would_do_and_is_not_applied(
    later: ApiCity, admin: httpx.Client
) -> None:
    put(admin, STREETS.replace("1d", "9d"))
    made = planned(later, admin, toml=STREETS)
    assert made["totals"]["segments"] == 10
    assert admin.get(f"{PLANS}/{made['plan']}").json()["in_force"] is False
    refused = admin.post(f"{PLANS}/{made['plan']}/apply", json=confirmed(made))
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:footage:problem:refused")
    assert later.parts.policy_path.read_text() == STREETS.replace("1d", "9d")


def test_nothing_goes_where_the_facts_changed_before_the_job_ran(
    later: ApiCity, admin: httpx.Client
) -> None:
    city = later
    made = planned(city, admin)
    job = admin.post(f"{PLANS}/{made['plan']}/apply", json=confirmed(made)).json()["job"]
    before = city.segments("camera-2")
    put(admin, STREETS.replace("1d", "9d"))
    with city.parts.job_runner().running():
        done = ended(admin, job)
    assert done["state"] == "failed"
    assert "the policies are others" in done["error"]
    assert city.segments("camera-2") == before


def test_a_camera_that_nobody_agreed_to_empty_is_not_emptied(
    later: ApiCity, admin: httpx.Client
) -> None:
    city = later
    newest = a_segment("camera-1", city.simulated.now())
    city.parts.catalogue.add_segments([newest])
    made = planned(city, admin)
    assert made["emptied_cameras"] == 1
    job = admin.post(f"{PLANS}/{made['plan']}/apply", json=confirmed(made)).json()["job"]
    city.parts.catalogue.remove_segments([newest.key])
    before = city.segments()
    with city.parts.job_runner().running():
        done = ended(admin, job)
    assert done["state"] == "failed"
    assert "would by now delete all that is stored of camera-1" in done["error"]
    assert city.segments() == before


def test_a_grant_that_ended_while_the_job_waited_deletes_nothing(
    later: ApiCity, admin: httpx.Client
) -> None:
    city = later
    made = planned(city, admin)
    job = admin.post(f"{PLANS}/{made['plan']}/apply", json=confirmed(made)).json()["job"]
    before = city.segments()
    person = city.client.get("/api/v1/people/omar")
    limited = {"role": "storage-admin", "districts": ["district-1"]}
    changed = city.client.put(
        "/api/v1/people/omar",
        json={"name": "Omar", "grants": [limited], "disabled": False},
        headers={"If-Match": person.headers["ETag"]},
    )
    assert changed.status_code == 200, changed.text
    with city.parts.job_runner().running():
        done = ended(admin, job)
    assert (done["state"], city.segments()) == ("failed", before)
    assert "no more" in done["error"]


def test_limited_grants_plan_nothing_and_see_no_plan(later: ApiCity, admin: httpx.Client) -> None:
    made = planned(later, admin)
    grant = Grant(Role.STORAGE_ADMIN, districts=frozenset({district_id("district-1")}))
    with later.client_of("local", grant) as local:
        for url in (POLICIES, PLANS, f"{PLANS}/{made['plan']}", f"{PLANS}/{made['plan']}/rows"):
            assert local.get(url).status_code == 403
        assert local.post(PLANS, json={}).status_code == 403


def test_an_altered_plan_is_neither_shown_nor_applied(later: ApiCity, admin: httpx.Client) -> None:
    made = planned(later, admin)
    file = later.parts.home / "plans" / f"{made['plan']}.jsonl"
    file.write_text(file.read_text().replace("camera-1", "camera-2"))
    assert admin.get(f"{PLANS}/{made['plan']}").status_code == 422
    refused = admin.post(f"{PLANS}/{made['plan']}/apply", json=confirmed(made))
    assert refused.status_code == 422


@pytest.mark.parametrize("name", ["plan-..%2f..%2fpolicies", "plan-", "..%2fpolicies.toml"])
def test_a_plan_is_named_by_its_id_alone(admin: httpx.Client, name: str) -> None:
    assert admin.get(f"{PLANS}/{name}").status_code in {404, 422}


def test_to_look_at_a_plan_counts_nothing_and_its_pages_read_themselves_alone(
    later: ApiCity, admin: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{PLANS}/{planned(later, admin)['plan']}"

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(DailyRetention, "shares", never)
    assert admin.get(url).json()["emptied"] == ["camera-1", "camera-2"]
    monkeypatch.setattr(retention, "read_plan", never)
    for part in ("rows", "cameras"):
        assert len(admin.get(f"{url}/{part}").json()[part]) > 1


def test_a_plan_whose_sums_were_not_kept_says_what_to_do(
    later: ApiCity, admin: httpx.Client
) -> None:
    made = planned(later, admin)["plan"]
    (later.parts.home / "plans" / f"shares-{made}.json").unlink()
    refused = admin.get(f"{PLANS}/{made}")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:footage:problem:refused")
    assert "make a new plan" in refused.text


def test_the_sums_of_a_plan_go_with_the_plan(later: ApiCity, admin: httpx.Client) -> None:
    planned(later, admin)
    folder = later.parts.home / "plans"
    assert len(list(folder.iterdir())) == 2
    remove_old_plans(folder, before=later.simulated.now() + DAY)
    assert list(folder.iterdir()) == []
