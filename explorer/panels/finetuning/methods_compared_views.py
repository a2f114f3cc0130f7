"""Every method side by side: the trainings of the recipe, what they forgot, and a step live."""

from __future__ import annotations

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import method_step, methods_grid
from explorer.experiments.finetuning.qlora import batch
from explorer.experiments.finetuning.worn import held_out
from explorer.figures.finetuning import methods_compared as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Bytes of a trained number: its gradient and Adam's two moments.
BESIDE = 12
#: Of the weights' bytes: what a packed format pads.
NEAR = 1e-3
TASK, ITEMS = "units", 2


def table(scene: Scene) -> Rendered[figure.MethodsCompared]:
    made, recipe, found = _compared(scene)
    ended = [each for each in found if each.run.method != methods_grid.BASE]
    wanted = {run for each in recipe.models for run in methods_grid.wanted(recipe, each, found)}
    odd, off = len(wanted.symmetric_difference(each.run for each in ended)), methods_grid.miscounted(found)
    checks = (
        Check(f"Each of the recipe’s {len(wanted)} trainings has its row, and no other has", float(odd), 0.0),
        Check(
            f"Numbers trained, by formula from the sizes = those that autograd gave a gradient, in {len(ended)} "
            "trainings",
            float(off), 0.0, "trainings differ",
        ),
    )  # fmt: skip
    return Rendered(made, checks)


def forgetting(scene: Scene) -> Rendered[figure.MethodsCompared]:
    made, recipe, _ = _compared(scene)
    others = sum(here != there for _, here, there in methods_grid.hashes(recipe))
    check = Check("The passages and instructions here = those of the recipe, by sha256", float(others), 0.0)
    return Rendered(made, (check,))


def _compared(scene: Scene) -> tuple[figure.MethodsCompared, methods_grid.Recipe, list[methods_grid.Row]]:
    folder = methods_grid.folder()
    recipe, found = methods_grid.read_recipe(folder / "recipe.toml"), methods_grid.rows(folder)
    made = figure.compared(recipe, recipe.models[0], found, scene.one_of("against"))
    if made is None:
        raise NotApplicableError("The methods have not been trained.", "Run python -m explorer methods on the recipe.")
    return made, recipe, found


def step(scene: Scene) -> Rendered[figure.MethodStep]:
    rows = batch(held_out(scene.model, TASK, ITEMS))
    made = method_step.measured(scene.one_of("method"), scene.decoder, rows, scene.whole("seed"), scene.progress)
    memory = made.memory
    checks = (
        Check(
            "Numbers that autograd gave a gradient = those of the formula", float(abs(memory.trained - made.counted)),
            0.0, "numbers",
        ),
        Check(
            "Bytes of gradients and moments, measured = 12 for each number of the formula",
            float(abs(memory.gradients + memory.optimizer - BESIDE * made.counted)), 0.0, "bytes",
        ),
        Check(
            "Bytes of the weights, measured = those of the formula",
            abs(memory.weights / made.counted_weights - 1), NEAR, "of them",
        ),
    )  # fmt: skip
    return Rendered(figure.step(made), checks)
