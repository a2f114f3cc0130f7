"""Carries out one rank's row of a schedule: receives, computes, sends, and writes down when.

A rank begins to receive the next slot's input before it computes this one, and does not wait for what it sends. Each
message has a tag of its own, so that none is taken for another. With tied tables the last stage's gradient of the
unembedding goes to the first at the end, and the sum back.

Worked example: a schedule on two threads gives the loss of the whole decoder.

>>> from explorer.stack.parallelism.pipeline.schedules import one_f_one_b
>>> from explorer.stack.parallelism.thread_group import in_threads
>>> from explorer.stack.transformer.config import DecoderConfig
>>> def loss(group: Group) -> float:
...     tiny = Decoder(DecoderConfig(2, 8, 2, 1, 4, 16, 32, 16)).initialise(torch.Generator().manual_seed(0))
...     windows = torch.arange(20).view(4, 5) % 7
...     return RankRun(one_f_one_b(2, 4), tiny, group).step(windows).loss
>>> [round(each, 4) for each in in_threads(2, loss)]  # the last stage has it
[0.0, 3.4894]
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.parallelism.activations import keeps
from explorer.stack.parallelism.group import Group, Pending
from explorer.stack.parallelism.pipeline.actions import Action, Schedule, Slot, write
from explorer.stack.parallelism.pipeline.simulate import receiver
from explorer.stack.parallelism.pipeline.stage import Ends, Stage
from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class Done:
    """One slot as it was carried out, in seconds of the machine's clock."""

    slot: str
    waited: float
    """When the rank was free for it."""
    start: float
    """When its input was there."""
    end: float
    processor: float
    """Seconds of this thread's processor."""


@dataclass(frozen=True)
class Stepped:
    """What one rank made of a step."""

    loss: float
    """Of its stages: the tokens' on the last, routers' where the ends give them."""
    done: tuple[Done, ...]
    gradients: dict[str, Tensor]
    kept: tuple[int, ...]
    """Bytes that autograd kept after each slot, where they were counted."""


@dataclass(eq=False)
class RankRun:
    """One rank of a pipeline: its stages, made of a decoder that it may change, and its group."""

    schedule: Schedule
    decoder: Decoder
    group: Group
    counted: bool = False
    """Whether kept bytes are counted: that takes time."""
    ends: Ends | None = None
    """Its own, where the decoder is split otherwise too."""
    _sent: list[tuple[Pending, Tensor]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rank, count = self.group.rank, self.schedule.n_stages
        if self.group.ranks != self.schedule.n_ranks:
            raise ValueError(f"a schedule of {self.schedule.n_ranks} ranks does not fit {self.group.ranks}")
        self._ends = self.ends or Ends(self.decoder)
        self.stages = {at: Stage(self._ends, at, count) for at in self.schedule.stages_of(rank)}
        if self.counted:
            for each in self.stages.values():
                each.meter = keeps(self.decoder)

    def step(self, windows: Int[Tensor, "row pos"]) -> Stepped:
        """Every slot of this rank's row. Rows divide evenly into micro-batches; gradients are those of the mean."""
        schedule, row = self.schedule, self.schedule.rows[self.group.rank]
        if len(windows) % schedule.n_microbatches:
            raise ValueError(f"{len(windows)} rows do not divide into {schedule.n_microbatches} micro-batches")
        self.decoder.zero_grad(set_to_none=True)
        self._batches = windows.chunk(schedule.n_microbatches)
        self._made: dict[Action, Tensor] = {}
        for stage in self.stages.values():
            stage.losses = 0.0
        done, kept = list[Done](), list[int]()
        coming = self._expected(row[0])
        for at, slot in enumerate(row):
            waited = time.perf_counter()
            inputs = {each: pending.wait() for each, pending in coming.items()}
            coming = self._expected(row[at + 1]) if at + 1 < len(row) else {}
            start, processor = time.perf_counter(), time.thread_time()
            made = {each: self._made_by(each, inputs.get(each)) for each in slot}
            end, used = time.perf_counter(), time.thread_time() - processor
            for each, tensor in made.items():
                if tensor is not None:
                    self._give(each, tensor)
            done.append(Done(write((slot,)), waited, start, end, used))
            kept.append(sum(stage.bytes for stage in self.stages.values()))
        for pending, _ in self._sent:
            pending.wait()
        self._sent.clear()
        gradients = {
            name: each.grad
            for stage in self.stages.values()
            for name, each in stage.parameters()
            if each.grad is not None
        }
        loss = sum(stage.losses for stage in self.stages.values())
        return Stepped(loss, tuple(done), self._tied(gradients), tuple(kept))

    # ---- one action --------------------------------------------------------------------------------------------------

    def _made_by(self, action: Action, received: Tensor | None) -> Tensor | None:
        """What an action gives to a neighbour; None: nothing."""
        stage, batch = self.stages[action.stage], action.microbatch
        if action.op == "F":
            x = received if received is not None else self._from_neighbour(Action(action.stage - 1, "F", batch))
            split = self.schedule.splits(action.stage, batch)
            share = 1 / self.schedule.n_microbatches
            made = stage.forward(batch, self._batches[batch], x, share, split)
            return None if stage.last else made
        if action.op == "W":
            stage.weights(batch)
            return None
        return stage.backward(batch, received if received is not None else self._gradient(action))

    def _gradient(self, action: Action) -> Tensor | None:
        """From a stage of this rank; None: the loss is differentiated."""
        needs = [each for each in self.schedule.needs(action) if each.op in "BI"]
        return self._from_neighbour(needs[0]) if needs else None

    def _from_neighbour(self, need: Action) -> Tensor | None:
        return self._made.pop(need, None)

    def _give(self, action: Action, made: Tensor) -> None:
        to = receiver(self.schedule, action)
        if to is None:
            self._made[action] = made
            return
        made = made.contiguous()
        self._sent.append((self.group.send(made, to, str(action), self._tag(action)), made))

    def _expected(self, slot: Slot) -> dict[Action, Pending]:
        """Begins to receive what a slot needs of other ranks."""
        coming: dict[Action, Pending] = {}
        for each in slot:
            for need in self.schedule.needs(each):
                source = self.schedule.rank_of(need.stage)
                if source != self.group.rank:
                    room = next(self.decoder.parameters()).new_empty(self._ends.shape(self._batches[each.microbatch]))
                    coming[each] = self.group.receive(room, source, str(need), self._tag(need))
        return coming

    def _tag(self, action: Action) -> int:
        backward = 0 if action.op == "F" else 1
        return (action.microbatch * self.schedule.n_stages + action.stage) * 2 + backward

    def _tied(self, gradients: dict[str, Tensor]) -> dict[str, Tensor]:
        """The sum of both ends' gradients of a table that is embedding and unembedding at once."""
        schedule, table = self.schedule, "embed.weight"
        ends = schedule.rank_of(0), schedule.rank_of(schedule.n_stages - 1)
        if not self.decoder.config.tied or ends[0] == ends[1] or self.group.rank not in ends:
            return gradients
        name = next(each for each in gradients if each.startswith(("embed", "unembed")))
        own, other = gradients[name].contiguous(), torch.empty_like(gradients[name])
        peer, tag = ends[self.group.rank == ends[0]], 2 * schedule.n_stages * schedule.n_microbatches
        sending = self.group.send(own, peer, table, tag)
        self.group.receive(other, peer, table, tag).wait()
        sending.wait()
        return {**{key: each for key, each in gradients.items() if key != name}, table: own + other}
