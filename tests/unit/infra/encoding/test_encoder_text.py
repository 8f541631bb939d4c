import pytest

from infra.encoding.encoder_folder import Clean
from infra.encoding.encoder_text import clean_text


@pytest.mark.parametrize(
    ("text", "mode", "expected"),
    [
        ("  A  Red\tCar\n", "lower", "a red car"),
        ("  A  Red\tCar\n", "whitespace", "A Red Car"),
        ("A pick-up_truck, (white)!", "canonicalize", "a pickup truck white"),
        ("white &amp; black", "lower", "white & black"),
        ("it\u2019s a \u201cvan\u201d", "lower", 'it\'s a "van"'),
        ("\uff32\uff45\uff44\u3000\uff12", "lower", "red 2"),
        ("o\ufb03ce", "lower", "office"),
        ("cafe\u0301", "lower", "caf\u00e9"),
        ("re\x00d\ufeff", "lower", "red"),
        ("سرخ  گاڑی", "lower", "سرخ گاڑی"),
        ("", "lower", ""),
        ("!!!", "canonicalize", ""),
    ],
)
def test_cleaning(text: str, mode: Clean, expected: str) -> None:
    assert clean_text(text, mode) == expected
