"""Of attention's arithmetic: tiles, blocks of a softmax, number formats."""

from __future__ import annotations

from explorer.figures.systems.flash_tiles import FlashTiles
from explorer.figures.systems.memory_table import MemoryTable
from explorer.figures.systems.number_formats import FormatGrid, NumberGrid
from explorer.figures.systems.online_softmax import OnlineRow
from explorer.figures.systems.tiles_beside import TileSums
from explorer.lessons.fact import fact
from explorer.lessons.shown import drawn
from explorer.panels.scene import Scene


def _tiles(scene: Scene) -> FlashTiles:
    return drawn(scene, "flash_tiles", "tiles", FlashTiles)


def _sums(scene: Scene, algorithm: str) -> TileSums:
    sums = {each.algorithm: each for each in _tiles(scene).sums}
    if algorithm not in sums:
        raise LookupError(f"no algorithm “{algorithm}”; known are {', '.join(sums)}")
    return sums[algorithm]


@fact("bytes")
def moved_bytes(scene: Scene, algorithm: str) -> int:
    """Bytes that standard, fa1 or fa2 moves between slow and fast memory for the head on the page."""
    found = _sums(scene, algorithm)
    return found.read + found.written


@fact("bytes")
def extra_bytes(scene: Scene, algorithm: str) -> int:
    """Bytes of slow memory that it needs beside Q, K, V and O."""
    return _sums(scene, algorithm).extra


@fact("count")
def n_tile_steps(scene: Scene, algorithm: str) -> int:
    """Steps that it takes."""
    return _sums(scene, algorithm).steps


@fact("count")
def tile_rows(scene: Scene) -> int:
    """Queries of a tile."""
    return _tiles(scene).rows


def _row(scene: Scene) -> OnlineRow:
    return drawn(scene, "online_softmax", "row", OnlineRow)


@fact("count")
def n_softmax_blocks(scene: Scene) -> int:
    """Blocks into which the row on the page is cut."""
    return len(_row(scene).order)


@fact("number")
def running_maximum(scene: Scene, step: int) -> float:
    """The largest score after a block; blocks are counted from 1."""
    return float(_row(scene).m[step - 1])


@fact("number")
def running_sum(scene: Scene, step: int) -> float:
    """The rescaled sum of exponentials after a block."""
    return float(_row(scene).l[step - 1])


@fact("number")
def rescaling(scene: Scene, step: int) -> float:
    """By what the sum so far is multiplied when a block comes."""
    return float(_row(scene).factor[step - 1])


@fact("number")
def unscaled_sum(scene: Scene, step: int) -> float:
    """What the sum would be without the factor."""
    return float(_row(scene).unscaled[step - 1])


def _grid(scene: Scene, name: str) -> FormatGrid:
    known = {each.name: each for each in drawn(scene, "number_formats", "grid", NumberGrid).formats}
    if name not in known:
        raise LookupError(f"no format “{name}”; known are {', '.join(known)}")
    return known[name]


@fact("count")
def n_levels(scene: Scene, format: str) -> int:  # noqa: A002
    """Numbers that a weight format can stand for, with one scale."""
    return _grid(scene, format).count


@fact("number")
def rounded(scene: Scene, format: str, number: float) -> float:  # noqa: A002
    """The number of the format's that is nearest to one on the page's scale."""
    numbers = drawn(scene, "number_formats", "grid", NumberGrid).numbers
    return float(_grid(scene, format).values[int((numbers - number).abs().argmin())])


@fact("number")
def table_gb(scene: Scene, row: str) -> float:
    """Gigabytes of a 70B model in a row of the table of formats, in the row's first way."""
    found = next((each for each in drawn(scene, "memory_table", "table", MemoryTable).rows if each.row == row), None)
    if found is None:
        raise LookupError(f"no row “{row}”")
    return found.nbytes[0] / 1e9
