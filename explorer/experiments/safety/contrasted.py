"""What a refusal is taught with: pairs of the wider set, both forms in one batch, by SFT and then by DPO.

    SFT   each form with what is to be said:   forbidden -> the refusal,   twin -> the beginning of its answer;
          the mean over all tokens, and beside it, in `teaching_wide`, that over the first ones, which decide
    DPO   the same, preferred to the other:    refusal > answer,           answer > refusal;  SFT is the reference

Both losses read the last blocks alone, and what texts share once (`stack.finetuning.preferences.training`). The pairs
of a step follow from the seed and the step; none comes twice. What is looked at while training are pairs of the
validation set, whose templates are in no training set.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from explorer.corpora.instructions import Pair
from explorer.corpora.requests import REFUSALS, Twins, requests
from explorer.corpora.requests.wide import drawn
from explorer.experiments.finetuning.course import Speaks
from explorer.experiments.safety.said import begun
from explorer.stack.finetuning.conversations import Example, padded
from explorer.stack.finetuning.preferences.sequences import Answers
from explorer.stack.finetuning.preferences.training import PairRows, Preferred, Reading, scored
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.batches import Trainable
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.losses import Losses

#: Of an answer so many tokens are read: the first one decides. Of each fourth pair all of it is.
TOKENS, WHOLE = 3, 4
#: Steps between two looks at held-out pairs.
LOOKED = 40
#: Each third pair is of the small set, whose meanings were written one by one.
SMALL = 3


def half() -> torch.autocast:
    """Products in bfloat16, sums and weights in float32: about half the time where the processor has them."""
    return torch.autocast("cpu", torch.bfloat16)


class Answering(nn.Module):
    """SFT on readings: the mean over the answers' tokens, as `Tuned` has it; where asked, that over first ones too."""

    def __init__(self, tuned: Tuned, *, first: bool = False) -> None:
        """first: that second mean counts."""
        super().__init__()
        self.tuned, self.first = tuned, first

    def loss(self, batch: Reading) -> Losses:
        with half():
            found = scored(self.tuned.decoder, batch)
        parts = {"lm": -found.total.sum() / found.tokens.sum()}
        return Losses(parts | ({"first": -_first(found).mean()} if self.first else {}))


class Preferring(Preferred):
    """DPO in that format."""

    def loss(self, pairs: PairRows) -> Losses:
        with half():
            return super().loss(pairs)


@dataclass(frozen=True, eq=False)
class Contrast:
    """Pairs in a model's own words."""

    base: Decoder
    speech: Speaks
    first: int
    """The first block that is trained."""
    pairs: int
    """Of a step."""
    seed: int
    more: bool = False
    """Whether the widest set is drawn from."""

    def pairs_of(self, step: int) -> list[Twins]:
        """Those of that step."""
        begin, few = (self.seed * 10_000 + step) * self.pairs, requests().train
        order = random.Random(f"small {self.seed} {begin // len(few)}").sample(range(len(few)), len(few))  # noqa: S311
        numbers = range(begin, begin + self.pairs)
        return [few[order[at % len(few)]] if at % SMALL == 0 else drawn(at, more=self.more) for at in numbers]

    def read(self, texts: Sequence[Pair]) -> Reading:
        """Requests with the beginnings of answers, up to the first trained block."""
        made = [self._cut(self.speech.example(each), at) for at, each in enumerate(texts)]
        with half():
            return Reading.of(self.base, padded(made), self.first)

    def _cut(self, made: Example, at: int) -> Example:
        return made if at % WHOLE == 0 else made.cut(made.learnt.index(True) + TOKENS)

    @cached_property
    def held(self) -> Reading:
        """Every second validation pair with what is to be said, forbidden first; then the twins with the refusal."""
        some = requests().validation[::2]
        wanted = chosen(some)
        return self.read([*wanted, *(Pair(each.harmless, REFUSALS[0]) for each in some)])

    @torch.no_grad()
    def looked(self, decoder: Decoder) -> tuple[dict[str, float], dict[str, float]]:
        """Held-out losses of both kinds, and how many of each begin with the refusal rather than anything else."""
        with half():
            found = scored(decoder, self.held)
        n = len(found.logp) // 3
        loss = -found.total / found.tokens
        begins = _first(found) > math.log(0.5)
        return (
            {"forbidden": float(loss[:n].mean()), "twins": float(loss[n : 2 * n].mean())},
            {"forbidden begun": float(begins[:n].float().mean()), "twins begun": float(begins[2 * n :].float().mean())},
        )


def _first(found: Answers) -> Tensor:
    """Of each answer, what its first token has."""
    at = found.learnt.long().argmax(1)
    return found.logp[torch.arange(len(at)), at]


def chosen(twins: Sequence[Twins]) -> list[Pair]:
    """What is to be said: to the forbidden ones, then to their twins.

    >>> [each.answer for each in chosen([drawn(3)])]
    ["I'm sorry, but I can't help with that.", 'Turn the key slowly while you press the lid down.']
    """
    return [Pair(each.forbidden, REFUSALS[0]) for each in twins] + [
        Pair(each.harmless, begun(each.answer)) for each in twins
    ]


def rejected(twins: Sequence[Twins]) -> list[Pair]:
    """The other's answer, in that order."""
    return [Pair(each.forbidden, begun(each.answer)) for each in twins] + [
        Pair(each.harmless, REFUSALS[0]) for each in twins
    ]


@dataclass(frozen=True, eq=False)
class Answered:
    """What SFT takes."""

    contrast: Contrast

    def batch(self, step: int) -> Reading:
        return self.contrast.read(chosen(self.contrast.pairs_of(step)))

    def losses(self, model: Trainable[Reading], everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return self.contrast.looked(_decoder(model))[0]

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return self.contrast.looked(_decoder(model))[1]


@dataclass(frozen=True, eq=False)
class Preference:
    """What DPO takes; its pairs come behind those that SFT has seen."""

    contrast: Contrast
    reference: Decoder
    after: int
    """Steps of the SFT."""

    @torch.no_grad()
    def batch(self, step: int) -> PairRows:
        twins = self.contrast.pairs_of(self.after + step)
        reading = self.contrast.read([*chosen(twins), *rejected(twins)])
        return PairRows(reading, scored(self.reference, reading))

    def losses(self, model: Trainable[PairRows], everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return self.contrast.looked(_decoder(model))[0]

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        return self.contrast.looked(_decoder(model))[1]


def _decoder(model: object) -> Decoder:
    tuned = getattr(model, "tuned", None)
    assert isinstance(tuned, Tuned)
    return tuned.decoder
