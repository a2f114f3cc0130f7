"""The trainings of every method: a recipe, the rows that they left, the rate of each method, and what made them.

    recipe.toml    models with their budgets, seeds and rates; the hashes of what is read
    runs.csv       a row a training, and a row for each base
    card.json      what made them

Where a recipe names several rates of a method, each is trained once with a seed that is compared with nothing; the one
of the least held-out loss is the method's.

    python -m explorer methods assets/sweeps/fine-tuning-methods/recipe.toml
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
import platform
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError

from explorer import places, zoo
from explorer.corpora import instructions
from explorer.errors import BadRequestError
from explorer.experiments.finetuning import methods_compared as compared
from explorer.experiments.finetuning.course import InstructionCourse
from explorer.experiments.finetuning.methods_compared import NAMES, Budget, Ended, Memory, Texts
from explorer.experiments.finetuning.spoken import Spoken
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.training.folder import LICENCE
from explorer.training.recipe import Table
from explorer.zoo.model import Model

BASE = "base"
KL = "kl "
MEMORY = tuple(each.name for each in fields(Memory))


class Trained(Table):
    """[[models]]: a base, and what each method is given on it."""

    name: str
    instructions: str
    steps: PositiveInt
    rows: PositiveInt
    length: PositiveInt
    held_out: PositiveInt
    seeds: Annotated[tuple[int, ...], Field(strict=False, min_length=1)]
    rates: dict[str, Annotated[tuple[PositiveFloat, ...], Field(strict=False, min_length=1)]]
    """Of each method: one, or those that are tried."""

    @property
    def budget(self) -> Budget:
        return Budget(self.steps, self.rows, self.length, self.held_out)


class Recipe(Table):
    """All of it."""

    trial_seed: int
    """With which rates are tried."""
    passages: str
    """sha256 of the texts on which it is measured what else changed."""
    sets: dict[str, str]
    """sha256 of each set of instructions."""
    models: Annotated[tuple[Trained, ...], Field(strict=False, min_length=1)]


@dataclass(frozen=True)
class Run:
    """One training."""

    model: str
    method: str
    rate: float
    seed: int


@dataclass(frozen=True)
class Row:
    """What it left."""

    run: Run
    ended: Ended
    seconds: float
    """Processor time of the whole training, measurements included."""


def folder() -> Path:
    """The trainings that come with the explorer."""
    return places.assets() / "sweeps" / "fine-tuning-methods"


def read_recipe(path: Path) -> Recipe:
    """Raises BadRequestError for what is no such recipe."""
    try:
        found = Recipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise BadRequestError(f"{path.name} is no recipe of fine-tuning methods: {error}") from error
    if wrong := {name for each in found.models for name in each.rates} - set(NAMES):
        raise BadRequestError(f"There is no method {sorted(wrong)[0]!r}.", f"There are {', '.join(NAMES)}.")
    return found


def trials(recipe: Recipe, model: Trained) -> Iterator[Run]:
    """Rates that are tried."""
    for method, rates in model.rates.items():
        if len(rates) > 1:
            yield from (Run(model.name, method, rate, recipe.trial_seed) for rate in rates)


def rate_of(model: Trained, method: str, recipe: Recipe, found: Sequence[Row]) -> float | None:
    """The one of the least loss of those tried; None where not all are trained."""
    rates = model.rates[method]
    if len(rates) == 1:
        return rates[0]
    losses = {each.run: each.ended.loss for each in found}
    tried = [Run(model.name, method, rate, recipe.trial_seed) for rate in rates]
    return min(tried, key=losses.__getitem__).rate if all(each in losses for each in tried) else None


def compared_runs(recipe: Recipe, model: Trained, found: Sequence[Row]) -> list[Run]:
    """Each method at its rate, seed by seed; nothing of a method whose rate is not known yet."""
    rates = {method: rate_of(model, method, recipe, found) for method in model.rates}
    return [
        Run(model.name, method, rate, seed)
        for seed in model.seeds
        for method, rate in rates.items()
        if rate is not None
    ]


def wanted(recipe: Recipe, model: Trained, found: Sequence[Row]) -> list[Run]:
    """All of the recipe's."""
    return [*trials(recipe, model), *compared_runs(recipe, model, found)]


def miscounted(found: Sequence[Row]) -> int:
    """Trainings in which autograd gave a gradient to more numbers, or fewer, than the formula counts."""
    sizes = {name: sizes_of(name) for name in {each.run.model for each in found}}
    ended = [each for each in found if each.run.method != BASE]
    return sum(compared.counted(each.run.method, sizes[each.run.model]) != each.ended.memory.trained for each in ended)


def sizes_of(model: str) -> DecoderConfig:
    """Of a base, as the card of the trainings has them."""
    card = json.loads((folder() / "card.json").read_text(encoding="utf-8"))
    return DecoderConfig(**card["sizes"][model])


def rows(of: Path) -> list[Row]:
    """What the trainings beside a recipe left, bases among them."""
    path = of / "runs.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [_row(each) for each in csv.DictReader(lines)]


