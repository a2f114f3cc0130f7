"""What a model sees at each step: windows drawn from streams of tokens, one stream for each kind of text.

The batch of step t is a function of the seed and of t alone. A run that was stopped therefore goes on with the very
batch that it would have seen, and two models trained with one seed see the same tokens in the same order, which is
what makes them twins.

>>> import torch
>>> streams = {"a": torch.arange(100), "b": torch.arange(1000, 1100)}
>>> batches = Batches(streams, {"a": 1, "b": 3}, n_ctx=4, rows=8, seed=0)
>>> ids, kinds = batches(step=7)
>>> ids.shape, kinds.tolist() == [int(row[0] >= 1000) for row in ids], bool((batches(7)[0] == ids).all())
(torch.Size([8, 5]), True, True)

Some windows may say their first tokens again and again, so that it pays to copy. How many tokens is drawn for each
window: a copy that lies always equally far back is found by its distance, without reading what is copied.

>>> again(torch.tensor([[5, 6, 7, 8, 9], [5, 6, 7, 8, 9]]), torch.tensor([2, 3])).tolist()
[[5, 6, 5, 6, 5], [5, 6, 7, 5, 6]]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar, runtime_checkable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.transformer.losses import Losses

In = TypeVar("In", contravariant=True)
Out = TypeVar("Out", covariant=True)


@runtime_checkable
class Trainable(Protocol[In]):
    """What the loop trains: a module that says what a batch costs."""

    def loss(self, batch: In, /) -> Losses: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def named_parameters(self) -> Iterator[tuple[str, nn.Parameter]]: ...
    def state_dict(self) -> Mapping[str, Tensor]: ...
    def load_state_dict(self, state_dict: Mapping[str, Tensor], /) -> object: ...


@runtime_checkable
class Course(Protocol[Out]):
    """What a model is trained and measured on. The batch of a step is whatever the model's `loss` takes."""

    def batch(self, step: int) -> Out:
        """What is seen at that step."""
        ...

    def losses(self, model: Trainable[Out], everything: bool = False) -> dict[str, float]:
        """The held-out loss of each kind, on a part of what is held out or on `everything`."""
        ...

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:
        """What else is measured on what is held out; often nothing."""
        ...


@dataclass(frozen=True)
class Batches:
    """Windows of `n_ctx + 1` tokens: the inputs and, one further, the targets."""

    streams: Mapping[str, Int[Tensor, " _token"]]
    """The documents of each kind, end to end."""
    weights: Mapping[str, float | int]
    """How often each kind is drawn, up to a factor."""
    n_ctx: int
    rows: int
    seed: int
    repeated: float = 0.0
    """Share of a step's windows, the first ones, that say their first tokens again and again."""
    period: tuple[int, int] = (8, 64)
    """How many tokens, at least and at most."""

    def __post_init__(self) -> None:
        short = [kind for kind, stream in self.streams.items() if len(stream) <= self.n_ctx]
        least, most = self.period
        if self.repeated and not 1 <= least <= most < self.n_ctx:
            raise ValueError(f"{least} to {most} tokens cannot be said again in windows of {self.n_ctx}")
        if short or set(self.streams) != set(self.weights):
            raise ValueError(f"streams too short for one window: {short}; kinds {set(self.streams)}")

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self.streams)

    def __call__(self, step: int) -> tuple[Int[Tensor, "row pos"], Int[Tensor, " row"]]:
        """The windows of that step, and the index of the kind that each was drawn from."""
        # A generator for each step: nothing has to be stored to go on after a stop.
        generator = torch.Generator().manual_seed(self.seed * 1_000_003 + step)
        weights = torch.tensor([float(self.weights[kind]) for kind in self.kinds])
        kinds = torch.multinomial(weights, self.rows, replacement=True, generator=generator)
        rows = []
        for kind in kinds.tolist():
            stream = self.streams[self.kinds[kind]]
            begin = int(torch.randint(len(stream) - self.n_ctx, (1,), generator=generator))
            rows.append(stream[begin : begin + self.n_ctx + 1])
        windows = torch.stack(rows).long()
        copied = round(self.repeated * self.rows)
        if not copied:
            return windows, kinds
        some = again(windows[:copied], self.periods(copied, generator))
        return torch.cat([some, windows[copied:]]), kinds

    def periods(self, rows: int, generator: torch.Generator) -> Int[Tensor, " row"]:
        """Each length as likely."""
        least, most = self.period
        return torch.randint(least, most + 1, (rows,), generator=generator)


def again(windows: Int[Tensor, "row pos"], period: Int[Tensor, " row"]) -> Int[Tensor, "row pos"]:
    """The first tokens of each window, as many as its period, to the window's end again and again."""
    return windows.gather(1, torch.arange(windows.shape[1]) % period[:, None])


def held_out_windows(stream: Int[Tensor, " token"], n_ctx: int, limit: int) -> Int[Tensor, "row pos"]:
    """At most `limit` windows of `n_ctx + 1` tokens, spread evenly over a held-out stream, none overlapping."""
    whole = (len(stream) - 1) // n_ctx
    chosen = sorted({int(i * whole / min(limit, whole)) for i in range(min(limit, whole))})
    return torch.stack([stream[i * n_ctx : i * n_ctx + n_ctx + 1] for i in chosen]).long()


@dataclass(frozen=True)
class WindowCourse:
    """What a decoder is trained and measured on: windows of text, next-token loss."""

    batches: Batches
    held: Mapping[str, Int[Tensor, " _token"]]
    """The held-out stream of each kind."""
    measured: int
    """Held-out windows of each kind while training."""

    @property
    def n_ctx(self) -> int:
        """Tokens of a window, its last target left out."""
        return self.batches.n_ctx

    def batch(self, step: int) -> Int[Tensor, "row pos"]:
        return self.batches(step)[0]

    def losses(self, model: Trainable[Tensor], everything: bool = False) -> dict[str, float]:
        found = {}
        for kind, stream in self.held.items():
            windows = held_out_windows(stream, self.batches.n_ctx, len(stream) if everything else self.measured)
            total = sum(float(model.loss(part).parts["lm"]) * len(part) for part in windows.split(16))
            found[kind] = total / len(windows)
        return found

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:
        """Where windows say their tokens again: the loss of tokens said again, and of those said first."""
        if not self.batches.repeated or not isinstance(model, Reads):
            return {}
        generator = torch.Generator().manual_seed(0)
        sums, counts = torch.zeros(2, dtype=torch.float64), torch.zeros(2, dtype=torch.float64)
        for stream in self.held.values():
            windows = held_out_windows(stream, self.n_ctx, len(stream) if everything else self.measured)
            for part in windows.split(16):
                period = self.batches.periods(len(part), generator)[:, None]
                nats, at = token_losses(model, again(part, period[:, 0])).double(), torch.arange(1, self.n_ctx + 1)
                # The first token that is said again follows nothing that was said: it counts as neither.
                for kind, counted in enumerate((at > period, at < period)):
                    sums[kind] += nats[counted].sum()
                    counts[kind] += counted.sum()
        copied, first = (sums / counts).tolist()
        return {"said again": copied, "said first": first}


@runtime_checkable
class Reads(Protocol):
    """A model that says a distribution at every position."""

    def __call__(self, ids: Int[Tensor, "row pos"], /) -> Tensor: ...


def token_losses(model: Reads, windows: Int[Tensor, "row pos"]) -> Float[Tensor, "row target"]:
    """The loss of each token but the first, in nats: entry i is that of token i + 1."""
    logits = model(windows[:, :-1]).float()
    targets = windows[:, 1:]
    return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view(targets.shape)
