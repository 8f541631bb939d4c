"""Cleaning of a query's text before the tokenizer, equal to open_clip's.

open_clip repairs texts with `ftfy` first. What matters for a typed query is done here with the
standard library: HTML entities, curly quotes, ligatures, full-width letters, control characters
and NFC. Not done: the guess that repairs text decoded with the wrong character set.
"""

from __future__ import annotations

import html
import string
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.encoding.encoder_folder import Clean

_QUOTES = dict.fromkeys(map(ord, "\u02bc\u2018\u2019\u201a\u201b"), "'") | dict.fromkeys(
    map(ord, "\u201c\u201d\u201e\u201f"), '"'
)
_LIGATURES = {
    ligature: unicodedata.normalize("NFKC", chr(ligature))
    for ligature in (0xFB00, 0xFB01, 0xFB02, 0xFB03, 0xFB04, 0xFB05, 0xFB06, 0x0132, 0x0133)
} | {0x0149: "'n"}
_FULL_WIDTH = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0xFF01, 0xFFF0)}
_LINE_BREAKS = {0x0085: "\n", 0x2028: "\n", 0x2029: "\n"}
_CONTROLS = dict.fromkeys(
    [
        *range(9),
        0x0B,
        *range(0x0E, 0x20),
        0x7F,
        *range(0x206A, 0x2070),
        0xFEFF,
        *range(0xFFF9, 0xFFFD),
    ]
)
_REPAIRS: dict[int, str | None] = {
    **_QUOTES,
    **_LIGATURES,
    **{code: text for code, text in _FULL_WIDTH.items() if text != chr(code)},
    0x3000: " ",
    **_LINE_BREAKS,
    **_CONTROLS,
}
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def clean_text(text: str, mode: Clean) -> str:
    """Prepare a text for the tokenizer.

    Args:
        text: The query as typed.
        mode: `whitespace` joins runs of white space, `lower` also lower-cases, `canonicalize`
            also removes ASCII punctuation and turns underscores into spaces.
    """
    basic = html.unescape(html.unescape(_repair(text))).strip()
    if mode == "canonicalize":
        basic = basic.replace("_", " ").translate(_NO_PUNCTUATION)
    joined = " ".join(basic.split())
    return joined if mode == "whitespace" else joined.lower()


def _repair(text: str) -> str:
    unescaped = html.unescape(text) if "&" in text and "<" not in text else text
    return unicodedata.normalize("NFC", unescaped.translate(_REPAIRS))
