"""Two-digit sums: a task whose prompts and answers can all be counted.

A prompt is `47+25=`. Both numbers have two digits, and so has their sum. An answer is one of 10,100 texts: at once,
`72` and the end, or in parts, `12+60` (units, then tens). An answer in parts ends with its fifth token. A policy that
may write anything also writes other texts: all of them are wrong, and count as one answer more.

The rule that rewards reads the answer as a program would: 1 where its value is the sum, else 0.

>>> one = Sum(47, 25)
>>> one.prompt, one.at_once, one.in_parts
('47+25=', '72', '12+60')
>>> [rewarded(one, answer) for answer in ("72", "12+60", "72+00", "62", "7", "")]
[1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
>>> len(every()), len(ANSWERS), sum(rewarded(one, answer) for answer in ANSWERS)
(3240, 10100, 74.0)
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

#: Tokens of an answer.
LONGEST = 5
DIGITS = "0123456789"
_TWO = tuple(f"{number:02d}" for number in range(100))
ANSWERS: tuple[str, ...] = (*_TWO, *(f"{one}+{other}" for one in _TWO for other in _TWO))
_ANSWER = re.compile(r"(\d\d)(?:\+(\d\d))?", re.ASCII)
#: Prompts whose answers are enumerated at once.
_TOGETHER = 8


@dataclass(frozen=True, order=True)
class Sum:
    """Two numbers to be added."""

    first: int
    second: int

    @property
    def total(self) -> int:
        return self.first + self.second

    @property
    def prompt(self) -> str:
        return f"{self.first}+{self.second}="

    @property
    def at_once(self) -> str:
        return f"{self.total:02d}"

    @property
    def in_parts(self) -> str:
        """Units first, then tens: no digit is carried."""
        return f"{self.first % 10 + self.second % 10:02d}+{(self.first // 10 + self.second // 10) * 10:02d}"

    @property
    def carries(self) -> bool:
        return self.first % 10 + self.second % 10 > 9


def every() -> tuple[Sum, ...]:
    """All sums of two numbers of two digits that stay below 100."""
    return tuple(Sum(first, second) for first in range(10, 90) for second in range(10, 100 - first))


def split(held_out: int, seed: int) -> tuple[tuple[Sum, ...], tuple[Sum, ...]]:
    """Those to train on and those held out."""
    found = every()
    order = torch.randperm(len(found), generator=torch.Generator().manual_seed(seed)).tolist()
    shuffled = tuple(found[at] for at in order)
    return shuffled[held_out:], shuffled[:held_out]


def value_of(answer: str) -> int | None:
    """The number that an answer stands for; None where it is none."""
    found = _ANSWER.fullmatch(answer)
    return None if found is None else int(found[1]) + int(found[2] or 0)


def rewarded(of: Sum, answer: str) -> float:
    return float(value_of(answer) == of.total)


def rewards(of: Sum) -> Float[Tensor, " answer"]:
    """Of every answer, and last of all other texts, in float64."""
    return torch.tensor([*(rewarded(of, answer) for answer in ANSWERS), 0.0], dtype=torch.float64)


@dataclass(frozen=True)
class Signs:
    """The characters of sums as a tokenizer has them: one token each."""

    ids: Mapping[str, int]
    end: int

    def encode(self, text: str) -> list[int]:
        return [self.ids[sign] for sign in text]

    def written(self, answer: str) -> list[int]:
        """The tokens of an answer as it is judged: one in parts is over with its fifth token."""
        ids = self.encode(answer)
        return ids if len(ids) >= LONGEST else [*ids, self.end]

    def read(self, ids: Sequence[int]) -> str:
        """An answer's text. What is no text of the task is "": a short one that did not end, or another sign."""
        named = {number: sign for sign, number in self.ids.items()}
        ended = bool(ids) and ids[-1] == self.end
        text = "".join(named.get(number, "?") for number in (ids[:-1] if ended else ids))
        return text if ended == (len(text) < LONGEST) else ""


@torch.no_grad()
def distribution(decoder: Decoder, prompts: Int[Tensor, "row pos"], signs: Signs) -> Float[Tensor, "row answer"]:
    """The log-probability of every answer, and last of all other texts together; each row's exponentials add up to 1.

    The prompt is read once, each beginning of an answer once: 1,211 positions in place of 80,600. Logits are the
    decoder's; what is added up is float64.
    """
    return torch.cat([_enumerated(decoder, each, signs) for each in prompts.split(_TOGETHER)])


def _enumerated(decoder: Decoder, prompts: Tensor, signs: Signs) -> Tensor:
    n, digits = len(prompts), torch.tensor([signs.ids[digit] for digit in DIGITS])
    weight = next(decoder.parameters())
    cache = ContiguousCache(decoder.config, n, prompts.shape[1] + LONGEST, weight.dtype)

    def read(ids: Tensor) -> Tensor:
        return decoder(ids, cache=cache, last_only=True)[:, -1].double().log_softmax(-1)  # row d_vocab

    def ten_times(ids: Tensor) -> Tensor:
        """Each row goes on with each digit."""
        rows = cache.positions.shape[0]
        cache.reorder(torch.arange(rows).repeat_interleave(10))
        return read(ids.repeat(rows)[:, None])

    first = read(prompts)[:, digits]  # row 10
    two = first.reshape(-1, 1) + ten_times(digits)[:, digits]  # row*10 10
    third = ten_times(digits)  # row*100 d_vocab
    short = two.reshape(n, 100) + third[:, signs.end].view(n, 100)
    plus = two.reshape(-1, 1) + third[:, [signs.ids["+"]]]  # row*100 1
    fourth = plus + read(torch.full((n * 100, 1), signs.ids["+"]))[:, digits]  # row*100 10
    fifth = fourth.reshape(-1, 1) + ten_times(digits)[:, digits]  # row*1000 10
    known = torch.cat([short, fifth.reshape(n, 10_000)], 1)
    rest = (1 - known.exp().sum(1)).clamp(min=1e-300).log()
    return torch.cat([known, rest[:, None]], 1)
