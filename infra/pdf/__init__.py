"""PDF files by Typst, with templates and fonts of their own; the one room of `typst`."""

from pathlib import Path
from typing import Final

FONTS: Final = Path(__file__).parent / "fonts"
"""The fonts that come with the product: Noto Sans, its monospaced cut, and Noto Nastaliq Urdu."""
