"""Ring attention over real processes: each way of sharing a text recorded, checked against one process, and timed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor

from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.systems.ring_processes import Answer, RingProcesses
from explorer.stack.systems.ring_attention import bytes_sent
from explorer.stack.systems.ring_channel import Moment
from explorer.stack.systems.sequence_layout import Kind, SequenceLayout
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.worst import worst

RANKS = (4, 2)
KINDS: tuple[Kind, ...] = ("contiguous", "zigzag")
ROUNDS = 5
#: sides of the tiles in which a rank computes
TILE = 128


@dataclass(frozen=True)
class Way:
    """One way of sharing the text."""

    ranks: int
    kind: Kind
    causal: bool

    def layout(self, length: int) -> SequenceLayout:
        """Raises ValueError where the text is too short."""
        return SequenceLayout(length, self.ranks, self.kind)


WAYS = tuple(Way(*each) for each in product(RANKS, KINDS, (True, False)))


@dataclass(frozen=True, eq=False)
class Head:
    """One head's tensors, and the rules by which it attends."""

    q: Float[Tensor, "1 1 pos d_head"]
    k: Float[Tensor, "1 1 pos d_head"]
    v: Float[Tensor, "1 1 pos d_head"]
    scale: float
    window: int | None = None
    cap: float | None = None

    @property
    def length(self) -> int:
        return self.q.shape[2]

    def mask(self, causal: bool) -> TileMask:
        return TileMask(causal, self.window, cap=self.cap)

    def repeated(self, length: int) -> Head:
        """The same rows again and again, up to a length, without window or cap."""
        rows = torch.arange(length) % self.length
        return Head(self.q[:, :, rows], self.k[:, :, rows], self.v[:, :, rows], self.scale)


@dataclass(frozen=True, eq=False)
class OneProcess:
    """What torch makes of the head without any ring. Gradients: of half the squared output."""

    out: Float[Tensor, "1 1 pos d_head"]
    lse: Float[Tensor, "1 1 pos"] | None
    gradients: tuple[Float[Tensor, "1 1 pos d_head"], ...]


@dataclass(frozen=True)
class Errors:
    """The ring against one process: largest differences, relative to the largest number where that is above 1; and
    bytes of all ranks that differ from the formula."""

    out: float
    lse: float
    gradient: float
    bytes: int


@dataclass(frozen=True)
class Recording:
    """What each rank did, moment by moment, in one pass forward and one backward."""

    way: Way
    layout: SequenceLayout
    moments: tuple[tuple[Moment, ...], ...]
    sent: tuple[int, ...]
    """Bytes that each rank handed over, as counted."""
    formula: tuple[int, ...]
    errors: Errors


@dataclass(frozen=True)
class Recordings:
    """Every way for which the text is long enough."""

    done: tuple[Recording, ...]
    whole: bool


@dataclass(frozen=True)
class Round:
    """Seconds of one pass forward and backward; by rank, but `wall`."""

    compute: tuple[float, ...]
    cpu: tuple[float, ...]
    """Of a processor, while computing."""
    wait: tuple[float, ...]
    send: tuple[float, ...]
    wall: float
    """From the first moment of any rank to the last of any."""


@dataclass(frozen=True)
class Timed:
    """One way, round by round."""

    way: Way
    flops: tuple[tuple[int, ...], ...]
    """Counted: rank, step of both passes."""
    rounds: tuple[Round, ...]
    worst: Errors


def one_process(head: Head, causal: bool, lse: bool = True) -> OneProcess:
    """torch's attention; by hand where a cap bends the scores, which its kernel does not do. `lse`: the log-sum-exp
    too, for which the whole square is made."""
    q, k, v = (each.detach().clone().requires_grad_() for each in (head.q, head.k, head.v))
    n = head.length
    plain = head.window is None and head.cap is None
    seen = None if plain and not lse else head.mask(causal).visible(slice(0, n), slice(0, n), 0)
    square = None
    if seen is not None:
        scores = q @ k.mT * head.scale
        scores = scores if head.cap is None else head.cap * torch.tanh(scores / head.cap)
        square = scores.masked_fill(~seen, -math.inf)
    with torch.enable_grad():
        if head.cap is not None and square is not None:
            out = square.softmax(-1) @ v
        elif plain:
            out = F.scaled_dot_product_attention(q, k, v, is_causal=causal, scale=head.scale)
        else:
            out = F.scaled_dot_product_attention(q, k, v, attn_mask=seen, scale=head.scale)
        gradients = torch.autograd.grad(out.square().sum() / 2, (q, k, v))
    summed = None if square is None or not lse else torch.logsumexp(square, -1).detach()
    return OneProcess(out.detach(), summed, gradients)


