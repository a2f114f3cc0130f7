"""Masked diffusion: losses by hand and by numpy, bounds by enumeration, sampling against the published code's steps."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from explorer.stack.frontier.masked_diffusion import bound, noise, sampler
from explorer.stack.frontier.masked_diffusion.model import CausalCourse, Pieces, UnmaskCourse, Unmasker, cut
from explorer.stack.pretraining.batches import Batches
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

CONFIG = DecoderConfig(n_layers=2, d_model=16, n_heads=4, n_kv_heads=2, d_head=4, d_mlp=24, d_vocab=30, n_ctx=32)


@pytest.fixture(scope="module")
def model() -> Unmasker:
    made = Unmasker(CONFIG).initialise(torch.Generator().manual_seed(0))
    with torch.no_grad():
        for each in made.parameters():
            if each.dim() > 1:
                each.mul_(12)  # far from uniform
    return made.eval().requires_grad_(False)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_the_model_is_transformers_llama_under_a_full_mask(model: Unmasker) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    from explorer.stack.transformer.weights import to_hf

    config = LlamaConfig(
        vocab_size=31, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=32, rms_norm_eps=CONFIG.eps, tie_word_embeddings=True,
    )  # fmt: skip
    theirs = LlamaForCausalLM(config).eval()
    theirs.load_state_dict(to_hf(model.decoder.config, model.decoder.state_dict()), strict=False)
    theirs.tie_weights()
    ids = torch.randint(31, (2, 9), generator=seeded())
    with torch.inference_mode():
        logits = theirs(ids, attention_mask=torch.zeros(2, 1, 9, 9)).logits
        torch.testing.assert_close(model(ids), logits[..., :30], atol=1e-4, rtol=1e-4)
        causal = theirs(ids).logits
    shifted = Unmasker(CONFIG, shifted=True).eval()
    shifted.load_state_dict(model.state_dict())
    torch.testing.assert_close(shifted(ids)[:, 1:], logits[:, :-1, :30], atol=1e-4, rtol=1e-4)
    places = torch.zeros(2, 9, dtype=torch.bool)
    places[0, 4], places[1, 8] = True, True
    torch.testing.assert_close(shifted.at(ids, places), shifted(ids)[places])
    torch.testing.assert_close(model.at(ids, places), model(ids)[places])
    assert (model(ids)[:, 0] - causal[:, 0, :30]).abs().max() > 0.1  # the first position sees those behind it


@pytest.mark.parametrize("weighing", ["inverse", "uniform"])
def test_loss_is_that_of_a_plain_numpy_sum(model: Unmasker, weighing: noise.Weighing) -> None:
    text = torch.randint(30, (3, 12), generator=seeded(1))
    t = torch.tensor([0.1, 0.5, 0.95])
    batch = noise.by_time(text, t, model.mask, seeded(2), eps=0.01, weighing=weighing)
    logits = model.decoder(batch.inputs).double().numpy()  # with [MASK], which SUBS leaves out
    total = 0.0
    for row, column in itertools.product(range(3), range(1, 12)):
        if batch.inputs[row, column] == model.mask:
            z = logits[row, column, : model.mask]
            p = 0.99 * float(t[row]) + 0.01
            cost = np.log(np.exp(z - z.max()).sum()) + z.max() - z[text[row, column]]
            total += cost / (p if weighing == "inverse" else 1)
    assert float(model.loss(batch).parts["lm"]) == pytest.approx(total / (3 * 11), rel=1e-4)
    assert not bool(batch.at[:, 0].any())


def test_the_gradient_of_weighed_cross_entropy_is_autograds(model: Unmasker) -> None:
    text = torch.randint(30, (3, 12), generator=seeded(1))
    ours = Unmasker(CONFIG)
    ours.load_state_dict(model.state_dict())
    batch = noise.by_time(text, torch.tensor([0.2, 0.5, 0.9]), model.mask, seeded(2))
    ours.loss(batch).parts["lm"].backward()
    by_hand = Unmasker(CONFIG)
    by_hand.load_state_dict(model.state_dict())
    said = noise.subs(by_hand.decoder(batch.inputs), batch.inputs, model.mask)
    cost = -said.gather(-1, text[..., None])[..., 0]  # of what is not hidden: 0
    ((cost * batch.weights[:, None]).sum() / (3 * 11)).backward()
    for (name, one), other in zip(ours.named_parameters(), by_hand.parameters(), strict=True):
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad, other.grad, atol=1e-4, rtol=1e-3, msg=name)


def test_bound_over_sets_is_the_mean_over_all_orders_said_one_by_one(model: Unmasker) -> None:
    text = torch.randint(30, (5,), generator=seeded(3))  # 4 tokens behind the given one: 24 orders
    costs = bound.costs_of(model, text)
    chains = []
    for order in itertools.permutations(range(4)):
        ids, total = text.clone(), 0.0
        ids[1:] = model.mask
        for at in order:
            total -= float(model(ids[None])[0, at + 1].double().log_softmax(-1)[text[at + 1]])
            ids[at + 1] = text[at + 1]
        chains.append(total)
    found = bound.in_orders(costs)
    assert bound.bound_of(costs) == pytest.approx(sum(chains) / 24, rel=1e-5)
    assert found.mean == pytest.approx(sum(chains) / 24, rel=1e-5)
    assert (found.best, found.worst) == pytest.approx((min(chains), max(chains)), rel=1e-5)
    assert found.mixture == pytest.approx(-math.log(sum(math.exp(-each) for each in chains) / 24), rel=1e-5)
    assert found.mixture <= found.mean
    assert bound.chain(costs.double().tolist(), found.best_order) == pytest.approx(found.best)


def test_both_estimators_have_that_mean_and_counting_spreads_less(model: Unmasker) -> None:
    text = torch.randint(30, (9,), generator=seeded(4))
    exact = bound.bound_of(bound.costs_of(model, text))
    *_, time = bound.draws_by_time(model, text, 4000, seeded(5), eps=0.0)
    *_, count = bound.draws_by_count(model, text, 4000, seeded(6))
    for draws in (time, count):
        assert abs(float(draws.values.mean()) - exact) < 4 * draws.spread / math.sqrt(4000)
    assert count.spread < time.spread / 1.5
    costs = bound.costs_of(model, text)
    assert count.spread == pytest.approx(bound.spread_by_count(costs), rel=0.1)
    *_, time = bound.draws_by_time(model, text, 4000, seeded(7), eps=0.1)
    assert time.spread == pytest.approx(bound.spread_by_time(costs, 0.1), rel=0.1)
    assert abs(float(time.values.mean()) - bound.mean_by_time(costs, 0.1)) < 4 * time.spread / math.sqrt(4000)


def test_eps_weighs_counts_as_the_integral_does() -> None:
    nodes, weights = np.polynomial.legendre.leggauss(16)  # exact for these polynomials
    for eps in (0.0, 0.001, 0.2):
        p = (nodes + 1) / 2 * (1 - eps) + eps
        found = bound.count_weights(9, eps)
        for k in range(1, 10):
            share = math.comb(9, k) * p**k * (1 - p) ** (9 - k)
            assert found[k - 1] == pytest.approx(float((weights / 2 * share / p).sum()), rel=1e-9)


def test_published_steps_of_low_confidence_remasking(model: Unmasker) -> None:
    """LLaDA's generate.py, its loop written again from the paper: no temperature, two blocks."""
    ids = torch.randint(30, (1, 14), generator=seeded(7))
    ids[:, 4:12] = model.mask
    how = sampler.Unmasking(steps=4, order="confident", blocks=2)
    *_, last = sampler.unmask(model.at, ids, model.mask, how)
    x = ids.clone()
    for block in range(2):
        end = 4 + (block + 1) * 4
        for _ in range(2):
            logits = model(x)
            x0 = logits.argmax(-1)
            p = logits.double().softmax(-1).gather(-1, x0[..., None])[..., 0]
            p[:, end:] = -np.inf
            confidence = torch.where(x == model.mask, p, -np.inf)
            chosen = confidence[0].topk(2).indices
            x[0, chosen] = x0[0, chosen]
    assert torch.equal(last.after, x)


