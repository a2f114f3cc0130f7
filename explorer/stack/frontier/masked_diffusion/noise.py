"""How masked diffusion hides a text, and what the model's answers cost.

A time t is drawn from U(0, 1), and each token is hidden with probability p, independently of the others:

    p = (1 - eps) t + eps
    L = 1/(B L)  sum over rows, over hidden positions i, of  w(p) (-ln p_model(x_i | what is not hidden))

with w = 1/p (Nie et al. 2025, LLaDA, arXiv 2502.09992; Sahoo et al. 2024, MDLM, arXiv 2406.07524, whose log-linear
noise gives exactly 1/t). So weighed, the mean over t is an upper bound of -ln p(x), but for eps. Uniform weights, w =
1, train too, and bound nothing. `eps` keeps 1/p finite: a row of one hidden token at p = 0.001 counts a thousandfold.

Times spread evenly over the rows of a batch, `(u + row/B) mod 1`, have the same mean and less spread (MDLM, section
3.4).

SUBS (MDLM, section 3.2.3): what is not hidden stays, and [MASK] is never said: its logit is minus infinity.

>>> shares_of(torch.tensor([0.0, 0.5, 1.0]), eps=0.1).tolist()
[0.10000000149011612, 0.550000011920929, 1.0]
>>> text = torch.arange(10, 16)[None]
>>> made = hidden_by(text, text > 12, mask=99, weights=torch.tensor([2.0]))
>>> made.inputs.tolist(), made.targets.tolist()
([[10, 11, 12, 99, 99, 99]], [[-100, -100, -100, 13, 14, 15]])
>>> said = subs(torch.zeros(1, 3, 4), torch.tensor([[2, 3, 0]]), mask=3)  # of the three tokens 0, 1 and 2
>>> said.exp()[0].round(decimals=3).tolist()
[[0.0, 0.0, 1.0, 0.0], [0.3330000042915344, 0.3330000042915344, 0.3330000042915344, 0.0], [1.0, 0.0, 0.0, 0.0]]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.stack.pretraining.objectives.example import IGNORED

Weighing = Literal["inverse", "uniform"]
EPS = 1e-3
#: Tokens at the front that are never hidden: what the text follows.
GIVEN = 1


@dataclass(frozen=True, eq=False)
class Hidden:
    """Rows some of whose tokens are hidden."""

    inputs: Int[Tensor, "row pos"]
    targets: Int[Tensor, "row pos"]
    """`IGNORED` where nothing is hidden."""
    weights: Float[Tensor, " row"]
    """What a hidden token of that row counts."""

    @property
    def at(self) -> Bool[Tensor, "row pos"]:
        return self.targets != IGNORED


def times(rows: int, generator: torch.Generator | None = None, *, spread: bool = True) -> Float[Tensor, " row"]:
    """A time for each row, in [0, 1): spread evenly, or each by itself."""
    if not spread:
        return torch.rand(rows, generator=generator)
    return (torch.rand(1, generator=generator) + torch.arange(rows) / rows) % 1


def shares_of(t: Float[Tensor, " row"], eps: float = EPS) -> Float[Tensor, " row"]:
    """p: the chance of a token to be hidden at that time."""
    return (1 - eps) * t + eps


def weights_of(p: Float[Tensor, " row"], weighing: Weighing = "inverse") -> Float[Tensor, " row"]:
    return 1 / p if weighing == "inverse" else torch.ones_like(p)


def hidden_by(
    text: Int[Tensor, "row pos"], at: Bool[Tensor, "row pos"], mask: int, weights: Float[Tensor, " row"]
) -> Hidden:
    """The text with these positions hidden. `mask` is the id of [MASK]."""
    return Hidden(text.masked_fill(at, mask), text.where(at, IGNORED), weights)


def by_time(
    text: Int[Tensor, "row pos"],
    t: Float[Tensor, " row"],
    mask: int,
    generator: torch.Generator | None = None,
    *,
    eps: float = EPS,
    weighing: Weighing = "inverse",
    given: int = GIVEN,
) -> Hidden:
    """Each token of a row hidden with the probability of the row's time; the first `given` never."""
    p = shares_of(t, eps)
    at = torch.rand(text.shape, generator=generator) < p[:, None]
    at[:, :given] = False
    return hidden_by(text, at, mask, weights_of(p, weighing))


def by_count(
    text: Int[Tensor, "row pos"],
    counts: Int[Tensor, " row"],
    mask: int,
    generator: torch.Generator | None = None,
    *,
    given: int = GIVEN,
) -> Hidden:
    """Exactly so many tokens of each row hidden, every choice as likely; k of L weigh L/k."""
    n = text.shape[1] - given
    ranks = torch.rand((len(text), n), generator=generator).argsort(1).argsort(1)
    at = torch.zeros(text.shape, dtype=torch.bool)
    at[:, given:] = ranks < counts[:, None]
    return hidden_by(text, at, mask, n / counts.float())


def subs(
    logits: Float[Tensor, "row pos d_vocab"], inputs: Int[Tensor, "row pos"], mask: int
) -> Float[Tensor, "row pos d_vocab"]:
    """Log-probabilities under SUBS: [MASK] is never said, and what is not hidden says itself."""
    logits = logits.clone()
    logits[..., mask] = -torch.inf
    said = logits.log_softmax(-1)
    itself = torch.full_like(said, -torch.inf).scatter(-1, inputs[..., None], 0.0)
    return said.where((inputs == mask)[..., None], itself)
