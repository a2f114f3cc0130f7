"""Of a block's parts: its neurons, its norms, its experts."""

from __future__ import annotations

import torch

from explorer.figures.transformer import feed_forward
from explorer.lessons.fact import fact
from explorer.lessons.selected import layer_of, position_of
from explorer.panels.scene import Scene
from explorer.stack.transformer import key_value_memory
from explorer.tracing.probes.neurons import steps_at


def _written(scene: Scene, layer: int | None, position: int | None) -> torch.Tensor:
    """How long what each neuron writes is, [d_mlp]."""
    block, here = layer_of(scene, layer), position_of(scene, position)
    hidden = steps_at(scene.trace, block, slice(here, here + 1)).hidden[0]
    return key_value_memory.written(hidden, feed_forward.values(scene.trace, block, here))


@fact("count")
def neurons_for_half(scene: Scene, layer: int | None = None, position: int | None = None) -> int:
    """The fewest neurons whose writes make half of all, by length."""
    return int(key_value_memory.carriers(_written(scene, layer, position)))


@fact("count")
def strongest_neuron(scene: Scene, layer: int | None = None, position: int | None = None) -> int:
    """The neuron that writes most."""
    return int(_written(scene, layer, position).argmax())


@fact("share")
def gates_open(scene: Scene, layer: int | None = None, position: int | None = None) -> float:
    """Neurons whose gate is above nought, as a share of all."""
    block, here = layer_of(scene, layer), position_of(scene, position)
    gate = steps_at(scene.trace, block, slice(here, here + 1)).gate_pre[0]
    return float((gate > 0).double().mean())


@fact("number")
def norm_divisor(scene: Scene, layer: int | None = None, position: int | None = None) -> float:
    """What the norm before a block's attention divides by."""
    scale = scene.trace.ln1_scale
    if scale is None:
        raise LookupError("this model has no norm before attention")
    return float(scale[layer_of(scene, layer), position_of(scene, position)])


def _gates(scene: Scene, layer: int | None, position: int | None) -> torch.Tensor:
    weights = scene.trace.expert_weights
    if weights is None:
        raise LookupError("this model has no experts")
    return weights[layer_of(scene, layer), position_of(scene, position)]


@fact("count")
def n_experts(scene: Scene) -> int:
    """Experts of a block."""
    return scene.model.dims.n_experts


@fact("count")
def experts_per_token(scene: Scene) -> int:
    """Experts that each token visits in a block."""
    return scene.model.dims.experts_per_token


@fact("expert")
def expert(scene: Scene, nth: int = 1, layer: int | None = None, position: int | None = None) -> int:
    """The expert with the greatest weight for a token, or the nth."""
    return int(_gates(scene, layer, position).argsort(descending=True)[nth - 1])


@fact("share")
def expert_weight(scene: Scene, nth: int = 1, layer: int | None = None, position: int | None = None) -> float:
    """The weight of that expert."""
    return float(_gates(scene, layer, position).sort(descending=True).values[nth - 1])


@fact("count")
def experts_met(scene: Scene, layer: int | None = None) -> int:
    """Different experts of a block that the whole text visits."""
    weights = scene.trace.expert_weights
    if weights is None:
        raise LookupError("this model has no experts")
    return int((weights[layer_of(scene, layer)] > 0).any(0).sum())


@fact("yes")
def same_experts(scene: Scene, one: int, other: int, layer: int | None = None) -> bool:
    """Whether two positions visit the same experts in a block."""
    first, second = (_gates(scene, layer, at) > 0 for at in (one, other))
    return bool(torch.equal(first, second))
