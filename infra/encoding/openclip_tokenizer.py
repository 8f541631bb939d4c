"""Conversion of open_clip's tokenizers to `tokenizer.json`, free of open_clip and torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from tokenizers import AddedToken, Regex, Tokenizer
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel, Split
from tokenizers.pre_tokenizers import Sequence as Steps
from tokenizers.processors import TemplateProcessing

from footage.errors import Misconfigured
from infra.encoding.encoder_folder import TextSpec

if TYPE_CHECKING:
    from infra.encoding.encoder_folder import Clean

# open_clip's own pattern, which it compiles with IGNORECASE.
_WORDS: Final = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"
_CLEANERS: Final[dict[str, Clean]] = {
    "_clean_lower": "lower",
    "_clean_whitespace": "whitespace",
    "_clean_canonicalize": "canonicalize",
}


def convert(tokenizer: Any) -> tuple[str, TextSpec]:  # noqa: ANN401  open_clip has no types
    """Convert an open_clip tokenizer, token for token.

    Args:
        tokenizer: The result of `open_clip.get_tokenizer`.

    Returns:
        The text of `tokenizer.json`, and the preprocessing of texts.

    Raises:
        Misconfigured: The tokenizer does something that `tokenizer.json` cannot express.
    """
    if hasattr(tokenizer, "bpe_ranks"):
        return _from_simple(tokenizer).to_str(), TextSpec(
            context_length=tokenizer.context_length, clean=_clean_mode(tokenizer)
        )
    return _from_transformers(tokenizer)


def _clean_mode(tokenizer: Any) -> Clean:  # noqa: ANN401
    # SigLipTokenizer has no clean function of its own: it always canonicalises.
    if not hasattr(tokenizer, "clean_fn"):
        return "canonicalize"
    name = tokenizer.clean_fn.__name__
    if name not in _CLEANERS:
        raise Misconfigured(f"text cleaning {name} is unknown", hint="update the exporter")
    return _CLEANERS[name]


def _from_simple(simple: Any) -> Tokenizer:  # noqa: ANN401
    if simple.reduction_fn is not None:
        raise Misconfigured("a tokenizer that masks words at random cannot serve queries")
    merges = sorted(simple.bpe_ranks, key=simple.bpe_ranks.__getitem__)
    tokenizer = Tokenizer(BPE(vocab=simple.encoder, merges=merges, end_of_word_suffix="</w>"))
    tokenizer.pre_tokenizer = Steps(
        [
            Split(Regex(_WORDS), behavior="removed", invert=True),
            ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    start, end = (simple.decoder[token] for token in (simple.sot_token_id, simple.eot_token_id))
    tokenizer.add_special_tokens(
        [AddedToken(simple.decoder[token], normalized=False) for token in simple.all_special_ids]
    )
    tokenizer.post_processor = TemplateProcessing(
        single=f"{start} $A {end}",
        special_tokens=[(start, simple.sot_token_id), (end, simple.eot_token_id)],
    )
    tokenizer.enable_truncation(simple.context_length)
    tokenizer.enable_padding(
        length=simple.context_length, pad_id=0, pad_token=cast("str", simple.decoder[0])
    )
    return tokenizer


def _from_transformers(wrapped: Any) -> tuple[str, TextSpec]:  # noqa: ANN401
    if getattr(wrapped, "tokenizer_mode", ""):
        raise Misconfigured(f"tokenizer mode {wrapped.tokenizer_mode!r} is not supported")
    backend = getattr(wrapped.tokenizer, "backend_tokenizer", None)
    if backend is None:
        raise Misconfigured("this model's tokenizer has no `tokenizers` form")
    wrapped(["a"])  # sets cutting and padding on the backend, which its JSON then carries
    strip = getattr(wrapped, "strip_sep_token", False)
    return cast("str", backend.to_str()), TextSpec(
        context_length=wrapped.context_length,
        clean=_clean_mode(wrapped),
        blank_id=wrapped.tokenizer.sep_token_id if strip else None,
    )
