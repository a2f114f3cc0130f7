"""The tokenizer of a run, trained on its texts, and their tokens end to end."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from explorer.corpora import texts
from explorer.corpora.source import Text
from explorer.fetching import cache
from explorer.training.recipe import Recipe

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

END = "<|endoftext|>"


def tokenizer_for(recipe: Recipe, loaded: list[Text]) -> Tokenizer:
    """The byte-level BPE of these texts, trained once and kept in the cache: twins share it."""
    from tokenizers import Tokenizer

    settings = [recipe.data.d_vocab, recipe.data.tokenizer_characters, *(text.sha256 for text in loaded)]
    key = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:12]
    path = cache.cache_folder() / "training" / f"tokenizer-{key}.json"
    with cache.locked(f"tokenizer-{key}"):
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            train_tokenizer(recipe.data.d_vocab, recipe.data.tokenizer_characters, loaded).save(str(path))
        return Tokenizer.from_file(str(path))


def train_tokenizer(d_vocab: int, characters: int, loaded: list[Text]) -> Tokenizer:
    """Byte-level BPE on an even mix: the same number of characters of every text. Digits stand alone."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=d_vocab,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    mix = [document for text in loaded for document in texts.evenly(list(text.documents), characters)]
    tokenizer.train_from_iterator(mix, trainer)
    return tokenizer


def streams_of(tokenizer: Tokenizer, loaded: list[Text]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The tokens of each kind of text, those to train on and those held out."""
    kinds = [text.source.kind for text in loaded]
    kept, held = [text.documents for text in loaded], [text.held_out for text in loaded]
    return (
        {kind: stream(tokenizer, documents) for kind, documents in zip(kinds, kept, strict=True)},
        {kind: stream(tokenizer, documents) for kind, documents in zip(kinds, held, strict=True)},
    )


def stream(tokenizer: Tokenizer, documents: tuple[str, ...]) -> Tensor:
    """The documents end to end, each behind an end-of-text token."""
    import torch

    end = tokenizer.token_to_id(END)
    encoded = tokenizer.encode_batch(list(documents))
    return torch.tensor([token for each in encoded for token in (end, *each.ids)], dtype=torch.int32)
