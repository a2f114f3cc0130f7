"""FlashAttention in tiles on a head of the run: every step, every move and what fast memory held of the rows.

The steps are those that the meter wrote down (`experiments.systems.flash_tiles`): nothing is replayed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int, Int16
from torch import Tensor

from explorer.experiments.systems.flash_tiles import Tiled
from explorer.figures.payload import Payload
from explorer.figures.systems.tiles_beside import TilesBeside, TileSums, rises
from explorer.stack.systems.memory_meter import Ledger
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.tile_traffic import Tiles

PHASES = ("scores", "softmax", "output", "tile")
#: What crosses between the memories; a move names one by its place.
NAMES = ("Q", "K", "V", "O", "S", "P", "m, l", "L")
SIZES = (4, 8, 16, 32, 64)
#: Positions that are drawn, and how many numbers of O may travel for them.
WINDOW = 128
WIDE = 128 * 128
STEPS = 300


@dataclass(frozen=True, kw_only=True)
class TileSteps:
    """What one run did, step by step, as columns of numbers."""

    steps: Int[Tensor, "step 5"]
    """Phase, block of queries, block of keys (-1: whole rows), FLOPs, bytes held beside Q, K, V and O."""
    moves: Int[Tensor, "move 5"]
    """Step, 0 read or 1 written, name, block, bytes."""
    kept: Int[Tensor, " step"]
    """Where the step's rows are among those below; -1 where fast memory held none."""
    m: Float[Tensor, "kept row"]
    l: Float[Tensor, "kept row"]  # noqa: E741  the papers' letter
    held: Int16[Tensor, "kept row d_head"]
    """O in fast memory at the step's end, in units of `unit`; a short last block is filled up with noughts."""
    unit: float

    @classmethod
    def of(cls, ledger: Ledger, rows: int) -> TileSteps:
        steps = [[PHASES.index(s.phase), s.i, s.j, s.flops, s.extra] for s in ledger.steps]
        moves = [
            [at, kind, NAMES.index(move.name), move.block, move.bytes]
            for at, s in enumerate(ledger.steps)
            for kind, moved in enumerate((s.reads, s.writes))
            for move in moved
        ]
        with_rows = [at for at, s in enumerate(ledger.steps) if s.out is not None]
        kept = torch.full((len(steps),), -1)
        kept[with_rows] = torch.arange(len(with_rows))
        m, sums, held = (
            torch.stack([_filled(getattr(ledger.steps[at], name)[0, 0].float(), rows) for at in with_rows])
            for name in ("m", "l", "out")
        )
        unit = max(float(held.abs().max()), 1e-30) / 32767
        shares = (held / unit).round().to(torch.int16)
        return cls(steps=torch.tensor(steps), moves=torch.tensor(moves), kept=kept, m=m, l=sums, held=shares, unit=unit)


def _filled(x: Tensor, rows: int) -> Tensor:
    """Noughts below, up to so many rows."""
    return torch.cat([x, x.new_zeros(rows - len(x), *x.shape[1:])]) if len(x) < rows else x


@dataclass(frozen=True, kw_only=True)
class FlashTiles(Payload):
    """One algorithm on one head, beside the sums of all three."""

    layer: int
    head: int
    kv: int
    n_tokens: int
    first: int
    """The window's first position; of a short text, all are drawn."""
    windows: tuple[int, ...]
    """First positions of the windows that may be drawn."""
    scaling: float
    softcap: float | None
    sliding: int | None
    causal: bool
    algorithm: str
    dtype: str
    word: int
    """Bytes of a number of Q, K, V and O."""
    rows: int
    columns: int
    sizes: tuple[int, ...]
    q: Float[Tensor, "window d_head"]
    k: Float[Tensor, "window d_head"]
    v: Float[Tensor, "window d_head"]
    scores: Float[Tensor, "window window"]
    """Scaled and bent; also of keys that the mask hides."""
    lse: Float[Tensor, " window"]
    out: Float[Tensor, "window d_head"]
    run: TileSteps
    sums: tuple[TileSums, ...]
    other: Int[Tensor, "step 2"]
    """Of the other loop order, step by step: whether O is read, whether it is written."""
    fast: int
    """Bytes of fast memory that a tile needs at once."""
    rises: int
    """How often a row's maximum rose when a tile came after its first."""
    whole: tuple[int, ...]
    """Bytes that each algorithm moves for all positions of the text, by the formula; none where all are drawn."""
    selected: tuple[int, int] | None = None
    """Block and number of the selected head, where it is never rescaled in the selected row and another is shown."""
    base: TilesBeside | None = None


