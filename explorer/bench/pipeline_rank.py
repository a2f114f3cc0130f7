"""What a rank does where a pipeline's step is held against torch's own: a rank function (`ranks`)."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributed.pipelining import PipelineStage
from torch.distributed.pipelining.schedules import get_schedule_class

from explorer.experiments.systems.parallel_subject import decoder_of
from explorer.experiments.systems.pipeline_parallel import TORCHS
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism.pipeline.actions import Schedule, read
from explorer.stack.parallelism.pipeline.run import RankRun
from explorer.stack.parallelism.pipeline.stage import shares
from explorer.stack.transformer.decoder import Decoder


class Part(nn.Module):
    """A stage as torch's pipelining takes it: ids or a stream in, a stream or logits out."""

    def __init__(self, decoder: Decoder, index: int, stages: int) -> None:
        super().__init__()
        self.first, self.last = index == 0, index == stages - 1
        self.decoder = decoder
        self.own = [decoder.blocks[at] for at in shares(decoder.config.n_layers, stages)[index]]

    def forward(self, x: Tensor) -> Tensor:
        ids = x if self.first else torch.zeros(x.shape[:2], dtype=torch.long)
        stream, at = self.decoder.entered(ids)
        stream = stream if self.first else x
        for block in self.own:
            stream = block(stream, at)
        return self.decoder.unembedded(stream) if self.last else stream


def compared(rank: Rank, given: Message) -> Message:
    """Our step and torch's of one schedule in turns: seconds of each, and both gradients."""
    key, group, windows = given["schedule"], rank.group, given["windows"]
    schedule = Schedule(key, tuple(read(row) for row in given["rows"]))
    ours = RankRun(schedule, decoder_of(given), group)
    theirs, decoder, losses = _torchs(schedule, decoder_of(given), windows, given["key"])
    seconds: dict[str, list[float]] = {"explorer": [], "torch": []}
    made = ours.step(windows)
    theirs()
    for _ in range(given["rounds"]):
        for name, act in (("explorer", lambda: ours.step(windows)), ("torch", theirs)):
            decoder.zero_grad(set_to_none=True)
            group.barrier()
            begin = time.perf_counter()
            act()
            group.barrier()
            seconds[name].append(time.perf_counter() - begin)
    gradients = {name: each.grad for name, each in decoder.named_parameters() if each.grad is not None}
    return {
        "seconds": seconds, "loss": made.loss, "gradients": made.gradients, "torch_gradients": gradients,
        "torch_loss": float(sum(float(each) for each in losses[-schedule.n_microbatches :])),
    }  # fmt: skip


def _torchs(
    schedule: Schedule, decoder: Decoder, windows: Tensor, key: str
) -> tuple[Callable[[], object], Decoder, list[Tensor]]:
    """torch's runtime of the same schedule on this rank's stages, which share one decoder."""
    rank, count, m = dist.get_rank(), schedule.n_stages, schedule.n_microbatches
    own = schedule.stages_of(rank)
    stages = [PipelineStage(Part(decoder, at, count), at, count, torch.device("cpu")) for at in own]
    losses: list[Tensor] = []

    def loss(logits: Tensor, target: Tensor) -> Tensor:
        made = F.cross_entropy(logits.flatten(0, 1), target.flatten()) / m
        losses.append(made.detach())
        return made

    kind = get_schedule_class(TORCHS[key])
    made = kind(stages if len(own) > 1 or count > schedule.n_ranks else stages[0], m, loss_fn=loss, scale_grads=False)
    ids, target = windows[:, :-1].contiguous(), windows[:, 1:].contiguous()
    args = (ids,) if 0 in own else ()
    named = {"target": target} if count - 1 in own else {}
    return lambda: made.step(*args, **named), decoder, losses
