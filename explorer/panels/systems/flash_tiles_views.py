"""FlashAttention in tiles: what crosses between slow and fast memory, tile by tile, on a head of the run."""

from __future__ import annotations

from dataclasses import dataclass

from explorer.figures.systems import flash_tiles as figure
from explorer.figures.systems import tile_questions
from explorer.figures.systems.traced_head import TracedHead
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.systems.tile_traffic import Tiles
from explorer.tracing.windows import windows

#: What half a number's digits may cost: a unit in the last place of bfloat16 is 2^-8 of it.
TOLERANCE = {"float32": (1e-5, 1e-4), "bfloat16": (2e-2, 5e-2)}


@dataclass(frozen=True)
class Asked:
    """What the controls say, for this head."""

    head: TracedHead
    mask: TileMask
    tiles: Tiles
    dtype: str


def asked(scene: Scene) -> Asked:
    trace, n, d = scene.trace, len(scene.trace.tokens), scene.trace.dims.d_head
    at = figure.window_of(n, d, scene.number("window", n, 0, n))
    sliding = windows(scene.model.hf.config)[scene.layer]
    head = TracedHead.of(trace, scene.layer, scene.head, sliding, at)
    mask = head.mask if scene.choice("mask", "own", ("own", "none")) == "own" else TileMask(cap=head.mask.cap)
    dtype = scene.choice("numbers", "float32", figure.DTYPES)
    known = figure.sizes(head.n)
    rows, columns = (
        min(known, key=lambda size: abs(size - scene.number(name, figure.usual(head.n), 1, 1024)))
        for name in ("rows", "columns")
    )
    return Asked(head, mask, figure.tiles_of(head, mask, rows, columns, figure.DTYPES[dtype]), dtype)


def tiles(scene: Scene) -> Rendered[figure.FlashTiles]:
    made = asked(scene)
    algorithm = scene.choice("algorithm", "fa2", figure.ALGORITHMS)
    n = len(scene.trace.tokens)
    data, errors = figure.figure(made.head, algorithm, made.mask, made.tiles, made.dtype, n)  # pyright: ignore[reportArgumentType]
    near, nearer = TOLERANCE[made.dtype]
    checks = [Check("In tiles = torch’s attention on the same numbers", errors.attention, near, "largest error")]
    if made.mask.causal and not made.head.ablated:
        merged = "In tiles, with the keys before the window merged in," if made.head.first else "In tiles"
        checks.append(Check(f"{merged} = the model’s own z", errors.z, nearer, "relative error"))
    checks.append(Check("Bytes counted in the loops of all three = formula", float(errors.bytes), 0.0, "bytes apart"))
    return Rendered(data, tuple(checks), title=f"Head L{scene.layer}.H{scene.head} in tiles", note=note(scene, data))


def note(scene: Scene, data: figure.FlashTiles) -> str:
    """Which positions are drawn, and of which run."""
    said: list[str] = []
    if len(data.windows) > 1:
        said.append(f"Positions {data.first} to {data.first + len(data.q) - 1} of {data.n_tokens} are drawn.")
    if scene.trace.key.interventions:
        said.append("Queries, keys and values are those of the changed run.")
    return " ".join(said)


def questions(scene: Scene) -> Rendered[tile_questions.TileQuestions]:
    made = asked(scene)
    _, ledgers = figure.run(made.head, "fa2", made.mask, made.tiles.rows, made.tiles.columns, figure.DTYPES[made.dtype])
    data = tile_questions.questions(made.head, made.tiles, ledgers)
    apart = float(figure.miscounted(ledgers, made.tiles))
    return Rendered(data, (Check("Formula = bytes counted in the loops of all three", apart, 0.0, "bytes apart"),))
