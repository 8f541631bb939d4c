"""The policy file: what it may say, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from footage.errors import BadInput, Misconfigured
from footage.ids import SiteId
from footage.instant import Elapsed
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.config.policy_file import load_policies, parse_policies
from infra.config.policy_names import KnownNames
from infra.registers.memory_register import MemoryRegister
from retention.policy import Match, Policy
from tests.common.builders import DAY, START, a_camera, a_district, a_segment, a_site

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
        (
            '[[policy]]\nname = "a"\nkeep = "1d"\nkep = "2d"',
            "1 'a' .line 1.: unknown key kep",
        ),
        ('[[policy]]\nname = "a"', "`keep` is missing"),
        ('[[policy]]\nkeep = "1d"', "`name` is missing"),
        ('[[policy]]\nname = "a"\nkeep = 30', "`keep` is missing or no text"),
        ('[[policy]]\nname = "a"\nkeep = "30"', "is no length of time.*h, d, w or y"),
        ('[[policy]]\nname = "a"\nkeep = "1m"', "minutes or months"),
        ('[[policy]]\nname = "a"\nkeep = "30 minutes"', "minutes or months"),
        ('[[policy]]\nname = "a"\nkeep = "1h30m"', "minutes or months"),
        ('[[policy]]\nname = "a"\nkeep = "90s"', "is no length of time"),
        ('[[policy]]\nname = "a"\nkeep = "1.5d"', "is no length of time"),
        ('[[policy]]\nname = "a"\nkeep = "0d"', "not between 1 hour and 1000 years"),
        ('[[policy]]\nname = "a"\nkeep = "9999y"', "not between 1 hour and 1000 years"),
        (f"[[policy]]\nname = {'9' * 5_000}", "no TOML"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = {}', "names nothing"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = 1', "no table"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = [] }', "names nothing"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = "b" }', "names nothing"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = [1] }', "no name"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { site = ["a b"] }', "not a site id"),
        ('[[policy]]\nname = "a"\nkeep = "1d"\nmatch = { sites = ["a"] }', "unknown key sites"),
        (
            '[[policy]]\nname = "a"\nkeep = "9d"\nminimum_keep = "2d"',
            r"policies.toml, policy 1 'a' .line 1.: `minimum_keep` is not .*remove the line",
        ),
        ('[[policy]]\nname = "a"\nkeep = "1d"\n' * 2, "policies.toml: two policies are named"),
    ],
)
def test_what_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        parse_policies(text, "policies.toml")


@pytest.mark.parametrize(
    ("text", "days"), [("48h", 2), ("30d", 30), ("2w", 14), ("1y", 365), ("1w3d", 10), (" 1d ", 1)]
)
def test_units_of_keep(text: str, days: int) -> None:
    (policy,) = parse_policies(f'[[policy]]\nname = "a"\nkeep = "{text}"', "policies.toml")
    assert policy.keep == DAY * days


class Known:
    """Names of a register with a camera, and of a catalogue with footage that bears others."""

    def __init__(self) -> None:
        register = MemoryRegister()
        register.add_districts([a_district()])
        register.add_sites([a_site()])
        register.add_cameras([a_camera("camera-1", retention_class="gate")])
        self.catalogue = MemoryCatalogue()
        self.opened: list[MemoryCatalogue] = []
        moved = replace(a_segment(), site=SiteId("site-old"), retention_class="former")
        self.catalogue.add_segments([moved])
        self.names = KnownNames(register, self._open, START + DAY)

    def _open(self) -> MemoryCatalogue:
        self.opened.append(self.catalogue)
        return self.catalogue

    def parse(self, match: str) -> None:
        text = f'# a line before\n[[policy]]\nname = "x"\nkeep = "1d"\nmatch = {match}\n'
        parse_policies(text, "policies.toml", self.names)


@pytest.mark.parametrize(
    ("match", "told"),
    [
        ('{ camera = ["camera-11"] }', "no camera 'camera-11' is.*did you mean camera-1"),
        ('{ camera = ["camera-1"], site = ["x", "y"] }', "no site 'x' is.*1 more are unknown"),
        ('{ class = ["Gate"] }', "no class 'Gate' is.*did you mean gate"),
        ('{ district = ["nowhere"] }', "no district 'nowhere' is"),
    ],
)
def test_an_unknown_name_is_refused_with_its_place(match: str, told: str) -> None:
    with pytest.raises(BadInput, match=rf"policies.toml, policy 1 'x' .line 2.: {told}"):
        Known().parse(match)


def test_names_that_register_or_stored_footage_bears_are_known() -> None:
    known = Known()
    known.parse('{ camera = ["camera-1"], class = ["gate", "standard"] }')
    assert not known.opened, "the register knows all of these"
    known.parse('{ site = ["site-old", "site-1"], class = ["former"] }')
    assert len(known.opened) == 1
