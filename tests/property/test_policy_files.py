"""Whatever a policy file says, it is read or refused in one clear line that names the file."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from footage.errors import BadInput, Misconfigured
from infra.catalogues.memory_catalog import MemoryCatalogue
from infra.config.policy_file import load_policies
from infra.config.policy_names import KnownNames
from infra.registers.memory_register import MemoryRegister
from tests.common.builders import START, a_camera, a_district, a_site
from tests.common.tiers import examples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retention.policy import Policy


def known() -> KnownNames:
    register = MemoryRegister()
    register.add_districts([a_district()])
    register.add_sites([a_site()])
    register.add_cameras([a_camera("camera-1")])
    return KnownNames(register, MemoryCatalogue, START)


KNOWN = known()
NAMES = {"camera": "camera-1", "site": "site-1", "class": "standard", "district": "district-1"}


def read(content: bytes) -> Sequence[Policy] | str:
    """The policies of a file of these bytes, or the line in which the file is refused."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "policies.toml"
        file.write_bytes(content)
        try:
            policies = load_policies(file, KNOWN)
        except (BadInput, Misconfigured) as exc:
            said = str(exc)
            assert str(file) in said
            assert said.isprintable(), "one line, whatever the file holds"
            return said
    assert policies
    assert all(policy.keep.us >= 3_600_000_000 for policy in policies)
    assert all(KNOWN.unknown(*each) == [] for p in policies if p.match for each in p.match.kinds())
    return policies


texts = st.text(st.characters(codec="utf-8"), max_size=12)
keeps = st.one_of(
    st.from_regex(r"[0-9]{1,7}[a-z]{0,3}( ?[0-9]{1,3}[a-zM])?", fullmatch=True),
    st.sampled_from(["30d", "2w", "1y", "12h", "1m", "1 month", "-1d", "0d", "1d1d", "1e9d", ""]),
    texts,
)
scalars = st.one_of(texts, st.integers(-9, 9), st.booleans(), st.lists(texts, max_size=2))
names = st.one_of(st.sampled_from(sorted(NAMES.values())), texts)
matches = st.dictionaries(
    st.one_of(st.sampled_from(sorted(NAMES)), texts),
    st.one_of(st.lists(names, max_size=3), scalars),
    max_size=3,
)
policies = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(texts, scalars),
        "keep": st.one_of(keeps, scalars),
        "match": st.one_of(matches, scalars),
        "kep": scalars,
    },
)


def toml(value: object) -> str:
    """Spell a value as TOML, which takes JSON's texts, numbers and lists."""
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(key))} = {toml(inner)}" for key, inner in value.items())
        return "{ " + ", ".join(pairs) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(toml, value)) + "]"
    return json.dumps(value).replace("\x7f", "\\u007F")


@examples(150)
@given(st.lists(policies, max_size=3), st.booleans())
def test_policies_of_any_kind(tables: list[dict[str, object]], inline: bool) -> None:  # noqa: FBT001 - drawn
    if inline:
        text = f"policy = {toml(tables)}\n"
    else:
        text = "".join(
            "[[policy]]\n" + "".join(f"{key} = {toml(value)}\n" for key, value in table.items())
            for table in tables
        )
    said = read(text.encode("utf-8", "surrogatepass"))
    if isinstance(said, str) and tables and not inline and "no TOML" not in said:
        assert "policy " in said or "policies " in said


@examples(100)
@given(st.binary(max_size=80))
@example(b'[[policy]]\nname = "a"\nkeep = "1d"\nmatch = ' + b"{ a = " * 2_000)
@example(b"policy = " + b"[" * 5_000)
@example(b"\xff\xfe")
def test_bytes_of_any_kind(content: bytes) -> None:
    assert isinstance(read(content), str)


@examples(100)
@given(
    st.sampled_from(sorted(NAMES)),
    st.integers(1, 400),
    st.sampled_from("hdwy"),
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=9),
)
def test_a_right_policy_is_read_and_a_wrong_name_in_it_is_named(
    kind: str, number: int, unit: str, wrong: str
) -> None:
    def text(name: str) -> bytes:
        return (
            f'[[policy]]\nname = "p"\nkeep = "{number}{unit}"\nmatch = {{ {kind} = ["{name}"] }}\n'
        ).encode()

    hours = {"h": 1, "d": 24, "w": 168, "y": 8_760}[unit] * number
    right = read(text(NAMES[kind]))
    assert not isinstance(right, str)
    (policy,) = right
    assert policy.keep.us == hours * 3_600_000_000
    said = read(text(wrong))
    if wrong not in NAMES.values():
        assert f"policy 1 'p' (line 1): no {kind} {wrong!r} is registered" in str(said)
