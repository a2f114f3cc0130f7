"""A decoder cut into the units that are gathered, computed and freed together: embedding, blocks, head.

A *unit* is a set of parameters in one flat tensor, of which N ranks may hold a part each; a *segment* is a part of the
forward pass and the units that it reads. Tied weights lie in the unit that has them first, and two segments read it.

>>> from explorer.stack.transformer.config import DecoderConfig
>>> tiny = Decoder(DecoderConfig(2, 8, 2, 1, 4, 16, 32, 16)).initialise(torch.Generator().manual_seed(0))
>>> [(unit.name, unit.numbers) for unit in units_of(tiny)]
[('embed', 256), ('blocks.0', 592), ('blocks.1', 592), ('ln_final', 8)]
>>> segments_of(tiny)  # the unembedding is tied to the embedding
[('embed', ('embed',)), ('blocks.0', ('blocks.0',)), ('blocks.1', ('blocks.1',)), ('head', ('ln_final', 'embed'))]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.parallelism.group import Group
from explorer.stack.transformer.balancing import z_loss
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.chunked_loss import linear_cross_entropy
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import USUAL
from explorer.stack.transformer.router import Routing


@dataclass(frozen=True, eq=False)
class Unit:
    """Parameters that travel together."""

    name: str
    parameters: tuple[tuple[str, nn.Parameter], ...]

    @property
    def numbers(self) -> int:
        return sum(each.numel() for _, each in self.parameters)

    def padded(self, ranks: int) -> int:
        """Numbers of the flat tensor: a multiple of the ranks."""
        return -(-self.numbers // ranks) * ranks


def units_of(decoder: Decoder) -> list[Unit]:
    """In the order of the forward pass. Every parameter is in one unit."""
    found: dict[str, list[tuple[str, nn.Parameter]]] = {}
    for name, parameter in decoder.named_parameters():
        first, *more = name.split(".")
        found.setdefault(f"{first}.{more[0]}" if first == "blocks" else first, []).append((name, parameter))
    return [Unit(name, tuple(parameters)) for name, parameters in found.items()]


def segments_of(decoder: Decoder) -> list[tuple[str, tuple[str, ...]]]:
    """Each segment's name and the units that it reads, in the order of the forward pass."""
    names = [unit.name for unit in units_of(decoder)]
    blocks = [name for name in names if name.startswith("blocks.")]
    enters = tuple(name for name in names if name in ("embed", "positions"))
    leaves = tuple(name for name in ("ln_final", "unembed") if name in names)
    head = leaves if "unembed" in names else (*leaves, "embed")
    return [("embed", enters), *((name, (name,)) for name in blocks), ("head", head)]


@dataclass(eq=False)
class Forward:
    """One rank's forward pass over its own rows, segment by segment; each gives what is to be differentiated.

    Losses are means over the tokens of all ranks: each rank's own mean counts by its share of the tokens, so that the
    sum of the ranks' losses, and of their gradients, is one process's. A router's balance is no mean: n sum f_i P_i is
    a product of two, and f, which has no gradient, is taken over all ranks (Qiu et al. 2025, arXiv 2501.11873).
    """

    decoder: Decoder
    windows: Int[Tensor, "row pos"]
    group: Group | None
    share: float
    """This rank's part of all tokens."""
    kernel: str = "sdpa"

    def __post_init__(self) -> None:
        self.routings: list[Routing] = []
        self.at: Pass | None = None
        self.parts: dict[str, float] = {}

    def segment(self, name: str, x: Tensor | None) -> tuple[Tensor, list[Tensor]]:
        """What the segment gives, and losses of its own; the head's output is its loss."""
        if name == "head":
            assert x is not None
            return self._head(x), []
        if x is None:
            x, self.at = self.decoder.entered(self.windows[:, :-1])
            self.at.written_out = True
            self.at.routings = self.routings if self.decoder.config.n_experts else None
            return x, []
        assert self.at is not None
        out = self.decoder.get_submodule(name)(x, self.at)
        extra = [self._router(each) for each in self.routings]
        self.routings.clear()  # what they hold is freed with the segment
        return out, extra

    def shared(self) -> list[Tensor]:
        """What all blocks read beside the stream: positions and rotations."""
        if self.at is None:
            return []
        return [self.at.positions, *(each for pair in self.at.rotations.values() for each in pair)]

    def whole(self) -> Float[Tensor, ""]:
        """All segments; the loss, this rank's part of it."""
        x, extra = None, list[Tensor]()
        for name, _ in segments_of(self.decoder):
            x, more = self.segment(name, x)
            extra += more
        assert x is not None
        return torch.stack([x, *extra]).sum()

    def _head(self, x: Float[Tensor, "row pos d_model"]) -> Float[Tensor, ""]:
        targets, decoder = self.windows[:, 1:].reshape(-1), self.decoder
        if decoder.config.logit_cap is None:
            read = decoder.read(x, written_out=True).flatten(0, 1)  # row*pos d_model
            lm = linear_cross_entropy(read, decoder.unembed.weight.to(read.dtype), targets)
        else:
            lm = nn.functional.cross_entropy(decoder.unembedded(x).flatten(0, 1).float(), targets)
        self._count("lm", lm)
        return lm * self.share

    def _router(self, routing: Routing) -> Float[Tensor, ""]:
        """The router's losses of one layer."""
        layers = self.decoder.config.n_layers
        balance, z = (each / layers for each in router_losses(routing, self.group, self.share))
        self._count("balance", balance)
        self._count("z", z)
        return (USUAL["balance"] * balance + USUAL["z"] * z) * self.share

    def _count(self, name: str, part: Tensor) -> None:
        self.parts[name] = self.parts.get(name, 0.0) + float(part.detach()) * self.share


def router_losses(routing: Routing, group: Group | None, share: float) -> tuple[Float[Tensor, ""], Float[Tensor, ""]]:
    """Balance and z of one layer, of which this rank counts `share`: its part of the tokens of all of the group."""
    n = routing.scores.shape[1]
    f = torch.bincount(routing.indices.reshape(-1), minlength=n).float() / len(routing.scores) * share
    if group is not None:
        group.all_reduce(f, "loads of the experts").wait()
    return n * (f * routing.scores.mean(0)).sum(), z_loss(routing.logits)


def shares(rows: int, ranks: int) -> list[slice]:
    """Which rows of a batch each rank reads: as evenly as they can be. Raises ValueError where one would have none.

    >>> [each.stop - each.start for each in shares(7, 3)]
    [3, 2, 2]
    """
    if rows < ranks:
        raise ValueError(f"{rows} rows leave nothing for some of {ranks} ranks; at least {ranks} rows are needed")
    ends = [0]
    for rank in range(ranks):
        ends.append(ends[-1] + rows // ranks + (rank < rows % ranks))
    return [slice(*pair) for pair in pairwise(ends)]


def flat_views(flat: Float[Tensor, " n"], unit: Unit) -> Iterator[tuple[nn.Parameter, Tensor]]:
    """Each parameter of the unit, and where it lies in the flat tensor."""
    begin = 0
    for _, parameter in unit.parameters:
        yield parameter, flat[begin : begin + parameter.numel()].view(parameter.shape)
        begin += parameter.numel()
