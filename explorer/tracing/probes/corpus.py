"""Where a mixture of experts sends the tokens of a whole corpus: its routers read, nothing else kept.

Passages run side by side, padded on the right: attention looks back only, so that padding changes nothing before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.corpora import passages
from explorer.errors import NotApplicableError
from explorer.fetching.progress import Progress, silent
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.border import here
from explorer.tracing.bridge.hooking import RUNNING, hooked
from explorer.tracing.bridge.recorder import Hook

if TYPE_CHECKING:
    from explorer.zoo.model import Model

ROWS = 4
"""Passages in one forward pass."""


@dataclass(frozen=True)
class CorpusRouting:
    """The experts of every token of a corpus, in every layer that has experts, likeliest first."""

    ids: Int[Tensor, " token"]
    passage: Int[Tensor, " token"]
    """Which passage each token stands in; passages follow one another."""
    layers: tuple[int, ...]
    """The layers that have experts."""
    indices: Int[Tensor, "layer token slot"]
    weights: Float[Tensor, "layer token slot"]
    n_experts: int

    @property
    def n_passages(self) -> int:
        return int(self.passage[-1]) + 1

    @property
    def load(self) -> Float[Tensor, "layer expert"]:
        """Share of all (token, expert) pairs that each expert takes; sums to 1."""
        n = self.indices[0].numel()
        counts = [torch.bincount(layer.flatten(), minlength=self.n_experts) for layer in self.indices]
        return torch.stack(counts).double() / n

    @property
    def weight_error(self) -> float:
        """Largest difference of a token's weights from a sum of 1."""
        return float((self.weights.double().sum(-1) - 1).abs().max())


def routing_over(model: Model, corpus: Sequence[Sequence[int]], progress: Progress = silent) -> CorpusRouting:
    """Run the passages, given as token ids, and keep what each layer's router chose.

    Raises NotApplicableError for a model without experts. A passage longer than the model's context is cut.
    """
    firing, dims = anatomy(model.bridge).firing, model.dims
    names = {layer: hooks.found(firing, layer, "expert_weights") for layer in range(dims.n_layers)}
    names = {layer: name for layer, name in names.items() if name is not None}
    if not names or not dims.n_experts:
        what = "the explorer does not know the hook of its router" if dims.n_experts else "MLPs are dense"
        raise NotApplicableError(f"This model's {what}.", "Choose a mixture of experts from the shelf.")
    rows = [torch.tensor(list(ids[: dims.n_ctx])) for ids in corpus if len(ids)]
    kept: list[list[Tensor]] = []
    for begin in range(0, len(rows), ROWS):
        progress("Run the passages", begin, len(rows))
        kept.append(_run(model, rows[begin : begin + ROWS], list(names.values())))
    progress("Run the passages", len(rows), len(rows))
    dense = torch.stack([torch.cat([batch[at] for batch in kept]) for at in range(len(names))])  # layer token expert
    weights, indices = dense.topk(dims.experts_per_token, -1)
    passage = torch.repeat_interleave(torch.arange(len(rows)), torch.tensor([len(row) for row in rows]))
    return CorpusRouting(torch.cat(rows), passage, tuple(names), indices, weights, dense.shape[-1])


def alone_error(model: Model, routing: CorpusRouting, passage: int = 0) -> float:
    """A passage run alone against the same passage as it was run beside others: the largest difference of a weight."""
    here = routing.passage == passage
    alone = routing_over(model, [routing.ids[here].tolist()])
    return float((_dense(alone) - _dense(routing, here)).abs().max())


def _dense(routing: CorpusRouting, rows: Tensor | slice = slice(None)) -> Float[Tensor, "layer token expert"]:
    indices, weights = routing.indices[:, rows], routing.weights[:, rows]
    return weights.new_zeros(*indices.shape[:2], routing.n_experts).scatter(-1, indices, weights)


def _run(model: Model, rows: list[Tensor], names: list[str]) -> list[Float[Tensor, "token expert"]]:
    """The experts' weights at these hooks, padding left out, one passage after another."""
    width = max(len(row) for row in rows)
    batch = torch.zeros(len(rows), width, dtype=torch.long)
    real = torch.zeros(len(rows), width, dtype=torch.bool)
    for at, row in enumerate(rows):
        batch[at, : len(row)], real[at, : len(row)] = row, True
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Hook:
        def hook(weights: Tensor, **_: object) -> None:  # [batch*pos expert]
            seen[name] = here(weights)[real.flatten()]

        return name, hook

    # One batch at a time, so that a visitor's run need not wait for the whole corpus.
    with RUNNING, torch.inference_mode(), hooked(model, [keep(name) for name in names]):
        model.bridge(batch.to(model.device), return_type="logits", logits_to_keep=1)
    return [seen[name].clone() for name in names]


@dataclass(frozen=True)
class PassageRouting:
    """The routing over the explorer's own passages."""

    routing: CorpusRouting
    kinds: tuple[str, ...]
    kind_of_passage: Int[Tensor, " passage"]
    documents: tuple[str, ...]
    """Of each passage, the document that it was taken from."""

    @property
    def kind(self) -> Int[Tensor, " token"]:
        return self.kind_of_passage[self.routing.passage]


_KNOWN: WeakKeyDictionary[Model, PassageRouting] = WeakKeyDictionary()


def over_passages(model: Model, progress: Progress = silent) -> PassageRouting:
    """The passages of six kinds through a model; run once for as long as the model stays loaded."""
    if model not in _KNOWN:
        read = passages.read()
        corpus = [(at, one) for at, each in enumerate(read) for one in each.excerpts]
        routing = routing_over(model, [model.vocabulary.encode(one.text) for _, one in corpus], progress)
        kinds, documents = torch.tensor([at for at, _ in corpus]), tuple(one.document for _, one in corpus)
        _KNOWN[model] = PassageRouting(routing, tuple(each.kind for each in read), kinds, documents)
    return _KNOWN[model]
