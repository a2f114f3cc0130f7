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

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.transformer.experts import Experts


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
