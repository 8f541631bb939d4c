"""The tree of RFC 6962 against the vectors of Certificate Transparency's own tests."""

from __future__ import annotations

import pytest

from footage.errors import BadInput
from footage.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    inclusion_proof,
    is_consistent,
    leaf_hash,
    reader_of,
    root_from_inclusion,
    root_of,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
INCLUSION = {  # (index, size): the proof
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
}
CONSISTENCY = {
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}


def test_roots() -> None:
    assert [root_of(HASHES[:size]).hex() for size in range(1, 9)] == ROOTS
    assert root_of([]) == EMPTY_ROOT


@pytest.mark.parametrize(("where", "expected"), INCLUSION.items())
def test_inclusion(where: tuple[int, int], expected: list[str]) -> None:
    index, size = where
    proof = inclusion_proof(index, size, reader_of(HASHES))
    assert [step.hex() for step in proof] == expected
    assert root_from_inclusion(HASHES[index], index, size, proof).hex() == ROOTS[size - 1]


@pytest.mark.parametrize(("where", "expected"), CONSISTENCY.items())
def test_consistency(where: tuple[int, int], expected: list[str]) -> None:
    old, size = where
    proof = consistency_proof(old, size, reader_of(HASHES))
    assert [step.hex() for step in proof] == expected
    roots = (bytes.fromhex(ROOTS[old - 1]), bytes.fromhex(ROOTS[size - 1]))
    assert is_consistent(old, roots[0], size, roots[1], proof)
    assert not is_consistent(old, roots[1], size, roots[1], proof)


def test_proofs_of_another_length_are_refused() -> None:
    proof = inclusion_proof(5, 8, reader_of(HASHES))
    with pytest.raises(BadInput, match="too short"):
        root_from_inclusion(HASHES[5], 5, 8, proof[:-1])
    with pytest.raises(BadInput, match="too long"):
        root_from_inclusion(HASHES[5], 5, 8, [*proof, HASHES[0]])
    with pytest.raises(BadInput, match="no leaf"):
        root_from_inclusion(HASHES[5], 8, 8, proof)
    with pytest.raises(BadInput, match="no leaf"):
        inclusion_proof(8, 8, reader_of(HASHES))
    with pytest.raises(BadInput, match="does not begin"):
        consistency_proof(9, 8, reader_of(HASHES))
