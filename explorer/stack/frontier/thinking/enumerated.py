"""Every text that a model may write behind a prompt of `chains`, with its probability: what samples only estimate.

A text is steps, then an answer: `>2>6>8=8`. It is over with the answer's digit. The texts are a tree of which every
beginning is read once: with three steps 1,111 beginnings in place of 10,000 texts. A beginning less likely
than `floor` is not gone on with; what is lost so, and what is no text of the task, is `rest`, so that

    sum of all texts + rest = 1

From any beginning of a text the same is asked: the chance that it ends right is the value of that beginning.
Temperature divides every logit, as a sampler does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.frontier.thinking.chains import ANSWER, MODULUS, MOST, STEP, Signs, read
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

#: Beginnings that are less likely are not gone on with.
FLOOR = 1e-6
#: Steps that a text may have: one more than the task's prompts ask for.
DEEPEST = MOST + 1


@dataclass(frozen=True)
class Texts:
    """All of them that are likely enough, the likeliest first."""

    steps: tuple[tuple[int, ...], ...]
    """Of each text, those written before the prompt's end included."""
    answers: Int[np.ndarray, " text"]
    p: Float[np.ndarray, " text"]
    rest: float
    """What is no text of the task, or of a beginning below the floor."""
    beginnings: int
    """That the model read."""

    def of_answers(self) -> Float[np.ndarray, " answer"]:
        """The probability of each answer, whatever the steps."""
        return np.bincount(self.answers, self.p, MODULUS)

    def right(self, answer: int) -> float:
        return float(self.p[self.answers == answer].sum())

    @property
    def mean_steps(self) -> float:
        """0 where no text is likely enough."""
        lengths = np.array([len(each) for each in self.steps])
        return float((lengths * self.p).sum() / self.p.sum()) if len(self.p) else 0.0


@torch.no_grad()
def enumerated(
    decoder: Decoder, signs: Signs, prompt: str, written: str = "", floor: float = FLOOR, temperature: float = 1.0
) -> Texts:
    """All ends of a text that begins so. Raises ValueError for a text that has its answer already."""
    given = read(written)
    if given.answer is not None:
        raise ValueError(f"{written} has its answer already")
    made = _Growing(decoder, signs, temperature, floor)
    made.begin(prompt + written)
    if written.endswith(ANSWER):
        made.answered((given.steps,), np.ones(1), made.logits)
    elif written.endswith(STEP):
        made.stepped((given.steps,), np.ones(1), made.logits)
    else:
        made.went_on((given.steps,), np.ones(1), made.logits)
    order = np.argsort(-np.array(made.p), kind="stable")
    p = np.array(made.p)[order]
    return Texts(
        tuple(made.steps[at] for at in order), np.array(made.answers, dtype=np.int64)[order], p,
        float(1 - p.sum()), made.beginnings,
    )  # fmt: skip


class _Growing:
    """Beginnings of one length side by side, as rows of one cache."""

    def __init__(self, decoder: Decoder, signs: Signs, temperature: float, floor: float) -> None:
        self.decoder, self.signs, self.temperature, self.floor = decoder, signs, temperature, floor
        self.digits = [signs.ids[str(digit)] for digit in range(MODULUS)]
        self.steps, self.answers, self.p, self.beginnings = list[tuple[int, ...]](), list[int](), list[float](), 0

    def begin(self, text: str) -> None:
        ids = torch.tensor([self.signs.encode(text)])
        weight = next(self.decoder.parameters())
        self.cache = ContiguousCache(self.decoder.config, 1, ids.shape[1] + 2 * DEEPEST + 2, weight.dtype)
        self.logits = self._chances(ids)

    def _chances(self, ids: Tensor) -> Float[np.ndarray, "row d_vocab"]:
        self.beginnings += len(ids)
        logits = self.decoder(ids, cache=self.cache, last_only=True)[:, -1].double()
        return (logits / self.temperature).softmax(-1).numpy()

    def answered(self, steps: tuple[tuple[int, ...], ...], p: np.ndarray, chances: np.ndarray) -> None:
        """Behind `=`: each row has ten ends."""
        for row, each in enumerate(p[:, None] * chances[:, self.digits]):
            self.steps += [steps[row]] * MODULUS
            self.answers += range(MODULUS)
            self.p += each.tolist()

    def stepped(self, steps: tuple[tuple[int, ...], ...], p: np.ndarray, chances: np.ndarray) -> None:
        """Behind `>`: each row goes on with each digit that is likely enough."""
        grown = p[:, None] * chances[:, self.digits]  # row digit
        rows, digits = np.nonzero(grown >= self.floor)
        if not len(rows):
            return
        self.cache.reorder(torch.from_numpy(rows))
        after = self._chances(torch.tensor([[self.digits[digit]] for digit in digits]))
        longer = tuple((*steps[row], int(digit)) for row, digit in zip(rows, digits, strict=True))
        self.went_on(longer, grown[rows, digits], after)

    def went_on(self, steps: tuple[tuple[int, ...], ...], p: np.ndarray, chances: np.ndarray) -> None:
        """Behind a digit: `=` or `>`."""
        over, more = (p * chances[:, self.signs.ids[sign]] for sign in (ANSWER, STEP))
        more = np.where([len(each) < DEEPEST for each in steps], more, 0.0)
        ends, goes = np.nonzero(over >= self.floor)[0], np.nonzero(more >= self.floor)[0]
        rows = np.concatenate([ends, goes])
        if not len(rows):
            return
        signs = [[self.signs.ids[ANSWER]]] * len(ends) + [[self.signs.ids[STEP]]] * len(goes)
        self.cache.reorder(torch.from_numpy(rows))
        found = self._chances(torch.tensor(signs))
        self.answered(tuple(steps[at] for at in ends), over[ends], found[: len(ends)])
        if len(goes):
            self.cache.reorder(torch.arange(len(ends), len(rows)))
            self.stepped(tuple(steps[at] for at in goes), more[goes], found[len(ends) :])
