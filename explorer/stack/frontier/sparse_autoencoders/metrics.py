"""What a reconstruction is worth: sparse, close, faithful to the model, without shrinkage.

    L0              mean count of f != 0
    dead            share of features that no token fires
    bias            E |y|^2 / E (x . y); 1: no shrinkage, below 1: reconstructions are too short
    recovered       (CE_ablated - CE_replaced) / (CE_ablated - CE_clean): 1 where the model predicts as before with y in
                    the place of x, 0 where as badly as with the ablation
    KL score        (KL_ablated - KL_replaced) / KL_ablated, of the next token's distribution against the clean run's

The ablation decides what "recovered" means: with the stream at **zero** a model is so lost that almost any
reconstruction recovers much; with its **mean** over tokens, or another token's (**resample**), less. Explained variance
is `stack.evaluation.explained_variance`.

A reconstruction of half the length, and one that costs 4.0 nats instead of 3.0 where nothing costs 11:

>>> x = torch.tensor([[2.0, 0.0], [0.0, 4.0]])
>>> reconstruction_bias(x, x / 2), recovered(clean=3.0, replaced=4.0, ablated=11.0)
(0.5, 0.875)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.evaluation.explained_variance import ExplainedVariance, explained_variance
from explorer.stack.frontier.sparse_autoencoders.autoencoder import SparseAutoencoder

Ablation = Literal["zero", "mean", "resample"]
ABLATIONS: tuple[Ablation, ...] = get_args(Ablation)


@dataclass(frozen=True)
class Fit:
    """A dictionary on vectors that it was not trained on."""

    explained: ExplainedVariance
    l0: float
    dead: float
    bias: float


@torch.no_grad()
def fit(
    sae: SparseAutoencoder, x: Float[Tensor, "token d_model"], target: Float[Tensor, "token d_model"] | None = None
) -> Fit:
    """`target`: what a transcoder is to write; else x."""
    encoded = sae.encode(x)
    acts, y = encoded.acts, sae.rebuilt(x, encoded)
    target = x if target is None else target
    return Fit(
        explained_variance(target, y),
        float((acts != 0).sum(-1).double().mean()),
        float((~(acts != 0).any(0)).double().mean()),
        reconstruction_bias(target, y),
    )


def reconstruction_bias(x: Float[Tensor, "token d_model"], y: Float[Tensor, "token d_model"]) -> float:
    x, y = x.double(), y.double()
    return float(y.square().sum(-1).mean() / (x * y).sum(-1).mean())


def recovered(*, clean: float, replaced: float, ablated: float) -> float:
    """Of the loss that the ablation costs. Raises ValueError where the ablation costs nothing."""
    if ablated == clean:
        raise ValueError("the ablation costs nothing, so that nothing can be recovered")
    return (ablated - replaced) / (ablated - clean)


def divergence_score(*, replaced: float, ablated: float) -> float:
    """The same of KL divergences from the clean run, which is 0 from itself."""
    return recovered(clean=0.0, replaced=replaced, ablated=ablated)


@dataclass(frozen=True)
class Predicted:
    """How a model predicts with its stream as it is, or replaced."""

    loss: float
    """Nats a token."""
    divergence: float
    """KL from the clean run, nats a token."""


@dataclass(frozen=True)
class Fidelity:
    """What the model makes of the reconstruction, against each ablation."""

    clean: Predicted
    replaced: Predicted
    ablated: Mapping[Ablation, Predicted]

    @property
    def recovered(self) -> dict[Ablation, float]:
        """The loss recovered."""
        clean, replaced = self.clean.loss, self.replaced.loss
        return {
            name: recovered(clean=clean, replaced=replaced, ablated=each.loss) for name, each in self.ablated.items()
        }

    @property
    def divergence_scores(self) -> dict[Ablation, float]:
        return {
            name: divergence_score(replaced=self.replaced.divergence, ablated=each.divergence)
            for name, each in self.ablated.items()
        }
