"""T5 as it is trained: in other units the same function and loss as transformers'; padding changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.architectures.padded_pairs import Pairs, padded
from explorer.stack.architectures.t5 import T5, T5Config
from explorer.stack.transformer.encoder_decoder import EncoderDecoder
from explorer.stack.transformer.encoder_decoder_weights import to_t5

CONFIG = T5Config(d_vocab=50, n_layers=2, d_model=16, n_heads=4, d_mlp=24, n_ctx=64, end=1, buckets=8, longest=20)
PAIRS = padded([[5, 6, 7, 30, 31, 1], [7, 9, 1]], [[8, 5, 1], [9, 9, 30, 2, 1]])


def made(seed: int = 0) -> T5:
    model = T5(CONFIG, torch.Generator().manual_seed(seed))
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim == 1:
                parameter.uniform_(0.5, 1.5, generator=torch.Generator().manual_seed(1))
    return model


def opened(model: T5) -> Any:
    from transformers import T5Config as TheirConfig
    from transformers import T5ForConditionalGeneration

    settings: dict[str, Any] = dict(model.hf_config())
    theirs = T5ForConditionalGeneration(TheirConfig(**settings)).eval()
    missing, unexpected = theirs.load_state_dict(model.hf_state_dict(), strict=False)
    assert not unexpected
    assert {name for name in missing if name not in theirs._tied_weights_keys} == set()
    theirs.tie_weights()
    return theirs


def test_transformers_computes_the_same_logits_and_loss() -> None:
    model = made()
    theirs = opened(model)
    labels = PAIRS.target.masked_fill(PAIRS.target == 0, -100)
    with torch.inference_mode():
        expected = theirs(PAIRS.source, attention_mask=(PAIRS.source != 0).long(), labels=labels)
        logits = model.inner(PAIRS.source, PAIRS.read(), PAIRS.positions)
        assert float(expected.logits.std()) > 0.3
        assert float((logits - expected.logits).abs().max()) < 1e-5
        assert float((model.loss((PAIRS,)).parts["lm"] - expected.loss).abs()) < 1e-5


def test_gradients_are_those_of_transformers() -> None:
    """In T5's units the table and W_Q are larger by a factor, so their gradients are smaller by it."""
    model = made()
    theirs = opened(model)
    model.loss((PAIRS,)).parts["lm"].backward()
    theirs(
        PAIRS.source,
        attention_mask=(PAIRS.source != 0).long(),
        labels=PAIRS.target.masked_fill(PAIRS.target == 0, -100),
    ).loss.backward()
    inner: Any = model.inner
    gradients = {name: p.grad for name, p in theirs.named_parameters()}
    for ours, name, factor in (
        (inner.embed.weight, "shared.weight", 4.0),
        (inner.decoder.blocks[1].cross.W_Q.weight, "decoder.block.1.layer.1.EncDecAttention.q.weight", 0.5),
        (inner.encoder.blocks[0].mlp.W_gate.weight, "encoder.block.0.layer.1.DenseReluDense.wi_0.weight", 1.0),
    ):
        assert isinstance(ours, torch.nn.Parameter)
        grad, theirs_grad = ours.grad, gradients[name]
        assert isinstance(grad, Tensor)
        assert isinstance(theirs_grad, Tensor)
        torch.testing.assert_close(grad, factor * theirs_grad, atol=1e-5, rtol=1e-4)


def test_the_loss_of_parts_is_that_of_all_their_tokens() -> None:
    model, other = made(), padded([[4, 1]], [[3, 3, 3, 1]])
    with torch.no_grad():
        both = float(model.loss((PAIRS, other)).parts["lm"])
        one, two = float(model.loss((PAIRS,)).parts["lm"]), float(model.loss((other,)).parts["lm"])
    assert both == pytest.approx(
        (one * PAIRS.targets + two * other.targets) / (PAIRS.targets + other.targets), abs=1e-5
    )


def test_padding_changes_nothing() -> None:
    model = made()
    wide = Pairs(torch.nn.functional.pad(PAIRS.source, (0, 3)), torch.nn.functional.pad(PAIRS.target, (0, 2)))
    with torch.no_grad():
        assert float((model.loss((wide,)).parts["lm"] - model.loss((PAIRS,)).parts["lm"]).abs()) < 1e-6
    assert model.write(wide, 6) == model.write(PAIRS, 6)


def test_writing_is_that_of_transformers() -> None:
    model = made(3)
    theirs = opened(model)
    written = theirs.generate(
        PAIRS.source, attention_mask=(PAIRS.source != 0).long(), max_new_tokens=8, do_sample=False
    )
    expected = [[t for t in row[1:].tolist() if t not in (0, 1)] for row in written]
    assert [[t for t in row if t != 0] for row in model.write(PAIRS, 8)] == expected


def test_a_few_steps_learn_a_pair_by_heart() -> None:
    model = made()
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        model.loss((PAIRS,)).parts["lm"].backward()
        optimiser.step()
    assert model.write(PAIRS, 8) == [[8, 5], [9, 9, 30, 2]]


def test_other_scales_cannot_be_folded() -> None:
    import dataclasses

    whole = dataclasses.replace(CONFIG.whole(), logit_scale=2.0)
    with pytest.raises(NotApplicableError, match="logits"):
        to_t5(whole, EncoderDecoder(whole).state_dict())
