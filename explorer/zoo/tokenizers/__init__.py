"""Real tokenizers by name: fetched into the cache when first asked for, read into the explorer's own `Tokenizer`.

    tokenizers.load("gpt2").encode("Hello").ids     ->  [15496]

A vocabulary keeps its own terms, so none lies in this repository. Importing this package imports no torch.
"""

from __future__ import annotations

from explorer.zoo.tokenizers.cards import CARDS, TokenizerCard, find
from explorer.zoo.tokenizers.shelf import NAMES, file_of, is_cached, load

__all__ = ["CARDS", "NAMES", "TokenizerCard", "file_of", "find", "is_cached", "load"]
