"""Memory calculator: weights and cache of any decoder, real models compared, and the formula held against tensors."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inference import memory_calculator as experiment
from explorer.figures.inference import memory_calculator as figure
from explorer.panels.protocol import Check, Rendered, Scene
from explorer.stack.inference import memory_calculator as mechanism
from explorer.stack.inference.memory_calculator import QUOTED, REAL_MODELS, Sizes

#: The numbers that an own model starts with.
OWN = REAL_MODELS["Llama-3-8B"]
#: Papers and cards round their totals.
ROUNDED = 0.01


def budget(scene: Scene) -> Rendered[figure.MemoryModels]:
    return Rendered(figure.models(scene.controls, OWN))


def table(scene: Scene) -> Rendered[figure.MemoryModels]:
    counted = {name: mechanism.parameters(REAL_MODELS[name]).total / 1e9 for name in QUOTED}
    off = max(abs(counted[name] / stated - 1) for name, stated in QUOTED.items())
    what = f"Counted from their sizes, {len(QUOTED)} models have the parameters that their papers state"
    return Rendered(figure.models(scene.controls, OWN), (Check(what, off, ROUNDED, "largest relative difference"),))


def calibration(scene: Scene) -> Iterator[Rendered[figure.MemoryCalibration]]:
    """Real tensors of the running model: its weights, and caches that have read some tokens."""
    sizes = Sizes.of(scene.decoder.config)
    for made in experiment.calibrate(scene.decoder, scene.ticks("Weighed")):
        data = figure.calibration(made, scene.model.card.title, sizes, experiment.BLOCK)
        yield Rendered(data, _checks(made) if made.done else ())


def _checks(made: experiment.Calibration) -> tuple[Check, ...]:
    weights, exact = made.weights, [each for each in made.caches if each.whole]
    return (
        Check(
            f"The formula counts this model's {weights.count:,} parameters",
            float(abs(weights.count - weights.formula_count)),
            0.0,
            "difference",
        ),
        Check(
            f"2·B·T·L·h_kv·d_head·bytes was written into the tensors of {len(exact)} caches",
            float(max(abs(each.formula - each.tensors) for each in exact)),
            0.0,
            "largest difference",
        ),
    )
