"""Pooling against whole decoders and transformers' own multi-query model; a cache's bytes against transformers'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F

from explorer import zoo
from explorer.experiments.transformer import grouped_query as experiment
from explorer.panels import panels
from explorer.panels.scene import Scene
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.grouped_query import pooled
from explorer.tracing import TraceKey, capture

if TYPE_CHECKING:
    from explorer.zoo.model import Model


def test_a_tokens_bytes_are_those_of_transformers_cache(model: Model) -> None:
    hf: Any = model.hf
    with torch.inference_mode():
        cache = hf(torch.arange(5)[None], use_cache=True).past_key_values
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers) / 5
    assert experiment.cache_bytes(model.decoder) == held == 46_080


def test_an_outcome_is_torchs_cross_entropy_and_divergence() -> None:
    logits = torch.randn(2, 6, 11, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    base, said = logits.log_softmax(-1)
    ids = torch.tensor([3, 1, 4, 1, 5, 9])
    found = experiment.outcome(said, base, ids)
    torch.testing.assert_close(found.nll, F.cross_entropy(logits[1, :-1], ids[1:], reduction="none"))
    torch.testing.assert_close(found.kl, F.kl_div(said, base, reduction="none", log_target=True).sum(-1))
    assert found.top.equal(logits[1].argmax(-1))
    assert experiment.outcome(base, base, ids).kl.max() == 0


def test_pooling_is_measured_as_if_each_decoder_ran_alone() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=50, hidden_size=24, intermediate_size=32, num_hidden_layers=3, num_attention_heads=6,
        num_key_value_heads=3, max_position_embeddings=64, initializer_range=0.3,
    )  # fmt: skip
    hf: Any = LlamaForCausalLM(config).eval().requires_grad_(False)
    decoder, ids, told = Decoder.from_pretrained(hf), torch.tensor([3, 1, 4, 1, 5, 9, 2, 6]), []
    part, found = experiment.pool(decoder, ids, 1, lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (15, 15)
    assert part.layers.isnan().all()
    torch.testing.assert_close(part.mean.kl, found.mean.kl)
    with torch.inference_mode():
        base = hf(ids[None]).logits[0].log_softmax(-1)
        for layer in range(3):
            alone = pooled(decoder, 1, layers=[layer])(ids[None])[0].log_softmax(-1)
            torch.testing.assert_close(found.layers[layer], experiment.kl(base, alone), rtol=1e-3, atol=1e-5)
    torch.testing.assert_close(found.base.top_p, base.amax(-1).exp(), rtol=1e-4, atol=1e-5)
    # all layers: transformers' own multi-query model with the mean key and value heads
    weights = hf.state_dict()
    for name in [name for name in weights if "k_proj" in name or "v_proj" in name]:
        weights[name] = weights[name].unflatten(0, (3, 4)).mean(0)
    theirs: Any = LlamaForCausalLM(LlamaConfig.from_dict({**config.to_dict(), "num_key_value_heads": 1})).eval()
    theirs.load_state_dict(weights)
    with torch.inference_mode():
        said = theirs(ids[None]).logits[0].log_softmax(-1)
    torch.testing.assert_close(found.mean.kl, experiment.kl(base, said), rtol=1e-3, atol=1e-5)
    assert found.mean.kl.mean() > 1e-3
    assert found.checked is not None
    assert found.checked.layer == int(found.layers.mean(-1).argmax())
    assert found.checked.layer_error < 1e-5
    assert found.checked.keys_error < 1e-6


@pytest.mark.breaks("grouped_query.pooled", "^A pooled head’s keys are the mean of its heads’ keys")
@pytest.mark.breaks("grouped_query.pooled", "alone pooled, a pass from the first token gives the KL shown")
@pytest.mark.breaks("grouped_query.pooled", "^Not pooled, its predictions are the model’s")
@pytest.mark.thorough
def test_wrong_pooling_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    model = zoo.load("six-kinds-moe")
    trace = capture(model, TraceKey(model.name, "It was a dark and stormy night when the captain"))

    def held() -> list[bool]:
        made = panels()["grouped_query"].render("pooled", Scene(model, trace, None))
        return [check.holds for check in made.checks]

    assert held() == [True, True, True]
    true, calls = experiment.pooled, iter(range(1000))

    def other_way(decoder: Decoder, groups: int, how: Any = "mean", layers: Any = None) -> Decoder:
        """One head is kept where a mean was asked for: now and then."""
        return true(decoder, groups, "first" if next(calls) % 2 else how, layers)

    monkeypatch.setattr(experiment, "pooled", other_way)
    assert held()[:2] == [False, False]
    monkeypatch.setattr(experiment, "pooled", true)
    outcome = experiment.outcome
    monkeypatch.setattr(experiment, "outcome", lambda said, base, ids: outcome(said.roll(1, 0), base, ids))
    assert held() == [True, True, False]
