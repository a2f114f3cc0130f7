"""The same blocks by transformers: its layers on our weights, put together with and without the residual path."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.worst import worst
from explorer.zoo.quiet import quiet

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

#: transformers' names of the activations.
ACTIVATIONS = {"silu": "silu", "gelu": "gelu", "gelu_tanh": "gelu_pytorch_tanh", "relu": "relu"}


@dataclass(frozen=True)
class Apart:
    """How far our decoder is from transformers' layers."""

    logits: float
    """Largest difference."""
    gradients: float
    """Largest relative difference of the length of a block's gradient."""


def compared(model: Decoder, ids: Int[Tensor, "row pos"], ours: Float[Tensor, " layer"]) -> Apart:
    """A SwiGLU decoder against transformers' Llama layers in float64, `ours` being its gradients' lengths over `ids`.

    With the residual path it is transformers' whole Llama; without it its layers' parts, one after the other.
    """
    with quiet(), torch.enable_grad():
        theirs = llama_of(model).double()
        logits = theirs(ids[:, :-1]).logits if model.config.residual else _unconnected(theirs, ids[:, :-1])
        F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
    with torch.no_grad():
        difference = float((model(ids[:, :-1]).double() - logits).abs().max())
    found = torch.stack([_length(layer) for layer in theirs.model.layers])
    # Without the path each block's gated layer squares what is small: what float32 cannot hold is 0 in both.
    held = found.clamp_min(torch.finfo(torch.float32).tiny)
    return Apart(difference, float(((ours.double() - found) / held).abs().max()))


def llama_of(model: Decoder) -> LlamaForCausalLM:
    """A SwiGLU decoder's weights in transformers' Llama; the residual path is there in any case."""
    from transformers import LlamaConfig, LlamaForCausalLM

    config: Any = LlamaConfig(**replace(model.config, residual=True).to_hf())  # pyright: ignore[reportArgumentType]
    return LlamaForCausalLM.from_pretrained(None, config=config, state_dict=model.hf_state_dict())


def _unconnected(theirs: Any, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "row pos d_vocab"]:
    """Llama's parts, each reading what the one before wrote and nothing else."""
    x = theirs.model.embed_tokens(ids)
    rotation = theirs.model.rotary_emb(x, torch.arange(ids.shape[1])[None])
    for layer in theirs.model.layers:
        x = layer.self_attn(layer.input_layernorm(x), position_embeddings=rotation, attention_mask=None)[0]
        x = layer.mlp(layer.post_attention_layernorm(x))
    return theirs.lm_head(theirs.model.norm(x))


def _length(layer: torch.nn.Module) -> Tensor:
    return torch.stack([p.grad.norm() for p in layer.parameters() if p.grad is not None]).norm()


@torch.no_grad()
def feed_forward_error(model: Decoder, ids: Int[Tensor, "row pos"]) -> float:
    """Every block's feed-forward layer against transformers' LlamaMLP, or Starcoder2's plain one, on what it reads.

    The largest difference, as a share of the greatest number written.
    """
    given: list[tuple[FeedForward, Tensor, Tensor]] = []

    def keep(layer: torch.nn.Module, read: tuple[Tensor, ...], wrote: Tensor) -> None:
        assert isinstance(layer, FeedForward)
        given.append((layer, read[0], wrote))

    handles = [block.get_submodule("mlp").register_forward_hook(keep) for block in model.blocks]
    model(ids)
    for handle in handles:
        handle.remove()
    with quiet():
        found = [(_mlp(layer), read, wrote) for layer, read, wrote in given]
    return worst(float((theirs(read) - wrote).abs().max() / wrote.abs().max()) for theirs, read, wrote in found)


def _mlp(layer: FeedForward) -> torch.nn.Module:
    """transformers' feed-forward module of that kind, on the same weights."""
    from transformers import LlamaConfig, Starcoder2Config
    from transformers.models.llama.modeling_llama import LlamaMLP
    from transformers.models.starcoder2.modeling_starcoder2 import Starcoder2MLP

    d_mlp, d_model = layer.W_in.weight.shape
    sizes: dict[str, Any] = {"hidden_size": d_model, "intermediate_size": d_mlp}
    sizes["hidden_act"] = ACTIVATIONS[layer.activation]
    if layer.gated:
        made = LlamaMLP(LlamaConfig(**sizes))
        names = {"gate_proj": layer.W_gate, "up_proj": layer.W_in, "down_proj": layer.W_out}
    else:
        made = Starcoder2MLP(Starcoder2Config(**sizes, use_bias=False, residual_dropout=0.0))
        names = {"c_fc": layer.W_in, "c_proj": layer.W_out}
    made.load_state_dict({f"{name}.weight": each.weight for name, each in names.items()})
    return made.eval()
