"""A run's tokenizer: trained by ours, read by the library, and equal to what the library's own trainer gives."""

from __future__ import annotations

import json

import pytest

from explorer.corpora import passages, texts
from explorer.corpora.source import Text
from explorer.training.tokens import END, train_tokenizer


def loaded() -> list[Text]:
    """The project's own passages, as texts."""
    return [Text(texts.find(each.name), tuple(one.text for one in each.excerpts), ()) for each in passages.read()]


@pytest.mark.parametrize(("d_vocab", "characters"), [(600, 10_000), (400, 900), (257, 10_000)])
def test_it_is_the_library_s_own(d_vocab: int, characters: int) -> None:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    library = Tokenizer(models.BPE())
    library.pre_tokenizer = pre_tokenizers.Sequence(  # pyright: ignore[reportAttributeAccessIssue]
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    library.decoder = decoders.ByteLevel()  # pyright: ignore[reportAttributeAccessIssue]
    mix = [each for text in loaded() for each in texts.evenly(list(text.documents), characters)]
    trainer = trainers.BpeTrainer(
        vocab_size=d_vocab,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    library.train_from_iterator(mix, trainer)
    made = train_tokenizer(d_vocab, characters, loaded())
    assert json.loads(made.to_str()) == json.loads(library.to_str())
    assert made.encode("In 1851 <|endoftext|>").ids == library.encode("In 1851 <|endoftext|>").ids
    assert made.token_to_id(END) == 0
