"""The model that a file's vocabulary makes, and the error for what is not followed."""

from __future__ import annotations

from typing import cast

import numpy as np

from explorer.errors import UnsupportedModelError
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.sentencepiece_bpe import SentencePieceBPE
from explorer.stack.tokenization.tokenizer import Model
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.wordpiece import WordPiece
from explorer.zoo.tokenizers.contents import Contents

MARK = "▁"
INSTEAD = "Use the library that wrote the file."


def refused(name: str, what: str) -> UnsupportedModelError:
    """The error for a part of a file that is not followed."""
    return UnsupportedModelError(
        f"The tokenizer {name} {what}, which the explorer does not read.", INSTEAD, tokenizer=name
    )


def model_of(name: str, contents: Contents, marks: bool, taken: set[int], special: set[int]) -> Model:
    """The model. `taken` are the ids that are cut out of a text beforehand, `special` those of control tokens;
    with `marks`, "▁" in the vocabulary stands for a space."""
    settings = contents.settings
    if settings.get("dropout"):
        raise refused(name, "drops merges at random")
    for each in ("end_of_word_suffix", "continuing_subword_prefix"):
        if contents.algorithm == "BPE" and settings.get(each):
            raise refused(name, f"writes words with the {each} {settings[each]!r}")
    if contents.byte_level:
        return BytePairs(
            [b"" if i in taken else token for i, token in enumerate(contents.tokens)],
            contents.merges,
            bool(settings.get("ignore_merges")),
        )
    if contents.algorithm == "WordPiece":
        made = WordPiece(
            contents.tokens,
            contents.tokens.index(settings["unk_token"].encode()),
            settings["continuing_subword_prefix"].encode(),
            settings.get("max_input_chars_per_word", 100),
        )
        return cast("Model", made)  # its tokens are a property that is kept, which a type checker takes for less
    return _of_characters(contents, marks, special)


def _of_characters(contents: Contents, marks: bool, special: set[int]) -> Model:
    """A model whose vocabulary is of characters: SentencePiece's two."""
    unknown = _unknown(contents)
    byte_ids = _byte_ids(contents)
    tokens = [b"" if i in special else token for i, token in enumerate(contents.tokens)]
    if marks:
        tokens = [token.replace(MARK.encode(), b" ") for token in tokens]
    if byte_ids is not None:
        for byte, i in enumerate(byte_ids.tolist()):
            tokens[i] = bytes([byte])
    if contents.algorithm == "Unigram":
        if contents.scores is None:
            raise ValueError("no scores")
        return Unigram(tokens, contents.scores, unknown, None if byte_ids is None else byte_ids.tolist())
    if contents.merges is None:
        raise ValueError("no merges")
    fuses = bool(contents.settings.get("fuse_unk"))
    return SentencePieceBPE(tokens, contents.merges, _ranks(contents), byte_ids, unknown, fuses)


def _ranks(contents: Contents) -> np.ndarray | None:
    """sentencepiece's own files rank a merge by the token that it forms."""
    if not contents.settings.get("ranks_by_score") or contents.merges is None or contents.scores is None:
        return None
    _, ranks = np.unique(-contents.scores, return_inverse=True)
    return ranks[contents.merges[:, 2]]


def _unknown(contents: Contents) -> int:
    if contents.settings.get("unk_id") is not None:
        return int(contents.settings["unk_id"])
    text = contents.settings.get("unk_token")
    return contents.tokens.index(text.encode()) if text is not None else -1


def _byte_ids(contents: Contents) -> np.ndarray | None:
    """The tokens <0x00> to <0xFF>; None where the vocabulary falls back on nothing."""
    if not contents.settings.get("byte_fallback"):
        return None
    where = {token: i for i, token in enumerate(contents.tokens[:1024])}
    if b"<0xFF>" not in where:
        where = {token: i for i, token in enumerate(contents.tokens)}
    return np.array([where[f"<0x{byte:02X}>".encode()] for byte in range(256)])
