"""SentencePiece's vocabularies, as its .model and GGUF files hold them, in the words of tokenizers' JSON.

A piece has a text, a score and a kind. BPE's score is minus its merge's rank: two neighbours merge if they form a
piece, the best score first; which merges there are follows from the pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from explorer.errors import UnsupportedModelError, WeightsDamagedError
from explorer.zoo.tokenizers.contents import Contents

MARK = "▁"


class Piece(IntEnum):
    """The kinds, in SentencePiece's and in GGUF's numbers."""

    NORMAL = 1
    UNKNOWN = 2
    CONTROL = 3
    USER_DEFINED = 4
    UNUSED = 5
    BYTE = 6


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """What such a file says."""

    name: str
    unigram: bool
    texts: Sequence[str]
    scores: Float[np.ndarray, " token"]
    kinds: Sequence[int]
    charsmap: bytes = b""
    prefix: bool = True
    """A space is put before a text (add_dummy_prefix)."""
    collapses: bool = True
    """Spaces at the ends go, and of others one is left (remove_extra_whitespaces)."""
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


def contents_of(vocabulary: Vocabulary) -> Contents:
    """Raises UnsupportedModelError for pieces that are not followed, WeightsDamagedError where they do not fit."""
    kinds = np.array(vocabulary.kinds)
    if not len(kinds) == len(vocabulary.texts) == len(vocabulary.scores):
        raise WeightsDamagedError(
            f"{vocabulary.name} does not have one score and one kind for each piece.", "Fetch or copy it again."
        )
    if vocabulary.prefix and (kinds == Piece.USER_DEFINED).any():
        raise UnsupportedModelError(
            f"{vocabulary.name} has pieces of its user's own beside a space before every text, which the explorer does "
            "not read.",
            "Use sentencepiece itself.",
        )
    unknown = np.flatnonzero(kinds == Piece.UNKNOWN).tolist()
    falls_back = bool((kinds == Piece.BYTE).any())
    text_pieces = np.isin(kinds, (Piece.NORMAL, Piece.USER_DEFINED))
    model: dict[str, object] = {"byte_fallback": falls_back}
    merges: Int[np.ndarray, "merge 3"] | None = None
    if vocabulary.unigram:
        model |= {"type": "Unigram", "unk_id": unknown[0] if unknown else None}
    else:
        unk = vocabulary.texts[unknown[0]] if unknown else None
        model |= {"type": "BPE", "unk_token": unk, "fuse_unk": True, "ranks_by_score": True}
        merges = _merges(vocabulary.texts, vocabulary.scores, text_pieces)
    pipeline: dict[str, object] = {
        "normalizer": {"type": "Sequence", "normalizers": [*_normalizers(vocabulary)]},
        "pre_tokenizer": None,
        "decoder": {"type": "Sequence", "decoders": [*_decoders(vocabulary)]},
        "post_processor": _frame(vocabulary),
        "model": model,
        "added_tokens": [
            {"id": i, "content": text, "special": kind in (Piece.CONTROL, Piece.UNKNOWN)}
            for i, (text, kind) in enumerate(zip(vocabulary.texts, vocabulary.kinds, strict=True))
            if kind in (Piece.CONTROL, Piece.UNKNOWN, Piece.USER_DEFINED)
        ],
    }
    # A piece that no text may give is no piece to be matched.
    kept = text_pieces | np.isin(kinds, (Piece.BYTE, Piece.UNKNOWN, Piece.CONTROL))
    tokens = [text.encode() if there else b"" for text, there in zip(vocabulary.texts, kept.tolist(), strict=True)]
    scores = vocabulary.scores.astype(np.float64)
    return Contents("Unigram" if vocabulary.unigram else "BPE", tokens, pipeline, merges=merges, scores=scores)


def _normalizers(vocabulary: Vocabulary) -> list[dict[str, object]]:
    """In SentencePiece's order: the map, spaces taken away, one put before, spaces marked."""
    steps: list[dict[str, object]] = []
    if vocabulary.charsmap:
        import base64

        blob = base64.b64encode(vocabulary.charsmap).decode()
        steps.append({"type": "Precompiled", "precompiled_charsmap": blob})
    if vocabulary.collapses:
        # At the end, what is marked already goes too: there the original looks for marks.
        steps.append({"type": "Replace", "pattern": {"Regex": f"^ +|[ {MARK}]+$"}, "content": ""})
        steps.append({"type": "Replace", "pattern": {"Regex": " {2,}"}, "content": " "})
    if vocabulary.prefix:
        steps.append({"type": "Prepend", "prepend": MARK})
    steps.append({"type": "Replace", "pattern": {"String": " "}, "content": MARK})
    return steps


def _decoders(vocabulary: Vocabulary) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = [{"type": "Replace", "pattern": {"String": MARK}, "content": " "}]
    steps += [{"type": "ByteFallback"}, {"type": "Fuse"}]
    if vocabulary.prefix:
        steps.append({"type": "Strip", "content": " ", "start": 1, "stop": 0})
    return steps


def _frame(vocabulary: Vocabulary) -> dict[str, object] | None:
    if not vocabulary.before and not vocabulary.after:
        return None

    def special(i: int) -> dict[str, object]:
        return {"SpecialToken": {"id": vocabulary.texts[i], "type_id": 0}}

    before, after = [special(i) for i in vocabulary.before], [special(i) for i in vocabulary.after]
    first, second = ({"Sequence": {"id": each, "type_id": 0}} for each in "AB")
    ids = dict.fromkeys((*vocabulary.before, *vocabulary.after))
    return {
        "type": "TemplateProcessing",
        "single": [*before, first, *after],
        "pair": [*before, first, *after, *before, second, *after],
        "special_tokens": {
            vocabulary.texts[i]: {"id": vocabulary.texts[i], "ids": [i], "tokens": [vocabulary.texts[i]]} for i in ids
        },
    }


def _merges(texts: Sequence[str], scores: np.ndarray, usable: np.ndarray) -> Int[np.ndarray, "merge 3"]:
    """Every way in which a piece is two pieces side by side; the best score first."""
    ids = {text: i for i, text in enumerate(texts) if usable[i]}
    rows = [
        (left, right, made)
        for text, made in ids.items()
        for at in range(1, len(text))
        if (left := ids.get(text[:at])) is not None and (right := ids.get(text[at:])) is not None
    ]
    found = np.array(rows, np.int32).reshape(-1, 3)
    # Of one piece's ways, in the order in which tokenizers writes them: by the ids of the two.
    return found[np.lexsort((found[:, 1], found[:, 0], -scores[found[:, 2]]))]
