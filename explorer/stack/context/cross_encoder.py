"""A cross-encoder: question and passage read together by one encoder, and one number for how well they fit.

Nogueira & Cho 2019 (arXiv 1901.04085), on BERT with its layer on the first token (Devlin et al. 2018)::

    input  [CLS] question [SEP] passage [SEP]       segments 0 up to the first [SEP], 1 behind it
    score  = w · tanh(W state of [CLS] + b) + c

An encoder that reads each text alone must say beforehand what may matter of it; here every word of the question sees
every word of the passage. It costs a forward for each pair, so that it can only rank again what another list has found.

Trained on a question's right passage among wrong ones that are near, by the softmax over them (`listwise`)::

    loss = -ln( exp(score of the right one) / Σ exp(scores) )

Worked example: a pair's ids, cut from the passage's end alone, and the loss of scores that say nothing.

>>> pair((7, 8), (20, 21, 22, 23), cls=1, sep=2, most=8)
((1, 7, 8, 2, 20, 21, 22, 2), (0, 0, 0, 0, 1, 1, 1, 1))
>>> round(float(listwise(torch.zeros(3, 8))), 4), round(float(listwise(torch.tensor([[2.0, 0.0]]))), 4)  # ln 8
(2.0794, 0.1269)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.transformer.encoder import Encoder

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

#: Pieces of a question that are read at most.
ASKED = 64
#: ours -> transformers', of the layers above the encoder
HEADS = {"pooler": "bert.pooler.dense", "score": "classifier"}


class CrossEncoder(nn.Module):
    """An encoder, BERT's layer on the first token, and a row of weights."""

    def __init__(self, encoder: Encoder, generator: torch.Generator | None = None) -> None:
        """With a generator the two layers above are drawn, as BERT draws them."""
        super().__init__()
        d = encoder.config.stack.d_model
        self.encoder, self.pooler, self.score = encoder, nn.Linear(d, d), nn.Linear(d, 1)
        if generator is not None:
            for layer in (self.pooler, self.score):
                nn.init.normal_(layer.weight, std=0.02, generator=generator)
                nn.init.zeros_(layer.bias)

    @classmethod
    def from_pretrained(cls, config: PreTrainedConfig, state: Mapping[str, Tensor]) -> CrossEncoder:
        """On the weights of transformers' BertForSequenceClassification with one label."""
        made = cls(Encoder.from_pretrained(config, state))
        heads = {
            f"{ours}.{part}": state[f"{theirs}.{part}"] for ours, theirs in HEADS.items() for part in ("weight", "bias")
        }
        made.load_state_dict(heads, strict=False)
        return made.eval().requires_grad_(False)

    def forward(
        self, ids: Int[Tensor, "batch pos"], seen: Bool[Tensor, "batch pos"], segments: Int[Tensor, "batch pos"]
    ) -> Float[Tensor, " batch"]:
        """Each pair's score, a logit."""
        first = self.encoder(ids, seen, segments)[:, 0]  # batch d_model
        return self.score(torch.tanh(self.pooler(first)))[:, 0]


def pair(
    question: Sequence[int], passage: Sequence[int], *, cls: int, sep: int, most: int
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids and segments of one input of at most so many pieces. Raises BadRequestError where no passage would fit."""
    asked = tuple(question)[:ASKED]
    room = most - len(asked) - 3
    if room < 1:
        raise BadRequestError("The question leaves the passage no room.", "Shorten it.")
    before, behind = (cls, *asked, sep), (*tuple(passage)[:room], sep)
    return before + behind, (0,) * len(before) + (1,) * len(behind)


def together(
    pairs: Sequence[tuple[Sequence[int], Sequence[int]]],
) -> tuple[Int[Tensor, "batch pos"], Bool[Tensor, "batch pos"], Int[Tensor, "batch pos"]]:
    """Ids, which are real, and segments of a batch, filled up with 0 behind."""
    longest = max(len(ids) for ids, _ in pairs)
    ids, segments = torch.zeros(2, len(pairs), longest, dtype=torch.long)  # batch pos
    for row, (own, parts) in enumerate(pairs):
        ids[row, : len(own)], segments[row, : len(own)] = torch.tensor(own), torch.tensor(parts)
    seen = torch.arange(longest)[None] < torch.tensor([[len(own)] for own, _ in pairs])
    return ids, seen, segments


def listwise(scores: Float[Tensor, "question passage"]) -> Float[Tensor, ""]:
    """The mean loss of questions whose first passage is the right one."""
    return -scores.log_softmax(1)[:, 0].mean()
