"""Online softmax on one row of a head: its blocks in any order, against the whole row at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.experiments.systems.traced_head import TracedHead
from explorer.figures.payload import Payload
from explorer.stack.systems.online_softmax import Partial, merge, online_softmax

Preset = Literal["text", "reverse", "first", "last"]
PRESETS: tuple[Preset, ...] = ("text", "reverse", "first", "last")
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
#: Blocks that a person can still move about.
BLOCKS = 24


@dataclass(frozen=True, kw_only=True)
class OnlineRow(Payload):
    """One row, block after block."""

    layer: int
    head: int
    position: int
    first: int
    """The first key that the query sees: not 0 in a layer with a sliding window."""
    sliding: int | None
    softcap: float | None
    block: int
    sizes: tuple[int, ...]
    preset: str
    """The order's name; empty where it is a person's own."""
    order: Int[Tensor, " step"]
    scores: Float[Tensor, " key"]
    m: Float[Tensor, " step"]
    l: Float[Tensor, " step"]  # noqa: E741  the papers' letter
    added: Float[Tensor, " step"]
    factor: Float[Tensor, " step"]
    direct: Float[Tensor, " step"]
    """The sum of exp(s - m) over all keys seen so far, made anew under the step's own maximum."""
    unscaled: Float[Tensor, " step"]
    """The sum without the factor: what goes wrong."""
    came: Float[Tensor, " key"]
    softmax: Float[Tensor, " key"]
    whole: Float[Tensor, " key"]
    """torch's softmax of the whole row."""
    lse: float
    seen_lse: Float[Tensor, " step"]
    """The log-sum-exp of the blocks so far, and that of the others: -inf where there are none."""
    rest_lse: Float[Tensor, " step"]
    selected: tuple[int, int] | None = None
    """Block and number of the selected head, where it is never rescaled in this row and another one is shown."""


@dataclass(frozen=True)
class RowErrors:
    """Largest differences."""

    softmax: float
    lse: float
    pattern: float
    """From the model's own weights."""
    z: float
    """Merged from two parts at each step, from the model's own z, relative to its largest number."""


