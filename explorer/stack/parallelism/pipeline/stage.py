"""Stages of a decoder: blocks as evenly as they can be, the embedding before the first, the head after the last.

>>> shares(6, 4), shares(6, 2)
([range(0, 2), range(2, 4), range(4, 5), range(5, 6)], [range(0, 3), range(3, 6)])
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.parallelism.pipeline.split_backward import Deferred, Later, defer
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.decoder import Decoder


def shares(blocks: int, stages: int) -> list[range]:
    """Which blocks each stage has; the first stages have one more, since the last has the head. Raises ValueError where
    one would have none."""
    if not 1 <= stages <= blocks:
        raise ValueError(f"{blocks} blocks do not fill {stages} stages: up to {blocks} stages would fit")
    each, more = divmod(blocks, stages)
    ends = [0]
    for stage in range(stages):
        ends.append(ends[-1] + each + (stage < more))
    return [range(ends[at], ends[at + 1]) for at in range(stages)]


@dataclass(eq=False)
class Ends:
    """What a pipeline asks of a decoder beside its blocks; a decoder that is split otherwise too has ends of its own
    (`composed`)."""

    decoder: Decoder

    def entered(self, windows: Int[Tensor, "row pos_and_one"], first: bool) -> tuple[Tensor, Pass]:
        """The stream as the first block meets it, which counts where it is the `first` stage, and what all blocks are
        told."""
        del first
        return self.decoder.entered(windows[:, :-1])

    def loss(self, stream: Tensor, windows: Int[Tensor, "row pos_and_one"]) -> Float[Tensor, ""]:
        """Of the tokens, after the last block."""
        logits = self.decoder.unembedded(stream).flatten(0, 1)  # row*pos d_vocab
        return F.cross_entropy(logits.float(), windows[:, 1:].reshape(-1))

    def others(self, at: Pass) -> list[Float[Tensor, ""]]:
        """Losses of the blocks themselves."""
        del at
        return []

    def shape(self, windows: Int[Tensor, "row pos_and_one"]) -> tuple[int, int, int]:
        """Of the stream that goes from stage to stage."""
        return windows.shape[0], windows.shape[1] - 1, self.decoder.config.d_model


@dataclass(eq=False)
class Held:
    """One micro-batch that went forward through a stage."""

    entered: Tensor | None
    """What the stage received, with its gradient after the backward; None on the first."""
    left: Tensor
    """What it gave: the stream, or the loss."""
    others: list[Tensor]
    """Losses of its blocks."""
    kept: int = 0
    """Bytes of what autograd keeps."""


@dataclass(eq=False)
class Stage:
    """A part of a decoder on one rank, and the micro-batches that are in it."""

    ends: Ends
    index: int
    stages: int
    later: Later = field(default_factory=Later)
    held: dict[int, Held] = field(default_factory=dict)
    meter: Callable[[Callable[[], Tensor]], tuple[Tensor, int]] | None = None
    """Counts what a forward keeps, where that is asked."""
    losses: float = 0.0
    """Of all micro-batches that went through."""

    def __post_init__(self) -> None:
        self.blocks = [self.decoder.blocks[at] for at in shares(self.decoder.config.n_layers, self.stages)[self.index]]
        for each in self.blocks:
            defer(each, self.later)
        if self.last and isinstance(self.decoder.unembed, nn.Linear):
            self.decoder.unembed = Deferred(self.decoder.unembed, self.later)  # pyright: ignore[reportAttributeAccessIssue]

    @property
    def decoder(self) -> Decoder:
        return self.ends.decoder

    @property
    def bytes(self) -> int:
        """What lies in memory for backwards to come, where it is counted, and what W waits for."""
        return sum(each.kept for each in self.held.values()) + (self.later.bytes if self.meter else 0)

    @property
    def first(self) -> bool:
        return self.index == 0

    @property
    def last(self) -> bool:
        return self.index == self.stages - 1

    def parameters(self) -> Iterator[tuple[str, nn.Parameter]]:
        """Those of this stage, by their names in the decoder. Tied tables belong to the first and to the last."""
        own = {id(each) for block in self.blocks for each in block.parameters()}
        if self.first:
            own |= {id(each) for name, each in self.decoder.named_parameters() if name.split(".")[0] in ENTERS}
        if self.last:
            own |= {id(each) for each in self.decoder.unembed.parameters()}
            own |= {id(each) for name, each in self.decoder.named_parameters() if name.startswith("ln_final")}
        seen = set[int]()
        for name, each in self.decoder.named_parameters():
            if id(each) in own and id(each) not in seen:
                seen.add(id(each))
                yield name.replace(".layer.", "."), each

    def forward(
        self,
        batch: int,
        windows: Int[Tensor, "row pos_and_one"],
        x: Float[Tensor, "row pos d"] | None,
        share: float,
        split: bool,
    ) -> Tensor:
        """The stream that leaves, or the loss: this micro-batch's part of the mean over all tokens."""
        entered = None if x is None else x.requires_grad_()
        others = list[Tensor]()

        def through() -> Tensor:
            with self.later.of(batch, split):
                stream, at = self.ends.entered(windows, self.first)
                stream = stream if entered is None else entered
                for block in self.blocks:
                    stream = block(stream, at)
                others.extend(each * share for each in self.ends.others(at))
                return stream if not self.last else self.ends.loss(stream, windows) * share

        left, kept = self.meter(through) if self.meter else (through(), 0)
        self.held[batch] = Held(entered, left, others, kept)
        self.losses += sum(float(each.detach()) for each in ([left] if self.last else []) + others)
        return left.detach()

    def backward(self, batch: int, gradient: Tensor | None) -> Tensor | None:
        """The gradient of what entered; weights' gradients come with it unless the forward was told to split."""
        held = self.held.pop(batch)
        torch.autograd.backward([held.left, *held.others], [gradient, *[None] * len(held.others)])
        return None if held.entered is None else held.entered.grad

    def weights(self, batch: int) -> None:
        self.later.weights(batch)


#: Parts of a decoder that its first stage reads.
ENTERS = ("embed", "positions")
__all__ = ["ENTERS", "Ends", "Held", "Stage", "shares"]
