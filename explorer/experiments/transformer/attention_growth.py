"""One block's parts, timed as the text grows: attention beside the projections and the feed-forward layer.

The first block of the model reads the passages' own tokens. Each part is timed by itself, in turns, on what it is given
in that pass, and what it multiplies is counted by torch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from explorer.corpora import passages
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.timing import Ratio, Timing, compare, interleaved, one_thread
from explorer.stack.architectures.paired_interval import quantile
from explorer.stack.systems.attention_io import power
from explorer.stack.systems.hardware import free_memory
from explorer.stack.transformer.attention import Attended, eager, sdpa
from explorer.stack.transformer.block import Block

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model

LENGTHS = (128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072)
#: What is timed: scores, mask, softmax and mix as the formula reads; of that the softmax alone; torch's fused kernel.
PARTS = ("attention", "softmax", "fused", "projections", "feed_forward")
#: Rounds of a length: so many at least, and more up to the second number while they take less than `SHORT` seconds.
ROUNDS, MOST, SHORT = 5, 15, 1.0
#: From this length on powers are fitted: below it starting an operation takes as long as the operation.
LONG = 512
#: Quartiles further apart than this share of the median say nothing of a power.
BUSY = 0.5
#: Seconds for all, and bytes that the squares may take at once.
SECONDS, BYTES = 40.0, 1_500_000_000
#: Squares that plain attention holds at once: scores, the masked ones, and the pattern.
SQUARES = 3


@dataclass(frozen=True, eq=False)
class Given:
    """What the parts of a block are given when it reads n tokens, and what its attention then writes."""

    block: Block
    read: Float[Tensor, "1 pos d_model"]
    """By attention, and so by W_Q, W_K and W_V."""
    kernel: tuple[Any, ...]
    """All arguments of the kernel: q, k, v and how they may be combined."""
    z: Float[Tensor, "1 pos heads_x_d_head"]
    """What W_O reads."""
    wrote: Float[Tensor, "1 pos d_model"]
    """By attention."""
    fed: Float[Tensor, "1 pos d_model"]
    """Read by the feed-forward layer."""

    def parts(self) -> dict[str, Callable[[], object]]:
        """Each of `PARTS` as something to call."""
        attn, mlp = self.block.attn, self.block.mlp
        scores = eager(*self.kernel).scores
        assert scores is not None
        return {
            "attention": lambda: eager(*self.kernel),
            "softmax": lambda: scores.softmax(-1),
            "fused": lambda: sdpa(*self.kernel),
            "projections": lambda: (attn.W_Q(self.read), attn.W_K(self.read), attn.W_V(self.read), attn.W_O(self.z)),
            "feed_forward": lambda: mlp(self.fed),
        }

    def apart(self) -> float:
        """Plain attention and W_O, as they are timed, against what the block's attention wrote: relative error."""
        z = eager(*self.kernel).z.transpose(1, 2).flatten(2)
        return float((self.block.attn.W_O(z) - self.wrote).abs().max() / self.wrote.abs().max())


@dataclass(frozen=True)
class Length:
    """The parts at one length."""

    n: int
    taken: dict[str, Timing]
    ratio: Ratio
    """Plain attention / feed-forward, round by round."""
    fused: Ratio
    """torch's fused kernel / plain attention."""
    counted: dict[str, int]
    """Floating-point operations that torch counts in plain attention, the projections and the feed-forward layer."""
    apart: float


@dataclass(frozen=True)
class Crossing:
    """Where attention takes longer than the feed-forward layer, by the clock."""

    below: int | None
    """The longest length up to which attention is clearly quicker; None: at none."""
    above: int | None
    """The shortest from which on it clearly takes longer; None: at none."""
    at: float | None
    """Between them, where the medians cross; None unless both are there."""


@dataclass(frozen=True)
class Growth:
    """What is measured so far."""

    lengths: tuple[Length, ...]
    stopped: str
    """Why no longer one was measured: memory or time; empty: none was asked for."""
    whole: bool


