"""A reward model: one number for an answer, from pairs in which one answer is preferred.

    P(chosen preferred) = sigma(r(chosen) - r(rejected))                Bradley and Terry 1952; Ouyang 2022, 2203.02155
    loss = -ln sigma(r_c - r_r - margin)  +  centre (r_c + r_r)^2       margin: Touvron 2023; centre: Eisenstein 2023

Only differences are learnt: a constant added to every reward changes no preference. `centre` takes that freedom away.

The head reads the normed residual stream of the answer's last token: r = w . x. On a stream that is frozen the loss is
convex in w, and with a ridge it has one least point, which Newton's steps find: no learning rate, no seed. What differs
from one head of an ensemble to the next is then the pairs that it is fitted on, and nothing else.

>>> terms = bradley_terry(torch.tensor([1.0]), torch.tensor([0.0]))
>>> round(terms.loss.item(), 4), round(terms.raises.item(), 4)  # ln(1 + 1/e); sigma(-1)
(0.3133, 0.2689)
>>> x = torch.tensor([[1.0], [1.0], [1.0], [-1.0]], dtype=torch.float64)  # differences: three of four one way
>>> head = fitted(x / 2, -x / 2, ridge=0.0)
>>> round(head.weight[0].item(), 4)  # ln(3/1)
1.0986
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import NotFiniteError
from explorer.stack.transformer.decoder import Decoder

Rewards = Float[Tensor, " pair"]


@dataclass(frozen=True, eq=False)
class RewardTerms:
    """What the loss makes of the rewards of pairs."""

    difference: Rewards
    logits: Rewards
    """The difference, less the margin that is asked for."""
    loss: Rewards
    centring: Rewards
    raises: Rewards
    """- d (loss + centring) / d r(chosen)."""
    lowers: Rewards

    @property
    def total(self) -> Float[Tensor, ""]:
        return (self.loss + self.centring).mean()


def bradley_terry(
    chosen: Rewards, rejected: Rewards, margin: Rewards | None = None, centre: float = 0.0
) -> RewardTerms:
    """margin: how much better each chosen answer is said to be. Raises NotFiniteError for a reward that is none."""
    for name, rewards in (("chosen", chosen), ("rejected", rejected)):
        if not bool(rewards.isfinite().all()):
            at = int((~rewards.isfinite()).nonzero()[0, 0])
            raise NotFiniteError(
                f"The reward of the {name} answer of pair {at + 1} is not a number.", "Leave the pair out."
            )
    difference = chosen - rejected
    logits = difference if margin is None else difference - margin
    sum_ = chosen + rejected
    pull = torch.sigmoid(-logits)
    return RewardTerms(
        difference, logits, -F.logsigmoid(logits), centre * sum_.square(), pull - 2 * centre * sum_,
        pull + 2 * centre * sum_,
    )  # fmt: skip


class ValueHead(nn.Module):
    """w . x: a reward, or a value, of a place in a text."""

    def __init__(self, d_model: int) -> None:
        """Of zeros: every text has the same reward."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Float[Tensor, "*place d_model"]) -> Float[Tensor, "*place"]:
        return x @ self.weight


class RewardModel(nn.Module):
    """A decoder whose unembedding is replaced by a value head."""

    def __init__(self, decoder: Decoder, head: ValueHead | None = None) -> None:
        super().__init__()
        self.decoder, self.head = decoder, head or ValueHead(decoder.config.d_model)

    def features(self, ids: Int[Tensor, "row pos"], last: Int[Tensor, " row"]) -> Float[Tensor, "row d_model"]:
        """What the head reads. last: where each row's text ends; what stands behind it is padding."""
        return self.decoder.read(self.decoder.stream(ids))[torch.arange(len(ids)), last]

    def forward(self, ids: Int[Tensor, "row pos"], last: Int[Tensor, " row"]) -> Float[Tensor, " row"]:
        return self.head(self.features(ids, last))


@torch.no_grad()
def fitted(
    chosen: Float[Tensor, "pair d_model"],
    rejected: Float[Tensor, "pair d_model"],
    *,
    ridge: float = 1e-3,
    margin: Rewards | None = None,
    centre: float = 0.0,
    steps: int = 50,
) -> ValueHead:
    """The head of the least loss on frozen features, in float64; ridge |w|^2 / 2 is added to the mean loss."""
    x, sums = (chosen - rejected).double(), (chosen + rejected).double()
    asked = torch.zeros(len(x), dtype=torch.float64) if margin is None else margin.double()
    quadratic = ridge * torch.eye(x.shape[1], dtype=torch.float64) + 2 * centre * sums.T @ sums / len(x)

    def loss(w: Tensor) -> Tensor:
        return -F.logsigmoid(x @ w - asked).mean() + w @ quadratic @ w / 2

    w = torch.zeros(x.shape[1], dtype=torch.float64)
    for _ in range(steps):
        p = torch.sigmoid(asked - x @ w)
        gradient = quadratic @ w - x.T @ p / len(x)
        if float(gradient.abs().max()) < 1e-12:
            break
        curvature = quadratic + x.T @ (x * (p * (1 - p))[:, None]) / len(x)
        step, length = torch.linalg.solve(curvature, gradient), 1.0
        while loss(w - length * step) > loss(w) and length > 1e-6:
            length /= 2
        w = w - length * step
    head = ValueHead(x.shape[1]).double()
    head.weight.copy_(w)
    return head


def agreement(chosen: Rewards, rejected: Rewards) -> float:
    """Share of pairs whose chosen answer has the higher reward; equal rewards count half.

    >>> agreement(torch.tensor([1.0, 2.0, 0.0]), torch.tensor([0.0, 2.0, 1.0]))
    0.5
    """
    return float(((chosen > rejected).double() + (chosen == rejected).double() / 2).mean())


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Several reward models on the same answers (Coste et al. 2023, arXiv 2310.02743)."""

    rewards: Float[Tensor, "model answer"]

    @property
    def mean(self) -> Float[Tensor, " answer"]:
        return self.rewards.mean(0)

    @property
    def spread(self) -> Float[Tensor, " answer"]:
        """The standard deviation over models, by n - 1."""
        return self.rewards.std(0)

    @property
    def worst(self) -> Float[Tensor, " answer"]:
        """What the most careful of them says: it is hard to fool all at once."""
        return self.rewards.amin(0)
