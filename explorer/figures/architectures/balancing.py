"""Load balancing as a picture: what a feed-forward layer reads and writes, and two trainings of a router on it."""

from __future__ import annotations

import copy
import csv
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.stack.architectures.capacity import capacity, limit
from explorer.stack.architectures.router_training import Run, Task, balance_gradient, balance_of
from explorer.stack.transformer.balancing import load_balancing
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.router import Routing, softmax_top_k

#: Capacity factors whose drops are counted.
FACTORS = (1.0, 1.25, 2.0)
#: The last steps, over which the end is averaged.
END = 20
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
    twin = copy.copy(block)  # the model's own block is shared with other runs, and stays as it is
    twin._modules = dict(block._modules)
    twin._modules["mlp"] = kept = _Kept(block.get_submodule("mlp"))
    first.blocks[layer] = twin
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


def ending(run: Run) -> dict[str, Any]:
    """The last steps on average: load, P, idle experts, and how many even experts the load is worth."""
    share, P = run.share[-END:].mean(0), run.P[-END:].double().mean(0)
    even = 1 / len(share)
    return {
        "share": share,
        "P": P,
        "idle": int((share < even / 10).sum()),
        "effective": effective(share),
        "busiest": float(share.max()) / even,
        "loss": float(run.loss[-END:].mean()),
        "balance": float(run.balance[-END:].mean()),
        "held_out": run.held_out,
        "dropped": [float(run.dropped(factor)[-END:].mean()) for factor in FACTORS],
        "unserved": float(run.unserved[-END:].mean()),
    }


def effective(share: Float[Tensor, " expert"]) -> float:
    """e to the entropy of the load: 8 even experts are 8, one that takes all is 1.

    >>> round(effective(torch.tensor([0.5, 0.5, 0.0]).double()), 6)
    2.0
    """
    return math.exp(float(torch.special.entr(share).sum()))


def shown(run: Run) -> dict[str, Any]:
    """Every step, for the page."""
    return {
        "method": run.settings.method,
        "share": run.share.float(),
        "f": run.f.float(),
        "P": run.P,
        "loss": run.loss.float(),
        "balance": run.balance.float(),
        "end": ending(run),
    }


# ---- what is claimed ------------------------------------------------------------------------------------------------


def balance_error(run: Run) -> float:
    """The recorded loss against n sum(f_i P_i), f from the counts, in float64: the largest difference of any step."""
    again = run.settings.n_experts * (run.f * run.P.double()).sum(-1)
    return float((again - run.balance).abs().max())


def sum_error(run: Run) -> float:
    """Pairs of a step against k a token (an expert's whole capacity, under expert choice)."""
    s = run.settings
    pairs = s.n_experts * capacity(s.batch, s.k, s.n_experts, 1.0) if s.method == "choice" else s.batch * s.k
    return float((run.counts.sum(-1) - pairs).abs().max())


def gradient_error(logits: Float[Tensor, "token expert"], k: int) -> float:
    """Autograd's gradient of the loss against the formula's, in which f is a constant: relative difference."""
    logits = logits.detach().double().requires_grad_()
    probs = logits.softmax(-1)
    balance = load_balancing(probs, softmax_top_k(logits, k).indices)
    (found,) = torch.autograd.grad(balance.loss, logits)
    formula = balance_gradient(probs.detach(), balance.f)
    return float((found - formula).abs().max() / formula.abs().max())


def uniform_error(n_experts: int, k: int) -> float:
    """What a router that treats all alike scores, against k."""
    probs = torch.full((n_experts, n_experts), 1 / n_experts, dtype=torch.float64)
    turns = (torch.arange(n_experts)[:, None] + torch.arange(k)) % n_experts  # every expert equally often
    return abs(float(load_balancing(probs, turns).loss) - k)


def repeat_error(run: Run, again: Run) -> float:
    """A second training's first steps against the same steps of the first."""
    n = len(again.loss)
    return max(
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


def held(run: Run) -> dict[str, Any]:
    """f, P and the loss on the held-out tokens."""
    balance = balance_of(run.routing)
    return {"f": balance.f, "P": balance.P, "loss": float(balance.loss)}


# ---- recorded -------------------------------------------------------------------------------------------------------

COLUMNS = ("step", "lm", "balance", "busiest", "idlest")


def recorded(path: Path, points: int = 400) -> dict[str, list[float]] | None:
    """The stored curves of a model's training, evenly thinned by means; None where there are none."""
    if not path.is_file():
        return None
    with path.open(newline="", encoding="utf-8") as file:
        rows = [[float(row[name] or "nan") for name in COLUMNS] for row in csv.DictReader(file)]
    if not rows:
        return None
    return {name: thinned([row[at] for row in rows], points) for at, name in enumerate(COLUMNS)}


def thinned(values: Sequence[float], points: int) -> list[float]:
    """Means of equal stretches; the last stretch may be shorter.

    >>> thinned([1.0, 3.0, 5.0, 7.0, 9.0], 3)
    [2.0, 6.0, 9.0]
    """
    each = max(1, math.ceil(len(values) / points))
    pieces = [values[i : i + each] for i in range(0, len(values), each)]
    return [sum(piece) / len(piece) for piece in pieces]
