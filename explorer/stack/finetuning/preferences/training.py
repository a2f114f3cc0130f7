"""A decoder being trained on preferences: what a batch of pairs costs under each loss.

The reference is the decoder as it stood; what it gives each answer is worked out once (`referenced`). What is trained
stands in the last blocks, from `first` on, so that the stream before them is worked out once too (`Reading`): a step
runs the last blocks alone. Answers to one request share it (`stack.finetuning.read_once`), and only the places that
predict a token of an answer meet the unembedding.

`Preferred` is what the training loop takes (`stack.pretraining`). Its measures are the means over the pairs: of both
log-ratios and the margin, and the share of pairs whose margin is above 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.preferences.methods import Batch, Name, Settings, terms
from explorer.stack.finetuning.preferences.pairs import Compared, Terms
from explorer.stack.finetuning.preferences.sequences import Answers
from explorer.stack.finetuning.read_once import Together
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses


@dataclass(frozen=True, eq=False)
class Reading:
    """Rows of tokens, and the stream as block `first` meets it, of each token that a learnt one is predicted with."""

    rows: Rows
    x: Float[Tensor, "token d_model"]
    together: Together
    config: DecoderConfig
    first: int

    @classmethod
    @torch.no_grad()
    def of(cls, decoder: Decoder, rows: Rows, first: int, told: Callable[[int], None] = lambda _: None) -> Reading:
        """told: called at each block."""
        counts = rows.learnt.long().mul(torch.arange(rows.learnt.shape[1])).amax(1).clamp_min(1)
        texts = [tuple(ids[:count]) for ids, count in zip(rows.ids.tolist(), counts.tolist(), strict=True)]
        together = Together.of(texts, decoder.config)
        x, at = together.entered(decoder)
        for number, block in enumerate(decoder.blocks[:first]):
            told(number)
            x = block(x, at)
        return cls(rows, x[0], together, decoder.config, first)

    def __getitem__(self, which: Sequence[int]) -> Reading:
        """Some of the rows."""
        at = list(which)
        together, lay = self.together.some(at, self.config)
        rows = Rows(self.rows.ids[at], self.rows.learnt[at])
        return replace(self, rows=rows, x=self.x[lay], together=together)

    @property
    def whole(self) -> Reading:
        """Every token up to the last learnt one is learnt."""
        ahead = self.rows.learnt.flip(1).cumsum(1).flip(1) > 0
        return replace(self, rows=Rows(self.rows.ids, ahead))

    @cached_property
    def asked(self) -> tuple[Int[Tensor, " place"], Int[Tensor, " learnt"]]:
        """Tokens that predict a learnt one; and of each learnt one, row by row, which of them."""
        learnt = self.rows.learnt[:, 1:].nonzero().tolist()
        before = torch.tensor([self.together.places[row][at] for row, at in learnt], dtype=torch.int64)
        return before.unique(return_inverse=True)

    def said(self, decoder: Decoder) -> Float[Tensor, "place d_vocab"]:
        """Logits behind `asked`, of a decoder that is the same as that one before block `first`."""
        _, at = self.together.entered(decoder)
        x = self.x[None]
        for block in decoder.blocks[self.first :]:
            x = block(x, at)
        return decoder.unembedded(x[:, self.asked[0]])[0].float()


def scored(decoder: Decoder, reading: Reading) -> Answers:
    """What a decoder gives the tokens that are learnt; `sequences.answers` without the whole table of logits."""
    ids, learnt = reading.rows.ids, reading.rows.learnt
    shifted = learnt[:, 1:]
    logp = torch.log_softmax(reading.said(decoder), -1)[reading.asked[1], ids[:, 1:][shifted]]
    whole = torch.zeros(shifted.shape, device=logp.device).masked_scatter(shifted, logp)
    return Answers(whole, shifted, learnt.sum(-1))


def halves(found: Answers) -> tuple[Answers, Answers]:
    """Chosen answers, and rejected ones."""
    n = len(found.logp) // 2
    return part(found, slice(None, n)), part(found, slice(n, None))


def part(found: Answers, rows: slice | list[int]) -> Answers:
    return Answers(found.logp[rows], found.learnt[rows], found.marked[rows])


@dataclass(frozen=True, eq=False)
class PairRows:
    """Pairs in tokens, and what the reference gives them."""

    answers: Reading
    """The chosen answers, then the rejected ones, one a row."""
    reference: Answers
    texts: Reading | None = None
    """The chosen texts, of which every token is learnt: ORPO's."""
    mismatched: Reading | None = None
    """Answers to other prompts, of chosen and rejected ones: KTO's."""
    reference_mismatched: Float[Tensor, " mismatch"] | None = None

    @property
    def pairs(self) -> int:
        return len(self.answers.rows.ids) // 2

    def some(self, which: Sequence[int]) -> PairRows:
        """Some of the pairs, with what was worked out of them."""
        both = [*which, *(self.pairs + at for at in which)]
        return PairRows(
            self.answers[both],
            part(self.reference, both),
            None if self.texts is None else self.texts[which],
            None if self.mismatched is None else self.mismatched[both],
            None if self.reference_mismatched is None else self.reference_mismatched[both],
        )


