"""Load balancing, live: what a feed-forward layer reads and writes over the passages, and a router and its experts
trained to write the same, once without a counterweight and once with it, both step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
import torch.nn.functional as F
from cachetools import LRUCache
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.compat.torch import with_parts
from explorer.corpora import passages
from explorer.fetching.progress import Progress, silent
from explorer.stack.architectures.capacity import capacity, limit
from explorer.stack.architectures.router_training import Run, Settings, Steps, Task, balance_gradient, training
from explorer.stack.transformer.balancing import load_balancing
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.router import Routing, softmax_top_k
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.zoo.model import Model

#: Excerpts in one forward pass.
ROWS = 8


class _Kept(nn.Module):
    """A feed-forward layer that remembers what it read and wrote."""

    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.inner = inner
        self.seen: list[tuple[Tensor, Tensor]] = []

    def forward(self, x: Float[Tensor, "batch pos d_model"]) -> Float[Tensor, "batch pos d_model"]:
        y = self.inner(x)
        self.seen.append((x, y))
        return y


def read_and_written(
    decoder: Decoder, ids: Int[Tensor, "row pos"], layer: int, progress: Callable[[int, int], None] | None = None
) -> tuple[Float[Tensor, "row pos d_model"], Float[Tensor, "row pos d_model"]]:
    """What the feed-forward layer reads, its norm applied, and what it writes. Later layers are not run."""
    first = decoder.shallow(layer + 1)
    block = first.blocks[layer]
    kept = _Kept(block.get_submodule("mlp"))
    first.blocks[layer] = with_parts(block, mlp=kept)  # the model's own block is shared with other runs: it stays
    with torch.no_grad():
        for begin in range(0, len(ids), ROWS):
            if progress:
                progress(begin, len(ids))
            first(ids[begin : begin + ROWS], last_only=True)
    x, y = zip(*kept.seen, strict=True)
    return torch.cat(x), torch.cat(y)


def task_of(x: Float[Tensor, "row pos d_model"], y: Float[Tensor, "row pos d_model"], every: int = 8) -> Task:
    """Rows to train on; every `every`-th is held out whole, so that no held-out token stood beside one trained on."""
    held = torch.arange(len(x)) % every == every - 1
    return Task.of(x[~held].flatten(0, 1), y[~held].flatten(0, 1), x[held].flatten(0, 1), y[held].flatten(0, 1))


def length_of(block_parameters: int, rows: int, most: int = 96, least: int = 24, flop: float = 1.5e11) -> int:
    """Tokens of each row, so that reading them takes seconds in a model of any size: 2 FLOP a parameter and token.

    >>> length_of(10_000_000, 48), length_of(60_000_000, 48), length_of(10**9, 48)
    (96, 26, 24)
    """
    return max(least, min(most, int(flop / (2 * block_parameters * rows))))


def layer_task(model: Model, layer: int, progress: Progress = silent) -> Task:
    """What the layer's feed-forward reads and writes over the passages.

    Raises NotApplicableError for a model that the explorer's own decoder does not know.
    """
    decoder = model.decoder
    ids = [model.vocabulary.encode(one.text) for each in passages.read() for one in each.excerpts]
    counted = sum(p.numel() for block in decoder.blocks[: layer + 1] for p in block.parameters())
    length = length_of(counted, len(ids), most=min(96, model.dims.n_ctx, *map(len, ids)))
    rows = torch.tensor([row[:length] for row in ids])
    return task_of(*read_and_written(decoder, rows, layer, lambda done, total: progress("Passages read", done, total)))


# ---- two trainings ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Pair:
    """One task, learnt twice from the same weights and batches, as far as it has come."""

    task: Task
    plain: Steps
    """Without a counterweight."""
    chosen: Steps

    @property
    def runs(self) -> tuple[Run, Run] | None:
        """Both, once they have ended."""
        if isinstance(self.plain, Run) and isinstance(self.chosen, Run):
            return self.plain, self.chosen
        return None


#: The last pairs of each model: two views show the same one.
KEPT = 4
#: Steps of each between two words on how far they are, and of those how many pass between two that are shown.
SAID, SHOWN = 5, 4
_KNOWN: WeakKeyDictionary[Model, LRUCache[tuple[int, Settings, int], Pair]] = WeakKeyDictionary()


def trainings(model: Model, layer: int, settings: Settings, seed: int, progress: Progress = silent) -> Iterator[Pair]:
    """Both trainings in turns, all steps so far after each few, and at the end the two runs.

    Raises NotApplicableError for a model that the explorer's own decoder does not know.
    """
    known, key = _KNOWN.setdefault(model, LRUCache(KEPT)), (layer, settings, seed)
    if key not in known:
        pair = None
        for said, pair in enumerate(in_turns(layer_task(model, layer, progress), settings, seed), start=1):
            progress("Training steps", 2 * len(pair.plain.loss), 2 * settings.steps)
            if pair.runs is None and said % SHOWN == 0:
                yield pair
        assert pair is not None
        known[key] = pair
    yield known[key]


def in_turns(task: Task, settings: Settings, seed: int) -> Iterator[Pair]:
    """Some steps of one, as many of the other, until both have ended."""
    bare = replace(settings, method="none", alpha=0.0, rate=0.0)
    both = [training(task, each, torch.Generator().manual_seed(seed), every=SAID) for each in (bare, settings)]
    while True:
        with one_thread():
            made = [next(each, None) for each in both]
        if made[0] is None or made[1] is None:
            return
        yield Pair(task, made[0], made[1])


@contextmanager
def one_thread() -> Iterator[None]:
    """Products as small as these take three times the processor's time when two threads wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


