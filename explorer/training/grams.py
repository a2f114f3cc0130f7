"""The n-grams of a run's texts, counted beside its checkpoints: what a model of counts would say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from explorer.corpora import texts
from explorer.corpora.source import Text
from explorer.stack.pretraining.data.token_grams import TokenGrams
from explorer.training.tokens import stream

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILE = "trigrams.npz"
#: Of each text, taken evenly over the whole.
CHARACTERS = 1_000_000


def write(folder: Path, tokenizer: Tokenizer, loaded: list[Text]) -> TokenGrams:
    """Count the trigrams of an even part of each text."""
    kept = [document for text in loaded for document in texts.evenly(list(text.documents), CHARACTERS)]
    found = TokenGrams.of(stream(tokenizer, tuple(kept)).numpy(), tokenizer.get_vocab_size())
    # Ascending keys lie close: their steps are small numbers, which compress.
    steps = np.diff(found.keys, prepend=0).astype(np.uint32)
    np.savez_compressed(folder / FILE, steps=steps, counts=found.counts.astype(np.uint16), d_vocab=found.d_vocab)
    return found


def read(folder: Path) -> TokenGrams:
    """Those that lie there."""
    with np.load(folder / FILE, allow_pickle=False) as stored:
        keys = stored["steps"].astype(np.int64).cumsum()
        return TokenGrams(int(stored["d_vocab"]), keys, stored["counts"].astype(np.int64))