@torch.no_grad()
def referenced(decoder: Decoder, answers: Reading, mismatched: Reading | None = None) -> PairRows:
    """With the decoder as the reference."""
    texts = answers[range(len(answers.rows.ids) // 2)].whole
    once = None if mismatched is None else scored(decoder, mismatched).total
    return PairRows(answers, scored(decoder, answers), texts, mismatched, once)


class Preferred(nn.Module):
    """A decoder with what is trained in it, under one loss."""

    def __init__(self, tuned: Tuned, method: Name, settings: Settings | None = None) -> None:
        super().__init__()
        self.tuned, self.settings = tuned, settings or Settings()
        self.method: Name = method

    def scored(self, reading: Reading) -> Answers:
        """What the policy gives answers, token by token."""
        return scored(self.tuned.decoder, reading)

    def batch(self, pairs: PairRows, method: Name | None = None) -> tuple[Batch, Answers]:
        """What the policy gives a batch, with what the method needs besides; and token by token."""
        found = self.scored(pairs.answers)
        return self.completed(pairs, found, method), found

    def completed(self, pairs: PairRows, found: Answers, method: Name | None = None) -> Batch:
        """A batch whose answers are scored."""
        method, apart, cross = method or self.method, None, None
        if method == "kto" and pairs.mismatched is not None and pairs.reference_mismatched is not None:
            with torch.no_grad():
                apart = self.scored(pairs.mismatched).total - pairs.reference_mismatched
        if method == "orpo" and pairs.texts is not None:
            text = self.scored(pairs.texts)
            cross = -text.total.sum() / text.tokens.sum()
        return Batch(Compared.scored(halves(found), halves(pairs.reference)), apart, cross)

    def terms(self, pairs: PairRows) -> tuple[Terms, Answers]:
        """Of the loss, on a batch."""
        batch, found = self.batch(pairs)
        return terms(self.method, batch, self.settings), found

    def loss(self, pairs: PairRows) -> Losses:
        """Raises BadRequestError for a batch without an answer."""
        if not pairs.answers.rows.tokens:
            raise BadRequestError("No answer of this batch has a token.", "Write one.")
        batch, _ = self.batch(pairs)
        made = terms(self.method, batch, self.settings)
        parts = {self.method: made.loss.mean()} | ({} if made.beside is None else {"lm": made.beside})
        compared = batch.pairs
        return Losses(
            parts,
            {
                "chosen": compared.chosen_ratio.mean(), "rejected": compared.rejected_ratio.mean(),
                "margin": compared.margin.mean(), "right": (compared.margin > 0).float().mean(),
            },
        )  # fmt: skip
