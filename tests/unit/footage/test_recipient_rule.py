"""To whom who may export what, as an installation's rule says."""

from __future__ import annotations

import pytest

from footage.errors import BadInput, FootageError, NotPermitted
from footage.recipient import RecipientKind
from footage.recipient_rule import ANY_RECIPIENT, RecipientRule

COURT, INSIDE, OTHER = RecipientKind.COURT, RecipientKind.INSIDE, RecipientKind.OTHER
NAMED = RecipientRule(required=True)
SOME = RecipientRule(kinds=(INSIDE, COURT))
BY = RecipientRule(only={COURT: ("Sadia.Khan", "amir"), OTHER: ()})
BARE = RecipientRule(without_originals=(OTHER,))


def refusal(
    rule: RecipientRule, kind: str, name: str = "the judge", *, by: str = "amir", whole: bool = True
) -> type[FootageError] | None:
    """Return the kind of the refusal of an export; None where the export is admitted."""
    said = {"recipient_kind": kind, "recipient": name}
    try:
        addressed = {key: text for key, text in said.items() if text}
        rule.require(addressed, by, originals=whole)
    except FootageError as exc:
        return type(exc)
    return None


@pytest.mark.parametrize("kind", ["", *RecipientKind])
def test_without_a_rule_anything_goes(kind: str) -> None:
    assert refusal(ANY_RECIPIENT, kind) is None
    assert refusal(ANY_RECIPIENT, kind, "") is None


@pytest.mark.parametrize("rule", [NAMED, SOME, BY, BARE])
def test_where_there_is_a_rule_the_kind_must_be_said(rule: RecipientRule) -> None:
    assert refusal(rule, "") is BadInput


@pytest.mark.parametrize(
    ("rule", "kind", "refused"),
    [
        (SOME, "court", None),
        (SOME, "laboratory", NotPermitted),
        (BY, "court", None),
        (BY, "laboratory", None),
        (BY, "other", NotPermitted),
        (BARE, "court", None),
        (BARE, "other", NotPermitted),
    ],
)
def test_a_kind_is_admitted_or_not(
    rule: RecipientRule, kind: str, refused: type[FootageError] | None
) -> None:
    assert refusal(rule, kind) is refused


def test_a_recipient_outside_has_a_name_where_that_is_asked() -> None:
    assert refusal(NAMED, "court", " ") is BadInput
    assert refusal(NAMED, "court") is None
    assert refusal(NAMED, "inside", "") is None


def test_who_exports_to_a_kind_is_named_however_spelled() -> None:
    assert refusal(BY, "court", by="sadia.khan") is None
    assert refusal(BY, "court", by="mallory") is NotPermitted


def test_originals_are_left_out_for_a_kind_that_is_given_none() -> None:
    assert refusal(BARE, "other", whole=False) is None


def test_an_export_of_which_nobody_says_that_it_stays_inside_goes_outside() -> None:
    outside = {
        kind for kind in RecipientKind if ANY_RECIPIENT.goes_outside({"recipient_kind": kind})
    }
    assert outside == set(RecipientKind) - {INSIDE}
    assert ANY_RECIPIENT.goes_outside({})
    some = RecipientRule(second_person=(COURT, OTHER))
    assert {k for k in RecipientKind if some.goes_outside({"recipient_kind": k})} == {COURT, OTHER}
    assert some.goes_outside({}), "who says nothing evades nothing"
