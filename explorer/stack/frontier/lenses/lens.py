"""A lens: a map from the stream behind a block to the stream behind the last, then the model's own readout.

    lens_l(h) = readout(M_l h + b_l),   M_l = s_l I + L_l R_l

- **logit lens** (nostalgebraist 2020): M_l = I. The model stops here.
- **tuned lens** (Belrose et al. 2023, arXiv 2303.08112): M_l = I + W_l, trained (`tuned.py`).
- **least-squares lens** ("jump to conclusions", Din et al. 2023, arXiv 2303.09435): M_l by affine regression.
- **Jacobian lens** (Anthropic 2026): M_l the mean of dh_last/dh_l (`jacobian.py`).

A direction of the stream that a lens reads as a token v is the gradient of v's lead over the mean of all tokens,
the last norm's scale held fixed: M_l^T (w * (W_U[v] - mean W_U)).

Worked example: with M = I + L R, L = (1, 0), R = (0, 2), the vector (3, 1) becomes (3 + 2, 1), and what reads (1, 0) of
the result reads (1, 2) of the vector:

>>> one = Lens("tuned", torch.ones(1), torch.tensor([[[1.0], [0.0]]]), torch.tensor([[[0.0, 2.0]]]), torch.zeros(1, 2))
>>> one.mapped(torch.tensor([[[3.0, 1.0]]])).tolist(), one.pulled(0, torch.tensor([1.0, 0.0])).tolist()
([[[5.0, 1.0]]], [1.0, 2.0])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.stack.transformer.norms import LayerNorm, RMSNorm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from explorer.stack.transformer.decoder import Decoder

Kind: TypeAlias = Literal["logit", "tuned", "least_squares", "jacobian"]
KINDS: tuple[Kind, ...] = ("logit", "tuned", "least_squares", "jacobian")


@dataclass(frozen=True, eq=False)
class Lens:
    """One for each block of a model; that of the last block changes nothing."""

    kind: Kind
    scale: Float[Tensor, " layer"]
    left: Float[Tensor, "layer d_model rank"]
    right: Float[Tensor, "layer rank d_model"]
    bias: Float[Tensor, "layer d_model"]

    def mapped(self, stream: Float[Tensor, "layer pos d_model"]) -> Float[Tensor, "layer pos d_model"]:
        """What stands in the place of the last block's stream."""
        read = stream @ self.right.mT @ self.left.mT  # layer pos d_model
        return self.scale[:, None, None] * stream + read + self.bias[:, None]

    def pulled(self, layer: int, row: Float[Tensor, "*rows d_model"]) -> Float[Tensor, "*rows d_model"]:
        """M_l^T of what reads the last block's stream: what reads the same of the stream behind block `layer`."""
        return self.scale[layer] * row + row @ self.left[layer] @ self.right[layer]

    def matrix(self, layer: int) -> Float[Tensor, "d_model d_model"]:
        """M_l."""
        d_model = self.bias.shape[1]
        return self.scale[layer] * torch.eye(d_model) + self.left[layer] @ self.right[layer]

    def at(self, layers: Sequence[int]) -> Lens:
        """Of these blocks only."""
        of = list(layers)
        return Lens(self.kind, self.scale[of], self.left[of], self.right[of], self.bias[of])


def logit_lens(n_layers: int, d_model: int) -> Lens:
    """M_l = I."""
    return Lens("logit", torch.ones(n_layers), torch.zeros(n_layers, d_model, 0), torch.zeros(n_layers, 0, d_model),
                torch.zeros(n_layers, d_model))  # fmt: skip


def cut(kind: Kind, matrices: Float[Tensor, "layer d_model d_model"], bias: Float[Tensor, "layer d_model"],
        rank: int) -> Lens:  # fmt: skip
    """The nearest lens of I and a matrix of so low a rank, by the singular values of M_l - I."""
    d_model = bias.shape[1]
    u, s, v = torch.linalg.svd(matrices - torch.eye(d_model))
    root = s[:, :rank].sqrt()
    return Lens(kind, torch.ones(len(matrices)), u[:, :, :rank] * root[:, None], root[:, :, None] * v[:, :rank], bias)


def reading(decoder: Decoder, tokens: Sequence[int]) -> Float[Tensor, "token d_model"]:
    """What reads each token's lead over the mean of all tokens from the last stream, its norm's scale held fixed."""
    W_U = decoder.unembed.weight.detach().float()
    rows = W_U[list(tokens)] - W_U.mean(0)
    if decoder.config.placement == "post":
        return rows
    norm = decoder.ln_final
    if isinstance(norm, RMSNorm):
        return rows * (norm.weight.detach() + norm.offset)
    assert isinstance(norm, LayerNorm)
    rows = rows * norm.weight.detach()
    return rows - rows.mean(-1, keepdim=True)


def exchanged(
    stream: Float[Tensor, "*rows d_model"], a: Float[Tensor, " d_model"], b: Float[Tensor, " d_model"]
) -> Float[Tensor, "*rows d_model"]:
    """The stream with what two rows read of it exchanged, by the smallest change that does it (the pseudoinverse).

    >>> exchanged(torch.tensor([3.0, 1.0, 5.0]), torch.tensor([2.0, 0.0, 0.0]), torch.tensor([0.0, 1.0, 0.0])).tolist()
    [0.5, 6.0, 5.0]
    """
    rows = torch.stack([a, b])  # two d_model
    reads = stream @ rows.T  # *rows two
    return stream + (reads.flip(-1) - reads) @ torch.linalg.pinv(rows).T
