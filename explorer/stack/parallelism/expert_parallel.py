"""Expert parallelism: each rank holds some experts of every mixture, and tokens travel to them and back.

    dispatch    the rows of a rank's (token, slot) pairs, sorted by expert, go to the ranks of their experts
    compute     each rank's experts, on the rows of all ranks
    combine     the outputs go back to where their tokens are, which sums them by the router's weights

Both are all-to-alls, and their backward passes too. A rank with T tokens, k slots each, sends

    T k d (1 - 1/N) numbers     if experts are chosen evenly; else as many rows as leave it

All else lies whole on every rank, which reads its own rows of text: its gradients are summed. An expert's gradient is
whole where it lies. Each rank waits for the one that gets most. With a capacity, an expert takes so many pairs of a
rank at most (`capacity`), and the others pass by.

Lepikhin et al. 2020, GShard (arXiv 2006.16668).

Two ranks, an expert each: E_0 doubles, E_1 negates (by their gates' way). Rank 0's tokens both go to rank 1.

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> def travelled(group: Group) -> tuple[list[int], list[int]]:
...     layer = ExpertsOverRanks(group, n_experts=2, d_model=1, d_expert=1)
...     torch.nn.init.ones_(layer.gate_in), torch.nn.init.ones_(layer.out)
...     _ = layer(torch.ones(2, 1), torch.tensor([[1], [1 - group.rank]]), torch.ones(2, 1))
...     return layer.visits[-1].sends, layer.visits[-1].receives
>>> in_threads(2, travelled)  # rank 0 sends two rows to rank 1, which keeps one and sends one
[([0, 2], [0, 1]), ([1, 1], [2, 1])]
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.architectures.capacity import capacity, limit
from explorer.stack.parallelism.conjugates import exchanged
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.units import Forward, shares
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.experts import Experts, combine, dispatch
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward


@dataclass(frozen=True)
class Visit:
    """What one rank sent and received in one forward pass of a layer."""

    sends: list[int]
    """Rows that went to each rank, its own too."""
    receives: list[int]
    """Rows that came from each rank."""
    rows: list[int]
    """Rows that each of its experts got."""
    dropped: int
    """Pairs beyond the capacity."""
    computed: float
    """Seconds in which its experts computed."""


class ExpertsOverRanks(Experts):
    """A rank's own experts, where a layer has all of them."""

    def __init__(
        self, group: Group, n_experts: int, d_model: int, d_expert: int, factor: float | None = None, what: str = ""
    ) -> None:
        """`factor`: of the capacity, if there is one. Raises ValueError where the ranks do not divide the experts."""
        super().__init__(_own(n_experts, group.ranks), d_model, d_expert)
        self.group, self.everyone, self.factor, self.what = group, n_experts, factor, what
        self.visits: list[Visit] = []

    def forward(
        self,
        x: Float[Tensor, "token d_model"],
        indices: Int[Tensor, "token slot"],
        weights: Float[Tensor, "token slot"],
    ) -> Float[Tensor, "token d_model"]:
        group, n = self.group, self.everyone
        if self.factor is not None:
            most = capacity(len(x), indices.shape[1], n, self.factor)
            kept = limit(indices, weights.detach(), n, most).kept
            indices, weights = indices.where(kept, n), weights * kept  # whom no expert takes comes last
        plan = dispatch(indices, n + 1)
        dropped = int(plan.counts[n])
        leaving = plan.token[: len(plan.token) - dropped]
        counts = plan.counts[:n].view(group.ranks, -1)  # rank expert_there
        told = group.all_to_all(counts.contiguous(), [1] * group.ranks, [1] * group.ranks, f"{self.what}counts").wait()
        sends, receives = counts.sum(1).tolist(), told.sum(1).tolist()
        rows = exchanged(x[leaving], group, sends, receives, f"{self.what}dispatch")
        own = torch.arange(self.n_experts, device=x.device)
        chosen = own.repeat(group.ranks).repeat_interleave(told.flatten())  # row
        began = time.perf_counter()
        y = super().forward(rows, chosen[:, None], rows.new_ones(len(rows), 1))
        self.visits.append(Visit(sends, receives, told.sum(0).tolist(), dropped, time.perf_counter() - began))
        back = exchanged(y, group, receives, sends, f"{self.what}combine")
        return combine(torch.cat([back, back.new_zeros(dropped, back.shape[1])]), plan, weights)