# ---- what is claimed ------------------------------------------------------------------------------------------------


def balance_error(run: Steps) -> float:
    """The recorded loss against n sum(f_i P_i), f from the counts, in float64: the largest difference of any step."""
    again = run.settings.n_experts * (run.f * run.P.double()).sum(-1)
    return float((again - run.balance).abs().max())


def gradient_error(logits: Float[Tensor, "token expert"], k: int) -> float:
    """Autograd's gradient of the loss against the formula's, in which f is a constant: relative difference."""
    logits = logits.detach().double().requires_grad_()
    probs = logits.softmax(-1)
    balance = load_balancing(probs, softmax_top_k(logits, k).indices)
    (found,) = torch.autograd.grad(balance.loss, logits)
    formula = balance_gradient(probs.detach(), balance.f)
    return float((found - formula).abs().max() / formula.abs().max())


def repeat_error(run: Run, again: Run) -> float:
    """A second training's first steps against the same steps of the first."""
    n = len(again.loss)
    return worst(
        float((run.counts[:n] - again.counts).abs().max()),
        float((run.loss[:n] - again.loss).abs().max()),
        float((run.P[:n] - again.P).abs().max()),
    )


# ---- capacity -------------------------------------------------------------------------------------------------------


def with_capacity(run: Run, task: Task, factor: float) -> tuple[float, float]:
    """Held-out tokens under a capacity: the share of pairs dropped, and the task's loss with them dropped."""
    routing = run.routing
    assert isinstance(routing, Routing)
    s = run.settings
    most = capacity(len(task.x_held), s.k, s.n_experts, factor)
    cut = limit(routing.indices, routing.weights, s.n_experts, most)
    with torch.no_grad():
        y = run.layer.experts(task.x_held, routing.indices, cut.weights)
        loss = F.mse_loss(y, task.y_held) / task.y_held.square().mean()
    return cut.dropped / routing.indices.numel(), float(loss)


def drop_error(run: Run, factor: float) -> float:
    """Pairs that the limit drops of the held-out tokens, against what the experts' counts say."""
    routing = run.routing
    assert isinstance(routing, Routing)
    s = run.settings
    most = capacity(len(routing.indices), s.k, s.n_experts, factor)
    counts = torch.bincount(routing.indices.reshape(-1), minlength=s.n_experts)
    dropped = limit(routing.indices, routing.weights, s.n_experts, most).dropped
    return float(abs(dropped - int((counts - most).clamp(min=0).sum())))
