"""Self-verification: a model scores the texts that it wrote, with no verifier beside it.

Four scores of a text y behind a prompt q, all read from the model's own probabilities; sign by sign y is y_1 ... y_n:

    sure       log p(y | q)                                     how likely it was to write this
    least      min_i log p(y_i | q, y_1 ... y_i-1)              its least sure sign
    again      log p(answer of y | q =)                         it is asked once more, without steps
    backward   log p(y | q) - log mean over prompts of p(y | prompt)

The last is the likelihood of the question given the answer: by Bayes, with as many prompts for as likely beforehand,
p(q | y) = p(y | q) / sum over prompts of p(y | prompt). A text that would stand behind any prompt says little about
this one. (Weng et al. 2023, arXiv 2212.09561, ask for a part of the question in the same sense.)

Whether a score tells right from wrong is the chance that a right text has the higher one of two texts, one right and
one wrong, both drawn from the model: the area under the curve (AUC), 1/2 for a score that knows nothing.

>>> p = np.array([0.4, 0.3, 0.2, 0.1])
>>> right, score = np.array([True, False, True, False]), np.array([2.0, 1.0, 1.0, 0.0])
>>> round(auc(p, right, score), 6)  # (.4 (.3 + .1) + .2 (.3 / 2 + .1)) / (.6 * .4)
0.875
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.stack.frontier.thinking.chains import ANSWER, MODULUS, Signs
from explorer.stack.transformer.decoder import Decoder

Own = Literal["sure", "least", "again", "backward"]
OWN: tuple[Own, ...] = ("sure", "least", "again", "backward")


def auc(p: Float[np.ndarray, " text"], right: Bool[np.ndarray, " text"], scores: Float[np.ndarray, " text"]) -> float:
    """The chance that a right text scores above a wrong one, equal scores half; NaN without one of both."""
    order = np.unique(scores, return_inverse=True)[1]
    good, bad = np.bincount(order, p * right), np.bincount(order, p * ~right)
    total = good.sum() * bad.sum()
    return float((good * (bad.cumsum() - bad / 2)).sum() / total) if total > 0 else math.nan


@torch.no_grad()
def sign_logps(
    decoder: Decoder, signs: Signs, prompts: Sequence[str], texts: Sequence[str]
) -> Float[Tensor, "row sign"]:
    """Log-probability of each sign of each text behind its prompt, but for the first, which is given; all prompts are
    of one length and all texts too. Without a cache."""
    ids = torch.tensor([signs.encode(prompt + text) for prompt, text in zip(prompts, texts, strict=True)])
    begin = len(prompts[0])
    logp = decoder(ids[:, :-1])[:, begin:].double().log_softmax(-1)  # row sign d_vocab
    return logp.gather(2, ids[:, begin + 1 :, None])[..., 0]


def own_scores(
    decoder: Decoder, signs: Signs, prompt: str, texts: Sequence[str], others: Sequence[str]
) -> dict[Own, Float[np.ndarray, " text"]]:
    """Of whole texts that begin with `>`; `others` are the prompts beside this one, as long as it is."""
    found: dict[Own, np.ndarray] = {name: np.zeros(len(texts)) for name in OWN}
    at_once = sign_logps(decoder, signs, [prompt] * MODULUS, [f"{ANSWER}{digit}" for digit in range(MODULUS)])[:, 0]
    for length in {len(each) for each in texts}:
        at = [place for place, each in enumerate(texts) if len(each) == length]
        some = [texts[place] for place in at]
        logps = sign_logps(decoder, signs, [prompt] * len(some), some)
        found["sure"][at] = logps.sum(-1).numpy()
        found["least"][at] = logps.amin(-1).numpy()
        found["again"][at] = [float(at_once[int(each[-1])]) for each in some]
        behind = [logps.sum(-1)]
        behind += [sign_logps(decoder, signs, [other] * len(some), some).sum(-1) for other in others]
        mean = torch.stack(behind).logsumexp(0) - math.log(len(behind))
        found["backward"][at] = (behind[0] - mean).numpy()
    return found
