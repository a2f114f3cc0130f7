"""FlashAttention in tiles: what crosses between slow and fast memory, tile by tile, on a head of the run."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from explorer.experiments.systems import flash_tiles as experiment
from explorer.experiments.systems.rescaled_head import shown_head
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


def _window(scene: Scene) -> slice:
    """The positions that are drawn."""
    n = len(scene.trace.tokens)
    return figure.window_of(n, scene.trace.dims.d_head, scene.whole("window", default=n))


def _sides(scene: Scene) -> tuple[tuple[int, ...], int, int]:
    """Sides that a tile may have, its rows and its columns: of two runs beside each other, those of the longer, so
    that both are cut alike."""
    both = [_window(each) for each in (scene, scene.there) if each is not None]
    n = max(each.stop - each.start for each in both)
    known = figure.sizes(n)
    rows, columns = (
        min(known, key=lambda size: abs(size - scene.whole(name, default=figure.usual(n))))
        for name in ("rows", "columns")
    )
    return known, rows, columns


def _seen(scene: Scene, columns: int) -> tuple[Scene, tuple[int, int] | None]:
    """The scene of a head that is rescaled in the selected row, and the selected one where it is not: then nothing of
    the rescale would be seen."""
    wanted = scene.one_of("head")
    if wanted == "selected":
        return scene, None
    own, known, at = (scene.layer, scene.head), windows(scene.model.hf.config), _window(scene)
    position = min(max(scene.position, at.start), at.stop - 1)
    found = shown_head(scene.trace, own, position, columns, known, at.start, wanted == "opened")
    focus = replace(scene.focus, layer=found.layer, head=found.head)
    return replace(scene, focus=focus), own if found.instead else None


def asked(scene: Scene, rows: int, columns: int) -> experiment.Asked:
    sliding = windows(scene.model.hf.config)[scene.layer]
    head = TracedHead.of(scene.trace, scene.layer, scene.head, sliding, _window(scene))
    mask = head.mask if scene.one_of("mask") == "own" else TileMask(cap=head.mask.cap)
    return experiment.Asked(head, mask, rows, columns, scene.one_of("numbers", experiment.DTYPES))


class _Worked(NamedTuple):
    """A head of a run in tiles, and how far it is from what it must equal."""

    asked: experiment.Asked
    data: figure.FlashTiles
    errors: experiment.TileErrors


def _worked(scene: Scene, sides: tuple[tuple[int, ...], int, int]) -> _Worked:
    known, rows, columns = sides
    found = experiment.run(asked(scene, rows, columns), scene.one_of("algorithm", experiment.ALGORITHMS))
    data = replace(figure.figure(found, len(scene.trace.tokens)), sizes=known)
    return _Worked(found.asked, data, found.errors())


def tiles(scene: Scene) -> Rendered[figure.FlashTiles]:
    sides = _sides(scene)
    scene, selected = _seen(scene, sides[2])
    both = [_worked(each, sides) for each in (scene, scene.there) if each is not None]
    data, *others = [each.data for each in both]
    data = replace(data, selected=selected)
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
    checks = [Check(f"Attention in tiles = torch’s attention{whose}", attention, near, "largest error")]
    own = [each for each in both if each.asked.mask.causal and not each.asked.head.ablated]
    if own:
        first = any(each.asked.head.first for each in own)
        merged = "In tiles, merged with the keys before the window," if first else "In tiles"
        checks.append(
            Check(f"{merged} = the model’s own z", worst(each.errors.z for each in own), nearer, "relative error")
        )
    apart = float(worst(each.errors.bytes for each in both))
    checks.append(Check(f"Bytes counted in the loops of all three methods = formula{whose}", apart, 0.0, "bytes apart"))
    return tuple(checks)


def note(scene: Scene, data: figure.FlashTiles) -> str:
    """Which positions are drawn, and of which run."""
    said: list[str] = []
    if len(data.windows) > 1:
        last = data.first + len(data.q) - 1
        said.append(f"The picture shows positions {data.first} to {last} of {data.n_tokens}.")
    if scene.trace.key.interventions:
        said.append("Queries, keys and values come from the changed run.")
    return " ".join(said)


def questions(scene: Scene) -> Rendered[tile_questions.TileQuestions]:
    _, rows, columns = _sides(scene)
    scene, _ = _seen(scene, columns)
    found, n = experiment.run(asked(scene, rows, columns), "fa2"), len(scene.trace.tokens)
    told = "Formula = bytes counted in the loops of all three methods"
    check = Check(told, float(found.miscounted()), 0.0, "bytes apart")
    head = found.asked.head
    cut = f"Their counts cover positions {head.first} to {head.first + head.n - 1} of {n}." if head.n < n else ""
    return Rendered(tile_questions.questions(found), (check,), note=cut)
