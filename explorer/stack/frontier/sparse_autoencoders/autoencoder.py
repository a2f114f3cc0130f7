"""A sparse autoencoder (SAE): a vector x of the residual stream as the sum of a few directions out of many.

    pre = (x - b_dec) W_enc^T + b_enc          one number a feature
    f   = what the kind keeps of pre           most of them 0
    y   = f W_dec + b_dec                      the reconstruction; every row of W_dec has length 1

The kinds differ in what they keep:

    standard    max(pre, 0)                                       Cunningham et al. 2023 (2309.08600)
    topk        the k largest of each token, if above 0           Gao et al. 2024 (2406.04093)
    batchtopk   the k B largest of B tokens; in use, those above  Bussmann et al. 2024 (2412.06410)
                a threshold that training has averaged
    jumprelu    pre where it is above the feature's threshold     Rajamanoharan et al. 2024 (2407.14435)
    gated       one product says whether, another how much        Rajamanoharan et al. 2024 (2404.16014)

Since directions have length 1, f is in the units of the stream: how far the feature moves it.

Three directions of a plane, and a vector that is 2 along the second:

>>> sae = SparseAutoencoder(2, 3, "topk", k=1)
>>> with torch.no_grad():
...     _ = sae.W_dec.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]))
...     _ = sae.W_enc.copy_(sae.W_dec)
>>> found = sae.encode(torch.tensor([[0.5, 2.0]]))
>>> found.pre.tolist(), found.acts.tolist(), sae.decode(found).tolist()
([[0.5, 2.0, -0.5]], [[0.0, 2.0, 0.0]], [[0.0, 2.0]])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.stack.frontier.sparse_autoencoders.jump import jump
from explorer.stack.frontier.sparse_autoencoders.top_k import top_k

Kind = Literal["standard", "topk", "batchtopk", "jumprelu", "gated"]
KINDS: tuple[Kind, ...] = get_args(Kind)
#: Where the thresholds of JumpReLU begin, and how wide the window is in which a pre-activation moves its threshold.
FIRST_THRESHOLD, BANDWIDTH = 0.01, 0.05


@dataclass(frozen=True, eq=False)
class Encoded:
    """What an encoder makes of some vectors."""

    pre: Float[Tensor, "token feature"]
    """Before anything is dropped; of a gated encoder: of its gates."""
    kept: Float[Tensor, "token slot"]
    """What is kept: every feature's, or of TopK the k kept alone."""
    indices: Int[Tensor, "token slot"] | None = None
    """The features that TopK has kept."""

    @property
    def fired(self) -> Bool[Tensor, " feature"]:
        """Whether any token fires each."""
        if self.indices is None:
            return (self.kept > 0).any(0)
        return torch.bincount(self.indices[self.kept > 0], minlength=self.pre.shape[1]) > 0

    @property
    def acts(self) -> Float[Tensor, "token feature"]:
        """Every feature's activation."""
        return self.kept if self.indices is None else torch.zeros_like(self.pre).scatter(-1, self.indices, self.kept)


class SparseAutoencoder(nn.Module):
    """Encoder and decoder of one kind. Raises ValueError where fewer features are there than kept."""

    def __init__(self, d_model: int, width: int, kind: Kind, k: int = 32) -> None:
        super().__init__()
        if not 1 <= k <= width:
            raise ValueError(f"{k} of {width} features cannot be kept")
        self.kind: Kind = kind
        self.k = k
        self.W_enc = nn.Parameter(torch.zeros(width, d_model))
        self.b_enc = nn.Parameter(torch.zeros(width))
        self.W_dec = nn.Parameter(torch.zeros(width, d_model))
        self.b_dec = nn.Parameter(torch.zeros(d_model))
        if kind == "jumprelu":
            self.log_threshold = nn.Parameter(torch.full((width,), FIRST_THRESHOLD).log())
        if kind == "batchtopk":
            self.threshold = nn.Buffer(torch.zeros(()))
        if kind == "gated":
            self.r_mag = nn.Parameter(torch.zeros(width))
            self.b_gate = nn.Parameter(torch.zeros(width))

    def initialise(self, mean: Float[Tensor, " d_model"], generator: torch.Generator) -> SparseAutoencoder:
        """Random directions of length 1, the encoder their transpose, the bias the mean of what is to be read."""
        with torch.no_grad():
            self.W_dec.copy_(F.normalize(torch.randn(self.W_dec.shape, generator=generator), dim=-1))
            self.W_enc.copy_(self.W_dec)
            self.b_dec.copy_(mean)
        return self

    @property
    def centre(self) -> Float[Tensor, " d_model"]:
        """What is taken off before encoding."""
        return self.b_dec

    def encode(self, x: Float[Tensor, "token d_model"]) -> Encoded:
        if self.kind == "topk":
            return Encoded(*top_k(x, self.W_enc, self.b_enc, self.centre, self.k))
        centred = x - self.centre
        product = centred @ self.W_enc.T  # token feature
        if self.kind == "gated":
            gates = product + self.b_gate
            return Encoded(gates, (gates > 0) * (product * self.r_mag.exp() + self.b_enc).relu())
        pre = product + self.b_enc
        if self.kind == "jumprelu":
            return Encoded(pre, jump(pre, self.log_threshold.exp(), BANDWIDTH))
        acts = pre.relu()
        return Encoded(pre, acts if self.kind == "standard" else self._of_batch(acts))

    def _of_batch(self, acts: Float[Tensor, "token feature"]) -> Float[Tensor, "token feature"]:
        if not self.training:
            return acts * (acts > self.threshold)
        flat = acts.flatten()
        values, indices = flat.topk(min(self.k * len(acts), flat.numel()), sorted=False)
        return torch.zeros_like(flat).scatter(0, indices, values).view_as(acts)

    def decode(self, encoded: Encoded) -> Float[Tensor, "token d_model"]:
        return self.sum_of(encoded.kept, encoded.indices) + self.b_dec

    def sum_of(
        self, kept: Float[Tensor, "token slot"], indices: Int[Tensor, "token slot"] | None
    ) -> Float[Tensor, "token d_model"]:
        """Activations times directions, without the bias. Of a few kept ones no dense product is made."""
        if indices is None:
            return kept @ self.W_dec
        return F.embedding_bag(indices, self.W_dec, per_sample_weights=kept, mode="sum")

    def rebuilt(
        self,
        x: Float[Tensor, "token d_model"],  # noqa: ARG002  a transcoder reads it
        encoded: Encoded,
    ) -> Float[Tensor, "token d_model"]:
        """The output for what was encoded from x."""
        return self.decode(encoded)

    def forward(self, x: Float[Tensor, "token d_model"]) -> Float[Tensor, "token d_model"]:
        return self.rebuilt(x, self.encode(x))

    @torch.no_grad()
    def rescaled(self, factor: float) -> SparseAutoencoder:
        """The same for vectors `factor` times as long, in place: every bias and threshold grows with them."""
        for each in (self.b_enc, self.b_dec):
            each.mul_(factor)
        if self.kind == "gated":
            self.b_gate.mul_(factor)
        if self.kind == "jumprelu":
            self.log_threshold.add_(torch.tensor(factor).log())
        if self.kind == "batchtopk":
            self.threshold.mul_(factor)
        return self
