"""A decoder being trained on preferences: what a batch of pairs costs under each loss.

The reference is the decoder as it stood; what it gives each answer is worked out once (`referenced`). What is trained
stands in the last blocks, from `first` on, so that the stream before them is worked out once too (`Reading`): a step
runs the last blocks alone. Only the places that predict a token of an answer meet the unembedding.

`Preferred` is what the training loop takes (`stack.pretraining`). Its measures are the means over the pairs: of both
log-ratios and the margin, and the share of pairs whose margin is above 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.errors import BadRequestError
from explorer.stack.finetuning.conversations import Rows
from explorer.stack.finetuning.preferences.methods import Batch, Name, Settings, terms
from explorer.stack.finetuning.preferences.pairs import Compared, Terms
from explorer.stack.finetuning.preferences.sequences import Answers
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses


@dataclass(frozen=True, eq=False)
class Reading:
    """Rows of tokens, and the stream as block `first` meets it."""

    rows: Rows
    x: Float[Tensor, "row pos d_model"]
    first: int

    @classmethod
    @torch.no_grad()
    def of(cls, decoder: Decoder, rows: Rows, first: int) -> Reading:
        x, at = decoder.entered(rows.ids)
        for block in decoder.blocks[:first]:
            x = block(x, at)
        return cls(rows, x, first)

    def __getitem__(self, which: Sequence[int]) -> Reading:
        """Some of the rows."""
        at = list(which)
        return Reading(Rows(self.rows.ids[at], self.rows.learnt[at]), self.x[at], self.first)

    def stream(self, decoder: Decoder) -> Float[Tensor, "row pos d_model"]:
        """After the last block of a decoder that is the same as that one before block `first`."""
        _, at = decoder.entered(self.rows.ids)
        x = self.x
        for block in decoder.blocks[self.first :]:
            x = block(x, at)
        return x


def scored(decoder: Decoder, reading: Reading) -> Answers:
    """What a decoder gives the tokens that are learnt; `sequences.answers` without the whole table of logits."""
    ids, learnt = reading.rows.ids, reading.rows.learnt
    shifted = learnt[:, 1:]
    read = reading.stream(decoder)[:, :-1][shifted]  # token d_model
    logits = decoder.unembedded(read[None])[0].float()
    logp = torch.log_softmax(logits, -1).gather(1, ids[:, 1:][shifted][:, None])[:, 0]
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


def referenced(
    decoder: Decoder, rows: Rows, first: int = 0, texts: Rows | None = None, mismatched: Rows | None = None
) -> PairRows:
    """With the decoder as the reference; what is trained stands in the blocks from `first` on."""
    answers, whole, apart = (
        None if each is None else Reading.of(decoder, each, first) for each in (rows, texts, mismatched)
    )
    assert answers is not None
    with torch.no_grad():
        once = None if apart is None else scored(decoder, apart).total
        return PairRows(answers, scored(decoder, answers), whole, apart, once)


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
