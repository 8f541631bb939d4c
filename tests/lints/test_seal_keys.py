"""Keys that tests of one process share: another at each call of a test, the same in the next."""

from __future__ import annotations

from tests.common.seal_keys import SealKeys


def test_a_test_never_has_a_key_twice_and_the_next_test_has_the_same_ones() -> None:
    keys = SealKeys()
    keys.begin(shared=True)
    first, second = (keys.take(65537, 1024) for _ in range(2))
    assert first.private_numbers() != second.private_numbers()
    keys.begin(shared=True)
    assert [keys.take(65537, 1024) for _ in range(2)] == [first, second]


def test_other_folders_have_keys_of_their_own() -> None:
    keys = SealKeys()
    keys.begin(shared=True)
    first = keys.take(65537, 1024)
    keys.begin(shared=False)
    assert keys.take(65537, 1024).private_numbers() != first.private_numbers()
