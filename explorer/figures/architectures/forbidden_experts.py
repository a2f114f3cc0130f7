"""What a mixture loses over texts without each expert: means with their intervals, over all and by kind of text."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.experiments.architectures.forbidden_experts import ForbiddenLosses
from explorer.figures.payload import Payload
from explorer.stack.architectures.paired_interval import Interval, paired_interval


@dataclass(frozen=True, kw_only=True)
class ForbiddenExperts(Payload):
    """Loss added, nats a token, with one expert forbidden to every token of the texts."""

    kinds: list[str]
    layers: list[int]
    """The blocks that have experts."""
    n_experts: int
    k: int
    """Experts that a token takes."""
    texts: int
    """Of each kind, as asked for."""
    width: int
    """Tokens of a text at most, as asked for."""
    counted: Int[Tensor, " layer"]
    """Texts of which each block has been measured."""
    predicted: int
    loss: Float[Tensor, " kind"]
    """As the model routes them."""
    mean_loss: float
    added: Float[Tensor, "layer expert"]
    """Mean over texts; NaN where it has not been measured."""
    low: Float[Tensor, "layer expert"]
    high: Float[Tensor, "layer expert"]
    """Student's paired interval of 95 % over texts."""
    by_kind: Float[Tensor, "layer expert kind"]
    kind_low: Float[Tensor, "layer expert kind"]
    kind_high: Float[Tensor, "layer expert kind"]
    share: Float[Tensor, "layer expert"]
    """Of the texts' tokens, those that take the expert."""
    kind_share: Float[Tensor, "layer expert kind"]


def over(made: ForbiddenLosses, which: Bool[Tensor, " text"]) -> Interval:
    """Loss added over some of the texts: each block over those of them of which it has been measured.

    >>> nan = float("nan")
    >>> added = torch.tensor([[[1.0, 3.0, nan], [nan, nan, nan]]])  # one block, two experts, three texts
    >>> half = ForbiddenLosses(("a",), (0,), ((1,),) * 3, torch.ones(3), added, added)
    >>> over(half, torch.tensor([True, True, True])).mean.tolist()
    [[2.0, nan]]
    """
    found = [paired_interval(layer[:, which & layer.isfinite().any(0)]) for layer in made.added]
    return Interval(*(torch.stack([getattr(each, name) for each in found]) for name in ("mean", "low", "high")))


def forbidden_experts(made: ForbiddenLosses, texts: int, width: int, k: int) -> ForbiddenExperts:
    """The payload of what has been measured so far."""
    of_kind = [made.kind == at for at in range(len(made.kinds))]
    every, by_kind = over(made, made.kind >= 0), [over(made, which) for which in of_kind]

    def together(name: str) -> Float[Tensor, "layer expert kind"]:
        return torch.stack([getattr(each, name) for each in by_kind], -1)

    return ForbiddenExperts(
        kinds=list(made.kinds), layers=list(made.layers), n_experts=made.added.shape[1], k=k, texts=texts, width=width,
        counted=made.added.isfinite().any(1).sum(-1), predicted=made.predicted,
        loss=torch.stack([made.loss[which].mean() for which in of_kind]), mean_loss=float(made.loss.mean()),
        added=every.mean, low=every.low, high=every.high,
        by_kind=together("mean"), kind_low=together("low"), kind_high=together("high"),
        share=made.share.mean(-1), kind_share=torch.stack([made.share[..., which].mean(-1) for which in of_kind], -1),
    )  # fmt: skip