def _row(row: dict[str, str]) -> Row:
    run = Run(row["model"], row["method"], float(row["rate"]), int(row["seed"]))
    memory = Memory(**{name: int(row[name]) for name in MEMORY})
    kinds = {name.removeprefix(KL): float(value) for name, value in row.items() if name.startswith(KL)}
    ended = Ended(
        loss=float(row["loss"]), exact=float(row["exact"]), changed=kinds, memory=memory,
        step_seconds=float(row["step_seconds"]),
    )  # fmt: skip
    return Row(run, ended, float(row["seconds"]))


def train_missing(recipe: Path, told: Callable[[str], None] = lambda _: None) -> Path:
    """Train each run of the recipe whose row is not there, and write it beside the recipe at once.

    Raises BadRequestError where texts are others than the recipe's.
    """
    made = read_recipe(recipe)
    for what, here, there in hashes(made):
        if here != there:
            raise BadRequestError(f"{what} are others than the recipe names.", f"Write {here} into the recipe.")
    for model in made.models:
        _train(made, model, recipe.parent, told)
    write_card(recipe.parent)
    return recipe.parent / "runs.csv"


def hashes(recipe: Recipe) -> list[tuple[str, str, str]]:
    """What is read, its sha256 here and in the recipe."""
    passages = hashlib.sha256((places.assets() / "passages" / "passages.json").read_bytes()).hexdigest()
    sets = [(f"The instructions “{name}”", instructions.made(name).card.sha256, of) for name, of in recipe.sets.items()]
    return [("The passages", passages, recipe.passages), *sets]


def _train(recipe: Recipe, model: Trained, of: Path, told: Callable[[str], None]) -> None:
    opened: Open | None = None
    base = Run(model.name, BASE, 0.0, 0)
    for part in (lambda: [base, *trials(recipe, model)], lambda: compared_runs(recipe, model, rows(of))):
        have = {each.run for each in rows(of)}
        for run in part():
            if run in have:
                continue
            opened = opened or Open.of(model)
            begun = time.process_time()
            ended = opened.base() if run.method == BASE else opened.trained(run)
            _append(of / "runs.csv", Row(run, ended, time.process_time() - begun))
            told(f"{run.model}, {run.method}, rate {run.rate:g}, seed {run.seed}: {ended.loss:.4f}, {ended.exact:.0%}")


@dataclass(frozen=True, eq=False)
class Open:
    """A base and what its methods learn."""

    model: Model
    decoder: Decoder
    wanted: Trained
    texts: Texts

    @classmethod
    def of(cls, wanted: Trained) -> Open:
        model = zoo.load(wanted.name)
        decoder = model.plain_decoder
        return cls(model, decoder, wanted, compared.texts(model, decoder))

    def course(self, seed: int) -> InstructionCourse:
        data, w = instructions.made(self.wanted.instructions), self.wanted
        return InstructionCourse(Spoken.of(self.model), data.train, data.held_out, w.rows, w.length, seed)

    def trained(self, run: Run) -> Ended:
        return compared.trained(
            run.method, self.decoder, self.course(run.seed), self.texts, run.rate, self.wanted.budget
        )

    def base(self) -> Ended:
        return compared.untrained(self.decoder, self.course(0), self.texts, self.wanted.budget)


def _append(path: Path, row: Row) -> None:
    ended = row.ended
    told = {
        "model": row.run.model, "method": row.run.method, "rate": f"{row.run.rate:g}", "seed": row.run.seed,
        "loss": f"{ended.loss:.5f}", "exact": f"{ended.exact:.5f}",
        **{name: getattr(ended.memory, name) for name in MEMORY},
        "step_seconds": f"{ended.step_seconds:.4f}", "seconds": f"{row.seconds:.2f}",
        **{f"{KL}{kind}": f"{kl:.6f}" for kind, kl in ended.changed.items()},
    }  # fmt: skip
    new = not path.is_file()
    with path.open("a", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(told), lineterminator="\n")
        if new:
            writer.writeheader()
        writer.writerow(told)


def write_card(of: Path) -> None:
    """What made the rows."""
    import torch

    recipe, found = read_recipe(of / "recipe.toml"), rows(of)
    finite = [each for each in found if math.isfinite(each.ended.loss)]
    card = {
        "trainings": sum(each.run.method != BASE for each in found),
        "ended_without_a_number": len(found) - len(finite),
        "processor_seconds": round(sum(each.seconds for each in found)),
        "machine": f"{platform.machine()}, {platform.system()}",
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
        "sizes": {each.name: _sizes(each.name) for each in recipe.models},
        "seeds": {each.name: list(each.seeds) for each in recipe.models},
        "data": {name: instructions.made(name).card.licence for name in recipe.sets},
        "licence": f"{LICENCE}: the numbers are facts of this project. The passages: assets/passages/SOURCES.md.",
    }
    (of / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _sizes(name: str) -> dict[str, int | bool]:
    config = zoo.load(name).plain_decoder.config
    names = ("n_layers", "d_model", "n_heads", "n_kv_heads", "d_head", "d_mlp", "d_vocab", "n_ctx", "gated", "tied")
    return {each: getattr(config, each) for each in names}