def test_what_is_kept_stays_and_all_is_filled(model: Unmasker) -> None:
    ids = torch.full((2, 12), model.mask)
    ids[:, 0] = 3
    ids[:, 7] = 5
    for order in ("confident", "random", "left", "bound"):
        how = sampler.Unmasking(steps=3, order=order, temperature=1.0)
        steps = list(sampler.unmask(model.at, ids, model.mask, how, seeded()))
        assert len(steps) <= 3
        for one, two in itertools.pairwise(steps):
            known = one.after != model.mask
            assert torch.equal(one.after[known], two.after[known])
        assert not bool((steps[-1].after == model.mask).any())
        assert torch.equal(steps[-1].after[:, [0, 7]], ids[:, [0, 7]])


def test_one_hole_a_step_left_to_right_draws_from_the_chain() -> None:
    """Two answers, two holes: frequencies against the product of conditionals."""

    def says(ids: Tensor, places: Tensor) -> Tensor:  # the second token depends on the first
        first = torch.tensor([0.0, 1.0]).expand(len(ids), 2)
        second = torch.where((ids[:, :1] == 1), torch.tensor([2.0, 0.0]), torch.tensor([0.0, 1.0]))
        return torch.stack([first, second], 1)[places]

    ids = torch.full((4000, 2), 2)
    how = sampler.Unmasking(steps=2, order="left", temperature=1.0)
    *_, last = sampler.unmask(says, ids, 2, how, seeded())
    share = float((last.after == torch.tensor([1, 0])).all(1).double().mean())
    wanted = torch.tensor([0.0, 1.0]).softmax(0)[1] * torch.tensor([2.0, 0.0]).softmax(0)[0]
    assert abs(share - float(wanted)) < 4 * math.sqrt(0.25 / 4000)


