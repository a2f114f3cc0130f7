"""A run with patches, made once more without a hook: by the project's own decoder, block by block.

Activation patching (Meng et al. 2022, arXiv 2202.05262) gives the stream after a block, at one position, the value that
it had in another prompt's run. Attention reads earlier positions only, so that such a patch can reach the patched
cell, and after later blocks its own and later positions: its cone. Outside it nothing moves.

>>> cone(4, 3, [Patch(layer=1, position=1)]).int().tolist()  # rows: the embedding, then after blocks 0 to 2
[[0, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 1, 1]]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.worst import worst
from explorer.tracing.capturing.capture import prompt_ids
from explorer.tracing.changes.interventions import PatchPosition
from explorer.tracing.key import TraceKey
from explorer.tracing.trace import Trace

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

#: Positions of a run that is made a second time: some 0.2 s in the default model.
MOST = 128


@dataclass(frozen=True)
class Patch:
    """Where a patch acts: the stream after a block, at a position."""

    layer: int
    position: int


def patches_of(trace: Trace) -> tuple[PatchPosition, ...]:
    """The patches of a run that is changed by nothing else; nothing where something else changes it as well."""
    found = tuple(each for each in trace.key.interventions if isinstance(each, PatchPosition))
    return found if len(found) == len(trace.key.interventions) else ()


def cone(n_positions: int, n_layers: int, patches: Sequence[Patch | PatchPosition]) -> Bool[Tensor, "depth pos"]:
    """The cells that the patches can reach; depth 0 is the embedding, l + 1 the stream after block l."""
    depth, at = torch.arange(n_layers + 1)[:, None], torch.arange(n_positions)
    reached = torch.zeros(n_layers + 1, n_positions, dtype=torch.bool)
    for each in patches:
        own = each.layer + 1
        reached |= ((depth == own) & (at == each.position)) | ((depth > own) & (at >= each.position))
    return reached


def moved(trace: Trace, base: Trace, n: int) -> Float[Tensor, "depth n"]:
    """How far the stream of each cell is from the unchanged run's: the largest difference of a component."""
    first, second = (torch.cat([run.embed[None, :n], run.resid_post[:, :n]]) for run in (trace, base))
    return (first - second).abs().amax(-1)


def outside(trace: Trace, base: Trace, n: int) -> float:
    """The largest difference of any cell's component outside the cone, in the `n` positions that both runs read."""
    still = ~cone(n, trace.dims.n_layers, patches_of(trace))
    return float(moved(trace, base, n)[still].max())


@dataclass(frozen=True)
class Remade:
    """How far the run is from the own decoder's."""

    cells: float
    """Of the patched cells: the largest distance to the source's stream, relative to its length."""
    logits: float
    """The largest difference of a logit, at any position."""


_remade: WeakKeyDictionary[Trace, Remade] = WeakKeyDictionary()


def remade(model: Model, trace: Trace) -> Remade | None:
    """The run's patches made again by the own decoder, kept with the run; None where it cannot be."""
    patches = patches_of(trace)
    if not patches or len(trace.tokens) > MOST:
        return None
    if trace not in _remade:
        try:
            decoder = model.decoder
        except NotApplicableError:
            return None
        _remade[trace] = _made(model, decoder, trace, patches)
    return _remade[trace]


@torch.inference_mode()
def _made(model: Model, decoder: Decoder, trace: Trace, patches: Sequence[PatchPosition]) -> Remade:
    sources: dict[str, Float[Tensor, "layer pos d_model"]] = {}
    for text in dict.fromkeys(each.source_text for each in patches):
        ids = torch.tensor(prompt_ids(model, TraceKey(model.name, text, trace.key.chat)))
        sources[text] = patched_streams(decoder, ids, {})[0]
    vectors = {(p.layer, p.position): sources[p.source_text][p.layer, p.source_position] for p in patches}
    _, logits = patched_streams(decoder, trace.ids, vectors)
    reached = {place: vector for place, vector in vectors.items() if place[1] < len(trace.tokens)}
    cells = [
        float((trace.resid_post[layer, at] - vector).norm() / vector.norm()) for (layer, at), vector in reached.items()
    ]
    return Remade(worst(0.0, *cells), float((trace.logits - logits).abs().max()))


def patched_streams(
    decoder: Decoder, ids: Int[Tensor, " pos"], vectors: dict[tuple[int, int], Float[Tensor, " d_model"]]
) -> tuple[Float[Tensor, "layer pos d_model"], Float[Tensor, "pos d_vocab"]]:
    """The stream after each block, and the logits, where each (block, position) of `vectors` takes its vector."""
    x, at = decoder.entered(ids[None])
    streams = []
    for layer, block in enumerate(decoder.blocks):
        x = block(x, at)
        for (where, position), vector in vectors.items():
            if where == layer and position < len(ids):
                x[0, position] = vector
        streams.append(x[0].clone())
    return torch.stack(streams), decoder.unembedded(x)[0]
