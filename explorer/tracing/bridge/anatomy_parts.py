"""What is known of how a model is put together, and how it is found out: see `anatomy`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.stack.transformer.norms import LayerNorm, RMSNorm
from explorer.tracing.bridge import hooks
from explorer.tracing.bridge.border import here, place_of, run_there
from explorer.tracing.bridge.stand_ins import OwnParts, StandIns

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.model_bridge.generalized_components import NormalizationBridge

    from explorer.zoo.own_runner import OwnRunner

Stream = Literal["resid_pre", "resid_mid", "resid_post"]

FINAL_INPUT = "ln_final.hook_in"


@dataclass(frozen=True)
class Norm:
    """A norm that reads the stored stream."""

    reads: Stream
    centred: bool
    """A LayerNorm subtracts the mean first."""
    eps: float

    def scale(self, stream: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows"]:
        """What the norm divides by."""
        x = stream - stream.mean(-1, keepdim=True) if self.centred else stream
        return (x.pow(2).mean(-1) + self.eps).sqrt()


@dataclass(frozen=True, eq=False)
class Linear:
    """The linear branch of the gated MLPs: the model's own norm and up-projection, one pair a layer."""

    reads: Stream
    layers: tuple[nn.Module, ...]

    def made(self, layer: int, stream: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_mlp"]:
        """What the branch makes of a stored stream."""
        return run_there(self.layers[layer], stream)


@dataclass(frozen=True, eq=False)
class Anatomy:
    """What a run of two tokens has shown of a model."""

    firing: frozenset[str]
    """The hooks of the table (see hooks.py) through which the model really passes. Some exist by name and never fire
    (`hook_rot_q` of a GPT-NeoX)."""
    parallel: bool
    """Attention and MLP read the same stream: there is no middle."""
    latent: bool
    """Queries, keys and values are unfolded from a latent vector (DeepSeek): see hooks.LATENT."""
    norms: Mapping[str, Norm]
    """ln1, ln2 and ln_final, each where it reads the stored stream in every layer."""
    linear: Linear | None
    """Where the MLPs are gated and read the stored stream through one of these norms, in every layer."""
    gate: Linear | None
    """Where what enters the MLPs' nonlinearity follows from the stored stream likewise."""
    stand_ins: StandIns | OwnParts
    """What runs in place of the bridge's components while a run is captured."""
    n_layers: int
    attention_row: int
    """Numbers a token of a block's queries, keys, values and z: values may be wider or narrower than queries."""
    adds: bool = True
    """What a sublayer writes is how the stream differs after it: nothing but an addition stands between."""

    @cached_property
    def kept(self) -> tuple[tuple[str, int, str], ...]:
        """(name in a Trace, layer, name of its hook) of all that a run must keep of the layers."""
        return tuple(
            (name, layer, full)
            for name in hooks.IN_EACH_LAYER
            if name not in self.derived
            for layer in range(self.n_layers)
            if (full := hooks.found(self.firing, layer, name)) is not None
        )

    @property
    def derived(self) -> frozenset[str]:
        """Names of a Trace that need not be kept."""
        found = [f"{name}_scale" for name in self.norms] + ["mlp_pre_linear"] * (self.linear is not None)
        return frozenset(found + ["attn_out", "mlp_out"] * self.adds)


def layer_of(component: nn.Module) -> nn.Module:
    """The layer that a component of the bridge stands around; in the explorer's own decoder it stands by itself."""
    own = getattr(component, "original_component", component)
    assert isinstance(own, nn.Module), f"{component} stands around nothing"
    return own


def is_rms(norm: nn.Module) -> bool:
    """Whether a norm of the model leaves the mean where it is."""
    return isinstance(norm, RMSNorm | nn.RMSNorm) or bool(getattr(norm, "uses_rms_norm", False))


def eps_of(norm: nn.Module, default: float) -> float:
    """What a norm adds to the variance."""
    own = layer_of(norm)
    return float(next((e for n in ("variance_epsilon", "eps") if (e := getattr(own, n, None)) is not None), default))


def norm_weight(norm: nn.Module) -> Float[Tensor, " d_model"]:
    """What a norm multiplies by, float32 here: Gemma and Nemotron store it less one; ones where it has
    none (OLMo, nanochat)."""
    if isinstance(norm, nn.RMSNorm):
        return here(norm.weight.detach())
    if isinstance(norm, RMSNorm | LayerNorm):
        weight = here(norm.weight.detach())
        return weight + norm.offset if isinstance(norm, RMSNorm) and norm.offset else weight
    norm = cast("NormalizationBridge", norm)
    own = getattr(norm.original_component, "weight", None)
    if own is None:
        assert norm.config is not None
        return torch.ones(norm.config.d_model)
    own = here(own.detach())
    return own + 1 if norm.uses_weight_offset else own


def seen_in_two_tokens(bridge: TransformerBridge | OwnRunner) -> dict[str, Tensor]:
    """What a run of two tokens shows at the table's hooks and before the norms."""
    in_each = [name for names in hooks.IN_EACH_LAYER.values() for name in names]
    in_each += [hooks.COS, hooks.SIN, hooks.LATENT, "ln1.hook_in", "ln2.hook_in"]
    wanted = [hooks.in_block(layer, name) for layer in range(len(bridge.blocks)) for name in in_each]
    wanted += [hooks.EMBED, hooks.LN_FINAL_SCALE, FINAL_INPUT]
    seen: dict[str, Tensor] = {}

    def note(name: str) -> Callable[..., None]:
        def hook(activation: object, **_: object) -> None:
            if isinstance(activation, Tensor):
                seen[name] = here(activation).clone()

        return hook

    known = bridge.hook_dict
    with bridge.hooks(fwd_hooks=[(name, note(name)) for name in wanted if name in known]):
        bridge(torch.arange(2, device=place_of(bridge.original_model)[0])[None], return_type="logits")
    return seen


def uneven(seen: dict[str, Tensor], firing: frozenset[str], n_layers: int) -> frozenset[str]:
    """What is of several sizes, or in some layers only, and so not kept. Routers may miss in some layers."""
    wrong: set[str] = set()
    for name in hooks.IN_EACH_LAYER:
        found = [hooks.found(firing, layer, name) for layer in range(n_layers)]
        shapes = {shape_of(seen, each) for each in found}
        if len(shapes - ({None} if name in hooks.WITHOUT_BATCH else set())) > 1:
            wrong |= {each for each in found if each is not None}
    return frozenset(wrong)


def shape_of(seen: dict[str, Tensor], name: str | None) -> tuple[int, ...] | None:
    return None if name is None else tuple(seen[name].shape)


def kept_hooks(seen: dict[str, Tensor], n_layers: int) -> frozenset[str]:
    """Of the explorer's own decoder, whose names mean what they say: all that has fired, of one size in all layers."""
    firing = frozenset(seen)
    return firing - uneven(seen, firing, n_layers)
