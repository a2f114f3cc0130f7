"""Data parallelism: every rank has all weights and reads its own rows; gradients are averaged in buckets.

    g = sum over ranks of  (n_r / n) g_r        n_r: tokens of rank r;  g_r: the gradient of the mean over its tokens

The mean over ranks is the mean over tokens only where all have equally many. Gradients lie in buckets, filled in the
order in which the backward pass makes them, the last layer's first; a bucket that is full is summed at once, while the
rest of the backward pass goes on: communication overlaps with computing. Every rank begins the sums in one order, which
is that of the buckets, whatever is ready first: the order is all that tells one sum from another.

Li et al. 2020, PyTorch Distributed (arXiv 2006.15704): buckets of 25 MB.

>>> from explorer.stack.parallelism.thread_group import in_threads
>>> def gradient(group: Group) -> list[float]:
...     w = nn.Parameter(torch.zeros(2))
...     buckets = Buckets([("w", w)], group)
...     buckets.begin()
...     tokens = (2, 1)[group.rank]  # targets 1, 1 on rank 0 and 4 on rank 1: their mean is 2
...     loss = ((w - (1.0, 4.0)[group.rank]) ** 2).mean() / 2
...     (loss * tokens / 3).backward()
...     buckets.finish()
...     return w.grad.tolist()
>>> in_threads(2, gradient)
[[-1.0, -1.0], [-1.0, -1.0]]
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from explorer.stack.parallelism.group import Group, Pending

#: bytes; the first is small, so that sending begins early
BUCKET, FIRST = 25 * 2**20, 2**20


@dataclass(eq=False)
class Bucket:
    """Gradients that are summed together."""

    flat: Tensor
    names: list[str]
    waiting: set[int]
    """Its parameters, by number, whose gradients are not there yet."""
    pending: Pending | None = None
    ready: float = 0.0
    """When its last gradient was there."""


@dataclass(eq=False)
class Buckets:
    """Of one rank's parameters, given in the order of the forward pass. Hooks fill them; `overlap` off: all are summed
    at the end."""

    named: Sequence[tuple[str, nn.Parameter]]
    group: Group
    size: int = BUCKET
    overlap: bool = True
    buckets: list[Bucket] = field(default_factory=list)
    _of: dict[int, Bucket] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        backwards = [(name, each) for name, each in reversed(self.named) if each.requires_grad]
        run, filled = list[tuple[str, nn.Parameter]](), 0
        for name, parameter in backwards:
            most = self.size if self.buckets else min(FIRST, self.size)
            other = bool(run) and run[0][1].dtype != parameter.dtype
            if run and (filled + parameter.nbytes > most or other):
                self._close(run)
                run, filled = [], 0
            run.append((name, parameter))
            filled += parameter.nbytes
        if run:
            self._close(run)
        self._hooks = [each.register_post_accumulate_grad_hook(self._came) for _, each in backwards]

    def _close(self, run: Sequence[tuple[str, nn.Parameter]]) -> None:
        flat = torch.zeros(sum(each.numel() for _, each in run), dtype=run[0][1].dtype, device=run[0][1].device)
        bucket = Bucket(flat, [name for name, _ in run], set())
        begin = 0
        for _, parameter in run:  # the gradient is a view, so that nothing is copied
            parameter.grad = flat[begin : begin + parameter.numel()].view(parameter.shape)
            begin += parameter.numel()
            self._of[id(parameter)] = bucket
        self.buckets.append(bucket)

    def begin(self) -> None:
        """Before the backward pass: gradients are nought, and all are awaited."""
        self._next = 0
        for bucket in self.buckets:
            bucket.flat.zero_()
            bucket.pending, bucket.waiting = None, set()
        for number, bucket in self._of.items():
            bucket.waiting.add(number)

    def finish(self) -> None:
        """After it: until all sums are there. A gradient that did not come counts as nought."""
        self._start(everything=True)
        for bucket in self.buckets:
            assert bucket.pending is not None
            bucket.pending.wait()

    def remove(self) -> None:
        """Take the hooks away."""
        for each in self._hooks:
            each.remove()

    def _came(self, parameter: Tensor) -> None:
        bucket = self._of[id(parameter)]
        bucket.waiting.discard(id(parameter))
        if not bucket.waiting:
            bucket.ready = time.perf_counter()
            if self.overlap:
                self._start()

    def _start(self, everything: bool = False) -> None:
        """Begin the sums of the buckets that are full, in their order."""
        while self._next < len(self.buckets):
            bucket = self.buckets[self._next]
            if bucket.waiting and not everything:
                return
            bucket.pending = self.group.all_reduce(bucket.flat, f"bucket {self._next}")
            self._next += 1
