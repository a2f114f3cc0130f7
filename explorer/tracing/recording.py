"""What a run leaves: what was read is stored; what is cheap to derive from it is derived.

Axis names are TransformerLens'. The stream is numbered so: `resid_pre[l]` enters block l, `resid_mid[l]` stands after
its attention, `resid_post[l]` after its MLP and is `resid_pre[l + 1]`. All tensors are float32 on the CPU, detached,
and not to be written to: a recording is shared by everybody who asks for its key.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.inference.decoding.sampling import Sampler, Stages
from explorer.tracing.bridge import rotary
from explorer.tracing.bridge.anatomy_parts import Linear
from explorer.tracing.bridge.readout import Readout
from explorer.tracing.key import TraceKey
from explorer.tracing.result_cache import SMALL_RESULTS, ResultCache
from explorer.tracing.witness import Witness
from explorer.zoo.model import Dims

T = TypeVar("T")


@dataclass(frozen=True)
class Token:
    """One token of the run."""

    id: int
    bytes: bytes
    special: bool
    start: int
    """Byte offset in the text that the run's tokens spell; a special token outside the text has no width."""
    end: int


@dataclass(frozen=True, eq=False)
class Step:
    """One generated token: where it was drawn, with which random number, and what came out."""

    position: int
    """Of the logits that were drawn from; the chosen token stands at position + 1."""
    u: float
    """The uniform random number in [0, 1)."""
    chosen: int
    forced: bool
    """True when the token was set by the key and not drawn."""
    sampler: Sampler
    logits: Float[Tensor, " d_vocab"] = field(repr=False)
    previous_ids: Int[Tensor, " previous"] = field(repr=False)
    n_prompt: int
    """How many of them were read."""

    @property
    def stages(self) -> Stages:
        """Every stage of the sampler, worked out anew from the logits (a few milliseconds)."""
        return self.sampler.stages(self.logits, self.previous_ids, self.n_prompt)


