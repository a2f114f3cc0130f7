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
from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn

from explorer.compat import transformer_lens
from explorer.compat.transformers import attention_is_plain

if TYPE_CHECKING:
    from transformer_lens.hook_points import HookPoint
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.model_bridge.generalized_components.base import GeneralizedComponent
    from transformers.models.llama.modeling_llama import LlamaAttention

    from explorer.zoo.own_runner import OwnRunner

AROUND = frozenset({"hook_in", "hook_out"})
WITHIN = frozenset({"hook_in", "hook_out", "hook_cos", "hook_sin", "hook_rot_q", "hook_rot_k", "hook_pattern"})
"""What `PlainAttention` passes."""
PLAIN = ("LlamaAttention", "MistralAttention", "MixtralAttention", "Qwen2Attention")
"""transformers' attention layers that do just that: rotation, grouped queries, softmax."""
PROJECTIONS = ("q", "k", "v", "o")


def _layer(component: GeneralizedComponent) -> nn.Module:
    """The layer of transformers around which a component stands."""
    if component.original_component is None:
        raise LookupError(f"{component.name} stands around nothing")
    return component.original_component


class Hooked(nn.Module):
    """A layer of transformers between the two hook points of its component, where they are used."""

    def __init__(self, component: GeneralizedComponent, used: frozenset[str]) -> None:
        super().__init__()
        self.layer = _layer(component)
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


class PlainAttention(nn.Module):
    """Llama's attention in transformers' own operations, past those hook points of the component that are used.

    The component asks at each step which of thirty architectures it stands in. Its projections are called as they stand
    in it at that moment, with the hooks that they have.
    """

    def __init__(self, component: GeneralizedComponent, used: frozenset[str]) -> None:
        super().__init__()
        self.layer = cast("LlamaAttention", _layer(component))
        # Beside torch's own register of submodules, as above.
        self._component = (component,)
        self._points = {name: getattr(component, name) for name in used}

    def _past(self, name: str, x: torch.Tensor) -> torch.Tensor:
        return self._points[name](x) if name in self._points else x

    def forward(
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor],
        attention_mask: torch.Tensor | None = None,
        **kwargs: object,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """The layer's own signature and result."""
        from transformers.models.llama.modeling_llama import apply_rotary_pos_emb, repeat_kv

        (component,), layer = self._component, self.layer
        x = self._past("hook_in", hidden_states)
        shape = (*x.shape[:-1], -1, layer.head_dim)
        parts = transformer_lens.parts(component)
        q, k, v = (parts[name](x).view(shape).transpose(1, 2) for name in "qkv")  # batch head pos d_head
        cos, sin = position_embeddings
        q, k = apply_rotary_pos_emb(q, k, self._past("hook_cos", cos), self._past("hook_sin", sin))
        q, k = self._past("hook_rot_q", q), self._past("hook_rot_k", k)
        k, v = transformer_lens.cached(component, k, v, **kwargs)
        k, v = repeat_kv(k, layer.num_key_value_groups), repeat_kv(v, layer.num_key_value_groups)
        scores = torch.matmul(q, k.transpose(2, 3)) * layer.scaling
        if attention_mask is not None:
            scores = scores + attention_mask
        pattern = self._past("hook_pattern", scores.softmax(-1, dtype=torch.float32).to(q.dtype))
        z = torch.matmul(pattern, v).transpose(1, 2).reshape(*x.shape[:-1], -1)
        return self._past("hook_out", parts["o"](z)), pattern


def _plain(component: GeneralizedComponent) -> bool:
    """Whether `PlainAttention` computes what this component does."""
    config, layer = component.config, cast("LlamaAttention", _layer(component))
    switches = ("use_split_qkv_input", "use_attn_in", "use_attn_result", "gated_q_proj")
    turned = ("rotary_interleaved_cos_sin", "rotary_adjacent_pairs")
    return (
        type(layer).__name__ in PLAIN
        and attention_is_plain(layer.config)
        and not any(getattr(config, name, False) for name in (*switches, *turned))
        and not {"q_norm", "k_norm", "gate"} & set(component.submodules)
        and set(PROJECTIONS) <= set(transformer_lens.parts(component))
    )


