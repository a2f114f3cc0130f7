"""Compare models: places by characters, a model against itself and against another tokenizer's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.decoders import ByteLevel as ByteLevelDecoder
from tokenizers.models import BPE
from tokenizers.pre_tokenizers import ByteLevel
from transformers import PreTrainedTokenizerFast

from explorer.errors import NotApplicableError
from explorer.experiments.inside import compare_models as experiment
from explorer.experiments.inside.compare_models import Reader
from explorer.panels.protocol import Check, Rendered
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.zoo.model import Model
from explorer.zoo.vocabulary import Vocabulary

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "CHARACTERS", 120)
    monkeypatch.setattr(experiment, "PLACES", 48)


def reader(model: Model) -> Reader:
    return Reader(model.name, model.plain_decoder, model.vocabulary)


def by_bytes() -> Vocabulary:
    """A tokenizer with a token for each byte."""
    made = Tokenizer(BPE(dict(byte_alphabet()), []))
    made.pre_tokenizer, made.decoder = ByteLevel(add_prefix_space=False), ByteLevelDecoder()
    return Vocabulary(PreTrainedTokenizerFast(tokenizer_object=made))


def test_a_model_against_itself_beside_new_weights(view: View) -> None:
    first, middle, last = view("compare_models.blocks")
    assert first.data.itself
    assert middle.data.heads is not None
    assert all(check.holds for check in last.checks), last.checks
    blocks, placebo = last.data.blocks, last.data.placebo
    torch.testing.assert_close(blocks.diagonal(), torch.ones(len(blocks)), atol=1e-4, rtol=0)
    assert float(placebo[-1].max()) < float(blocks[-1, -2])
    assert last.data.chance < 0.5
    kernel = last.data.heads.kernel
    torch.testing.assert_close(kernel, torch.full_like(kernel, last.data.heads.largest), atol=1e-3, rtol=0)
    own = torch.arange(len(kernel))
    assert not bool((last.data.heads.best == own).any())


def test_places_of_two_tokenizers_end_at_the_same_byte(small: Model) -> None:
    other = by_bytes()
    places = experiment.matched(small.vocabulary, other, ["The naïve café closed at noon, and nobody came.\n" * 3])
    assert len(places.pairs) > 10
    for text, one, two in places.pairs:
        mine = b"".join(small.vocabulary.bytes(int(each)) for each in places.own[text][: one + 1])
        theirs = b"".join(other.bytes(int(each)) for each in places.other[text][: two + 1])
        assert mine == theirs
    with pytest.raises(NotApplicableError, match="end alike in both"):
        experiment.matched(small.vocabulary, other, ["Hello"])


def test_weights_drawn_anew_share_no_subspace(small: Model) -> None:
    own = small.plain_decoder
    kernel = experiment.kernels(own, experiment.fresh(own))
    assert kernel is not None
    r, d = own.config.d_head, own.config.d_model
    assert float(kernel.mean()) == pytest.approx(r * r / d, rel=0.05)


@pytest.mark.breaks("compare_models.blocks", "^CKA by Gram matrices =")
def test_a_gram_that_is_not_centred(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "centred", lambda k: k)
    found: Any = check("compare_models.blocks", "CKA by Gram matrices")
    assert not found.holds
