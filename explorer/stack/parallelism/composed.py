"""Data, tensor, pipeline and expert parallelism of one decoder at once: every rank has a place on each of four axes.

    rank = ((pipe * D + data) * E + expert) * T + tensor

    tensor   cuts every layer's width (`tensor`); its ranks read the same rows, and lie next to each other
    expert   cuts the list of experts (`expert_parallel`); its ranks read rows of their own
    data     reads rows of its own; all else alike
    pipe     cuts the depth into stages (`pipeline`); micro-batches go through them

A gradient is summed over the ranks that read other rows with the same weight: over data and expert, and an expert's
over data alone. Of a micro-batch each reader has its share of the rows; losses are means over its tokens, a router's
balance is the micro-batch's.

Shoeybi et al. 2019 (arXiv 1909.08053); Narayanan et al. 2021 (arXiv 2104.04473): three of the axes, composed; Singh et
al. 2023 (arXiv 2303.06318): tensor, expert and data.

>>> layout = Layout(pipe=2, data=2)
>>> layout.along("pipe"), layout.along("data"), layout.along("tensor")
([[0, 2], [1, 3]], [[0, 1], [2, 3]], [[0], [1], [2], [3]])

Four threads, as two stages of which each is cut across its width, give one process's loss:

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> from explorer.stack.transformer.config import DecoderConfig
>>> tiny = Decoder(DecoderConfig(2, 8, 4, 2, 4, 12, 32, 16)).initialise(torch.Generator().manual_seed(0))
>>> text = torch.arange(36).view(4, 9) % 7
>>> def loss(group: Group) -> float:
...     return round(Composed.of(tiny, group, Layout(pipe=2, tensor=2), microbatches=2).step(text), 4)
>>> in_threads(4, loss) == [round(float(tiny.loss(text).total({}).detach()), 4)] * 4
True
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.parallelism import expert_parallel, slices
from explorer.stack.parallelism.expert_parallel import ExpertParallel
from explorer.stack.parallelism.group import Group
from explorer.stack.parallelism.pipeline.actions import Schedule
from explorer.stack.parallelism.pipeline.run import RankRun
from explorer.stack.parallelism.pipeline.schedules import one_f_one_b
from explorer.stack.parallelism.pipeline.stage import Ends
from explorer.stack.parallelism.tensor import Split, counted_once
from explorer.stack.parallelism.units import router_losses, shares
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import USUAL

Axis = Literal["pipe", "data", "expert", "tensor"]
AXES: tuple[Axis, ...] = ("pipe", "data", "expert", "tensor")


@dataclass(frozen=True)
class Layout:
    """How many ranks lie along each axis."""

    pipe: int = 1
    data: int = 1
    expert: int = 1
    tensor: int = 1

    @property
    def sizes(self) -> tuple[int, ...]:
        return self.pipe, self.data, self.expert, self.tensor

    @property
    def ranks(self) -> int:
        return prod(self.sizes)

    def __str__(self) -> str:
        """
        >>> str(Layout(data=2, tensor=2)), str(Layout())
        ('data 2 x tensor 2', 'one process')
        """
        named = [f"{axis} {size}" for axis, size in zip(AXES, self.sizes, strict=True) if size > 1]
        return " x ".join(named) or "one process"

    def along(self, *axes: Axis) -> list[list[int]]:
        """Groups of ranks that differ along these axes only."""
        found: dict[tuple[int, ...], list[int]] = {}
        for rank, place in enumerate(product(*map(range, self.sizes))):
            key = tuple(at for axis, at in zip(AXES, place, strict=True) if axis not in axes)
            found.setdefault(key, []).append(rank)
        return list(found.values())


def refusal(config: DecoderConfig, layout: Layout, rows: int, microbatches: int) -> str:
    """Why a decoder and a batch cannot be laid out so, and what would fit; empty where they can."""
    if min(*layout.sizes, microbatches) < 1:
        return "Every axis has at least 1 rank, and there is at least 1 micro-batch."
    if wrong := slices.refusal(config, layout.tensor):
        return wrong
    if layout.expert > 1 and (wrong := expert_parallel.refusal(config, layout.expert)):
        return wrong
    if layout.pipe > config.n_layers:
        return f"{config.n_layers} blocks do not fill {layout.pipe} stages: up to {config.n_layers} would fit."
    readers = layout.data * layout.expert
    if rows % microbatches or rows // microbatches < readers:
        return (
            f"{rows} rows do not make {microbatches} even micro-batches of at least a row for each of "
            f"{readers} readers: a multiple of {microbatches}, from {readers * microbatches} on, would fit."
        )
    return ""


@dataclass(eq=False)
class SplitEnds(Ends):
    """Of a decoder that is cut across its width, and whose rows are shared among readers."""

    split: Split
    readers: Group
    """The ranks that read the other rows of a micro-batch."""
    share: float = 1.0
    """This reader's part of the rows."""

    def entered(self, windows: Int[Tensor, "row pos_and_one"], first: bool) -> tuple[Tensor, Pass]:
        x, at = self.split.entered(windows) if first else self.split.told(windows)
        at.routings = [] if self.decoder.config.n_experts else None
        return x, at

    def loss(self, stream: Tensor, windows: Int[Tensor, "row pos_and_one"]) -> Float[Tensor, ""]:
        return self.split.lm(stream, windows) * self.share

    def others(self, at: Pass) -> list[Float[Tensor, ""]]:
        made = list[Tensor]()
        for each in at.routings or ():
            balance, z = router_losses(each, self.readers, self.share)
            whole = (USUAL["balance"] * balance + USUAL["z"] * z) * (self.share / self.decoder.config.n_layers)
            made.append(counted_once(whole, self.split.group))
        return made

    def shape(self, windows: Int[Tensor, "row pos_and_one"]) -> tuple[int, int, int]:
        rows, positions, d_model = super().shape(windows)
        return rows, positions // (self.split.group.ranks if self.split.seam.sequence else 1), d_model