@dataclass(frozen=True, eq=False)
class Place:
    """Where the bridge has put a component."""

    module: nn.Module
    name: str
    component: GeneralizedComponent
    points: tuple[tuple[str, HookPoint], ...]
    """The component's own hook points by name."""
    around: bool
    """Whether the component, where something is hooked, does no more than `Hooked` does. A linear layer within an MLP
    also tells the MLP's component what has fired, so it stays as it is."""
    attention: bool = False
    """Whether it is attention of the plain kind."""


class StandIns:
    """All places of a model where a component can be stood in for: found once, put in and taken out for each run."""

    def __init__(self, bridge: TransformerBridge) -> None:
        self.places = tuple(_places(bridge))
        self.points: Mapping[str, HookPoint] = bridge.hook_dict
        """All hook points by all of their names; the bridge itself gathers them anew whenever it is asked."""
        self.blocks: tuple[nn.Module, ...] = tuple(getattr(bridge, "blocks", ()))
        """The blocks' components, for those who read them while another thread's run has stand-ins in their place."""
        self.ln_final: nn.Module | None = getattr(bridge, "ln_final", None)
        self._made: dict[tuple[int, frozenset[str]], nn.Module] = {}

    def put(self) -> None:
        """Put the stand-ins in, according to what is hooked at this moment."""
        for i, place in enumerate(self.places):
            used = frozenset(name for name, point in place.points if point.fwd_hooks)
            if (i, used) not in self._made:
                self._made[i, used] = _stand_in(place, used)
            transformer_lens.put(place.module, place.name, self._made[i, used])

    def take_out(self) -> None:
        """Give every component its place back."""
        for place in self.places:
            transformer_lens.put(place.module, place.name, place.component)


class OwnParts:
    """The hook points and blocks of a model of the explorer's own, in which nothing stands in for anything."""

    def __init__(self, runner: OwnRunner) -> None:
        self.places: tuple[Place, ...] = ()
        self.points = runner.hook_dict
        self.blocks, self.ln_final = runner.blocks, runner.ln_final


def _stand_in(place: Place, used: frozenset[str]) -> nn.Module:
    if place.attention:
        return PlainAttention(place.component, used) if used <= WITHIN else place.component
    if not used:
        return _layer(place.component)
    return Hooked(place.component, used) if place.around and used <= AROUND else place.component


def _places(bridge: TransformerBridge) -> Iterator[Place]:
    from transformer_lens.model_bridge import generalized_components as parts
    from transformer_lens.model_bridge.generalized_components.base import GeneralizedComponent

    def place(
        module: nn.Module, name: str, component: GeneralizedComponent, around: bool, attention: bool = False
    ) -> Place:
        return Place(module, name, component, tuple(component.get_hooks().items()), around, attention)

    for module in bridge.original_model.modules():
        if isinstance(module, parts.PositionEmbeddingsAttentionBridge):
            # This component computes attention itself, and calls the components of its projections.
            for name in PROJECTIONS:
                child = transformer_lens.parts(module).get(name)
                if type(child) is parts.LinearBridge:
                    yield place(module, name, child, around=True)
        elif not isinstance(module, GeneralizedComponent):
            for name, child in module.named_children():
                if not isinstance(child, GeneralizedComponent):
                    continue
                if type(child) is parts.PositionEmbeddingsAttentionBridge and _plain(child):
                    yield place(module, name, child, around=False, attention=True)
                    continue
                norm = isinstance(child, parts.NormalizationBridge)
                if (norm and child.use_native_layernorm_autograd) or type(child) in (
                    parts.BlockBridge,
                    parts.MoEBridge,
                ):
                    yield place(module, name, child, around=True)
                elif type(child) in (parts.LinearBridge, parts.EmbeddingBridge, parts.UnembeddingBridge):
                    yield place(module, name, child, around=False)
