"""One small model that any objective trains: the decoder, told by each example who attends to whom.

A model under an objective differs from its twins in inputs, targets and mask alone. So one stack of blocks serves all:
the causal objectives read it with the causal mask, MLM with the full one, prefix LM and span corruption with the
prefix's (an encoder-decoder in one stack, as Raffel et al. 2019, arXiv 1910.10683, section 3.2, compare it). Rotary
positions count the places of the row that is read.

Multi-token prediction has further heads on the same stack. A block each in the paper (Gloeckle et al. 2024, arXiv
2404.19737); one matrix each here, added to the stream, before the norm and the unembedding that all heads share.

The loss is the mean over the positions that have a target, summed over heads. `flops` counts what a row costs to train:
every matrix times every row it multiplies, forward and twice that backward, the unembedding at the positions alone that
have a target.

>>> config = DecoderConfig(n_layers=1, d_model=8, n_heads=2, n_kv_heads=2, d_head=4, d_mlp=8, d_vocab=20, n_ctx=16)
>>> twin = Twin(config, heads=1).initialise(torch.Generator().manual_seed(0))
>>> from explorer.stack.pretraining.compute import trained
>>> from explorer.stack.pretraining.objectives.causal import causal
>>> round(float(twin.loss(together([causal(torch.arange(6))])).parts["lm"].detach()), 1)  # ln 20
3.0
>>> flops(config, length=6, counted=5.0) == trained(config, 6) - 3 * 2 * 8 * 20
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.stack.pretraining.batches import Batches, Trainable, held_out_windows
from explorer.stack.pretraining.compute import PASSES, parts
from explorer.stack.pretraining.objectives.example import IGNORED, Example
from explorer.stack.transformer.attention import Attended, Bias, Hook, Visibility, sdpa, unchanged
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses


@dataclass(frozen=True, eq=False)
class Examples:
    """Equally long texts under one objective."""

    inputs: Int[Tensor, "row pos"]
    targets: Int[Tensor, "row head pos"]
    attends: Bool[Tensor, "row query key"]


def together(examples: Sequence[Example]) -> Examples:
    return Examples(
        torch.stack([each.inputs for each in examples]),
        torch.stack([each.targets for each in examples]),
        torch.stack([each.attends for each in examples]),
    )


@dataclass(frozen=True, eq=False)
class Masked:
    """A kernel that looks at the examples' own mask, whatever the positions would allow."""

    attends: Bool[Tensor, "row query key"]

    def __call__(
        self,
        q: Float[Tensor, "batch head query d_head"],
        k: Float[Tensor, "batch kv_head key d_head"],
        v: Float[Tensor, "batch kv_head key d_head"],
        visible: Visibility,  # noqa: ARG002
        scale: float,
        bias: Bias | None = None,
        cap: float | None = None,
        on_scores: Hook = unchanged,
        on_pattern: Hook = unchanged,
    ) -> Attended:
        return sdpa(q, k, v, Visibility(self.attends[:, None]), scale, bias, cap, on_scores, on_pattern)


class Twin(nn.Module):
    """The decoder, and further heads where several tokens are predicted at once."""

    def __init__(self, config: DecoderConfig, heads: int = 1, compute: torch.dtype | None = None) -> None:
        super().__init__()
        self.decoder = Decoder(config, compute)
        self.further = nn.ModuleList(nn.Linear(config.d_model, config.d_model, bias=False) for _ in range(heads - 1))

    def initialise(self, generator: torch.Generator | None = None) -> Twin:
        """The decoder's weights are those of a twin with fewer heads and the same generator."""
        self.decoder.initialise(generator)
        with torch.no_grad():
            for each in self.further.parameters():
                each.normal_(0, 0.02, generator=generator)
        return self

    @property
    def heads(self) -> int:
        return 1 + len(self.further)

    def read(self, batch: Examples) -> Iterator[Float[Tensor, "row pos d_model"]]:
        """Of each head, what the unembedding reads."""
        x = self.decoder.stream(batch.inputs, kernel=Masked(batch.attends))
        yield self.decoder.read(x)
        for head in self.further:
            yield self.decoder.read(x + head(x))

    def loss(self, batch: Examples) -> Losses:
        """The objective's own."""
        weight = self.decoder.unembed.weight
        means = []
        for head, read in enumerate(self.read(batch)):
            wanted = batch.targets[:, head]
            counts = wanted != IGNORED
            means.append(linear_cross_entropy(read[counts], weight.to(read.dtype), wanted[counts]))
        return Losses({"lm": torch.stack(means).sum()})

    @torch.no_grad()
    def nats(self, batch: Examples) -> Float[Tensor, "row head pos"]:
        """The loss of each target; NaN where there is none."""
        found = []
        for head, read in enumerate(self.read(batch)):
            wanted = batch.targets[:, head]
            logits = self.decoder.unembed(read).float().flatten(0, 1)  # row*pos d_vocab
            nats = nn.functional.cross_entropy(logits, wanted.flatten().clamp(min=0), reduction="none")
            found.append(nats.view(wanted.shape).where(wanted != IGNORED, torch.nan))
        return torch.stack(found, 1)


def flops(config: DecoderConfig, length: int, counted: float, heads: int = 1) -> float:
    """Operations to train one row of so many positions, `counted` targets of all heads among them."""
    blocks = sum(each.flops for each in parts(config, length) if each.name != "unembedding")
    further = 2 * length * config.d_model**2 * (heads - 1)
    return PASSES * (blocks + further + 2 * counted * config.d_model * config.d_vocab)


@dataclass(frozen=True)
class ObjectiveCourse:
    """Windows of text under an objective. What is drawn at a step follows from the seed and the step alone."""

    batches: Batches
    held: Mapping[str, Int[Tensor, " _token"]]
    make: Callable[[Int[Tensor, " token"], torch.Generator], Example]
    measured: int

    @property
    def n(self) -> int:
        """Tokens of a text."""
        return self.batches.n_ctx + 1

    def batch(self, step: int) -> Examples:
        generator = torch.Generator().manual_seed(self.batches.seed * 1_000_003 + step)
        return together([self.make(row, generator) for row in self.batches(step)[0]])

    def losses(self, model: Trainable[Examples], everything: bool = False) -> dict[str, float]:
        """Nats a target of the first head, of each kind of text: what is drawn is the same at each call."""
        assert isinstance(model, Twin)
        found = {}
        for kind, stream in self.held.items():
            generator = torch.Generator().manual_seed(0)
            windows = held_out_windows(stream, self.n - 1, len(stream) if everything else self.measured)
            nats = [
                model.nats(together([self.make(row, generator) for row in some]))[:, 0] for some in windows.split(16)
            ]
            found[kind] = float(torch.cat([each.flatten() for each in nats]).nanmean())
        return found

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return {}