@dataclass(frozen=True)
class Batched:
    """That a run was made in one batch with others (see `together`)."""

    runs: int
    error: float
    """The largest difference from a run alone that was measured on this model, as a part of the largest number."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Everything that a run computed, and what follows from it at once."""

    key: TraceKey
    model_name: str
    dims: Dims
    readout: Readout = field(repr=False)
    n_prompt: int
    tokens: tuple[Token, ...] = field(repr=False)
    ids: Int[Tensor, " pos"]
    embed: Float[Tensor, "pos d_model"] = field(repr=False)
    """What enters the first block."""
    resid_mid: Float[Tensor, "layer pos d_model"] = field(repr=False)
    resid_post: Float[Tensor, "layer pos d_model"] = field(repr=False)
    pattern: Float[Tensor, "layer head pos pos"] = field(repr=False)
    """Attention weights, [layer head query key]."""
    _rot_q: Float[Tensor, "layer pos head d_head"] = field(repr=False)
    _rot_k: Float[Tensor, "layer pos kv_head d_head"] = field(repr=False)
    v: Float[Tensor, "layer pos kv_head d_v"] = field(repr=False)
    z: Float[Tensor, "layer pos head d_v"] = field(repr=False)
    """Each head's weighted sum of values, before W_O. DeepSeek's values are narrower than its keys: d_v, not d_head."""
    mlp_pre: Float[Tensor, "layer pos d_mlp"] | None = field(repr=False)
    """Before the nonlinearity (the gate's side, in a gated MLP). None in a model of experts."""
    ln1_post_scale: Float[Tensor, "layer pos"] | None = field(repr=False)
    """What the norm after attention divides by, where there is one (Gemma)."""
    ln2_post_scale: Float[Tensor, "layer pos"] | None = field(repr=False)
    router_logits: Float[Tensor, "layer pos expert"] | None = field(repr=False)
    """What the router of each block says of each expert. None in a dense model."""
    expert_weights: Float[Tensor, "layer pos expert"] | None = field(repr=False)
    """What each expert's output was multiplied by, zero where it was not used; after interventions."""
    logits: Float[Tensor, "pos d_vocab"] = field(repr=False)
    rotations: tuple[rotary.Rotation, ...] = field(repr=False)
    """The distinct rotary tables; none in a model without rotary positions, two in Gemma 3."""
    rotation_of_layer: tuple[int, ...] = field(repr=False)
    steps: tuple[Step, ...] = field(repr=False)
    measured: Mapping[str, Tensor] = field(repr=False)
    """Which of `hooks.DERIVABLE` do not follow from the stream in this model."""
    edits: Mapping[int, Tensor] = field(repr=False)
    """Layer -> [pos d_model] that interventions added to the stream after that block."""
    constants: Mapping[str, Tensor] = field(repr=False)
    """Vectors that interventions used (means, directions, patched values), by the intervention's text."""
    seconds: Mapping[str, float] = field(repr=False)
    """Wall time of each stage of the run."""
    witness: Witness | None = field(default=None, repr=False)
    """Of a long run: what was read of the attention and the logits that are made again on demand."""
    batched: Batched | None = field(default=None, repr=False)
    """None for a run that was made alone."""
    _kept: ResultCache = field(default_factory=ResultCache, repr=False)

    def __len__(self) -> int:
        return len(self.tokens)

    def cached(self, name: Hashable, make: Callable[[], T], keep: int = SMALL_RESULTS) -> T:
        """What somebody works out of this run, made once and kept with it: see `ResultCache.cached`."""
        return self._kept.cached(name, make, keep)

    # -- the stream -----------------------------------------------------------------------------------------------

    @property
    def resid_pre(self) -> Float[Tensor, "layer pos d_model"]:
        """What enters each block."""
        return torch.cat([self.embed[None], self.resid_post[:-1]])

    def stream(self, layer: int) -> Float[Tensor, "pos d_model"]:
        """`resid_pre[layer]` without building the others."""
        return self.embed if layer == 0 else self.resid_post[layer - 1]

    @property
    def attn_out(self) -> Float[Tensor, "layer pos d_model"]:
        """What each attention adds to the stream: the difference that was measured on the stream itself; in a decoder
        where what it writes is not merely added, what it writes."""
        if "attn_out" in self.measured:
            return self.measured["attn_out"]
        out = self.resid_mid.clone()
        out[0] -= self.embed
        out[1:] -= self.resid_post[:-1]
        return out

    @property
    def mlp_out(self) -> Float[Tensor, "layer pos d_model"]:
        """What each MLP adds to the stream (without what an intervention added after the block)."""
        if "mlp_out" in self.measured:
            return self.measured["mlp_out"]
        out = self.resid_post - self.resid_mid
        for layer, edit in self.edits.items():
            out[layer] -= edit
        return out

    @property
    def ln1_scale(self) -> Float[Tensor, "layer pos"] | None:
        """What the norm before attention divides by. None in a model without one."""
        return self._scale("ln1")

    @property
    def ln2_scale(self) -> Float[Tensor, "layer pos"] | None:
        """What the norm before the MLP divides by. None in a model without one."""
        return self._scale("ln2")

    def _scale(self, name: str) -> Tensor | None:
        norm = self.readout.norms.get(name)
        if norm is None:
            return self.measured.get(f"{name}_scale")
        return self._kept.cached(f"{name}_scale", lambda: norm.scale(getattr(self, norm.reads)))

    @property
    def ln_final_scale(self) -> Float[Tensor, " pos"]:
        """What the final norm divides by."""
        norm = self.readout.norms.get("ln_final")
        if self.readout.norm == "none":
            return torch.ones(len(self.tokens))
        if norm is None:
            return self.measured["ln_final_scale"]
        return self._kept.cached("ln_final_scale", lambda: norm.scale(self.resid_post[-1]))

    # -- attention ------------------------------------------------------------------------------------------------

    @property
    def rot_q(self) -> Float[Tensor, "layer pos head d_head"]:
        """Queries after rotation (as they are, in a model without rotary positions).

        Raises NotApplicableError, as `rot_k` does, where they are not what this model's attention is made of.
        """
        self.readout.require("scores")
        return self._rot_q

    @property
    def rot_k(self) -> Float[Tensor, "layer pos kv_head d_head"]:
        """Keys after rotation."""
        self.readout.require("scores")
        return self._rot_k

    @property
    def cos(self) -> Float[Tensor, "pos d_rotary"]:
        """The first layer's rotary cosines; `rotation(layer)` gives any layer's."""
        return self.rotation(0).cos

    @property
    def sin(self) -> Float[Tensor, "pos d_rotary"]:
        return self.rotation(0).sin

    def rotation(self, layer: int) -> rotary.Rotation:
        """The rotary table of a layer; one that turns nothing in a model without rotary positions.

        Raises NotApplicableError where turning back by it does not give the model's queries (Cohere's order of pairs).
        """
        self.readout.require("rotation")
        if not self.rotations:
            return rotary.Rotation.none(len(self.tokens))
        return self.rotations[self.rotation_of_layer[layer]]

    @property
    def q(self) -> Float[Tensor, "layer pos head d_head"]:
        """Queries before rotation (after the query norm, in a model that has one), by turning `rot_q` back."""
        return torch.stack([self.rotation(i).undo(self.rot_q[i]) for i in range(self.dims.n_layers)])

    @property
    def k(self) -> Float[Tensor, "layer pos kv_head d_head"]:
        """Keys before rotation."""
        return torch.stack([self.rotation(i).undo(self.rot_k[i]) for i in range(self.dims.n_layers)])

    def scores(self, layer: int, head: int | None = None) -> Float[Tensor, "head query key"]:
        """q.k of one head or all, scaled, before the mask: also for keys that the query must not see.

        Raises NotApplicableError where their softmax is not this model's attention (ALiBi, sinks, other rotations).
        """
        self.readout.require("scores")
        q = self.rot_q[layer].transpose(0, 1)  # head pos d_head
        k = self.rot_k[layer].transpose(0, 1)  # kv_head pos d_head
        k = k.repeat_interleave(len(q) // len(k), 0)
        if head is not None:
            q, k = q[head, None], k[head, None]
        scores = q @ k.mT * self.readout.scaling[layer]
        cap = self.readout.score_softcap
        return scores if cap is None else (scores / cap).tanh() * cap

    def head_out(self, layer: int) -> Float[Tensor, "head pos d_model"]:
        """What each head adds to the stream; with the bias b_O these add up to `attn_out`."""
        self.readout.require("attribution")
        out = self.z[layer].transpose(0, 1) @ self.readout.W_O[layer]  # head pos d_model
        weight = self.readout.ln1_post_weight[layer]
        if weight is not None and self.ln1_post_scale is not None:
            out = out * weight / self.ln1_post_scale[layer][:, None]
        return out

    # -- the MLP --------------------------------------------------------------------------------------------------

    @property
    def mlp_pre_linear(self) -> Float[Tensor, "layer pos d_mlp"] | None:
        """The side of a gated MLP that is multiplied by the activated gate."""
        if self.readout.linear is None:
            return self.measured.get("mlp_pre_linear")
        return torch.stack([self._linear(layer, self.readout.linear) for layer in range(self.dims.n_layers)])

    def _linear(self, layer: int, branch: Linear) -> Float[Tensor, "pos d_mlp"]:
        stream = self.resid_mid[layer] if branch.reads == "resid_mid" else self.stream(layer)
        with torch.no_grad():  # the bridge splits GLM's fused branches into parameters of its own
            return branch.made(layer, stream)

    @property
    def mlp_post(self) -> Float[Tensor, "layer pos d_mlp"] | None:
        """The neurons' activations: act(mlp_pre), times mlp_pre_linear in a gated MLP."""
        if self.mlp_pre is None or self.readout.activation is None or self.readout.refused.get("neurons"):
            return None
        return torch.stack([self.neurons(layer) for layer in range(self.dims.n_layers)])

    def neurons(self, layer: int) -> Float[Tensor, "pos d_mlp"]:
        """`mlp_post[layer]` without building the others. Raises NotApplicableError where there are none to show."""
        self.readout.require("neurons")
        if self.mlp_pre is None or self.readout.activation is None:
            raise NotApplicableError("This model's blocks have no plain MLP.", "Choose a dense model, such as SmolLM2.")
        post = self.readout.activation(self.mlp_pre[layer])
        if self.readout.linear is not None:
            return post * self._linear(layer, self.readout.linear)
        return post * self.measured["mlp_pre_linear"][layer] if "mlp_pre_linear" in self.measured else post
