"""Contamination: has the model read the items that it is tested on?

Overlap: the part of an item's n-grams of words that occur in the training texts, as a pipeline of training data counts
it (`pretraining/data/contamination.py`). It needs the texts. Where there are none, the model is asked. With p_t the
model's distribution at token t and x_t the token that stands there (Shi et al. 2024, arXiv 2310.16789; Zhang et al.
2024, arXiv 2404.02936)::

    Min-K%      the mean of log p_t(x_t) over the K % of tokens where it is lowest
    Min-K%++    the same of z_t = (log p_t(x_t) - mu_t) / sigma_t,
                mu_t = E over z ~ p_t of log p_t(z),   sigma_t its standard deviation

z_t asks how much likelier x_t is than what the model expects there. A text that was learned by heart has few surprises.
No threshold holds for all models: texts that are known to be new are needed beside it.

Worked example: probabilities 1/2, 1/4, 1/4. mu = 1.5 ln(1/2), sigma = 0.5 ln 2: the first token is one sigma above.

>>> import torch
>>> logits = torch.tensor([[0.5, 0.25, 0.25]]).log()
>>> [round(float(z_scores(logits, torch.tensor([i]))[0]), 3) for i in (0, 1)]
[1.0, -1.0]
>>> lowest(torch.tensor([3.0, -1.0, 2.0, 0.0, 5.0]), 0.4)  # the mean of -1 and 0
-0.5
"""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float, Int
from torch import Tensor

#: The part of the tokens that count.
K = 0.2


def token_log_probabilities(logits: Float[Tensor, "pos d_vocab"], ids: Int[Tensor, " pos"]) -> Float[Tensor, " pos"]:
    """log p of the token that stands at each place, in nats; `logits` are those before it."""
    return logits.double().log_softmax(-1).gather(1, ids[:, None])[:, 0]


def z_scores(logits: Float[Tensor, "pos d_vocab"], ids: Int[Tensor, " pos"]) -> Float[Tensor, " pos"]:
    """By how many standard deviations each token is likelier than the model expects of what it draws itself."""
    logp = logits.double().log_softmax(-1)  # pos d_vocab
    p = logp.exp()
    mean = (p * logp).sum(-1)
    spread = (p * (logp - mean[:, None]).square()).sum(-1).sqrt()
    return (logp.gather(1, ids[:, None])[:, 0] - mean) / spread


def lowest(values: Float[Tensor, " pos"], part: float = K) -> float:
    """The mean of that part of the values, the lowest; of at least one."""
    count = max(1, int(len(values) * part))
    return float(values.sort().values[:count].mean())


def min_k(logits: Float[Tensor, "pos d_vocab"], ids: Int[Tensor, " pos"], part: float = K) -> float:
    """Min-K%: higher for texts that were read in training."""
    return lowest(token_log_probabilities(logits, ids), part)


def min_k_plus(logits: Float[Tensor, "pos d_vocab"], ids: Int[Tensor, " pos"], part: float = K) -> float:
    """Min-K%++: higher for texts that were read in training."""
    return lowest(z_scores(logits, ids), part)


def auroc(members: Sequence[float], others: Sequence[float]) -> float:
    """How often a member's score is above another's; a tie counts half.

    >>> auroc([3.0, 1.0], [2.0, 0.0])
    0.75
    """
    pairs = [(m > o) + 0.5 * (m == o) for m in members for o in others]
    return sum(pairs) / len(pairs)