@dataclass(eq=False)
class Composed:
    """One rank: its stages of a decoder, cut across their width, with its own experts."""

    config: DecoderConfig
    layout: Layout
    group: Group
    run: RankRun
    ends: SplitEnds
    gradients: dict[str, Tensor] = field(default_factory=dict)
    """Of what this rank holds, after a step, by its names in the decoder."""

    @classmethod
    def of(
        cls,
        decoder: Decoder,
        group: Group,
        layout: Layout,
        microbatches: int = 1,
        schedule: Callable[[int, int], Schedule] = one_f_one_b,
        sequence: bool = False,
    ) -> Composed:
        """`decoder` stays as it is. `schedule` is told of ranks and micro-batches. `sequence`: the stream is cut by
        positions among the ranks of the tensor axis. Raises ValueError for what does not divide, with what would fit.
        """
        if group.ranks != layout.ranks:
            raise ValueError(f"{layout} are {layout.ranks} ranks, and {group.ranks} are there")
        if refused := refusal(decoder.config, layout, layout.data * layout.expert * microbatches, microbatches):
            raise ValueError(refused)
        split = Split.of(decoder, group.part(layout.along("tensor")), sequence)
        if layout.expert > 1:
            ExpertParallel.of(split.decoder, group.part(layout.along("expert")))
        ends = SplitEnds(split.decoder, split, group.part(layout.along("data", "expert")))
        made = schedule(layout.pipe, microbatches)
        run = RankRun(made, split.decoder, group.part(layout.along("pipe")), ends=ends)
        return cls(decoder.config, layout, group, run, ends)

    def step(self, windows: Int[Tensor, "row pos_and_one"]) -> float:
        """The loss of all rows, the mean of the micro-batches'; gradients are of it. Raises ValueError for rows that do
        not divide."""
        layout, count = self.layout, self.run.schedule.n_microbatches
        if refused := refusal(self.config, layout, len(windows), count):
            raise ValueError(refused)
        readers = self.ends.readers
        batches = windows.chunk(count)
        mine = shares(len(batches[0]), readers.ranks)[readers.rank]
        self.ends.share = (mine.stop - mine.start) / len(batches[0])
        made = self.run.step(torch.cat([each[mine] for each in batches]))
        self.ends.split.sum_partial()
        self.gradients = made.gradients
        experts = {name for name in made.gradients if ".experts." in name and layout.expert > 1}
        among = self.group.part(layout.along("data"))
        among.sum_together([made.gradients[name] for name in sorted(experts)], "gradients of own experts")
        others = [made.gradients[name] for name in sorted(made.gradients.keys() - experts)]
        readers.sum_together(others, "gradients")
        loss = torch.tensor(made.loss, dtype=torch.float64, device=windows.device)
        everyone = self.group.part(layout.along("pipe", "data", "expert"))
        return float(everyone.all_reduce(loss, "loss").wait())


def joined(
    parts: list[dict[str, Tensor]], config: DecoderConfig, layout: Layout, like: dict[str, Tensor]
) -> dict[str, Tensor]:
    """All ranks' gradients put together as one decoder's; what lies on several is taken of the last."""
    whole: dict[str, Tensor] = {}
    for ranks in layout.along("expert", "tensor"):  # stage by stage
        of_tensor = list[dict[str, Tensor]]()
        for tensor in range(layout.tensor):
            along = [parts[rank] for rank in ranks[tensor :: layout.tensor]]
            own = layout.expert > 1
            of_tensor.append({
                name: torch.cat([each[name] for each in along]) if own and ".experts." in name else along[-1][name]
                for name in along[-1]
            })  # fmt: skip
        names = set[str]().union(*of_tensor)
        whole |= slices.joined(of_tensor, config, {name: like[name] for name in names})
    return whole
