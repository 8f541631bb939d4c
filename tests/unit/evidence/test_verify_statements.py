"""A forger computed every checksum anew: what does not add up in the statements is found."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from evidence import verify
from footage.span import JOIN_TOLERANCE
from tests.common.bundles import Document, forge, found, spelled, write_sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

At = tuple[str | int, ...]
GONE = object()


def test_a_forger_who_only_recomputes_checksums_is_told_by_the_noted_digest(bundle: Path) -> None:
    noted = verify.check(bundle).manifest
    assert verify.check(bundle, noted).exit_code == 2
    forge(bundle, lambda document: document["case"].update(ref="FIR-1"))
    assert verify.check(bundle).verdicts["intact"] == "proven"
    report = verify.check(bundle, noted)
    assert report.exit_code == 1
    assert "noted at hand-over" in report.findings[0].message


def drop_gap(document: Document) -> None:
    document["gaps"].clear()


def shorten_gap(document: Document) -> None:
    document["gaps"][0]["end"] = document["gaps"][0]["end"].replace("10:23", "10:22")


def hide_gap(document: Document) -> None:
    """Claim the gap as delivered: adds up, but no segment covers it."""
    gap = document["gaps"].pop()
    del gap["camera"], gap["reason"], gap["detail"]
    document["intervals"][0]["delivered"].insert(1, gap)


def invent_gap(document: Document) -> None:
    """Claim delivered time as a gap."""
    part = document["intervals"][1]["delivered"].pop()
    document["gaps"].append({"camera": "camera-2", **part, "reason": "unknown", "detail": ""})


def narrow_request(document: Document) -> None:
    document["intervals"][0]["requested"] = document["intervals"][0]["delivered"][0]


def move_segment(document: Document) -> None:
    segment = document["sources"][0]["segments"][1]
    segment["start"] = document["sources"][0]["segments"][0]["end"]


def lose_segment(document: Document) -> None:
    document["sources"][1]["segments"].pop()


def restate_segment(document: Document) -> None:
    document["sources"][0]["segments"][0]["sha256"] = "0" * 64


def double_segment(document: Document) -> None:
    document["sources"][1]["segments"].append(document["sources"][1]["segments"][0])


def swap_cameras(document: Document) -> None:
    one, two = document["sources"]
    one["camera"], two["camera"] = two["camera"], one["camera"]


def forget_camera(document: Document) -> None:
    document["intervals"].pop()


def no_limitations(document: Document) -> None:
    document["limitations"] = []


def backwards(document: Document) -> None:
    segment = document["sources"][0]["segments"][0]
    segment["start"], segment["end"] = segment["end"], segment["start"]


def no_sources(document: Document) -> None:
    del document["sources"]


def nonsense(document: Document) -> None:
    document["intervals"] = {"a": None}


def other_intent(document: Document) -> None:
    document["custody"]["intent"] = 99


@pytest.mark.parametrize(
    "edit",
    [
        drop_gap,
        shorten_gap,
        hide_gap,
        invent_gap,
        narrow_request,
        move_segment,
        lose_segment,
        restate_segment,
        double_segment,
        swap_cameras,
        forget_camera,
        no_limitations,
        backwards,
        no_sources,
        nonsense,
        other_intent,
    ],
)
def test_statements_that_do_not_add_up_are_found(
    bundle: Path, edit: Callable[[Document], None]
) -> None:
    forge(bundle, edit)
    assert found(bundle, "statement")


def required(shape: object, document: object, at: tuple[str | int, ...] = ()) -> Iterator[At]:
    """Yield the place of each member in `document` that `shape` requires, first items of lists."""
    if isinstance(shape, tuple):
        yield from required(shape[0], document, at)
    elif isinstance(shape, dict) and isinstance(document, dict):
        for name, inner in shape.items():
            if not name.endswith("?"):
                yield (*at, name)
            if name.rstrip("?") in document:
                yield from required(inner, document[name.rstrip("?")], (*at, name.rstrip("?")))
    elif isinstance(shape, list) and isinstance(document, list) and document:
        yield from required(shape[0], document[0], (*at, 0))


def changed(document: Document, at: At, value: object) -> None:
    """Set the member at `at`, or remove the member where `value` is `GONE`."""
    inner: Any = document
    for step in at[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[at[-1]]
    else:
        inner[at[-1]] = value


@pytest.mark.slow
def test_every_member_of_the_manifest_is_required(bundle: Path) -> None:
    good = (bundle / "MANIFEST.json").read_bytes()
    places = list(required(verify.SHAPE, json.loads(good)))
    assert len(places) > 50
    for at in places:
        if at == ("schema",):
            continue
        document = json.loads(good)
        changed(document, at, GONE)
        (bundle / "MANIFEST.json").write_text(spelled(document))
        write_sums(bundle)
        assert any(f"{at[-1]} is missing" in each for each in found(bundle, "statement")), at


@pytest.mark.slow
def test_every_member_of_the_manifest_is_of_its_type(bundle: Path) -> None:
    good = (bundle / "MANIFEST.json").read_bytes()
    for at in required(verify.SHAPE, json.loads(good)):
        if at == ("schema",):
            continue
        for other in (None, True, "7"):
            document = json.loads(good)
            former: Any = document
            for step in at:
                former = former[step]
            nullable = at[-1] in {"offset_us", "clock_offset_us"}
            if at[-1] == "written_site":  # null here, and a text elsewhere
                nullable, former = True, ""
            if type(former) is type(other) or (nullable and other is None):
                continue
            changed(document, at, other)
            (bundle / "MANIFEST.json").write_text(spelled(document))
            write_sums(bundle)
            told = f"is of type {type(other).__name__}"
            assert any(told in each for each in found(bundle, "statement")), at


def test_no_member_of_a_fresh_manifest_is_unknown_to_the_verifier(bundle: Path) -> None:
    """A member that the export adds is added to `verify.SHAPE` too."""
    document = json.loads((bundle / "MANIFEST.json").read_bytes())

    def unknown(shape: object, value: object, where: str) -> Iterator[str]:
        if isinstance(shape, tuple):
            yield from unknown(shape[0], value, where)
        elif isinstance(shape, list) and isinstance(value, list):
            for each in value:
                yield from unknown(shape[0], each, where)
        elif isinstance(shape, dict) and isinstance(value, dict):
            known = {name.rstrip("?"): inner for name, inner in shape.items()}
            yield from (f"{where}.{name}" for name in value.keys() - known.keys())
            for name in value.keys() & known.keys():
                yield from unknown(known[name], value[name], f"{where}.{name}")

    assert list(unknown(verify.SHAPE, document, "")) == []


def test_the_join_tolerance_is_the_formats_own(bundle: Path) -> None:
    """A forger who drops a minute and its gap claims that a minute between segments is nothing."""

    def forged(document: Document) -> None:
        hide_gap(document)
        document["join_tolerance_us"] = 60_000_000

    assert JOIN_TOLERANCE.us == verify.MOST_JOIN_US
    forge(bundle, forged)
    statements = found(bundle, "statement")
    assert "MANIFEST.json join_tolerance_us is not within 0 to 1000000" in statements
    assert "camera-1 states time as delivered that no segment covers" in statements
    assert verify.check(bundle).verdicts["complete"] == "no"


def test_a_custody_entry_of_another_action_is_not_that_of_the_export(bundle: Path) -> None:
    forge(bundle, lambda document: document["custody"].update(head="sha256:" + "0" * 64))
    assert "provenance/custody.json differs from the manifest" in found(bundle, "statement")


def test_provenance_that_differs_is_found(bundle: Path) -> None:
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    path = bundle / "provenance" / "gaps.json"
    path.write_text(spelled({"gaps": []}))
    for fact in document["files"]:
        if fact["path"] == "provenance/gaps.json":
            fact["size"] = path.stat().st_size
            fact["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (bundle / "MANIFEST.json").write_text(spelled(document))
    write_sums(bundle)
    assert found(bundle, "statement") == ["provenance/gaps.json differs from the manifest"]


def test_an_edited_custody_entry_is_found(bundle: Path) -> None:
    path = bundle / "provenance" / "custody.json"
    path.write_bytes(path.read_bytes().replace(b'"actor":"liaison"', b'"actor":"someone"'))
    forge(bundle, lambda _: None)
    assert found(bundle, "statement")


@pytest.mark.parametrize(
    "path",
    ["../x", "/etc/passwd", "a/../../x", "a//b", "C:x", "a\\b", "mäster", "a\x1b[2Jb", "", 7, None],
)
def test_names_that_lead_out_are_not_followed(bundle: Path, path: object) -> None:
    def edit(document: Document) -> None:
        document["files"][0]["path"] = path

    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    edit(document)
    (bundle / "MANIFEST.json").write_text(spelled(document))
    assert any("leads out" in each for each in found(bundle, "altered"))


def test_a_file_listed_twice_is_found(bundle: Path) -> None:
    forge(bundle, lambda document: document["files"].append(document["files"][0]))
    assert any("listed twice" in each for each in found(bundle, "altered"))


def test_another_spelling_of_the_manifest_is_found(bundle: Path) -> None:
    document = json.loads((bundle / "MANIFEST.json").read_bytes())
    (bundle / "MANIFEST.json").write_text(json.dumps(document, indent=2, sort_keys=True))
    write_sums(bundle)
    assert found(bundle, "altered") == ["MANIFEST.json is not spelled as it was made"]
