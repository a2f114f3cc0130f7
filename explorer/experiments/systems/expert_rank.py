"""What a rank does where a mixture's experts are shared out: a rank function (`ranks`)."""

from __future__ import annotations

from dataclasses import asdict

import torch
from torch import nn

from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.expert_parallel import ExpertsOverRanks
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward


def layer(rank: Rank, given: Message) -> Message:
    """Both passes of the layer on this rank's tokens, its bytes counted; then forward passes that are timed."""
    group, weights = rank.group, given["weights"]
    n_experts, d_model = weights["router"].shape
    d_expert = weights["experts.out"].shape[2]
    mixture = SparseFeedForward(d_model, d_expert, 1, given["k"], given["n_shared"])
    mixture.n_experts = n_experts
    mixture.router = nn.Parameter(torch.empty_like(weights["router"]))
    mixture.experts = experts = ExpertsOverRanks(group, n_experts, d_model, d_expert, given["factor"])
    mixture.load_state_dict(weights)
    x = given["x"].clone().requires_grad_()
    group.meter = rank.sent
    with torch.enable_grad():
        y = mixture(x)
        y.backward(given["gradient"])
    group.meter = None
    records = [asdict(each) for each in group.records]
    lying = {name: each.grad for name, each in mixture.named_parameters() if each.grad is not None}
    for name, gradient in lying.items():
        if not name.startswith("experts"):
            group.all_reduce(gradient, name).wait()
    visit = asdict(experts.visits[0])
    return {
        "y": y.detach(), "entering": x.grad, "gradients": lying, "records": records, "visit": visit,
        "rounds": [_timed(rank, mixture, experts, given) for _ in range(given["rounds"])],
    }  # fmt: skip


def _timed(rank: Rank, mixture: SparseFeedForward, experts: ExpertsOverRanks, given: Message) -> dict[str, float]:
    """Seconds in which this rank waited for rows, computed, and waited for what came back."""
    group = rank.group
    group.barrier()
    group.records.clear()
    experts.visits.clear()
    with torch.no_grad():
        mixture(given["x"])
    waits = {each.what: each.end - each.waited for each in group.records}
    return {
        "dispatch": waits["counts"] + waits["dispatch"],
        "compute": experts.visits[0].computed,
        "combine": waits["combine"],
    }
