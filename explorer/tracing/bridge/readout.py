"""What turns the residual stream into logits, and a head's z or a neuron's activation into what it writes.

References to the model's own weights, not copies, under TransformerLens' names and orientation except `W_U`, which is
kept as the model has it: [d_vocab d_model].
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from explorer.tracing.bridge.anatomy import anatomy
from explorer.tracing.bridge.anatomy_parts import Linear, Norm, eps_of, norm_weight
from explorer.tracing.bridge.border import Weights, here
from explorer.tracing.bridge.value_heads import projections
from explorer.zoo.state_space_runner import HookedLayer
from explorer.zoo.verdict import Part, meaningless, refused

if TYPE_CHECKING:
    from transformer_lens.model_bridge import TransformerBridge
    from transformers import PreTrainedConfig

    from explorer.zoo.model import Model


@dataclass(frozen=True, eq=False)
class Readout:
    """The final norm, the unembedding and the output matrices of one model."""

    W_U: Float[Tensor, "d_vocab d_model"]
    """Where the model lies, in its format; `rows` and `against` read it. All other tensors are float32 on the CPU."""
    b_U: Float[Tensor, " d_vocab"] | None
    norm: Literal["rms", "layer", "none"]
    """"none": the stream is normalised already when it leaves the last block (post-norm)."""
    norm_weight: Float[Tensor, " d_model"]
    """What the normalised stream is multiplied by: Gemma's stored weight plus one; with the factor that Cohere and
    Granite put on their logits."""
    norm_bias: Float[Tensor, " d_model"] | None
    eps: float
    softcap: float | None
    """Gemma 2 bends the logits: softcap * tanh(logit / softcap)."""
    W_O: Sequence[Tensor]
    """One [head d_v d_model] a layer, with the factor by which Granite weighs what joins its stream."""
    b_O: tuple[Tensor | None, ...]
    projections: tuple[nn.Module | None, ...]
    """The model's own output projections, by which single heads are checked: what W_O says it does, asked of itself."""
    joins: float
    """The factor by which Granite weighs what joins its stream; 1 elsewhere. W_O, b_O, W_out and b_out have it."""
    W_out: Sequence[Tensor | None]
    """One [d_mlp d_model] a layer, weighed likewise; None where the block has no plain MLP (experts)."""
    b_out: tuple[Tensor | None, ...]
    ln1_post_weight: tuple[Tensor | None, ...]
    """Weight of the norm that some models put after attention, before its output joins the stream."""
    ln2_post_weight: tuple[Tensor | None, ...]
    activation: Callable[[Tensor], Tensor] | None
    """The MLP's nonlinearity."""
    norms: Mapping[str, Norm]
    """ln1, ln2 and ln_final, each where it reads the stored stream."""
    linear: Linear | None
    """The linear branch of the gated MLPs, where it follows from the stored stream."""
    scaling: tuple[float, ...]
    """What q.k is multiplied by in each layer: 1/sqrt(d_head) unless the model says otherwise."""
    score_softcap: float | None
    sinks: bool
    """A sink outside the text takes a part of each query's attention (gpt-oss): rows sum to less than 1."""
    mixers: tuple[HookedLayer, ...] = ()
    """Norm and mixer of each block, in a model that has mixers where others have attention: see `mixer_reads`."""
    absent: Mapping[Part, str] = field(default_factory=dict)
    """Parts that mean nothing in this decoder, with the reason: nothing is compared for them."""
    refused: Mapping[Part, str] = field(default_factory=dict)
    """Parts that were found to differ from transformers' own run of this model, with the reason."""

    @classmethod
    def read(cls, model: Model) -> Readout:
        """Those of a loaded model, through its bridge (`own_readout.readout_of` reads any).

        Raises UnsupportedModelError if it is put together in a way that cannot be read."""
        bridge = cast("TransformerBridge", model.bridge)
        config = model.hf.config.get_text_config()
        known, blocks = anatomy(bridge), list(bridge.blocks)
        final, unembed = bridge.ln_final, bridge.unembed.original_component
        logit_scale, joins = _logit_scale(config), stream_factor(config)
        bias = _maybe(final.original_component, "bias")

        def written(owner: object, name: str) -> Tensor | None:
            weight = _maybe(owner, name)
            return weight if weight is None or joins == 1 else weight * joins

        def small(tensor: Tensor | None) -> Tensor | None:
            return None if tensor is None else here(tensor)

        return cls(
            W_U=unembed.weight.detach(),
            b_U=small(_maybe(unembed, "bias")),
            norm="rms" if final.uses_rms_norm else "layer",
            norm_weight=norm_weight(final) * logit_scale,
            norm_bias=None if bias is None else here(bias) * logit_scale,
            eps=eps_of(final, model.dims.eps),
            softcap=getattr(config, "final_logit_softcapping", None),
            W_O=cast("Sequence[Tensor]", Weights([written(block.attn, "W_O") for block in blocks])),
            b_O=tuple(small(written(block.attn, "b_O")) for block in blocks),
            projections=projections(bridge),
            joins=joins,
            W_out=Weights([written(block.mlp, "W_out") for block in blocks]),
            b_out=tuple(small(written(block.mlp, "b_out")) for block in blocks),
            ln1_post_weight=tuple(norm_weight(n) if (n := getattr(b, "ln1_post", None)) else None for b in blocks),
            ln2_post_weight=tuple(norm_weight(n) if (n := getattr(b, "ln2_post", None)) else None for b in blocks),
            activation=_activation(blocks[0].mlp, config),
            norms=known.norms,
            linear=known.linear,
            scaling=tuple(_scaling(block.attn, config, model.dims.d_head) for block in blocks),
            score_softcap=getattr(config, "attn_logit_softcapping", None) if config.model_type in CAPPED else None,
            sinks=any(_maybe(block.attn.original_component, "sinks") is not None for block in blocks),
        )

    def require(self, part: Part) -> None:
        """Raise NotApplicableError where this part of the model does not hold, or means nothing in it."""
        if reason := self.absent.get(part):
            raise meaningless(part, reason)
        if reason := self.refused.get(part):
            raise refused(part, reason)

    def normalise(self, stream: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        """The final norm."""
        if self.norm == "none":
            return stream
        x = stream - stream.mean(-1, keepdim=True) if self.norm == "layer" else stream
        x = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.eps) * self.norm_weight
        return x if self.norm_bias is None else x + self.norm_bias

    @property
    def d_vocab(self) -> int:
        return len(self.W_U)

    def rows(self, tokens: Sequence[int] | Tensor) -> Float[Tensor, "token d_model"]:
        """These tokens' rows of W_U."""
        at = torch.as_tensor(tokens, dtype=torch.long)
        return here(self.W_U[at.to(self.W_U.device)])

    def against(self, vectors: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_vocab"]:
        """The vectors' products with all rows of W_U, in float32 where W_U lies: of one in another format some thousand
        rows at a time are widened."""
        W_U = self.W_U
        if W_U.dtype == torch.float32:
            return here(F.linear(vectors.to(W_U.device), W_U))
        there = vectors.to(W_U.device)
        return torch.cat([here(F.linear(there, part.float())) for part in W_U.split(MIXED)], -1)

    def logits(self, stream: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_vocab"]:
        """Final norm, unembedding and softcap: what the model would answer if the stream ended here."""
        self.require("lens")
        logits = self.against(self.normalise(stream))
        if self.b_U is not None:
            logits += self.b_U
        return self._bend(logits)

    def unembed(
        self, normed: Float[Tensor, "rows d_model"], part: slice, out: Float[Tensor, "rows tokens"]
    ) -> Float[Tensor, "rows tokens"]:
        """The logits of a part of the vocabulary, of streams that `normalise` gave: written into `out`."""
        self.require("lens")
        rows = self.W_U[part]
        if rows.device.type == "cpu" and rows.dtype == out.dtype:
            logits = torch.mm(normed, rows.T, out=out)
        else:
            logits = out.copy_(normed.to(rows.device) @ rows.float().T)
        if self.b_U is not None:
            logits += self.b_U[part]
        return self._bend(logits)

    def _bend(self, logits: Tensor) -> Tensor:
        if self.softcap is not None and logits.requires_grad:  # a gradient reads what would be written over
            return (logits / self.softcap).tanh() * self.softcap
        return logits if self.softcap is None else logits.div_(self.softcap).tanh_().mul_(self.softcap)

    def along(self, rows: Float[Tensor, "row d_model"]) -> Float[Tensor, "row d_model"]:
        """For a row of W_U, or a sum of such rows, what the stream is multiplied with to give its logit, but for the
        final norm's divisor; float64.

        With that divisor frozen, the logit is linear: stream -> (stream / scale * weight) . W_U.
        """
        self.require("attribution")
        rows = rows.double() * self.norm_weight.double()
        if self.norm == "layer":
            rows = rows - rows.mean(-1, keepdim=True)  # subtracting the stream's mean = subtracting the direction's
        return rows

    def direction(self, token: int, scale: float) -> Float[Tensor, " d_model"]:
        """The vector whose dot product with a part of the stream is what that part adds to the token's raw logit."""
        return self.along(self.rows([token]))[0] / scale

    def mixed(self, weights: Float[Tensor, "row d_vocab"]) -> Float[Tensor, "row d_model"]:
        """W_U's rows, mixed by these weights, float64. Some thousand rows at a time are mixed in float32: the
        sum of all would be off by a hundred times as much, and their float64 copy takes longer than the rest."""
        weights = weights.to(self.W_U.device, torch.float32)
        if self.W_U.dtype != torch.float32:  # a part of the rows is widened at a time
            pairs = zip(weights.split(MIXED, -1), self.W_U.split(MIXED), strict=True)
            return torch.stack([here(some @ rows.float()).double() for some, rows in pairs]).sum(0)
        many = len(self.W_U) // MIXED * MIXED
        blocks = weights[:, :many].unflatten(1, (-1, MIXED)).transpose(0, 1)  # block row MIXED
        parts = torch.bmm(blocks, self.W_U[:many].unflatten(0, (-1, MIXED)))  # block row d_model
        return here(parts).double().sum(0) + here(weights[:, many:] @ self.W_U[many:]).double()

    def constants(
        self, rows: Float[Tensor, "row d_model"], tokens: Sequence[int], weights: Float[Tensor, "row d_vocab"] | None
    ) -> Float[Tensor, " row"]:
        """What the final norm's bias and the unembedding's bias add to each token's logit less its mixture's; `rows`
        are theirs of W_U, less the mixture's."""
        total = torch.zeros(len(rows), dtype=torch.float64)
        if self.norm_bias is not None:
            total += rows @ self.norm_bias.double()
        if self.b_U is not None:
            total += self.b_U[list(tokens)].double()
            if weights is not None:
                total -= weights @ self.b_U.double()
        return total

    def unbent(self, logits: Float[Tensor, "*rows d_vocab"]) -> Float[Tensor, "*rows d_vocab"]:
        """The logits that the softcap bent, float64; the logits themselves where there is none."""
        logits = logits.double()
        return logits if self.softcap is None else self.softcap * (logits / self.softcap).atanh()


#: Rows of W_U that are mixed at once.
MIXED = 1024
#: transformers' architectures that bend attention's scores; others ignore the setting.
CAPPED = ("gemma2", "vaultgemma")


def stream_factor(config: object) -> float:
    """What Granite multiplies by whatever joins its stream; 1 elsewhere."""
    factor = getattr(config, "residual_multiplier", None)
    return 1.0 if factor is None else float(factor)


def _logit_scale(config: object) -> float:
    """What the logits are multiplied by after the unembedding."""
    divided = getattr(config, "logits_scaling", None)  # Granite
    factor = getattr(config, "logit_scale", None)  # Cohere
    factor = factor if factor is not None else getattr(config, "lm_head_multiplier", None)  # Falcon H1
    return (float(factor) if isinstance(factor, int | float) else 1.0) / float(divided or 1)


def _maybe(owner: object, name: str) -> Tensor | None:
    # The bridge raises AttributeError both for a weight that a component never has and for one that this model lacks.
    try:
        value = getattr(owner, name)
    except AttributeError:
        return None
    return value.detach() if isinstance(value, Tensor) else None


def _activation(mlp: object, config: object) -> Callable[[Tensor], Tensor] | None:
    """The function that the MLP itself calls; by its name in the config where the layer does not show it."""
    own = getattr(mlp, "original_component", None)
    for name in ("act_fn", "activation_fn", "act", "activation"):
        if callable(getattr(own, name, None)):
            return getattr(own, name)
    named = next((n for key in ("hidden_activation", "hidden_act", "activation_function", "activation")
                  if isinstance(n := getattr(config, key, None), str)), None)  # fmt: skip
    from transformers.activations import ACT2FN

    try:
        return ACT2FN[named]
    except KeyError:
        return None


def _scaling(attn: Any, config: PreTrainedConfig, d_head: int) -> float:
    if config.model_type == "gpt_neo":  # its queries and keys are not scaled at all
        return 1.0
    return float(getattr(attn.original_component, "scaling", None) or d_head**-0.5)
