"""Experts over ranks that are threads: losses, gradients, what travels, and what a capacity drops."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from explorer.stack.architectures.capacity import capacity, limit
from explorer.stack.parallelism.expert_parallel import ExpertParallel, ExpertsOverRanks, Visit, over_ranks, refusal
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.thread_group import in_threads
from explorer.stack.parallelism.units import shares
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward
from tests.stack.parallelism.tiny import apart, batch, fresh

CONFIG = DecoderConfig(2, 16, 4, 2, 4, 8, 37, 16, n_experts=12, k=2, n_shared=1)


def uneven() -> Decoder:
    """Its routers prefer some experts."""
    made = fresh(CONFIG)
    with torch.no_grad():
        for block in made.blocks:
            block.get_parameter("mlp.router").mul_(50)
    return made


@pytest.mark.parametrize("ranks", [2, 3, 4])
def test_experts_over_ranks_are_one_process(ranks: int) -> None:
    whole = uneven()
    loss = whole.loss(batch()).total({})
    loss.backward()
    wanted = {name: each.grad for name, each in whole.named_parameters() if each.grad is not None}

    def one(group: Group) -> tuple[float, dict[str, Tensor], list[Visit], float]:
        made = ExpertParallel.of(uneven(), group)
        found = made.step(batch())
        gradients = {name: each.grad for name, each in made.decoder.named_parameters() if each.grad is not None}
        sent = sum(each.formula for each in group.records if each.what == "blocks.1 dispatch")
        return found, gradients, [layer.visits[0] for layer in made.layers], sent

    made = in_threads(ranks, one)
    assert [each[0] for each in made] == pytest.approx([float(loss.detach())] * ranks, rel=1e-6)
    gradients = {
        name: torch.cat([each[1][name] for each in made]) if ".experts." in name else made[0][1][name]
        for name in made[0][1]
    }
    assert apart(gradients, wanted) < 1e-6
    routing = uneven().routings(batch()[:, :-1])[1].indices  # token slot
    places = shares(len(batch()), ranks)
    for rank, (_, _, visits, sent) in enumerate(made):
        tokens = slice(places[rank].start * 12, places[rank].stop * 12)
        there = torch.bincount(routing[tokens].flatten() // (12 // ranks), minlength=ranks).tolist()
        assert visits[1].sends == there
        assert visits[1].receives[rank] == there[rank]
        assert sent == (sum(there) - there[rank]) * CONFIG.d_model * 4


def test_a_capacity_drops_what_one_process_drops() -> None:
    """Of a rank's own pairs."""
    layer = uneven().blocks[0].get_submodule("mlp")
    assert isinstance(layer, SparseFeedForward)
    x = torch.randn(4, 10, 16, generator=torch.Generator().manual_seed(3))

    def one(group: Group) -> tuple[Tensor, int]:
        made = over_ranks(layer, group, factor=1.0)
        assert isinstance(made.experts, ExpertsOverRanks)
        return made(x[group.rank]).detach(), made.experts.visits[0].dropped

    for rank, (y, dropped) in enumerate(in_threads(4, one)):
        routing = torch.nn.functional.linear(x[rank], layer.router).softmax(-1)
        weights, indices = routing.topk(2)
        weights = weights / weights.sum(-1, keepdim=True)
        kept = limit(indices, weights, 12, capacity(10, 2, 12, 1.0))
        assert layer.shared is not None
        wanted = layer.experts.loop(x[rank], indices, kept.weights) + layer.shared.one(0, x[rank])
        assert (y - wanted.detach()).abs().max() < 1e-6
        assert dropped == kept.dropped > 0


def test_what_does_not_divide_is_refused_by_name() -> None:
    assert refusal(CONFIG, 5) == (
        "5 ranks cannot share 12 experts evenly; these numbers of ranks can: 1, 2, 3, 4, 6, 12."
    )
    with pytest.raises(ValueError, match="This decoder has no experts"):
        in_threads(2, lambda group: ExpertParallel.of(fresh(), group))