def test_the_entropy_bound_is_transformers_own() -> None:
    from transformers.models.diffusion_gemma.generation_diffusion_gemma import (
        EntropyBoundSampler,
        EntropyBoundSamplerConfig,
    )

    logits = 3 * torch.randn(1, 12, 20, generator=seeded(8))
    for gamma in (0.01, 0.5, 3.0):
        theirs = EntropyBoundSampler(EntropyBoundSamplerConfig(entropy_bound=gamma), 12, 20, 4)
        theirs.accept_canvas(torch.zeros(1, 12).long(), torch.ones(1, 12).long(), logits, 0)  # pyright: ignore[reportArgumentType]
        logp = logits[0].log_softmax(-1)
        kept = sampler.within_bound(-(logp.exp() * logp).sum(-1), gamma)
        assert theirs.accepted_token_mask is not None
        assert torch.equal(kept, theirs.accepted_token_mask[0])


def test_draws_in_a_small_format_cannot_be_large() -> None:
    for numbers in ("float32", "bfloat16"):
        found = sampler.gumbel(torch.Size([200_000]), numbers, seeded())
        assert float(found.max()) <= sampler.largest_gumbel(numbers) + 1e-9
    assert float(sampler.gumbel(torch.Size([200_000]), "float64", seeded()).mean()) == pytest.approx(0.5772, abs=0.02)


def test_a_spread_of_times_is_even_and_pieces_lose_no_token() -> None:
    t = noise.times(8, seeded()).sort().values
    assert (t.diff() - 1 / 8).abs().max() < 1e-6
    stream = {"a": torch.arange(400)}
    batches = Batches(stream, {"a": 1}, n_ctx=16, rows=3, seed=0)
    pieces = Pieces(1.0, (4, 8))
    course = UnmaskCourse(batches, stream, 2, mask=400, pieces=pieces)
    made, text = course.batch(5), CausalCourse(batches, stream, 2, pieces).batch(5)
    assert text.shape[0] * (text.shape[1] - 1) == 48
    assert torch.equal(made.targets.where(made.at, made.inputs), text)
    assert torch.equal(cut(batches(5)[0], text.shape[1] - 1), text)


def test_causal_weights_with_their_mask_closed_say_the_same() -> None:
    """A shifted model that has taken a decoder's weights is that decoder, but for its mask."""
    causal = Decoder(CONFIG).initialise(seeded(1)).eval()
    made = Unmasker(CONFIG, shifted=True).become(causal).eval()
    ids = torch.randint(30, (1, 2), generator=seeded())  # the first position of two sees behind itself
    made.decoder = made.decoder._configured(replace(made.decoder.config, causal=True))
    with torch.inference_mode():
        torch.testing.assert_close(made(ids)[:, 1], causal(ids)[:, 0], atol=1e-5, rtol=1e-5)
    assert torch.equal(made.decoder.embed.weight[30], causal.embed.weight.mean(0))
