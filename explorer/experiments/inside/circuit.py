"""A task's circuit: parts ranked by an estimate, pruned to few, and each size held to what it does alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.inside.prompt_pair import Runs
from explorer.stack.frontier.attribution_patching import gradients
from explorer.stack.frontier.carried import HOOKS
from explorer.stack.frontier.circuits import alone, parts_of, ranked
from explorer.stack.frontier.edges import (
    READS,
    ReaderGradients,
    Writer,
    check_adds,
    edge_scores,
    reader_gradients,
    written,
)
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, hooked
from explorer.tracing.bridge.recorder import Hook

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

Tell = Callable[[str, int, int], None]
#: Edges drawn of a circuit; parts whose absence is measured one by one.
EDGES, SINGLY = 60, 48


@dataclass(frozen=True, eq=False)
class Edge:
    """What one part of the circuit tells another, estimated."""

    source: Writer
    target: Writer | None
    """None: the answer itself."""
    read: str
    """q, k or v of a head; nothing of an MLP or the answer."""
    score: float


@dataclass(frozen=True, eq=False)
class Circuit:
    """The curve over all sizes, and one size opened."""

    order: list[Writer]
    """All parts, by the size of their estimate."""
    estimates: Float[Tensor, " part"]
    sizes: list[int]
    faithful: Float[Tensor, " size"]
    """Of the first so many parts alone."""
    complete: Float[Tensor, " size"]
    """Of all but them."""
    kept: int
    minimal: Float[Tensor, " kept"]
    """What faithfulness loses without each of the parts of the opened size; NaN: not measured (yet)."""
    edges: tuple[Edge, ...] = ()
    redone: float | None = None
    """The difference of the opened circuit's m from a whole run of the model with hooks."""


def sizes_of(parts: int, kept: int) -> list[int]:
    """Sizes at which a circuit is measured: doubling, the one that is opened, and all.

    >>> sizes_of(30, 12)
    [1, 2, 4, 8, 12, 16, 30]
    """
    return sorted({*(2**k for k in range(parts.bit_length()) if 2**k < parts), min(kept, parts), parts})


def circuit(model: Model, decoder: Decoder, runs: Runs, kept: int, steps: int, tell: Tell) -> Iterator[Circuit]:
    """The curve, then the opened size. Raises NotApplicableError where parts are no terms of the stream."""
    check_adds(decoder)
    clean, corrupt, metric = runs.clean, runs.corrupt, runs.pair.metric
    tell("Gradients", 0, steps)
    with RUNNING:
        slopes = gradients(decoder, clean, corrupt, metric, steps)
    heads, mlps = slopes.heads(clean, corrupt), slopes.estimate("mlp", clean, corrupt).sum(-1)
    order = ranked(heads, mlps)
    estimates = torch.stack([mlps[p.layer] if p.head is None else heads[p.layer, p.head] for p in order])
    everything, sizes = frozenset(order), sizes_of(len(order), kept)
    kept = min(kept, len(order))
    tops = [frozenset(order[:size]) for size in sizes]
    whole = runs.scores[0]
    with RUNNING:
        base = float(alone(decoder, clean, corrupt, [frozenset()], metric)[0])

    def share(circuits: list[frozenset[Writer]], what: str) -> Float[Tensor, " circuit"]:
        with RUNNING:
            m = alone(decoder, clean, corrupt, circuits, metric, lambda at, of: tell(what, at, of))
        return (m - base) / (whole - base)

    both = share([*tops, *(everything - those for those in tops)], "Circuits")
    faithful, complete = both[: len(sizes)], both[len(sizes) :]
    yield Circuit(order, estimates, sizes, faithful, complete, kept, torch.full((kept,), torch.nan))
    opened, singly = frozenset(order[:kept]), order[: min(kept, SINGLY)]
    minimal = torch.full((kept,), torch.nan)
    each = share([opened, *(opened - {part} for part in singly)], "Parts left out")
    minimal[: len(singly)] = each[0] - each[1:]
    with RUNNING:
        readers = reader_gradients(decoder, clean, metric)
    edges = _edges(decoder, runs, readers, order[:kept])
    redone = abs(whole_run(model, runs, opened) - float(each[0]) * (whole - base) - base)
    yield Circuit(order, estimates, sizes, faithful, complete, kept, minimal, edges, redone)


def _edges(decoder: Decoder, runs: Runs, readers: ReaderGradients, parts: list[Writer]) -> tuple[Edge, ...]:
    """The strongest among the circuit's parts, and to the answer."""
    found: list[Edge] = []
    for source in parts:
        scores = edge_scores(readers, source, written(decoder, runs.clean, runs.corrupt, source))
        for target in parts:
            if target.head is None:
                found.append(Edge(source, target, "", float(scores.mlp[target.layer])))
            else:
                each = scores.heads[:, target.layer, target.head]
                found += [Edge(source, target, name, float(each[at])) for at, name in enumerate(READS)]
        found.append(Edge(source, None, "", float(scores.logits)))
    strongest = sorted(found, key=lambda edge: -abs(edge.score))[:EDGES]
    return tuple(edge for edge in strongest if edge.score)


def whole_run(model: Model, runs: Runs, opened: frozenset[Writer]) -> float:
    """m of the opened circuit alone, by hooks on the model's own run."""
    layers, heads = runs.clean.z.shape[0], runs.clean.z.shape[2]
    outside = [part for part in parts_of(layers, heads) if part not in opened]

    def put(layer: int, site: str) -> Callable[..., Tensor]:
        def hook(tensor: Tensor, **_: object) -> Tensor:
            out = tensor.clone()
            for part in outside:
                if part.layer == layer and (part.head is None) == (site == "mlp"):
                    if part.head is None:
                        out[0] = runs.corrupt.mlp[layer].to(tensor)
                    else:
                        out[0, :, part.head] = runs.corrupt.z[layer, :, part.head].to(tensor)
            return out

        return hook

    names: list[Hook] = [
        (f"blocks.{layer}.{HOOKS[site]}", put(layer, site)) for layer in range(layers) for site in ("z", "mlp")
    ]
    with RUNNING, torch.inference_mode(), hooked(model, names):
        ids = runs.clean.ids[None].to(model.device)
        logits = here(model.bridge(ids, return_type="logits", use_cache=False, logits_to_keep=1)[0, -1])
    return float(runs.pair.metric(logits[None])[0])
