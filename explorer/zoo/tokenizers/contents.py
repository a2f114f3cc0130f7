"""What a tokenizer file holds, whatever kind of file it is: the form that all readers give and the assembly takes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int

Algorithm = Literal["BPE", "Unigram", "WordPiece"]


@dataclass(frozen=True, eq=False)
class Contents:
    """A vocabulary by id, and the pipeline around it in the words of tokenizers' JSON."""

    algorithm: Algorithm
    tokens: Sequence[bytes]
    """As they are matched: the bytes themselves where the vocabulary is byte-level, else UTF-8; b"" where an id has
    no token."""
    pipeline: Mapping[str, Any]
    """tokenizer.json without vocabulary and merges: `normalizer`, `pre_tokenizer`, `model` (its settings), `decoder`,
    `post_processor`, `added_tokens`."""
    byte_level: bool = False
    merges: Int[np.ndarray, "merge 3"] | None = None
    """Left, right and joined id, in the order in which they were learned. None: by rank, which is the id."""
    scores: Float[np.ndarray, " token"] | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """The model's settings."""
        return self.pipeline["model"]

    @property
    def fingerprint(self) -> str:
        """sha256 of the vocabulary: tokens by id."""
        digest = hashlib.sha256()
        for token in self.tokens:
            digest.update(len(token).to_bytes(4, "little") + token)
        return digest.hexdigest()
