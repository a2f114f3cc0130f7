"""Routers: which experts a token visits, and with which weights.

All start from one linear map, logits = x W_r^T, and differ in what is normalised when:

    softmax_top_k     p = softmax(logits);  keep the k greatest;  w = p / sum of the kept                      Mixtral
    top_k_softmax     keep the k greatest logits;  w = softmax over the kept                    Mixtral's paper, GPT-OSS
    noisy_top_k       H = logits + N(0,1) softplus(x W_noise^T);  then as above                    Shazeer et al. 2017
    sigmoid_bias      s = sigmoid(logits);  choose by s + b;  w = s / sum of the kept s            DeepSeek-V3
    expert_choice     each expert takes its c best tokens                                          Zhou et al. 2022

The first two are the same function: exp(l_i) / sum over the kept of exp(l_j) either way. They part only where the kept
probabilities are not renormalised (Switch, OLMoE, DeepSeek-V2; Qwen3's configs say which), since then the weights carry
the router's confidence.

Shazeer et al. 2017 (arXiv 1701.06538); Jiang et al. 2024, Mixtral (2401.04088); DeepSeek-AI 2024, DeepSeek-V3
(2412.19437), its balancing without a loss: Wang et al. 2024 (2408.15664); expert choice: Zhou et al. 2022 (2202.09368).

Logits ln 4, ln 3, ln 2, ln 1 are probabilities .4, .3, .2, .1; the two kept are weighted 4/7 and 3/7:

>>> logits = torch.tensor([[4.0, 3.0, 2.0, 1.0]]).log()
>>> routing = softmax_top_k(logits, k=2)
>>> routing.indices.tolist(), [round(w, 4) for w in routing.weights[0].tolist()]
([[0, 1]], [0.5714, 0.4286])
>>> bool(torch.allclose(top_k_softmax(logits, k=2).weights, routing.weights))
True

A bias moves the choice but not the weights: expert 3 is now chosen, with the weight of its own score:

>>> biased = sigmoid_bias(logits, k=2, bias=torch.tensor([0.0, 0.0, 0.0, 0.4]))
>>> biased.indices.tolist(), [round(w, 4) for w in biased.weights[0].tolist()]  # sigmoids .8 and .5
([[3, 0]], [0.3846, 0.6154])
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor


@dataclass(frozen=True)
class Routing:
    """What a router decided, with the stages on the way."""

    logits: Float[Tensor, "token expert"]
    scores: Float[Tensor, "token expert"]
    """Each expert's normalised score: probabilities, or sigmoids, before anything was cut."""
    choice: Float[Tensor, "token expert"]
    """What the k were chosen by: scores, noisy logits, or scores with their bias; -inf where a group was shut."""
    indices: Int[Tensor, "token slot"]
    """The chosen experts, best first."""
    weights: Float[Tensor, "token slot"]
    """What each chosen expert's output is multiplied by."""


def softmax_top_k(logits: Float[Tensor, "token expert"], k: int, renormalise: bool = True) -> Routing:
    """Softmax over all experts, then the k greatest, then (if asked) a sum of 1 again."""
    probs = logits.softmax(-1)
    weights, indices = probs.topk(k, dim=-1)
    if renormalise:
        weights = weights / weights.sum(-1, keepdim=True)
    return Routing(logits, probs, probs, indices, weights)


def top_k_softmax(logits: Float[Tensor, "token expert"], k: int) -> Routing:
    """The k greatest logits, then a softmax over them alone."""
    top, indices = logits.topk(k, dim=-1)
    return Routing(logits, logits.softmax(-1), logits, indices, top.softmax(-1))


def noisy_top_k(
    logits: Float[Tensor, "token expert"],
    noise_logits: Float[Tensor, "token expert"],
    k: int,
    generator: torch.Generator | None = None,
) -> Routing:
    """Learned noise on the logits while training, so that an expert just below the cut is sometimes tried.

    The noise's width is softplus(noise_logits). With noise logits of -inf this is `top_k_softmax`.
    """
    noise = torch.randn(logits.shape, generator=generator, dtype=logits.dtype).to(logits.device)
    noisy = logits + noise * F.softplus(noise_logits)
    top, indices = noisy.topk(k, dim=-1)
    return Routing(logits, noisy.softmax(-1), noisy, indices, top.softmax(-1))


def sigmoid_bias(
    logits: Float[Tensor, "token expert"],
    k: int,
    bias: Float[Tensor, " expert"],
    *,
    n_groups: int = 1,
    k_groups: int = 1,
    renormalise: bool = True,
    scale: float = 1.0,
) -> Routing:
    """Sigmoid scores, chosen with a bias for balance, weighted without it.

    With `n_groups` > 1 only the `k_groups` groups whose two best experts score highest stay open, so that a token
    travels to few devices.
    """
    scores = logits.sigmoid()
    choice = scores + bias
    if n_groups > 1:
        grouped = choice.unflatten(-1, (n_groups, -1))  # [token group expert_of_group]
        best = grouped.topk(2, dim=-1).values.sum(-1)  # [token group]
        open_: Bool[Tensor, "token group"] = torch.zeros_like(best, dtype=torch.bool)
        open_ = open_.scatter(-1, best.topk(k_groups, dim=-1).indices, True)
        choice = grouped.masked_fill(~open_.unsqueeze(-1), -torch.inf).flatten(-2)
    indices = choice.topk(k, dim=-1).indices
    weights = scores.gather(-1, indices)
    if renormalise:
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)
    return Routing(logits, scores, choice, indices, weights * scale)


def updated_bias(
    bias: Float[Tensor, " expert"], counts: Int[Tensor, " expert"], rate: float = 1e-3
) -> Float[Tensor, " expert"]:
    """DeepSeek-V3's step after each batch: up by `rate` for an expert below the mean load, down for one above.

    >>> updated_bias(torch.zeros(3), torch.tensor([6, 3, 0]), rate=0.5).tolist()
    [-0.5, 0.0, 0.5]
    """
    load = counts.to(bias.dtype)
    return bias + rate * torch.sign(load.mean() - load)


@dataclass(frozen=True)
class ExpertChoice:
    """Expert choice's answer: the other way round."""

    scores: Float[Tensor, "token expert"]
    tokens: Int[Tensor, "expert slot"]
    """The tokens that each expert took, best first."""
    weights: Float[Tensor, "expert slot"]

    def visits(self) -> Int[Tensor, " token"]:
        """How many experts each token was taken by: 0 for some, many for others."""
        return torch.bincount(self.tokens.reshape(-1), minlength=len(self.scores))


def expert_choice(logits: Float[Tensor, "token expert"], capacity: int) -> ExpertChoice:
    """Each expert takes its `capacity` best tokens of the batch: the load is even by construction.

    A token's choice depends on the tokens beside it, later ones included, so a decoder that writes token by token
    cannot use it as it stands.
    """
    scores = logits.softmax(-1)
    weights, tokens = scores.T.topk(capacity, dim=-1)
    return ExpertChoice(scores, tokens, weights)
