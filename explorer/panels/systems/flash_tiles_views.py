"""FlashAttention in tiles: what crosses between slow and fast memory, tile by tile, on a head of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from explorer.experiments.systems import flash_tiles as experiment
from explorer.experiments.systems.traced_head import TracedHead
from explorer.figures.systems import flash_tiles as figure
from explorer.figures.systems import tile_questions
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.transformer.head_name import head_name
from explorer.stack.worst import worst
from explorer.tracing.windows import windows

#: What half a number's digits may cost: a unit in the last place of bfloat16 is 2^-8 of it.
TOLERANCE: dict[experiment.Numbers, tuple[float, float]] = {"float32": (1e-5, 1e-4), "bfloat16": (2e-2, 5e-2)}


def asked(scene: Scene) -> experiment.Asked:
    trace, n, d = scene.trace, len(scene.trace.tokens), scene.trace.dims.d_head
    at = figure.window_of(n, d, scene.number("window", n, 0, n))
    sliding = windows(scene.model.hf.config)[scene.layer]
    head = TracedHead.of(trace, scene.layer, scene.head, sliding, at)
    mask = head.mask if scene.choice("mask", "own", ("own", "none")) == "own" else TileMask(cap=head.mask.cap)
    numbers = scene.choice("numbers", "float32", experiment.DTYPES)
    known = figure.sizes(head.n)
    rows, columns = (
        min(known, key=lambda size: abs(size - scene.number(name, figure.usual(head.n), 1, 1024)))
        for name in ("rows", "columns")
    )
    return experiment.Asked(head, mask, rows, columns, numbers)


class _Worked(NamedTuple):
    """A head of a run in tiles, and how far it is from what it must equal."""

    asked: experiment.Asked
    data: figure.FlashTiles
    errors: experiment.TileErrors


def _worked(scene: Scene) -> _Worked:
    found = experiment.run(asked(scene), scene.choice("algorithm", "fa2", experiment.ALGORITHMS))
    return _Worked(found.asked, figure.figure(found, len(scene.trace.tokens)), found.errors())


def tiles(scene: Scene) -> Rendered[figure.FlashTiles]:
    both = [_worked(each) for each in (scene, scene.there) if each is not None]
    data, *others = [each.data for each in both]
    for other in others:
        here, there = (each.errors.attention for each in both)
        data = replace(data, base=figure.beside(other, there, here))
    title = f"Head {head_name(scene.layer, scene.head)} in tiles"
    return Rendered(data, _checks(both), title=title, note=note(scene, data))


def _checks(both: list[_Worked]) -> tuple[Check, ...]:
    """Of each run that is shown; a head that is cut, or sees what comes later, is not the model's."""
    near, nearer = TOLERANCE[both[0].asked.numbers]
    whose = "" if len(both) == 1 else ", in both runs"
    attention = worst(each.errors.attention for each in both)
    checks = [Check(f"In tiles = torch’s attention on the same numbers{whose}", attention, near, "largest error")]
    own = [each for each in both if each.asked.mask.causal and not each.asked.head.ablated]
    if own:
        first = any(each.asked.head.first for each in own)
        merged = "In tiles, with the keys before the window merged in," if first else "In tiles"
        checks.append(
            Check(f"{merged} = the model’s own z", worst(each.errors.z for each in own), nearer, "relative error")
        )
    apart = float(worst(each.errors.bytes for each in both))
    checks.append(Check(f"Bytes counted in the loops of all three = formula{whose}", apart, 0.0, "bytes apart"))
    return tuple(checks)


def note(scene: Scene, data: figure.FlashTiles) -> str:
    """Which positions are drawn, and of which run."""
    said: list[str] = []
    if len(data.windows) > 1:
        said.append(f"Positions {data.first} to {data.first + len(data.q) - 1} of {data.n_tokens} are drawn.")
    if scene.trace.key.interventions:
        said.append("Queries, keys and values are those of the changed run.")
    return " ".join(said)


def questions(scene: Scene) -> Rendered[tile_questions.TileQuestions]:
    found = experiment.run(asked(scene), "fa2")
    check = Check("Formula = bytes counted in the loops of all three", float(found.miscounted()), 0.0, "bytes apart")
    return Rendered(tile_questions.questions(found), (check,))
