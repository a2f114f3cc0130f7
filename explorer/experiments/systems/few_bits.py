"""The formats that GPTQ and AWQ are tried with: those of few bits, and Q4_K_M with what it gives to each matrix.

A mix goes by a matrix's place, and falls back where rows do not fit its blocks: which formats these matrices take is in
its title.

>>> [each.name for each in suitable(96)]
['int4', 'mxfp4', 'int3', 'int2']
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch

from explorer.stack.systems.quantization.format import Format
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gguf_blocks import Blocks
from explorer.stack.systems.quantization.gptq import apart
from explorer.stack.systems.quantization.matrices import Matrix
from explorer.stack.systems.quantization.schemes import SCHEMES

#: Bits above which there is nothing to see.
LEAST, FEW = 2, 4
MIX = "q4_k_m"


@dataclass(frozen=True, eq=False)
class Choice:
    """What some matrices take, under the name by which it is chosen."""

    name: str
    title: str
    formats: Mapping[str, Format]
    """By the matrix's name."""


def suitable(d_in: int) -> tuple[Format, ...]:
    """Formats of few bits that rows of this width take: those whose groups have scales of their own, fitted when their
    first column is reached. GGUF's come in a mix."""
    probe = torch.ones(2, d_in)
    return tuple(
        each
        for each in FORMATS.values()
        if each.vector == 1 and LEAST <= each.bits <= FEW and not isinstance(each, Blocks) and not each.misfit(d_in)
        if apart(each, probe[:, : each.group], d_in)
    )


def choices(known: Sequence[Matrix], names: Iterable[str]) -> dict[str, Choice]:
    """What these matrices may take; `known`: all of the model, since a mix goes by their places."""
    asked = list(names)
    widths = {each.weight.shape[1] for each in known if each.name in asked}
    plain = (each for each in suitable(min(widths)) if not any(each.misfit(width) for width in widths))
    made = {each.name: Choice(each.name, each.title, dict.fromkeys(asked, each)) for each in plain}
    given = SCHEMES[MIX].formats(known)
    mine = {name: given[name] for name in asked}
    if all(isinstance(each, Blocks) for each in mine.values()):  # else it falls back to 16 bits somewhere
        *others, last = dict.fromkeys(each.title for each in mine.values())
        titles = " and ".join(filter(None, [", ".join(others), last]))
        made[MIX] = Choice(MIX, f"Q4_K_M: {titles} here", mine)
    return made
