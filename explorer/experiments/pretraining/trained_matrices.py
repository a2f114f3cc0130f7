"""What the matrices of one run's checkpoints are: the embeddings on two fixed directions, and singular values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.pretraining import through_training as run
from explorer.stack.transformer.decoder import Decoder

Tell = Callable[[int, int], None]
#: Tokens of the map: the most frequent.
SHOWN = 400
MATRICES = {
    "q": "attn.W_Q.weight",
    "k": "attn.W_K.weight",
    "v": "attn.W_V.weight",
    "o": "attn.W_O.weight",
    "gate": "mlp.W_gate.weight",
    "in": "mlp.W_in.weight",
    "out": "mlp.W_out.weight",
}
EMBEDDING = "embed"


@dataclass(frozen=True, kw_only=True, eq=False)
class Mapped:
    """The embeddings of the most frequent tokens, on the two directions in which they differ most at the end."""

    steps: tuple[int, ...]
    ids: Int[Tensor, " token"]
    places: Float[Tensor, "step token 2"]
    share: Float[Tensor, " step"]
    """Of the variance at that step, what lies in the plane."""
    variance: Float[Tensor, " step"]
    """Sum over all coordinates, mean over tokens."""
    axes_error: float
    """The variances on both axes at the end, against the two largest eigenvalues of the covariance: a share."""


def mapped(tell: Tell) -> Mapped:
    ids = frequent()
    tables = torch.stack([table_at(step)[ids] for step in run.steps()])  # step token d_model
    tell(1, 2)
    last = tables[-1] - tables[-1].mean(0)
    axes = torch.linalg.svd(last, full_matrices=False).Vh[:2]
    centred = tables - tables.mean(1, keepdim=True)
    places, variance = centred @ axes.T, centred.square().sum(-1).mean(1)
    on = places.square().mean(1)  # step axis
    largest = np.linalg.eigvalsh(np.cov(tables[-1].double().numpy().T, bias=True))[::-1][:2]
    error = float((on[-1].double() / torch.from_numpy(largest.copy()) - 1).abs().max())
    return Mapped(
        steps=run.steps(), ids=ids, places=places, share=on.sum(1) / variance, variance=variance, axes_error=error
    )


def frequent() -> Int[Tensor, " token"]:
    """The most frequent tokens of the training text, the most frequent first."""
    keys, counts = run.counted().raw[0]
    return torch.from_numpy(keys[np.argsort(-counts, kind="stable")][:SHOWN].copy())


def table_at(step: int) -> Float[Tensor, "d_vocab d_model"]:
    return run.decoder_at(step).get_parameter("embed.weight").detach()


@dataclass(frozen=True, kw_only=True, eq=False)
class Spectrum:
    """The singular values of one matrix at every checkpoint, the largest first."""

    steps: tuple[int, ...]
    name: str
    values: Float[Tensor, "step value"]
    norm_error: float
    """Largest difference of the root of their squares' sum from the Frobenius norm, as a share."""


def spectrum(matrix: str, block: int, tell: Tell) -> Spectrum:
    name = "embed.weight" if matrix == EMBEDDING else f"blocks.{block}.{MATRICES[matrix]}"
    found, norms = [], []
    for done, step in enumerate(run.steps()):
        tell(done, len(run.steps()))
        weight = matrix_of(run.decoder_at(step), name)
        found.append(singular_values(weight))
        norms.append(weight.double().square().sum().sqrt())
    values = torch.stack(found)
    error = float((values.double().square().sum(1).sqrt() / torch.stack(norms) - 1).abs().max())
    return Spectrum(steps=run.steps(), name=name, values=values, norm_error=error)


def matrix_of(decoder: Decoder, name: str) -> Float[Tensor, "row column"]:
    return decoder.get_parameter(name).detach()


def singular_values(weight: Float[Tensor, "row column"]) -> Float[Tensor, " value"]:
    """
    >>> singular_values(torch.tensor([[3.0, 0.0], [0.0, 0.0], [0.0, 4.0]])).tolist()
    [4.0, 3.0]
    """
    return torch.linalg.svdvals(weight)
