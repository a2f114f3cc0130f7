"""Fill in the middle (FIM): a text is cut in three, and the middle is moved to the end.

(Bavarian et al. 2022, arXiv 2207.14255.) Two places are drawn, each with the same probability for every gap. Marks say
which part follows; the model stays causal and every token gives a loss:

    PSM     <PRE> prefix <SUF> suffix <MID> middle
    SPM     <PRE> <SUF> suffix <MID> prefix middle        the paper's second variant, which goes with PSM

The paper cuts between characters; here the cut lies between tokens, so that no token is broken. It reorders half of the
texts or more; `infill` is one that is reordered.

>>> text, marks = torch.arange(10, 16), Marks(pre=90, suf=91, mid=92)
>>> psm, spm = infill(text, Cut(2, 4), marks), infill(text, Cut(2, 4), marks, "spm")
>>> psm.inputs.tolist()
[90, 10, 11, 91, 14, 15, 92, 12, 13]
>>> spm.inputs.tolist()
[90, 91, 14, 15, 92, 10, 11, 12, 13]
>>> [put_together(each.inputs, marks).tolist() for each in (psm, spm)]
[[10, 11, 12, 13, 14, 15], [10, 11, 12, 13, 14, 15]]
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Int
from torch import Tensor

from explorer.stack.pretraining.objectives.causal import causal
from explorer.stack.pretraining.objectives.example import NOWHERE, Example, next_tokens

Order = Literal["psm", "spm"]


@dataclass(frozen=True)
class Marks:
    """Ids that stand in no text."""

    pre: int
    suf: int
    mid: int


@dataclass(frozen=True)
class Cut:
    """The middle: tokens from `begin` to before `end`."""

    begin: int
    end: int


def drawn_cut(tokens: int, generator: torch.Generator | None = None) -> Cut:
    """Two gaps of the text, the same one not excluded: a part may be empty."""
    begin, end = torch.randint(tokens + 1, (2,), generator=generator).sort().values.tolist()
    return Cut(begin, end)


def infill(text: Int[Tensor, " token"], cut: Cut, marks: Marks, order: Order = "psm") -> Example:
    """The parts in their new order, behind their marks."""
    pre, suf, mid = ((text.new_tensor([mark]), torch.tensor([NOWHERE])) for mark in (marks.pre, marks.suf, marks.mid))
    where = torch.arange(len(text))
    ranges = slice(None, cut.begin), slice(cut.begin, cut.end), slice(cut.end, None)
    prefix, middle, suffix = ((text[part], where[part]) for part in ranges)
    dealt = {"psm": (pre, prefix, suf, suffix, mid, middle), "spm": (pre, suf, suffix, mid, prefix, middle)}[order]
    inputs, places = (torch.cat(parts) for parts in zip(*dealt, strict=True))
    made = causal(inputs)
    wanted = next_tokens(places, fill=NOWHERE)[None]
    return Example(inputs, made.targets, places, wanted, made.attends)


def middle_last(tokens: int, cut: Cut) -> Int[Tensor, " token"]:
    """The order of PSM without its marks: prefix, suffix, middle.

    >>> middle_last(6, Cut(2, 4)).tolist()
    [0, 1, 4, 5, 2, 3]
    """
    where = torch.arange(tokens)
    return torch.cat([where[: cut.begin], where[cut.end :], where[cut.begin : cut.end]])


def put_together(inputs: Int[Tensor, " pos"], marks: Marks) -> Int[Tensor, " token"]:
    """The text again, by its marks alone: what lies behind <MID> goes between the other two parts. In SPM nothing lies
    between <PRE> and <SUF>, and the prefix stands behind <MID> already."""
    row = inputs.tolist()
    suf, mid = row.index(marks.suf), row.index(marks.mid)
    prefix, suffix, rest = row[1:suf], row[suf + 1 : mid], row[mid + 1 :]
    return torch.tensor([*prefix, *rest, *suffix], dtype=inputs.dtype)
