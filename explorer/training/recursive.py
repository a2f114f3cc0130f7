"""Recursive nets on Sudoku: trained from one recipe with several seeds, measured on the kind of grid they never saw.

`models/sudoku-cycles/cycles.toml` goes in; recursive.safetensors and one_cycle.safetensors (the first seed's, the
moving average of its weights) and training.json (what both measured, with every seed) come out beside it.

Two trainings of the same net, the same puzzles, the same number of steps and operations: *recursive* carries its state
on for up to `most` steps, *one cycle* never does (most = 1), so that all it can is what a plain net of that depth can.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError

from explorer.corpora import sudoku
from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.training.folder import LICENCE
from explorer.training.recipe import Table

if TYPE_CHECKING:
    from torch import Generator, Tensor

    from explorer.stack.frontier.recursive.net import Recursive, RecursiveConfig
    from explorer.stack.frontier.recursive.training import Course, Supervision

Arm = Literal["recursive", "one_cycle"]
ARMS: tuple[Arm, ...] = ("recursive", "one_cycle")
FILE, ABOUT = "cycles.toml", "training.json"
#: The kinds of grid (`sudoku.kinds`) that are trained on and held out.
TRAINED, HELD = 1, 0
#: Steps of a point of the loss curve; the seed of what is measured on: no training's.
EVERY, MEASURED_SEED = 10, 10_000
#: A cycle that moves the state by less of its length is counted as standing still.
STILL = 1e-3


class Puzzles(Table):
    """Cells given, at least and at most."""

    given: Annotated[tuple[PositiveInt, PositiveInt], Field(strict=False)]


class Sizes(Table):
    """Of the net."""

    n_layers: PositiveInt
    d_model: PositiveInt
    n_heads: PositiveInt
    d_mlp: PositiveInt
    inner: PositiveInt


class Supervised(Table):
    """See `Supervision`."""

    rows: PositiveInt
    cycles: PositiveInt
    most: PositiveInt
    explored: NonNegativeFloat
    rate: PositiveFloat
    warmup: PositiveInt
    decay: NonNegativeFloat
    average: NonNegativeFloat
    steps: PositiveInt


class Measured(Table):
    """What is measured, and with which seeds."""

    seeds: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
    puzzles: PositiveInt
    cycles: PositiveInt
    starts: PositiveInt
    """Random states that thinking begins with."""


class CyclesRecipe(Table):
    """All of it."""

    name: str
    title: str
    summary: str
    data: Puzzles
    model: Sizes
    supervision: Supervised
    run: Measured

    def config(self) -> RecursiveConfig:
        from explorer.stack.frontier.recursive.net import RecursiveConfig

        return RecursiveConfig(**self.model.model_dump())

    def supervised(self, arm: Arm) -> Supervision:
        from explorer.stack.frontier.recursive.training import Supervision

        made = Supervision(**self.supervision.model_dump())
        return made if arm == "recursive" else replace(made, most=1)

    def begun(self, arm: Arm, seed: int) -> Course:
        """Before its first step."""
        import torch

        from explorer.stack.frontier.recursive.net import Recursive
        from explorer.stack.frontier.recursive.training import Course

        net = Recursive(self.config(), torch.Generator().manual_seed(seed))
        return Course(net, self.supervised(arm), self.draw(TRAINED), torch.Generator().manual_seed(1000 + seed))

    def draw(
        self, kind: int, given: tuple[int, int] | None = None
    ) -> Callable[[int, Generator], tuple[Tensor, Tensor]]:
        """Puzzles of a kind of grid, with as many cells given as the recipe or `given` says."""
        import torch

        low, high = given or self.data.given
        which = (sudoku.kinds() == kind).nonzero()[:, 0]

        def some(rows: int, generator: Generator) -> tuple[Tensor, Tensor]:
            return sudoku.drawn(which, torch.randint(low, high + 1, (rows,), generator=generator), generator)

        return some

    def held(self, given: tuple[int, int] | None = None, kind: int = HELD) -> tuple[Tensor, Tensor]:
        """The puzzles that all are measured on, and their solutions."""
        import torch

        return self.draw(kind, given)(self.run.puzzles, torch.Generator().manual_seed(MEASURED_SEED))


def read(path: Path) -> CyclesRecipe:
    """Raises BadRequestError for a file that is no such recipe."""
    try:
        return CyclesRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, tomllib.TOMLDecodeError, OSError) as error:
        raise BadRequestError(f"{path} is no recipe of a recursive net: {error}") from error


@dataclass(frozen=True)
class Outcome:
    """One training, measured. Shares of puzzles, all cells right."""

    arm: Arm
    seed: int
    loss: list[float]
    """Means of `EVERY` steps."""
    held: list[float]
    """By the number of cycles, from one on: puzzles of the other kind of grid."""
    trained: list[float]
    """Of the kind that it was trained on."""
    given: list[int]
    first: list[float]
    """After one cycle, by the number of cells given; puzzles of the other kind."""
    last: list[float]
    """After all cycles."""
    halted: float
    """Share of the held-out puzzles whose halting head says yes within all cycles."""
    halted_right: float
    """Of these, the share whose answer is right then; NaN where there is none."""
    halted_at: float
    """Their mean number of cycles until then."""
    still: float
    """Share of held-out puzzles whose state stands still at the end."""
    still_right: float
    """Of these, right; NaN where there is none."""
    answers: list[float]
    """Share of held-out puzzles that reach 1, 2, ... different answers from random first states."""
    seconds: float
    """Of processor time."""


def outcome(recipe: CyclesRecipe, arm: Arm, seed: int, net: Recursive, loss: list[float], seconds: float) -> Outcome:
    import torch

    from explorer.stack.frontier.recursive.net import moved, solved

    cycles, n = recipe.run.cycles, recipe.run.puzzles

    def shares(some: tuple[Tensor, Tensor]) -> list[float]:
        return [round(float(solved(each, some[1]).double().mean()), 4) for each in net.thought(some[0], cycles)]

    puzzle, solution = recipe.held()
    thoughts = net.thought(puzzle, cycles)
    right = torch.stack([solved(each, solution) for each in thoughts])  # cycle puzzle
    says = torch.stack([each.halt > 0 for each in thoughts])
    halts, at = says.any(0), says.long().argmax(0)
    still = moved(thoughts[-2].state, thoughts[-1].state) < STILL
    given = list(range(sudoku.FEWEST, sudoku.CELLS))
    by_given = [shares(recipe.held((count, count))) for count in given]
    return Outcome(
        arm, seed, loss, [round(float(each), 4) for each in right.double().mean(1)],
        shares(recipe.held(kind=TRAINED)), given, [each[0] for each in by_given], [each[-1] for each in by_given],
        float(halts.double().mean()), _share(right[at, torch.arange(n)], halts),
        float((at[halts] + 1).double().mean()), float(still.double().mean()), _share(right[-1], still),
        distinct(net, puzzle, cycles, recipe.run.starts), round(seconds, 1),
    )  # fmt: skip


def _share(right: Tensor, of: Tensor) -> float:
    return float(right[of].double().mean())


def distinct(net: Recursive, puzzle: Tensor, cycles: int, starts: int) -> list[float]:
    """Share of the puzzles that end at 1, 2, ... different answers when thinking begins with so many random states."""
    import torch

    generator = torch.Generator().manual_seed(MEASURED_SEED)
    some = [net.random_start(len(puzzle), generator) for _ in range(starts)]
    ends = [net.thought(puzzle, cycles, start)[-1].answer for start in some]
    each = torch.stack(ends, 1).tolist()  # puzzle start cell
    counts = torch.tensor([len({tuple(answer) for answer in some}) for some in each])
    return [round(float((counts == count).double().mean()), 4) for count in range(1, starts + 1)]


def run(path: Path, told: Callable[[str], None]) -> Path:
    """Train every arm with every seed, and write what is kept."""
    import torch
    from safetensors.torch import save_file

    recipe, folder = read(path), path.parent
    found: list[Outcome] = []
    sums: dict[str, str] = {}
    for seed in recipe.run.seeds:
        for arm in ARMS:
            began, course = time.process_time(), recipe.begun(arm, seed)
            for _ in range(course.asked.steps):
                course.step()
            seconds = time.process_time() - began
            loss = [round(float(each.mean()), 4) for each in torch.tensor(course.losses).split(EVERY)]
            found.append(outcome(recipe, arm, seed, course.averaged, loss, seconds))
            made = found[-1]
            told(f"{arm}, seed {seed}: {made.held[0]:.3f} after one cycle, {made.held[-1]:.3f} after {len(made.held)}")
            if seed == recipe.run.seeds[0]:
                file = folder / f"{arm}.safetensors"
                save_file({name: each.contiguous() for name, each in course.averaged.state_dict().items()}, file)
                sums[file.name] = cache.sha256_of(file)
    write(recipe, folder, found, sums)
    return folder


def write(recipe: CyclesRecipe, folder: Path, found: list[Outcome], sums: dict[str, str]) -> None:
    import torch

    from explorer.stack.frontier.recursive.net import Recursive

    net = Recursive(recipe.config(), torch.Generator())
    card = {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "parameters": sum(each.numel() for each in net.parameters()),
        "data": (
            f"Puzzles with one solution and {recipe.data.given[0]} to {recipe.data.given[1]} cells given, drawn by "
            "rule from the 96 grids of one kind; held out are all 192 grids of the other, to which no symmetry leads"
        ),
        "good_for": "4 x 4 Sudoku: the answer after every cycle of a recursive net, and what it does if asked too long",
        "bad_for": "everything else: it reads sixteen cells and knows four digits",
        "licence": f"The weights are the project's own work, under {LICENCE}; the puzzles are made by rule.",
        "sha256": sums,
        "outcomes": [asdict(each) for each in found],
    }
    (folder / ABOUT).write_text(json.dumps(card, indent=None) + "\n", encoding="utf-8")


def outcomes(folder: Path) -> list[Outcome]:
    """What was measured when they were trained."""
    from pydantic import TypeAdapter

    said = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    return TypeAdapter(list[Outcome]).validate_python(said["outcomes"])


def trained(recipe: CyclesRecipe, folder: Path, arm: Arm) -> Recursive:
    """A net as it was trained with the first seed."""
    import torch
    from safetensors.torch import load_file

    from explorer.stack.frontier.recursive.net import Recursive

    net = Recursive(recipe.config(), torch.Generator())
    net.load_state_dict(load_file(folder / f"{arm}.safetensors"))
    return net.eval().requires_grad_(False)
