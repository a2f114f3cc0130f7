"""What a sparse autoencoder minimises: each term by name, with its weight in it; their sum is the loss.

    reconstruction      E |x - y|^2                                        sum over dimensions, mean over tokens
    sparsity            l1 E sum f                       standard          Bricken et al. 2023
                        l1 E sum max(gate, 0)            gated             Rajamanoharan et al. 2024 (2404.16014)
                        l0 E sum step(pre, threshold)    jumprelu          Rajamanoharan et al. 2024 (2407.14435)
    gates               E |x - (max(gate, 0) W_dec + b_dec)|^2, the decoder held fixed: it teaches gates alone
    auxk                a E |(x - y) - z|^2              topk, batchtopk   Gao et al. 2024 (2406.04093)

In AuxK, z is the sum of the largest half d_model dead features, and x - y is held fixed: features that no token chooses
get a slope from what the others miss. With fewer dead ones than that its weight falls in their share.

A feature that fires with 3 costs 3 l1, and the reconstruction misses nothing:

>>> sae = SparseAutoencoder(2, 2, "standard", k=1)
>>> with torch.no_grad():
...     _ = sae.W_dec.copy_(torch.eye(2)), sae.W_enc.copy_(torch.eye(2))
>>> terms = loss_terms(sae, torch.tensor([[3.0, 0.0]]), Weights(l1=0.5))
>>> {name: value.item() for name, value in terms.named.items()}
{'reconstruction': 0.0, 'sparsity': 1.5}
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.frontier.sparse_autoencoders.autoencoder import BANDWIDTH, Encoded, SparseAutoencoder
from explorer.stack.frontier.sparse_autoencoders.jump import step


@dataclass(frozen=True)
class Weights:
    """Of the terms beside the reconstruction."""

    l1: float = 0.5
    """Of standard and gated."""
    l0: float = 0.1
    """Of JumpReLU."""
    auxk: float = 1 / 32
    """Of TopK and BatchTopK; 0 leaves dead features alone."""


@dataclass(frozen=True, eq=False)
class LossTerms:
    """The terms of one batch, and what they are made of."""

    named: dict[str, Tensor]
    encoded: Encoded
    y: Float[Tensor, "token d_model"]

    @property
    def total(self) -> Tensor:
        return torch.stack(list(self.named.values())).sum()


def loss_terms(
    sae: SparseAutoencoder,
    x: Float[Tensor, "token d_model"],
    weights: Weights,
    dead: Bool[Tensor, " feature"] | None = None,
    target: Float[Tensor, "token d_model"] | None = None,
) -> LossTerms:
    """`dead`: features that have not fired for long; none of them: no AuxK. `target`: of a transcoder; else x."""
    encoded = sae.encode(x)
    y = sae.rebuilt(x, encoded)
    target = x if target is None else target
    named = {"reconstruction": squared(target - y)}
    if sae.kind == "standard":
        named["sparsity"] = weights.l1 * encoded.acts.sum(-1).mean()
    if sae.kind == "jumprelu":
        over = step(encoded.pre, sae.log_threshold.exp(), BANDWIDTH)
        named["sparsity"] = weights.l0 * over.sum(-1).mean()
    if sae.kind == "gated":
        gates = encoded.pre.relu()
        named["sparsity"] = weights.l1 * gates.sum(-1).mean()
        named["gates"] = squared(target - (gates @ sae.W_dec.detach() + sae.b_dec.detach()))
    if sae.kind in ("topk", "batchtopk") and weights.auxk and dead is not None and dead.any():
        named["auxk"] = weights.auxk * auxk(sae, encoded, (target - y).detach(), dead)
    return LossTerms(named, encoded, y)


def squared(missed: Float[Tensor, "token d_model"]) -> Float[Tensor, ""]:
    return missed.square().sum(-1).mean()


def auxk(
    sae: SparseAutoencoder,
    encoded: Encoded,
    missed: Float[Tensor, "token d_model"],
    dead: Bool[Tensor, " feature"],
) -> Float[Tensor, ""]:
    """How badly the dead features' sum stands in for what was missed."""
    most = max(1, missed.shape[1] // 2)
    names = dead.nonzero()[:, 0]
    values, places = encoded.pre[:, names].topk(min(most, len(names)), dim=-1)
    share = min(len(names) / most, 1.0)
    return share * squared(missed - sae.sum_of(values.relu(), names[places]))
