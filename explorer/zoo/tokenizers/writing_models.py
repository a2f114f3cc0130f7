"""The model's part of tokenizers' JSON: vocabulary, merges, scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from explorer.errors import UnsupportedModelError
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.byte_pairs import BytePairs
from explorer.stack.tokenization.sentencepiece_bpe import SentencePieceBPE
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.wordpiece import WordPiece

MARK = "▁"
Table = dict[str, Any]


def refused(what: str) -> UnsupportedModelError:
    """The error for a part that tokenizers has nothing for."""
    return UnsupportedModelError(f"tokenizers' JSON has nothing for {what}.", "It is written without that part only.")


def model_table(tokenizer: Tokenizer, marks: bool) -> Table:
    names = {i: name.decode() for each in (tokenizer.specials, tokenizer.defined) for name, i in each.items()}
    match tokenizer.model:
        case BytePairs() as model:
            texts = _in_alphabet(model.tokens, names)
            merges = _merges_of_ranks(model.tokens) if model.merges is None else model.merges[:, :2].tolist()
            settings: Table = {"unk_token": None, "byte_fallback": False, "fuse_unk": False}
            return _bpe(texts, merges, {**settings, "ignore_merges": bool(model.whole_first)})
        case SentencePieceBPE() as model:
            texts = _in_characters(model.tokens, names, marks, model.byte_ids)
            order = np.arange(len(model.merges)) if model.ranks is None else np.argsort(model.ranks, kind="stable")
            settings = {
                "unk_token": texts[model.unknown] if model.unknown >= 0 else None,
                "byte_fallback": model.byte_ids is not None,
                "fuse_unk": model.fuses,
                "ignore_merges": False,
            }
            return _bpe(texts, model.merges[order, :2].tolist(), settings)
        case Unigram() as model:
            byte_ids = None if model.byte_fallback is None else np.array(model.byte_fallback)
            texts = _in_characters(model.tokens, names, marks, byte_ids)
            listed = [[texts.get(i, f"<unused {i}>"), s] for i, s in enumerate(model.log_probabilities.tolist())]
            return {"type": "Unigram", "unk_id": model.unknown, "vocab": listed, "byte_fallback": byte_ids is not None}
        case WordPiece() as model:
            return {
                "type": "WordPiece",
                "unk_token": model.vocabulary[model.unknown].decode(),
                "continuing_subword_prefix": model.prefix.decode(),
                "max_input_chars_per_word": model.max_characters,
                "vocab": {text.decode(): i for i, text in enumerate(model.vocabulary) if text},
            }
        case other:
            raise refused(f"a model of the kind {type(other).__name__}")


def _bpe(texts: Mapping[int, str], pairs: list[list[int]], settings: Table) -> Table:
    nothing = {"dropout": None, "continuing_subword_prefix": None, "end_of_word_suffix": None}
    return {
        "type": "BPE",
        **nothing,
        **settings,
        "vocab": {text: i for i, text in texts.items()},
        "merges": [[texts[left], texts[right]] for left, right in pairs],
    }


def _in_alphabet(tokens: Sequence[bytes], names: Mapping[int, str]) -> dict[int, str]:
    """Byte-level tokens in GPT-2's alphabet, and special tokens as they are."""
    table = str.maketrans({chr(byte): character for character, byte in byte_alphabet().items()})
    texts = {i: token.decode("latin-1").translate(table) for i, token in enumerate(tokens) if token}
    return texts | dict(names)


def _in_characters(
    tokens: Sequence[bytes], names: Mapping[int, str], marks: bool, byte_ids: np.ndarray | None
) -> dict[int, str]:
    single = {} if byte_ids is None else {i: f"<0x{byte:02X}>" for byte, i in enumerate(byte_ids.tolist())}
    texts = dict(names)
    for i, token in enumerate(tokens):
        if token and i not in single:
            texts[i] = token.decode().replace(" ", MARK) if marks else token.decode()
    return texts | single


def _merges_of_ranks(tokens: Sequence[bytes]) -> list[list[int]]:
    """Of each token, in the order of ranks, the two that it was made of.

    >>> _merges_of_ranks([b"a", b"b", b"c", b"bc", b"abc"])
    [[1, 2], [0, 3]]
    """
    ids = {token: i for i, token in enumerate(tokens) if token}
    merges: list[list[int]] = []
    for rank, token in enumerate(tokens):
        parts = [token[i : i + 1] for i in range(len(token))]
        while len(parts) > 2:
            known = [(ids.get(a + b, rank), i) for i, (a, b) in enumerate(pairwise(parts))]
            made, i = min(known)
            if made >= rank:
                break
            parts[i : i + 2] = [tokens[made]]
        if len(parts) == 2 and all(part in ids for part in parts):
            merges.append([ids[parts[0]], ids[parts[1]]])
    return merges
