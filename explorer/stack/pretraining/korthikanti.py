"""Activation memory of a GPT layer by Korthikanti et al. 2022 (arXiv 2205.05198, section 4 and table 2).

For s tokens of a sequence, b sequences, h numbers of the stream, a heads, tensor parallelism over t devices, in bytes
with 16-bit numbers and a byte for each number of a dropout mask::

    attention    2 sbh read by q, k, v   4 sbh q and k   2 as²b softmax   as²b mask   2 as²b dropped   2 sbh v
                 2 sbh z   sbh mask                                              = 11 sbh + 5 as²b
    MLP          2 sbh input   8 sbh before GELU   8 sbh after it   sbh mask     = 19 sbh
    norms        2 x 2 sbh                                                       =  4 sbh

    in all       sbh (34 + 5 a s / h)

It is a layer of that time: multi-head attention whose scores are written out, GELU on four times the width, dropout
three times. GPT-3 (s 2048, b 1, h 12288, a 96) over 8 devices, in MiB:

>>> [round(row.bytes / 2**20) for row in rows(Layer(s=2048, b=1, h=12288, a=96, t=8))]
[2736, 552, 342, 312, 102, 48]
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layer:
    """One layer: the letters of the paper."""

    s: int
    """Tokens of a sequence."""
    b: int
    """Sequences."""
    h: int
    """Numbers of the stream."""
    a: int
    """Heads."""
    t: int = 1
    """Devices that share the layer."""

    @property
    def sbh(self) -> int:
        return self.s * self.b * self.h

    @property
    def scores(self) -> int:
        """a s² b: the numbers of one matrix of scores, all heads."""
        return self.a * self.s**2 * self.b


@dataclass(frozen=True)
class Row:
    """A way to train the layer."""

    name: str
    formula: str
    bytes: float
    """On each device."""


def rows(layer: Layer) -> tuple[Row, ...]:
    """Table 2, in its order."""
    sbh, scores, t = layer.sbh, layer.scores, layer.t
    return (
        Row("no parallelism", "sbh (34 + 5as/h)", float(34 * sbh + 5 * scores)),
        Row("tensor parallelism", "sbh (10 + 24/t + 5as/ht)", (10 + 24 / t) * sbh + 5 * scores / t),
        Row("tensor and sequence parallelism", "sbh/t (34 + 5as/h)", (34 * sbh + 5 * scores) / t),
        Row("tensor, selective recomputation", "sbh (10 + 24/t)", (10 + 24 / t) * sbh),
        Row("tensor and sequence, selective", "sbh · 34/t", 34 * sbh / t),
        Row("full recomputation", "sbh · 2", float(2 * sbh)),
    )


@dataclass(frozen=True)
class Part:
    """What one part of the layer keeps, in units of sbh and of as²b bytes."""

    name: str
    sbh: int
    scores: int = 0


#: The terms of the paper, in its order.
PARTS = (
    Part("read by q, k and v", 2),
    Part("q and k", 4),
    Part("softmax", 0, 2),
    Part("its dropout’s mask", 0, 1),
    Part("its dropout’s output", 0, 2),
    Part("v", 2),
    Part("z", 2),
    Part("dropout’s mask after attention", 1),
    Part("the MLP’s input", 2),
    Part("before GELU", 8),
    Part("after GELU", 8),
    Part("dropout’s mask after the MLP", 1),
    Part("inputs of two norms", 4),
)
