"""The tokenizer of a run, trained on its texts, and their tokens end to end."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from explorer.corpora import texts
from explorer.corpora.source import Text
from explorer.fetching import cache
from explorer.stack.tokenization import byte_level_training
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.bpe_training import Learned
from explorer.stack.tokenization.patterns import GPT_2
from explorer.stack.tokenization.pre_tokenization import Digits, InTurn, Split
from explorer.training.recipe import Data

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

END = "<|endoftext|>"


def tokenizer_for(data: Data, loaded: list[Text]) -> Tokenizer:
    """The byte-level BPE of these texts, trained once and kept in the cache: twins share it."""
    from tokenizers import Tokenizer

    settings = [data.d_vocab, data.tokenizer_characters, *(text.sha256 for text in loaded)]
    key = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:12]
    path = cache.cache_folder() / "training" / f"tokenizer-{key}.json"
    with cache.locked(f"tokenizer-{key}"):
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            train_tokenizer(data.d_vocab, data.tokenizer_characters, loaded).save(str(path))
        return Tokenizer.from_file(str(path))


def train_tokenizer(d_vocab: int, characters: int, loaded: list[Text]) -> Tokenizer:
    """Byte-level BPE on an even mix: the same number of characters of every text. Digits stand alone."""
    return trained_on([one for text in loaded for one in texts.evenly(list(text.documents), characters)], d_vocab)


def trained_on(documents: list[str], d_vocab: int) -> Tokenizer:
    """Byte-level BPE of these documents, with at most so many tokens: fewer where they repeat little."""
    training = byte_level_training.begin(documents, InTurn((Digits(), Split(GPT_2))), [END])
    events = list(training.events(d_vocab - len(training.tokens)))
    return _written(training.tokens, events)


def _written(tokens: list[bytes], events: list[Learned]) -> Tokenizer:
    """The vocabulary and its merges as the library holds them, which the run encodes with and saves."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    letters = {byte: letter for letter, byte in byte_alphabet().items()}
    named = [END, *("".join(letters[byte] for byte in token) for token in tokens[1:])]
    merges = [(named[event.left], named[event.right]) for event in events]
    tokenizer = Tokenizer(models.BPE(vocab={name: i for i, name in enumerate(named)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([END])
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
