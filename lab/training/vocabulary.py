"""Small vocabulary of the shipped model, trained on captions.

The pieces are byte-level, so a word never seen still has a spelling. A general vocabulary of 49 k
pieces would be most of the model's bytes.
"""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Final

from tokenizers import Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from tokenizers.processors import TemplateProcessing
from tokenizers.trainers import BpeTrainer

from infra.encoding.encoder_text import clean_text
from lab.scenes.palette import COLOURS, KINDS, LIGHTS
from lab.training.captions import describe
from lab.training.facts import Seen, Subject

if TYPE_CHECKING:
    from pathlib import Path

    from infra.encoding.encoder_folder import Clean

PIECES: Final = 1536
PAD, END = 0, 1
CLEAN: Final[Clean] = "canonicalize"
_SPECIAL: Final = ("[pad]", "[end]")
_CAPTIONS: Final = 40_000


def train_vocabulary(seed: int) -> Tokenizer:
    """Train and return the vocabulary, on seeded captions about invented pictures."""
    random = Random(seed)  # noqa: S311  repeatable, no secret
    tokenizer = Tokenizer(BPE())
    tokenizer.pre_tokenizer = ByteLevel(add_prefix_space=True)
    trainer = BpeTrainer(
        vocab_size=PIECES,
        special_tokens=list(_SPECIAL),
        initial_alphabet=ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((_some_caption(random) for _ in range(_CAPTIONS)), trainer)
    tokenizer.post_processor = TemplateProcessing(
        single=f"$A {_SPECIAL[END]}", special_tokens=[(_SPECIAL[END], END)]
    )
    return tokenizer


def save_vocabulary(tokenizer: Tokenizer, folder: Path, context_length: int) -> None:
    """Write the two files from which open_clip's HFTokenizer loads the vocabulary."""
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "pad_token": _SPECIAL[PAD],
        "eos_token": _SPECIAL[END],
        "model_max_length": context_length,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")


def _some_caption(random: Random) -> str:
    subjects = tuple(
        Subject(random.choice(KINDS), random.choice(COLOURS)) for _ in range(random.randint(0, 2))
    )
    return clean_text(describe(Seen(subjects, random.choice(LIGHTS)), random).text, CLEAN)
