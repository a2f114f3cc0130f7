"""One block of a decoder split over real processes, both passes, against the block in one process."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.rank_process import Message
from explorer.experiments.systems.ranks import Ranks
from explorer.experiments.systems.tensor_rank import passed, watched
from explorer.stack.parallelism.group import Record
from explorer.stack.parallelism.slices import cut, joined, slices_of
from explorer.stack.parallelism.tensor import SUBLAYERS
from explorer.stack.transformer.block import Block
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

BLOCK = "explorer.experiments.systems.tensor_rank:block"
LOADS = ("explorer.experiments.systems.tensor_rank",)


@dataclass(frozen=True, eq=False)
class One:
    """The block in one process: what it reads, what its sublayers add, its gradients."""

    config: DecoderConfig
    layer: int
    weights: Mapping[str, Tensor]
    x: Float[Tensor, "1 pos d_model"]
    gradient: Float[Tensor, "1 pos d_model"]
    """Of the text's loss, as it comes to the block's output."""
    outer: Mapping[str, Tensor]
    gradients: Mapping[str, Tensor]
    entering: Float[Tensor, "1 pos d_model"]
    """The gradient that goes on to the block before."""


@dataclass(frozen=True, eq=False)
class Way:
    """The block over the ranks: by rank what lies between its matrices, its part, and the sum that it then has."""

    inner: tuple[Mapping[str, Tensor], ...]
    parts: tuple[Mapping[str, Tensor], ...]
    outer: tuple[Mapping[str, Tensor], ...]
    gradients: Mapping[str, Tensor]
    """Put together."""
    entering: Float[Tensor, "1 pos d_model"]
    """On rank 0."""
    records: tuple[tuple[Record, ...], ...]
    """By rank."""


@dataclass(frozen=True, eq=False)
class SplitRun:
    """What came of it."""

    one: One
    ranks: int
    right: Way
    without_f: Way
    longer: Record
    """The sum of a longer text's stream."""
    counted: bool

    def output_error(self, name: str) -> float:
        """The largest difference of a sublayer's output from one process's, on any rank, relative to its largest."""
        alone = self.one.outer[name]
        return worst(float((each[name] - alone).abs().max() / alone.abs().max()) for each in self.right.outer)

    def gradient_error(self, way: Way, name: str) -> float:
        """Of a weight, relative to its length in one process; "entering": of what goes on to the block before."""
        wanted = self.one.entering if name == "entering" else self.one.gradients[name]
        found = way.entering if name == "entering" else way.gradients[name]
        return float((found - wanted).norm() / wanted.norm())

    @property
    def block_gradient_error(self) -> float:
        """Of all the block's weights, and of what goes on, relative to their length."""
        wanted = torch.cat([*(each.flatten() for each in self.one.gradients.values()), self.one.entering.flatten()])
        found = [*(self.right.gradients[name].flatten() for name in self.one.gradients), self.right.entering.flatten()]
        return float((torch.cat(found) - wanted).norm() / wanted.norm())

    @property
    def sent(self) -> tuple[float, ...]:
        """Bytes that each rank sent in both passes, by its records."""
        return tuple(sum(each.formula for each in records) for records in self.right.records)


def alone(decoder: Decoder, ids: Int[Tensor, " pos"], layer: int) -> One:
    """`ids` are read, and each but the first is a target. Float32, whatever the decoder's type."""
    config = decoder.config
    with torch.no_grad():
        x, at = decoder.entered(ids[None])
        for each in decoder.blocks[:layer]:
            x = each(x, at)
    block, x = copy.deepcopy(decoder.blocks[layer]), x.detach().float().clone().requires_grad_()
    assert isinstance(block, Block)
    block = block.float().requires_grad_()
    with torch.enable_grad():
        seen, y = watched(block, x, passed(config, layer, x, slice(0, config.n_heads)))
        out = y.detach().requires_grad_()
        rest = out.to(decoder.embed.weight.dtype)
        for each in decoder.blocks[layer + 1 :]:
            rest = each(rest, at)
        logits = decoder.unembedded(rest)[0, :-1].float()
        (gradient,) = torch.autograd.grad(torch.nn.functional.cross_entropy(logits, ids[1:]), out)
        y.backward(gradient)
    assert x.grad is not None
    gradients = {name: each.grad for name, each in block.named_parameters() if each.grad is not None}
    weights = {name: each.detach() for name, each in block.named_parameters()}
    return One(config, layer, weights, x.detach(), gradient, seen["outer"], gradients, x.grad)


def split(one: One, ranks: int, progress: Ticks = unheard) -> SplitRun:
    """Raises ValueError where the ranks do not divide heads or neurons, RanksError where a rank is lost."""
    slices_of(one.config, 0, ranks)
    weights = dict(one.weights)
    given: list[Message] = [
        {
            "config": asdict(one.config),
            "layer": one.layer,
            "weights": cut(weights, one.config, rank, ranks),
            "x": one.x,
            "gradient": one.gradient,
        }
        for rank in range(ranks)
    ]
    with Ranks(ranks, lambda: progress(0, 1), loads=LOADS) as group:
        answers = group.run(BLOCK, given)
        counted = group.counted
    progress(1, 1)
    right, without_f = (_way([each["ways"][number] for each in answers], one, weights) for number in range(2))
    return SplitRun(one, ranks, right, without_f, _record(answers[0]["longer"]), counted)


def _way(told: list[Message], one: One, weights: dict[str, Tensor]) -> Way:
    return Way(
        tuple(each["inner"] for each in told),
        tuple(each["parts"] for each in told),
        tuple(each["outer"] for each in told),
        joined([each["gradients"] for each in told], one.config, weights),
        told[0]["entering"],
        tuple(tuple(map(_record, each["records"])) for each in told),
    )


def _record(told: Message) -> Record:
    return Record(**{**told, "members": tuple(told["members"])})


#: In the order in which a block has them.
NAMES = tuple(SUBLAYERS.values())
