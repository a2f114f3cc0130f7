"""SPLADE: a text as weights of words, those among them that it does not hold.

Formal, Piwowarski and Clinchant 2021 (arXiv 2107.05720; the maximum: 2109.10086). The head that names a hidden token of
BERT says at every position how well each word of the vocabulary would stand there::

    w_j   = max over positions of ln(1 + ReLU(logit of word j))
    score = Σ_j w_j(question) · w_j(passage)

Most weights are 0, so that an inverted index holds them as it holds BM25's. A score falls apart by words, and a word
that only the model has added can be what a question and a passage share.

>>> logits = torch.tensor([[[1.0, -2.0, 0.0], [0.0, 3.0, -1.0], [9.0, 9.0, 9.0]]])  # batch pos d_vocab
>>> made = word_weights(logits, torch.tensor([[True, True, False]]))
>>> [round(each, 4) for each in made[0].tolist()]  # ln 2, ln 4, 0: the third position is padding
[0.6931, 1.3863, 0.0]
>>> [(word, round(value, 3)) for word, value in shared(made[0], torch.tensor([1.0, 0.5, 7.0]))]
[(0, 0.693), (1, 0.693)]
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def word_weights(
    logits: Float[Tensor, "batch pos d_vocab"], seen: Bool[Tensor, "batch pos"]
) -> Float[Tensor, "batch d_vocab"]:
    """The weights of each text's words; `seen` is False on padding."""
    each = torch.log1p(torch.relu(logits))  # batch pos d_vocab
    return each.masked_fill(~seen[..., None], 0).amax(1)


def shared(one: Float[Tensor, " d_vocab"], other: Float[Tensor, " d_vocab"], most: int = 10) -> list[tuple[int, float]]:
    """The words that add to the score of two texts, the largest first; of equal ones the first in the vocabulary."""
    added = one * other
    order = torch.argsort(-added, stable=True)[:most]
    return [(int(word), float(added[word])) for word in order if added[word] > 0]
