"""Width and rate: the coordinate check live, and the grid as it was trained."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining import coordinate_check, width_grid
from explorer.figures.pretraining import width_and_rate as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Of a loss, in nats: rounding, where the factors are no powers of two.
ROUNDED = 1e-4


def coordinates(scene: Scene) -> Iterator[Rendered[figure.WidthCoordinates]]:
    exponent, steps = scene.whole("exponent"), scene.whole("steps")
    ticks = scene.ticks("Decoders")
    for found in coordinate_check.coordinates(2.0**exponent, steps, ticks):
        last = found[-1].width == coordinate_check.WIDTHS[-1]
        checks = (_tables(exponent),) if last else ()
        yield Rendered(figure.coordinates(found, float(exponent), steps), checks)


def _tables(exponent: int) -> Check:
    return Check(
        f"muP by table 8 = muP by table 3, of which one has the output’s factor in the weights: the losses of "
        f"{coordinate_check.TABLES_STEPS} steps, width {coordinate_check.TWICE}",
        coordinate_check.tables_apart(2.0**exponent),
        ROUNDED,
        "nats apart",
    )


def rates(_scene: Scene) -> Rendered[figure.WidthRates]:
    folder = width_grid.folder()
    grid, found = width_grid.read_recipe(folder / "recipe.toml"), width_grid.losses(folder)
    curves = width_grid.curves(grid, found)
    if not curves:
        raise NotApplicableError("The grid has not been trained.", "Run python -m explorer widths on its recipe.")
    wanted = set(grid.runs())
    apart = len(wanted.symmetric_difference(each.run for each in found))
    texts = Check(
        "The passages here = those of the recipe, by sha256", float(grid.passages != width_grid.passages_hash()), 0.0
    )
    whole = Check(f"Each of the recipe’s {len(wanted)} trainings has its loss, and no other has", float(apart), 0.0)
    return Rendered(figure.rates(grid, curves, found), (whole, texts))