def recordings(head: Head, progress: Ticks = unheard, ways: Sequence[Way] = WAYS) -> Iterator[Recordings]:
    """Each way once to warm up and once for the record."""
    fitting = [way for way in ways if head.length >= way.ranks * (1 if way.kind == "contiguous" else 2)]
    if not fitting:
        raise ValueError(f"{head.length} positions are too few for any ring")
    done = 0
    alone = {causal: one_process(head, causal) for causal in {way.causal for way in fitting}}
    with RingProcesses(max(way.ranks for way in fitting), lambda: progress(done, len(fitting))) as ring:
        made: list[Recording] = []
        for way in fitting:
            answers = passes(ring, head, way, times=2)
            made.append(recorded(head, way, answers, alone[way.causal]))
            done = len(made)
            progress(done, len(fitting))
            yield Recordings(tuple(made), whole=done == len(fitting))


def contest(
    head: Head, progress: Ticks = unheard, ways: Sequence[Way] = WAYS, rounds: int = ROUNDS
) -> Iterator[tuple[Timed, ...]]:
    """All ways in turns, another one first in each round; yields after every round."""
    alone = {causal: one_process(head, causal, lse=False) for causal in {way.causal for way in ways}}
    taken: dict[Way, list[Recording]] = {way: [] for way in ways}
    done, total = 0, (rounds + 1) * len(ways)
    with RingProcesses(max(way.ranks for way in ways), lambda: progress(done, total)) as ring:
        for turn in range(-1, rounds):  # round -1 warms up
            first = turn % len(ways)
            for way in (*ways[first:], *ways[:first]):
                answers = passes(ring, head, way)
                taken[way].append(recorded(head, way, answers, alone[way.causal]))
                done += 1
                progress(done, total)
            if turn >= 0:
                yield tuple(_timed(way, each) for way, each in taken.items())


def passes(ring: RingProcesses, head: Head, way: Way, times: int = 1) -> list[Answer]:
    """The last answers of so many."""
    layout, answers = way.layout(head.length), list[Answer]()
    for _ in range(times):
        answers = ring.attend(layout, head.q, head.k, head.v, head.mask(way.causal), head.scale, TILE)
    return answers


def recorded(head: Head, way: Way, answers: Sequence[Answer], alone: OneProcess) -> Recording:
    """What the ranks did, and how far their answer is from one process'."""
    layout = way.layout(head.length)
    position = head.k.shape[1] * head.k.shape[3] * head.k.element_size()
    sent = tuple(sum(moment.bytes for moment in each.moments) for each in answers)
    formula = tuple(
        bytes_sent(layout, rank, position) + bytes_sent(layout, rank, position, gradient=position)
        for rank in range(way.ranks)
    )

    def gap(of: Callable[[Answer], Tensor], wanted: Tensor) -> float:
        most = wanted.abs().max().clamp_min(1)
        return float((layout.whole([of(each) for each in answers]) - wanted).abs().max() / most)

    dq, dk, dv = alone.gradients
    errors = Errors(
        gap(lambda each: each.out, alone.out),
        0.0 if alone.lse is None else gap(lambda each: each.lse, alone.lse),
        worst(gap(lambda each: each.dq, dq), gap(lambda each: each.dk, dk), gap(lambda each: each.dv, dv)),
        sum(abs(a - b) for a, b in zip(sent, formula, strict=True)),
    )
    return Recording(way, layout, tuple(each.moments for each in answers), sent, formula, errors)


def _timed(way: Way, taken: Sequence[Recording]) -> Timed:
    flops = tuple(
        tuple(moment.flops for moment in each if moment.does == "compute") for each in taken[-1].moments
    )  # rank, step of both passes
    errors = [each.errors for each in taken]
    largest = Errors(*(worst(getattr(each, name) for each in errors) for name in ("out", "lse", "gradient", "bytes")))
    return Timed(way, flops, tuple(_round(each.moments) for each in taken[1:]), largest)


def _round(moments: Sequence[Sequence[Moment]]) -> Round:
    def spent(does: str) -> tuple[float, ...]:
        return tuple(sum(each.end - each.start for each in did if each.does == does) for did in moments)

    return Round(
        spent("compute"),
        tuple(sum(each.cpu for each in did if each.does == "compute") for did in moments),
        spent("wait"),
        spent("send"),
        max(did[-1].end for did in moments) - min(did[0].start for did in moments),
    )
