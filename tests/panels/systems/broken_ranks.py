"""Rank functions whose mechanism is broken, each in a process of its own that ends with its test."""

from __future__ import annotations

import torch
from torch import Tensor

from explorer.experiments.systems import broken_rank, bucket_rank, collectives_rank, expert_rank, tensor_rank, zero_rank
from explorer.experiments.systems.rank_process import Message, Rank
from explorer.stack.parallelism import collectives, expert_parallel, tensor, zero
from explorer.stack.parallelism.collectives import Walk
from explorer.stack.parallelism.data_parallel import Buckets
from explorer.stack.parallelism.group import Finish, Group, Operation
from explorer.stack.parallelism.process_group import ProcessGroup
from explorer.stack.parallelism.shard import Kind, Shard
from explorer.stack.parallelism.units import Forward
from explorer.stack.parallelism.zero import Sharded
from explorer.stack.transformer.experts import Dispatch

KEPT: list[Tensor] = []


def summed(rank: Rank, given: Message) -> Message:
    """Losses and gradients are added up, not averaged."""
    zero.Forward = lambda decoder, windows, group, _: Forward(decoder, windows, group, 1.0)  # pyright: ignore[reportAttributeAccessIssue]
    return zero_rank.stages(rank, given)


def too_soon(rank: Rank, given: Message) -> Message:
    """A bucket is summed with its first gradient, and losses are not by their rows."""
    came = Buckets._came

    def first(self: Buckets, parameter: Tensor) -> None:
        if self.overlap:
            self._start(everything=True)
        came(self, parameter)

    Buckets._came = first
    bucket_rank.Forward = lambda decoder, windows, group, _: Forward(decoder, windows, group, 1.0)  # pyright: ignore[reportAttributeAccessIssue]
    return bucket_rank.overlap(rank, given)


def wasteful(rank: Rank, given: Message) -> Message:
    """Gradients are not freed, something is kept that nobody counts, weights are gathered again, and a sum is sent
    twice and recorded once."""
    note, gather = Sharded._note, Sharded._gather

    def noted(self: Sharded, kind: Kind, unit: str) -> None:
        KEPT.append(torch.ones(100))
        note(self, kind, unit)

    def kept(self: Sharded, shard: Shard) -> None:
        pass

    def twice(self: Sharded, name: str) -> None:
        if self.stage == 3:
            self.group.all_gather(self.shards[name].own, name).wait()
        gather(self, name)

    Sharded._note, Sharded._gather, Sharded._drop = noted, twice, kept
    _talk()
    return zero_rank.stages(rank, given)


def _talk() -> None:
    once = ProcessGroup._all_reduce

    def twice(self: ProcessGroup, tensor: Tensor, operation: Operation) -> Finish:
        once(self, tensor.clone(), operation)()
        return once(self, tensor, operation)

    ProcessGroup._all_reduce = twice


def wrong(rank: Rank, given: Message) -> Message:
    """A ring that forgets the first rank's numbers, and sends twice as many bytes a number."""
    _widen(forget=True)
    return collectives_rank.walked(rank, given)


def wide_timed(rank: Rank, given: Message) -> Message:
    """A ring that sends twice as many bytes, and a library that sends its sum twice."""
    _widen()
    _talk()
    return collectives_rank.timed(rank, given)


def _widen(forget: bool = False) -> None:
    right = collectives.ALGORITHMS["ring all-reduce"]

    def widened(group: Group, vector: Tensor, keep: bool) -> Walk:
        return right(group, vector.double() * (group.rank if forget else 1), keep)

    collectives.ALGORITHMS["ring all-reduce"] = widened


def always_summed(rank: Rank, given: Message) -> Message:
    """Every way forgets to divide."""
    backward = broken_rank._backward
    broken_rank._backward = lambda decoder, rows, _: backward(decoder, rows, 1.0)
    return broken_rank.mistakes(rank, given)


def split_wrongly(rank: Rank, given: Message) -> Message:
    """Parts are sent twice over, and half of their sum is kept."""
    right = tensor.summed

    def doubled(x: Tensor, group: Group, what: str = "") -> Tensor:
        return right(torch.cat([x, x]), group, what)[: len(x)] / 2

    tensor.summed = doubled
    return tensor_rank.block(rank, given)


def split_talking(rank: Rank, given: Message) -> Message:
    """A sum is sent twice and recorded once."""
    _talk()
    return tensor_rank.block(rank, given)


def sent_astray(rank: Rank, given: Message) -> Message:
    """Every token goes to the expert after its own."""
    right = expert_parallel.dispatch

    def astray(indices: Tensor, n_experts: int, block: int = 1) -> Dispatch:
        return right((indices + 1) % (n_experts - 1), n_experts, block)

    expert_parallel.dispatch = astray
    return expert_rank.layer(rank, given)
