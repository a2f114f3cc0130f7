"""tokenizers' JSON, read: https://huggingface.co/docs/tokenizers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.zoo.tokenizers.contents import Contents

AGAIN = "Fetch or copy it again."
MOST = 4_000_000
"""Ids: sixteen times Gemma's."""


def read(raw: bytes, name: str) -> Contents:
    """Raises WeightsDamagedError for what is no such file, UnsupportedModelError for a model that is not read."""
    try:
        found = orjson.loads(raw)
        model = found["model"]
        # Files of before 2020 name no kind.
        kind = model.get("type") or ("BPE" if "merges" in model else "Unigram" if "unk_id" in model else "WordPiece")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsDamagedError(f"{name} is not a tokenizer.json: {str(error)[:120]}", AGAIN) from error
    if kind not in ("BPE", "Unigram", "WordPiece"):
        raise UnsupportedModelError(
            f"{name} holds a {str(kind)[:40]} model.", "The explorer reads BPE, Unigram and WordPiece models."
        )
    pipeline = {key: found.get(key) for key in ("normalizer", "pre_tokenizer", "decoder", "post_processor")}
    pipeline["model"] = {key: value for key, value in model.items() if key not in ("vocab", "merges")} | {"type": kind}
    pipeline["added_tokens"] = found.get("added_tokens") or []
    byte_level = kind == "BPE" and any(
        b'"ByteLevel"' in orjson.dumps(pipeline[part]) for part in ("pre_tokenizer", "decoder")
    )
    try:
        if kind == "Unigram":
            texts = [text for text, _ in model["vocab"]]
            scores = np.array([score for _, score in model["vocab"]], np.float64)
            return Contents("Unigram", [text.encode() for text in texts], pipeline, scores=scores)
        vocabulary: dict[str, int] = model["vocab"]
        texts = _by_id(vocabulary)
        tokens = as_bytes(texts) if byte_level else [text.encode() for text in texts]
        merges = _merges(model["merges"], vocabulary, model.get("continuing_subword_prefix")) if kind == "BPE" else None
        return Contents(kind, tokens, pipeline, byte_level, merges)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise WeightsDamagedError(f"{name} has an unreadable vocabulary: {str(error)[:120]}", AGAIN) from error


def _by_id(vocabulary: dict[str, int]) -> list[str]:
    most = max(vocabulary.values(), default=-1) + 1
    if most > MOST or min(vocabulary.values(), default=0) < 0:
        raise ValueError(f"ids up to {most:,}")
    texts = [""] * most
    for text, i in vocabulary.items():
        texts[i] = text
    return texts


def as_bytes(texts: Sequence[str]) -> list[bytes]:
    """Tokens in GPT-2's byte alphabet as the bytes that they stand for; others (special tokens) as their UTF-8."""
    table = str.maketrans({character: chr(byte) for character, byte in byte_alphabet().items()})
    known = frozenset(byte_alphabet())
    return [t.translate(table).encode("latin-1") if known.issuperset(t) else t.encode() for t in texts]


def _merges(listed: list[Any], vocabulary: dict[str, int], prefix: str | None) -> np.ndarray:
    pairs = [each.split(" ", 1) if isinstance(each, str) else each for each in listed]  # older files hold "a b"
    cut = len(prefix or "")
    rows = [(vocabulary[a], vocabulary[b], vocabulary[a + b[cut:]]) for a, b in pairs]
    return np.array(rows, np.int32).reshape(-1, 3)