def sizes(n: int) -> tuple[int, ...]:
    """Block sizes for a row of so many keys: from two blocks to as many as can be moved about.

    >>> sizes(1), sizes(6), sizes(61), sizes(500)
    ((1,), (1, 2, 4), (4, 8, 16, 32), (32, 64, 128, 256))
    """
    return tuple(size for size in SIZES if size < n and -(-n // size) <= BLOCKS) or (1,)


def usual(n: int) -> int:
    """The size that is shown first: three to five blocks, mostly.

    >>> usual(1), usual(6), usual(61), usual(500)
    (1, 2, 16, 128)
    """
    return max((size for size in sizes(n) if size <= max(n / 3, 1)), default=sizes(n)[0])


def order_of(wanted: str, scores: Float[Tensor, " key"], block: int) -> tuple[list[int], str]:
    """The blocks as they come, and the order's name: one of `PRESETS`, or block numbers with points between them.

    What is no order of these blocks (of another row, perhaps) is the text's.

    >>> row = torch.tensor([1.0, 2.0, 9.0, 0.0, 4.0])
    >>> [order_of(wanted, row, 2) for wanted in ("first", "last", "2.0.1", "5.0", "reverse")]
    [([1, 2, 0], 'first'), ([0, 2, 1], 'last'), ([2, 0, 1], ''), ([0, 1, 2], 'text'), ([2, 1, 0], 'reverse')]
    """
    most = [float(part.max()) for part in scores.split(block)]
    text = list(range(len(most)))
    largest = sorted(text, key=lambda at: -most[at])
    known = {"text": text, "reverse": text[::-1], "first": largest, "last": largest[::-1]}
    if wanted in known:
        return known[wanted], wanted
    said = [int(each) for each in wanted.split(".") if each.isdecimal()]
    if sorted(said) != text:
        return text, "text"
    return said, next((name for name, order in known.items() if order == said), "")


def row_scores(head: TracedHead, position: int) -> tuple[int, Float[Tensor, " key"]]:
    """The scores that a query sees, and the first key that it sees. The head is the whole text's."""
    first = 0 if head.mask.window is None else max(0, position + 1 - head.mask.window)
    at, keys = slice(position, position + 1), slice(0, position + 1)
    product = head.q[:, :, at] @ head.k[:, :, keys].mT * head.scale
    return first, head.mask.scores(product, at, keys, 0)[0, 0, 0, first:]


def figure(head: TracedHead, position: int, block: int, wanted: str) -> tuple[OnlineRow, RowErrors]:
    first, scores = row_scores(head, position)
    order, preset = order_of(wanted, scores, block)
    row = online_softmax(scores, block, order)
    whole = scores.softmax(-1)
    out, seen, rest = merged(scores, head.v[0, 0, first : position + 1], block, order)
    z = head.z[position]
    direct, unscaled = sums(scores, block, order, row.m)
    data = OnlineRow(
        layer=head.layer,
        head=head.head,
        position=position,
        first=first,
        sliding=head.mask.window,
        softcap=head.mask.cap,
        block=block,
        sizes=sizes(len(scores)),
        preset=preset,
        order=torch.tensor(order),
        scores=scores,
        m=row.m,
        l=row.l,
        added=row.added,
        factor=row.factor,
        direct=direct,
        unscaled=unscaled,
        came=row.came,
        softmax=row.softmax,
        whole=whole,
        lse=row.lse,
        seen_lse=seen,
        rest_lse=rest,
    )
    pattern = head.pattern[position, first : position + 1]
    return data, RowErrors(
        float((row.softmax - whole).abs().max()),
        abs(row.lse - float(torch.logsumexp(scores.double(), 0))) / max(abs(row.lse), 1.0),
        float((row.softmax - pattern).abs().max()),
        float((out - z).abs().max() / z.abs().max().clamp_min(1e-30)),
    )


def sums(
    scores: Float[Tensor, " key"], block: int, order: Sequence[int], m: Float[Tensor, " step"]
) -> tuple[Float[Tensor, " step"], Float[Tensor, " step"]]:
    """Two sums over the blocks so far: made anew under each step's maximum, and as they were when each block came.

    >>> direct, unscaled = sums(torch.tensor([1.0, 2.0, 3.0, 0.0]), 2, (0, 1), torch.tensor([2.0, 3.0]))
    >>> [round(float(x), 3) for x in (*direct, *unscaled)]
    [1.368, 1.553, 1.368, 2.418]
    """
    parts = scores.split(block)
    came = [torch.exp(parts[at] - top).sum() for at, top in zip(order, m, strict=True)]
    direct = [torch.exp(torch.cat([parts[b] for b in order[: at + 1]]) - m[at]).sum() for at in range(len(order))]
    return torch.stack(direct), torch.stack(came).cumsum(0)


def merged(
    scores: Float[Tensor, " key"], v: Float[Tensor, "key d_head"], block: int, order: Sequence[int]
) -> tuple[Float[Tensor, "step d_head"], Float[Tensor, " step"], Float[Tensor, " step"]]:
    """After each step: attention over the blocks so far merged with that over the others, and the log-sum-exp of both.

    >>> out, seen, rest = merged(torch.tensor([0.0, 0.0, 0.0]), torch.eye(3), 2, (0, 1))
    >>> [round(float(x), 3) for x in (*out[0], *seen, *rest)]
    [0.333, 0.333, 0.333, 0.693, 1.099, 0.0, -inf]
    """
    parts, values = scores.split(block), v.split(block)

    def over(blocks: Sequence[int]) -> Partial:
        if not blocks:
            return Partial(torch.zeros_like(v[:1]), scores.new_tensor([-torch.inf]))
        s = torch.cat([parts[at] for at in blocks])
        return Partial(s.softmax(-1)[None] @ torch.cat([values[at] for at in blocks]), s.logsumexp(0, keepdim=True))

    both = [(over(order[: at + 1]), over(order[at + 1 :])) for at in range(len(order))]
    outs = torch.cat([merge(seen, rest).out for seen, rest in both])
    return outs, torch.cat([seen.lse for seen, _ in both]), torch.cat([rest.lse for _, rest in both])
