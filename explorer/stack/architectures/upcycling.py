"""Sparse upcycling: a mixture of experts that begins as a trained dense model.

    every expert <- a copy of the dense feed-forward;    router <- N(0, 0.02)

Since the k weights sum to 1 and all experts are alike, the layer computes at first exactly what the dense one did,
whatever the router says; training then pulls the copies apart. Without renormalised weights the output would
shrink by their sum, the reason for Komatsuzaki's loss spike at the start.

Komatsuzaki et al. 2022 (arXiv 2212.05055). `jitter` adds noise in proportion to each weight's spread, so that the
copies differ from the first step.

>>> import torch
>>> gate_in, out = torch.randn(2 * 6, 4), torch.randn(4, 6)
>>> layer = upcycle(gate_in, out, n_experts=3)
>>> x, indices = torch.randn(5, 4), torch.tensor([[0, 2]] * 5)
>>> weights = torch.tensor([[0.3, 0.7]] * 5)
>>> bool(torch.allclose(layer(x, indices, weights), layer.one(0, x), atol=1e-5))
True
"""

from __future__ import annotations

from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.experts import Experts
from explorer.stack.transformer.feed_forward import FeedForward
from explorer.stack.transformer.sparse_feed_forward import SparseFeedForward


def upcycle(
    gate_in: Float[Tensor, "two_d_expert d_model"],
    out: Float[Tensor, "d_model d_expert"],
    n_experts: int,
    jitter: float = 0.0,
    generator: torch.Generator | None = None,
) -> Experts:
    """Experts that are copies of one dense SwiGLU; `gate_in` holds W_gate above W_in, as [out in]."""
    experts = Experts(n_experts, *out.shape)
    with torch.no_grad():
        for parameter, dense in ((experts.gate_in, gate_in), (experts.out, out)):
            parameter.copy_(dense.expand_as(parameter))
            if jitter:
                parameter += jitter * dense.std() * torch.randn(parameter.shape, generator=generator)
    return experts


def new_router(
    n_experts: int, d_model: int, generator: torch.Generator | None = None
) -> Float[Tensor, "expert d_model"]:
    """The router that upcycling adds: small, so that it prefers nobody yet."""
    return 0.02 * torch.randn(n_experts, d_model, generator=generator)


def upcycled(dense: Decoder, n_experts: int, k: int, generator: torch.Generator | None = None) -> Decoder:
    """A mixture that begins as `dense`, whose weights are copied: each block's feed-forward n times, its router new.

    Raises NotApplicableError for a decoder that is a mixture already, or whose feed-forward is no gated one.
    """
    made, old = Decoder(_mixture_of(dense, n_experts, k)), dense.state_dict()
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            if name in old:
                parameter.copy_(old[name])
        for block, before in zip(made.blocks, dense.blocks, strict=True):
            sparse, mlp = block.get_submodule("mlp"), before.get_submodule("mlp")
            assert isinstance(sparse, SparseFeedForward)
            assert isinstance(mlp, FeedForward)
            gate_in = torch.cat([mlp.W_gate.weight, mlp.W_in.weight])  # two_d_expert d_model
            sparse.experts.load_state_dict(upcycle(gate_in, mlp.W_out.weight, n_experts).state_dict())
            sparse.router.copy_(new_router(n_experts, made.config.d_model, generator))
    return made


def _mixture_of(dense: Decoder, n_experts: int, k: int) -> DecoderConfig:
    if dense.config.n_experts:
        raise NotApplicableError("This decoder is a mixture already.")
    if not dense.config.gated or dense.config.mlp_bias:
        raise NotApplicableError("Only a gated feed-forward layer without biases is upcycled here.")
    return replace(dense.config, n_experts=n_experts, k=k)
