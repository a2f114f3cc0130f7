"""One mixture of a decoder with its experts on real processes, against the layer in one process."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from statistics import median

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.rank_process import Message
from explorer.experiments.systems.ranks import Ranks
from explorer.stack.architectures.capacity import capacity, limit
from explorer.stack.parallelism.expert_parallel import Visit
from explorer.stack.parallelism.group import Record
from explorer.stack.parallelism.units import shares
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.router import softmax_top_k
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward
from explorer.stack.worst import worst

LAYER = "explorer.experiments.systems.expert_rank:layer"
LOADS = ("explorer.experiments.systems.expert_rank",)
ROUNDS = 9


@dataclass(frozen=True, eq=False)
class OneMixture:
    """The layer in one process."""

    mixture: SparseFeedForward
    x: Float[Tensor, "token d_model"]
    gradient: Float[Tensor, "token d_model"]
    """Of the text's loss, as it comes to the layer's output."""
    spans: tuple[slice, ...]
    """Which tokens lie on each rank."""
    indices: Int[Tensor, "token slot"]
    weights: Float[Tensor, "token slot"]
    kept: Bool[Tensor, "token slot"]
    y: Float[Tensor, "token d_model"]
    gradients: dict[str, Tensor]
    entering: Float[Tensor, "token d_model"]


@dataclass(frozen=True, eq=False)
class RankTravel:
    """What one rank did."""

    visit: Visit
    records: tuple[Record, ...]
    dispatch: float
    """Seconds that it waited for rows, the median of the rounds; so too what follows."""
    compute: float
    combine: float


@dataclass(frozen=True, eq=False)
class Travelled:
    """The layer over the ranks."""

    one: OneMixture
    ranks: tuple[RankTravel, ...]
    output_error: float
    gradient_error: float
    """Of the worst weight, or of the tokens' own, relative to its length."""
    counted: bool

    def leaving(self, rank: int) -> list[int]:
        """Rows that go to each rank, by one process's choices."""
        one, each = self.one, self.one.mixture.n_experts // len(self.ranks)
        span = one.spans[rank]
        chosen = one.indices[span][one.kept[span]] // each
        return torch.bincount(chosen, minlength=len(self.ranks)).tolist()


def alone(decoder: Decoder, ids: Int[Tensor, " pos"], layer: int, ranks: int, factor: float | None) -> OneMixture:
    """`factor`: of each rank's capacity. Raises ValueError where tokens are fewer than ranks."""
    x, gradient = _read(decoder, ids, layer)
    block = decoder.blocks[layer]
    mixture = copy.deepcopy(block.get_submodule("mlp")).float().requires_grad_()
    assert isinstance(mixture, SparseFeedForward)
    spans = tuple(shares(len(x), ranks))
    x = x.clone().requires_grad_()
    with torch.enable_grad():
        routing = softmax_top_k(torch.nn.functional.linear(x, mixture.router), mixture.k)
        kept = torch.ones_like(routing.indices, dtype=torch.bool)
        for span in spans if factor is not None else ():
            most = capacity(span.stop - span.start, mixture.k, mixture.n_experts, factor or 0)
            kept[span] = limit(routing.indices[span], routing.weights[span].detach(), mixture.n_experts, most).kept
        y = mixture.experts.loop(x, routing.indices, routing.weights * kept)
        if mixture.shared is not None:
            y = y + mixture.shared.one(0, x)
        y.backward(gradient)
    assert x.grad is not None
    gradients = {name: each.grad for name, each in mixture.named_parameters() if each.grad is not None}
    return OneMixture(
        mixture, x.detach(), gradient, spans, routing.indices, routing.weights.detach(), kept, y.detach(), gradients,
        x.grad,
    )  # fmt: skip


def _read(decoder: Decoder, ids: Int[Tensor, " pos"], layer: int) -> tuple[Tensor, Tensor]:
    """What the layer reads, and the gradient of the text's loss at what it gives."""
    seen: dict[str, Tensor] = {}
    mixture = decoder.blocks[layer].get_submodule("mlp")

    def keep(_: nn.Module, given: tuple[object, ...], out: Tensor) -> None:
        assert isinstance(given[0], Tensor)
        seen.update({"x": given[0].detach(), "y": out})

    hook = mixture.register_forward_hook(keep)
    try:
        with torch.no_grad():
            x, at = decoder.entered(ids[None])
            for each in decoder.blocks[:layer]:
                x = each(x, at)
        with torch.enable_grad():
            x = decoder.blocks[layer](x.clone().requires_grad_(), at)
            for each in decoder.blocks[layer + 1 :]:
                x = each(x, at)
            loss = torch.nn.functional.cross_entropy(decoder.unembedded(x)[0, :-1].float(), ids[1:])
            (gradient,) = torch.autograd.grad(loss, seen["y"])
    finally:
        hook.remove()
    return seen["x"].reshape(len(ids), -1).float(), gradient.reshape(len(ids), -1).float()


def travelled(one: OneMixture, factor: float | None, progress: Ticks = unheard, rounds: int = ROUNDS) -> Travelled:
    """Raises RanksError where a rank is lost."""
    mixture, ranks = one.mixture, len(one.spans)
    state = {name: each.detach() for name, each in mixture.state_dict().items()}
    own = mixture.n_experts // ranks
    given: list[Message] = []
    for rank, span in enumerate(one.spans):
        part = slice(rank * own, (rank + 1) * own)
        weights = {name: each[part].clone() if name.startswith("experts") else each for name, each in state.items()}
        width = 0 if mixture.shared is None else mixture.shared.out.shape[2] // mixture.experts.out.shape[2]
        given.append(
            {
                "weights": weights, "k": mixture.k, "n_shared": width, "factor": factor, "rounds": rounds,
                "x": one.x[span].clone(), "gradient": one.gradient[span].clone(),
            }
        )  # fmt: skip
    with Ranks(ranks, lambda: progress(0, 1), loads=LOADS) as group:
        answers = group.run(LAYER, given)
        counted = group.counted
    progress(1, 1)
    y, entering = (torch.cat([each[name] for each in answers]) for name in ("y", "entering"))
    gradients = {
        name: torch.cat([each["gradients"][name] for each in answers]) if name.startswith("experts.") else found
        for name, found in answers[0]["gradients"].items()
    }
    apart = [_apart(entering, one.entering), *(_apart(gradients[name], each) for name, each in one.gradients.items())]
    return Travelled(
        one, tuple(map(_rank, answers)), float((y - one.y).abs().max() / one.y.abs().max()), worst(apart), counted
    )


def _apart(found: Tensor, wanted: Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm())


def _rank(told: Message) -> RankTravel:
    records = tuple(Record(**{**each, "members": tuple(each["members"])}) for each in told["records"])
    times = (median(each[name] for each in told["rounds"]) for name in ("dispatch", "compute", "combine"))
    return RankTravel(Visit(**told["visit"]), records, *times)
