"""Stand-ins: what runs in place of the bridge's components while a run is captured.

The bridge puts a component of its own around each layer of transformers. On every call such a component looks for
offloaded weights, reads the layer's signature, passes hook points to which nothing is hooked, and computes a norm's
statistics before it has transformers compute the norm anew. In a small model that takes as long as the arithmetic. Here
stands instead the layer itself, with no more around it than is hooked; what nothing is hooked to runs as in plain
transformers, to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

AROUND = frozenset({"hook_in", "hook_out"})
PROJECTIONS = ("q", "k", "v", "o")


class Hooked(nn.Module):
    """A layer of transformers between the two hook points of its component, where they are used."""

    def __init__(self, component: Any, used: frozenset[str]) -> None:
        super().__init__()
        self.layer = component.original_component
        # Beside torch's own register of submodules, in which each look-up takes a microsecond.
        self._layer = (self.layer,)
        self._before = tuple(point for point in (component.hook_in,) if "hook_in" in used)
        self._after = tuple(point for point in (component.hook_out,) if "hook_out" in used)

    def forward(self, x: torch.Tensor | None = None, *args: Any, **kwargs: Any) -> Any:
        """The layer's own signature; its first argument and its first result are what is hooked."""
        if x is None:
            x = kwargs.pop("hidden_states")
        for point in self._before:
            x = point(x)
        out = self._layer[0](x, *args, **kwargs)
        for point in self._after:
            out = (point(out[0]), *out[1:]) if isinstance(out, tuple) else point(out)
        return out

    def __getattr__(self, name: str) -> Any:
        """What the model or the bridge reads off a layer besides calling it."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("layer"), name)

    @property
    def original_component(self) -> nn.Module:
        """As a component of the bridge has it."""
        return self.layer


@dataclass(frozen=True, eq=False)
class Place:
    """Where the bridge has put a component."""

    module: nn.Module
    name: str
    component: Any
    points: tuple[tuple[str, Any], ...]
    """The component's own hook points by name."""
    around: bool
    """Whether the component, where something is hooked, does no more than `Hooked` does. A linear layer within an MLP
    also tells the MLP's component what has fired, so it stays as it is."""


class StandIns:
    """All places of a model where a component can be stood in for: found once, put in and taken out for each run."""

    def __init__(self, bridge: Any) -> None:
        self.places = tuple(_places(bridge))
        self.points: Mapping[str, Any] = bridge.hook_dict
        """All hook points by all of their names; the bridge itself gathers them anew whenever it is asked."""
        self._made: dict[tuple[int, frozenset[str]], nn.Module] = {}

    def put(self) -> None:
        """Put the stand-ins in, according to what is hooked at this moment."""
        for i, place in enumerate(self.places):
            used = frozenset(name for name, point in place.points if point.fwd_hooks)
            if (i, used) not in self._made:
                self._made[i, used] = _stand_in(place, used)
            place.module._modules[place.name] = self._made[i, used]

    def take_out(self) -> None:
        """Give every component its place back."""
        for place in self.places:
            place.module._modules[place.name] = place.component


def _stand_in(place: Place, used: frozenset[str]) -> nn.Module:
    if not used:
        return place.component.original_component
    return Hooked(place.component, used) if place.around and used <= AROUND else place.component


def _places(bridge: Any) -> Iterator[Place]:
    from transformer_lens.model_bridge import generalized_components as parts
    from transformer_lens.model_bridge.generalized_components.base import GeneralizedComponent

    def place(module: nn.Module, name: str, component: Any, around: bool) -> Place:
        return Place(module, name, component, tuple(component.get_hooks().items()), around)

    for module in bridge.original_model.modules():
        if isinstance(module, parts.PositionEmbeddingsAttentionBridge):
            # This component computes attention itself, and calls the components of its projections.
            for name in PROJECTIONS:
                child = module._modules.get(name)
                if type(child) is parts.LinearBridge:
                    yield place(module, name, child, around=True)
        elif not isinstance(module, GeneralizedComponent):
            for name, child in module.named_children():
                norm = isinstance(child, parts.NormalizationBridge)
                if (norm and child.use_native_layernorm_autograd) or type(child) in (
                    parts.BlockBridge,
                    parts.MoEBridge,
                ):
                    yield place(module, name, child, around=True)
                elif type(child) in (parts.LinearBridge, parts.EmbeddingBridge, parts.UnembeddingBridge):
                    yield place(module, name, child, around=False)
