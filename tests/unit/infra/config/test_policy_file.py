"""The policy file: what it may say, and what is refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput, Misconfigured
from footage.instant import Elapsed
from infra.config.policy_file import load_policies, parse_policies
from retention.policy import Match, Policy

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
[[policy]]
name = "bus stands"
match = { site = ["site-1", "site-2"], class = ["gate"] }
keep = "30d"

[[policy]]
name = "everything"
keep = "10d"
"""


def test_all_it_may_say() -> None:
    stands, everything = parse_policies(GOOD, "policies.toml")
    assert stands == Policy(
        "bus stands",
        Elapsed.parse("30d"),
        Match(sites=frozenset({"site-1", "site-2"}), classes=frozenset({"gate"})),  # type: ignore[arg-type]  # plain text is clearer here
    )
    assert everything == Policy("everything", Elapsed.parse("10d"))


def test_no_file_keeps_everything(tmp_path: Path) -> None:
    assert load_policies(tmp_path / "policies.toml") is None


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured):
        load_policies(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no policy"),
        ("policy = []", "holds no policy"),
        ("policy = 3", "no list of tables"),
        ("[[policy]", "no TOML"),
        ("polices = []", "unknown key polices"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nkep = "2d"', "policy 1: unknown key kep"),
        ('[[policy]]\nname = "a"', "`keep` is missing"),
        ('[[policy]]\nkeep = "1d"', "`name` is missing"),
        ('[[policy]]\nname = "a"\nkeep = 30', "`keep` is missing or no text"),
        ('[[policy]]\nname = "a"\nkeep = "30"', "not a duration"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = {}', "names nothing"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = 1', "no table"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = [] }', "names nothing"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = "b" }', "names nothing"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = [1] }', "no name"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = ["a b"] }', "not a site id"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { sites = ["a"] }', "unknown key sites"),
        (
            '[[policy]]\nname = "a"\nkeep = "9d"\nminimum_keep = "2d"',
            r"policies.toml, policy 1: `minimum_keep` is not read yet.*remove the line",
        ),
        ('[[policy]]\nname = "a"\nkeep = "1d"\n' * 2, "two policies are named"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_policies(text, "policies.toml")