def windows(n: int, d_head: int) -> tuple[int, ...]:
    """First positions of the windows of a text; the last one ends where the text does.

    >>> windows(100, 64), windows(300, 64), windows(100, 256)
    ((0,), (0, 128, 172), (0, 36))
    """
    size = min(WINDOW, WIDE // d_head)
    return (0,) if n <= size else tuple(sorted({*range(0, n - size, size), n - size}))


def window_of(n: int, d_head: int, first: int) -> slice:
    """The window that begins at the wanted position, or nearest to it."""
    start = min(windows(n, d_head), key=lambda at: abs(at - first))
    return slice(start, min(n, start + min(WINDOW, WIDE // d_head)))


def sizes(n: int) -> tuple[int, ...]:
    """Tile sides for so many positions: none that makes too many steps, none larger than all but once.

    >>> sizes(5), sizes(30), sizes(128)
    ((4, 8), (4, 8, 16, 32), (16, 32, 64))
    """
    fits = [size for size in SIZES if 2 * (-(-n // size)) ** 2 <= STEPS]
    return tuple(size for size in fits if size < n or size == min(s for s in SIZES if s >= min(n, 64)))


def usual(n: int) -> int:
    """The tile side that is shown first: at least three blocks, of 16 positions at most.

    >>> usual(5), usual(14), usual(30), usual(128)
    (4, 4, 8, 16)
    """
    return max((size for size in sizes(n) if size <= 16 and n > 2 * size), default=sizes(n)[0])


def output_moves(ledger: Ledger) -> Int[Tensor, "step 2"]:
    """Whether each step reads O, and whether it writes it."""
    return torch.tensor([[sum(m.name == "O" for m in moves) for moves in (s.reads, s.writes)] for s in ledger.steps])


def figure(found: Tiled, n_tokens: int) -> FlashTiles:
    """The payload of a head that was worked through."""
    head, mask, asked, algorithm = found.asked.head, found.asked.mask, found.asked, found.algorithm
    made, ledgers, other = found.made, found.ledgers, "fa2" if algorithm == "fa1" else "fa1"
    return FlashTiles(
        layer=head.layer,
        head=head.head,
        kv=head.kv,
        n_tokens=n_tokens,
        first=head.first,
        windows=windows(n_tokens, head.d_head),
        scaling=head.scale,
        softcap=mask.cap,
        sliding=mask.window if mask.causal else head.mask.window,
        causal=mask.causal,
        algorithm=algorithm,
        dtype=asked.numbers,
        word=asked.dtype.itemsize,
        rows=asked.rows,
        columns=asked.columns,
        sizes=sizes(head.n),
        q=head.q[0, 0],
        k=head.k[0, 0],
        v=head.v[0, 0],
        scores=head.scores(TileMask(cap=mask.cap)),
        lse=made.lse[0, 0],
        out=made.out[0, 0].float(),
        run=TileSteps.of(ledgers[algorithm], asked.rows),
        sums=tuple(TileSums.of(name, ledger) for name, ledger in ledgers.items()),
        other=output_moves(ledgers[other]),
        fast=asked.tiles.fast,
        rises=rises(ledgers[algorithm]),
        whole=whole(asked.tiles, n_tokens),
    )


def whole(tiles: Tiles, n_tokens: int) -> tuple[int, ...]:
    """
    >>> whole(Tiles(64, 64, 16, 16), 64), whole(Tiles(64, 64, 16, 16), 600)[1:]
    ((), (9205568, 6375776))
    """
    if tiles.n == n_tokens:
        return ()
    every = replace(tiles, n=n_tokens)
    return every.standard.moved, every.flash_attention_1.moved, every.flash_attention_2.moved


def beside(other: FlashTiles, error: float, here: float) -> TilesBeside:
    """The other run's head; both errors are the largest differences from torch's attention."""
    n, d_head = other.q.shape
    return TilesBeside(
        layer=other.layer,
        head=other.head,
        n=n,
        n_tokens=other.n_tokens,
        d_head=d_head,
        sliding=other.sliding,
        rows=other.rows,
        columns=other.columns,
        sums=other.sums,
        rises=other.rises,
        error=error,
        here=here,
    )