def over_ranks(
    layer: SparseFeedForward, group: Group, factor: float | None = None, what: str = ""
) -> SparseFeedForward:
    """A mixture of which this rank keeps its own experts, in memory of their own; router and shared experts are kept
    whole."""
    everyone = layer.experts
    d_expert, d_model = everyone.out.shape[2], everyone.out.shape[1]
    made = SparseFeedForward(d_model, d_expert, 1, layer.k)
    made.n_experts, made.router, made.shared = layer.n_experts, layer.router, layer.shared
    made.experts = ExpertsOverRanks(group, layer.n_experts, d_model, d_expert, factor, what)
    own = _own(layer.n_experts, group.ranks)
    part = slice(group.rank * own, (group.rank + 1) * own)
    made.experts.load_state_dict({name: each.detach()[part].clone() for name, each in everyone.state_dict().items()})
    return made


@dataclass(eq=False)
class ExpertParallel:
    """One rank's decoder: its own experts, all else whole. Its weights, but for the experts, are its own copy."""

    decoder: Decoder
    group: Group
    layers: list[ExpertsOverRanks] = field(default_factory=list)

    @classmethod
    def of(cls, decoder: Decoder, group: Group, factor: float | None = None) -> ExpertParallel:
        """`decoder` becomes the rank's own. Raises ValueError where there are no experts, or ranks do not divide
        them."""
        if refused := refusal(decoder.config, group.ranks):
            raise ValueError(refused)
        layers = list[ExpertsOverRanks]()
        for number, block in enumerate(decoder.blocks):
            mixture = block.get_submodule("mlp")
            assert isinstance(mixture, SparseFeedForward)
            mixture = over_ranks(mixture, group, factor, f"blocks.{number} ")
            assert isinstance(mixture.experts, ExpertsOverRanks)
            layers.append(mixture.experts)
            block.mlp = mixture
        return cls(decoder, group, layers)

    def step(self, windows: Int[Tensor, "row pos"]) -> float:
        """The loss over all rows, of which this rank reads its own; gradients are those of all rows. Raises ValueError
        where rows are fewer than ranks."""
        mine = windows[shares(len(windows), self.group.ranks)[self.group.rank]]
        loss = Forward(self.decoder, mine, self.group, len(mine) / len(windows)).whole()
        loss.backward()
        whole = [
            each.grad
            for name, each in self.decoder.named_parameters()
            if ".experts." not in name and each.grad is not None
        ]
        self.group.sum_together(whole, "gradients but the experts’")
        return float(self.group.all_reduce(loss.detach().clone(), "loss").wait())


def refusal(config: DecoderConfig, ranks: int) -> str:
    """Why experts cannot be shared so, and what would fit; empty where they can."""
    n = config.n_experts
    if not n:
        return "This decoder has no experts; a mixture such as Six Kinds MoE has."
    if n % ranks:
        fit = ", ".join(str(each) for each in range(1, n + 1) if not n % each)
        return f"{ranks} ranks cannot share {n} experts evenly; these numbers of ranks can: {fit}."
    return ""


def _own(n_experts: int, ranks: int) -> int:
    if n_experts % ranks:
        raise ValueError(f"{ranks} ranks cannot share {n_experts} experts evenly")
    return n_experts // ranks


def expected_bytes(tokens: int, k: int, d_model: int, ranks: int, size: int = 4) -> float:
    """That a rank sends to others in a dispatch, and gets back in the combine, if experts are chosen evenly.

    4,096 tokens, 8 slots, d_model 7,168, a byte a number there (FP8), 64 ranks:

    >>> expected_bytes(4096, 8, 7168, 64, size=1) / 2**20
    220.5
    """
    return tokens * k * d_model * size * (1 - 1 / ranks)


def imbalance(rows: list[int]) -> float:
    """The busiest's rows over the mean's: by so much all wait.

    >>> imbalance([6, 2, 4, 4])
    1.5
    """
    return max(rows) * len(rows) / sum(rows) if sum(rows) else 1.0