def growth(model: Model, longest: int, progress: Ticks = unheard) -> Iterator[Growth]:
    """The first block at each length up to `longest`, short ones first; yields after each."""
    decoder, began = model.decoder, time.perf_counter()
    lengths = lengths_of(decoder, longest)
    allowed = min(BYTES, free_memory() // 2)
    ids, found, stopped = tokens(model, lengths[-1]), [], ""
    for at, n in enumerate(lengths):
        if SQUARES * 4 * decoder.config.n_heads * n * n > allowed:
            stopped = "memory"
        elif found and time.perf_counter() - began > SECONDS:
            stopped = "time"
        if stopped:
            break
        found.append(at_length(decoder, ids[:, :n], _told(progress, at * ROUNDS, len(lengths) * ROUNDS)))
        yield Growth(tuple(found), "", False)
    yield Growth(tuple(found), stopped, True)


def _told(progress: Ticks, before: int, total: int) -> Callable[[int], None]:
    return lambda turn: progress(before + turn, total)


def lengths_of(decoder: Decoder, longest: int) -> tuple[int, ...]:
    """Up to `longest`; learned positions end where they were learned."""
    most = min(longest, decoder.config.n_ctx) if decoder.config.positions == "learned" else longest
    return tuple(n for n in LENGTHS if n <= most) or (min(most, LENGTHS[0]),)


def tokens(model: Model, n: int) -> Tensor:
    """The first n tokens of the passages, from the beginning again where they end."""
    ids = [token for each in passages.read() for one in each.excerpts for token in model.vocabulary.encode(one.text)]
    return torch.tensor([(ids * (n // len(ids) + 1))[:n]])


@torch.no_grad()
def at_length(decoder: Decoder, ids: Tensor, tell: Callable[[int], None] = lambda _: None) -> Length:
    given = read(decoder, ids)
    parts = given.parts()
    counted = {name: flops(parts[name]) for name in ("attention", "projections", "feed_forward")}
    seconds: dict[str, list[float]] = {}
    began = time.perf_counter()
    with one_thread():
        for turn, seconds in enumerate(interleaved(parts, MOST)):  # noqa: B007
            tell(min(turn, ROUNDS - 1))
            if turn + 1 >= ROUNDS and time.perf_counter() - began > SHORT:
                break
    taken = {name: Timing.of(each) for name, each in seconds.items()}
    ratio = compare(seconds["feed_forward"], seconds["attention"])
    fused = compare(seconds["attention"], seconds["fused"])
    return Length(ids.shape[1], taken, ratio, fused, counted, given.apart())


@torch.no_grad()
def read(decoder: Decoder, ids: Tensor) -> Given:
    """The first block's own pass over these tokens, and what its parts were given."""
    block = decoder.blocks[0]
    assert isinstance(block, Block)
    kept: dict[str, Any] = {}

    def kernel(*arguments: Any, **_: Any) -> Attended:
        kept["kernel"], made = arguments, sdpa(*arguments)
        kept["z"] = made.z.transpose(1, 2).flatten(2)
        return made

    def attended(_: nn.Module, given: tuple[Any, ...], wrote: Tensor) -> None:
        kept["read"], kept["wrote"] = given[0], wrote

    def feeds(_: nn.Module, given: tuple[Any, ...]) -> None:
        kept["fed"] = given[0]

    with ExitStack() as hooks:
        for handle in (block.attn.register_forward_hook(attended), block.mlp.register_forward_pre_hook(feeds)):
            hooks.callback(handle.remove)
        block(*decoder.entered(ids, kernel=kernel))
    return Given(block, **kept)


def flops(part: Callable[[], object]) -> int:
    """Floating-point operations of the matrix products in it, as torch counts them."""
    with FlopCounterMode(display=False) as counter:
        part()
    return int(counter.get_total_flops())


def crossing(lengths: Sequence[Length]) -> Crossing:
    """From the ratios that are clear; one that is not lies between the two."""
    slower = [each.ratio.clear and each.ratio.median > 1 for each in lengths]
    quicker = [each.ratio.clear and each.ratio.median < 1 for each in lengths]
    first = next((at for at in range(len(lengths)) if all(slower[at:])), None)
    last = max((at for at in range(len(lengths)) if quicker[at]), default=None)
    at = None
    if first is not None and last is not None:
        near = lengths[last : first + 1]
        at = crossed([each.n for each in near], [each.ratio.median for each in near])
    return Crossing(None if last is None else lengths[last].n, None if first is None else lengths[first].n, at)


def crossed(lengths: Sequence[int], ratios: Sequence[float]) -> float:
    """Where a ratio that begins below 1 and ends above it is 1, its power of the length fitted.

    >>> round(crossed([256, 1024], [0.5, 2.0]), 1)
    512.0
    """
    slope = power(lengths, ratios)
    x, y = (torch.tensor(each, dtype=torch.float64).log().mean() for each in (lengths, ratios))
    return float((x - y / slope).exp())


@dataclass(frozen=True)
class Power:
    """An exponent p of n^p, fitted."""

    at: float
    within: float
    """Half of its interval of 95 %: Student's t times the standard error of the fit."""


def powers(lengths: Sequence[Length]) -> dict[str, Power | None]:
    """The power of n that each part's median follows best from `LONG` on; None from fewer than three lengths, and where
    the machine was too busy."""
    long = [each for each in lengths if each.n >= LONG]
    return {part: _power([each.n for each in long], [each.taken[part] for each in long]) for part in PARTS}


def _power(lengths: list[int], taken: list[Timing]) -> Power | None:
    if len(lengths) < 3 or any(each.spread > BUSY for each in taken):
        return None
    medians = [each.median for each in taken]
    x, y = (torch.tensor(each, dtype=torch.float64).log() for each in (lengths, medians))
    x, y, slope = x - x.mean(), y - y.mean(), power(lengths, medians)
    freedom = len(lengths) - 2
    error = ((y - slope * x).square().sum() / freedom / x.square().sum()).sqrt()
    return Power(slope, quantile(freedom) * float(error))
