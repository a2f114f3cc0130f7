"""The vocabulary in a GGUF file's settings: byte-level BPE ("gpt2"), SentencePiece's two ("llama", "t5"), WordPiece.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md; which splits the names in `tokenizer.ggml.pre` stand for is
in `explorer.zoo.pre_tokenizer`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.stack.tokenization import patterns
from explorer.zoo.gguf_header import read_settings
from explorer.zoo.pre_tokenizer import FIRST_TOKEN, GPT_2, SINGLE_DIGITS, SPLITS, WHOLE_TOKENS_FIRST
from explorer.zoo.tokenizers.contents import Contents
from explorer.zoo.tokenizers.sentencepiece_vocabulary import Piece, Vocabulary, contents_of
from explorer.zoo.tokenizers.tokenizer_json import as_bytes
from explorer.zoo.tokenizers.word_list import of_words

PREFIX = "tokenizer.ggml."
KEPT = ("tokens", "scores", "token_type", "merges", "precompiled_charsmap")
BYTES = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
MORE_SPLITS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys((*(FIRST_TOKEN - {"tekken"}), "dbrx", "smaug-bpe"), (patterns.LLAMA_3,)),
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez"), (patterns.QWEN_2,)),
    **dict.fromkeys(("gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"), (patterns.O200K,)),
    "tekken": (patterns.TEKKEN,),
    "qwen35": (patterns.QWEN_35,),
}
"""The names that transformers knows."""
COMPOSED = frozenset({"qwen2", "qwen35", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez"})
"""Of these the original composes characters (NFC) first, which llama.cpp leaves out."""


def read(path: Path) -> Contents:
    """Raises UnsupportedModelError for a kind of vocabulary, or a split, that is not known; WeightsDamagedError for a
    file that is cut short."""
    settings = read_settings(path, frozenset(PREFIX + each for each in KEPT))
    found = {key.removeprefix(PREFIX): value for key, value in settings.items() if key.startswith(PREFIX)}
    if not isinstance(found.get("tokens"), list):
        raise UnsupportedModelError(f"{path.name} holds no vocabulary.", "Give the GGUF file of a language model.")
    readers = {"gpt2": _byte_level, "llama": _sentencepiece, "t5": _sentencepiece, "bert": _wordpiece}
    kind = found.get("model")
    if kind not in readers:
        raise UnsupportedModelError(
            f"{path.name} has a vocabulary of the kind {str(kind)[:40]!r}.", f"{', '.join(readers)} are read."
        )
    try:
        return readers[kind](path.name, found)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise WeightsDamagedError(
            f"The vocabulary of {path.name} is inconsistent: {str(error)[:120]}.", "Fetch or copy it again."
        ) from error


def _byte_level(name: str, found: Mapping[str, Any]) -> Contents:
    texts: list[str] = found["tokens"]
    where = {text: i for i, text in enumerate(texts)}
    rows = []
    for each in found["merges"]:
        left, right = each.split(" ", 1)
        rows.append((where[left], where[right], where[left + right]))
    pre = str(found.get("pre", ""))
    steps = [_split(pattern) for pattern in _patterns(name, pre)]
    if pre in SINGLE_DIGITS:
        steps.insert(0, {"type": "Digits", "individual_digits": True})
    first = found.get("add_bos_token", pre in FIRST_TOKEN)
    pipeline: dict[str, Any] = {
        "normalizer": {"type": "NFC"} if pre in COMPOSED else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [*steps, BYTES]},
        "decoder": BYTES,
        "post_processor": _first(texts, found["bos_token_id"]) if first else None,
        "model": {"type": "BPE", "ignore_merges": pre in WHOLE_TOKENS_FIRST},
        "added_tokens": _added(texts, found["token_type"]),
    }
    tokens = as_bytes(texts)
    return Contents("BPE", tokens, pipeline, True, np.array(rows, np.int32).reshape(-1, 3))


def _patterns(name: str, pre: str) -> tuple[str, ...]:
    if pre in GPT_2 | SINGLE_DIGITS:
        return (patterns.GPT_2,)
    if (found := (SPLITS | MORE_SPLITS).get(pre)) is None:
        raise UnsupportedModelError(
            f"{name} names the split {pre[:40]!r} (tokenizer.ggml.pre), which the explorer does not know.",
            "Give the model's tokenizer.json instead.",
        )
    return found


def _split(pattern: str) -> dict[str, Any]:
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}


def _added(texts: list[str], kinds: list[int]) -> list[dict[str, Any]]:
    return [
        {"id": i, "content": text, "special": kind == Piece.CONTROL}
        for i, (text, kind) in enumerate(zip(texts, kinds, strict=True))
        if kind in (Piece.CONTROL, Piece.USER_DEFINED)
    ]


def _first(texts: list[str], i: int) -> dict[str, Any]:
    token = {"SpecialToken": {"id": texts[i], "type_id": 0}}
    first, second = ({"Sequence": {"id": each, "type_id": 0}} for each in "AB")
    return {
        "type": "TemplateProcessing",
        "single": [token, first],
        "pair": [token, first, token, second],
        "special_tokens": {texts[i]: {"id": texts[i], "ids": [i], "tokens": [texts[i]]}},
    }


def _sentencepiece(name: str, found: Mapping[str, Any]) -> Contents:
    unigram = found["model"] == "t5"
    before = (found["bos_token_id"],) if found.get("add_bos_token", not unigram) else ()
    after = (found["eos_token_id"],) if found.get("add_eos_token", unigram) else ()
    return contents_of(
        Vocabulary(
            name,
            unigram,
            found["tokens"],
            np.array(found["scores"], np.float32),
            found["token_type"],
            np.array(found.get("precompiled_charsmap", ()), np.int64).astype(np.uint8).tobytes(),
            found.get("add_space_prefix", True),
            found.get("remove_extra_whitespaces", False),
            before,
            after,
        )
    )


def _wordpiece(name: str, found: Mapping[str, Any]) -> Contents:
    """GGUF writes "▁" before what begins a word, and leaves "##" out."""
    words = [
        text.removeprefix("▁") if text.startswith("▁") else text if kind == Piece.CONTROL else f"##{text}"
        for text, kind in zip(found["tokens"], found["token_type"], strict=True)
    ]
    return of_words(words, name)
