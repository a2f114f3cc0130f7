"""A sweep's recipe: models of several sizes in groups of equal compute, and a larger run that is predicted first.

    [data]       the texts as in a model's recipe, how often drills are drawn, windows, how many are measured
    [sizes]      decoders by name
    [optimiser]  AdamW on a cosine; the peak is ``peak (width / d_model)^power``
    [[groups]]   operations, 6 N D with all parameters N, and which sizes spend them
    [rates]      runs with several peaks each, from which the peak and its power were chosen
    [held_out]   the run that the others must predict

>>> recipe = from_dict({
...     "name": "tiny", "data": {"texts": {"moby-dick": 1}, "d_vocab": 300, "n_ctx": 8, "rows": 2},
...     "sizes": {"a": {"n_layers": 1, "d_model": 8, "n_heads": 2, "d_mlp": 16}},
...     "optimiser": {"peak": 1e-3, "width": 32, "power": 1},
...     "groups": [{"compute": 1e7, "sizes": ["a"], "seeds": {"a": [0, 1]}}],
...     "held_out": {"compute": 4e7, "size": "a"}})
>>> [run.name for run in recipe.runs()], recipe.runs()[0].steps, recipe.peak("a")
(['1e+07-a-0', '1e+07-a-1', '4e+07-a-0'], 34, 0.004)
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError

from explorer.errors import BadRequestError
from explorer.stack.pretraining.scaling_law import FLOPS
from explorer.stack.pretraining.schedule import Schedule
from explorer.training.recipe import Data, Table

if TYPE_CHECKING:
    from explorer.stack.transformer.config import DecoderConfig

#: Steps that warm up, at most.
WARM = 100


class SweepData(Data):
    """What is read, and how it is measured."""

    drills: NonNegativeFloat = 0.0
    """How often a window of drills is drawn, up to the factor of the texts."""
    measured: PositiveInt = 16
    """Held-out windows of each kind at the end."""
    evaluations: PositiveInt = 3
    """While training; no run depends on it."""


class Size(Table):
    """A Llama with tied embeddings."""

    n_layers: PositiveInt
    d_model: PositiveInt
    n_heads: PositiveInt
    d_mlp: PositiveInt


class Optimiser(Table):
    """AdamW; its other settings are the training loop's."""

    peak: PositiveFloat
    """At the width that is named."""
    width: PositiveInt
    power: NonNegativeFloat
    warmup: PositiveFloat = 0.05
    """Share of the steps, never more than 100 of them."""
    floor: NonNegativeFloat = 0.1
    """Of the peak, at the end."""


class Group(Table):
    """Models that spend the same."""

    compute: PositiveFloat
    sizes: Annotated[list[str], Field(min_length=1)]
    seeds: dict[str, list[int]] = Field(default_factory=dict)
    """Of sizes that are trained more than once; all others have seed 0."""


class Rates(Table):
    """Short runs that try peaks."""

    compute: PositiveFloat
    peaks: Annotated[dict[str, list[PositiveFloat]], Field(min_length=1)]


class HeldOut(Table):
    """The run that is predicted first."""

    compute: PositiveFloat
    size: str


#: What a run is for.
Part = Literal["rate", "group", "held out"]


@dataclass(frozen=True)
class Planned:
    """One run of the sweep."""

    part: Part
    compute: float
    size: str
    seed: int
    peak: float
    parameters: int
    embedding: int
    """Parameters of the embedding table, which is the unembedding too."""
    steps: int
    tokens: int

    @property
    def name(self) -> str:
        tail = f"{self.peak:g}" if self.part == "rate" else str(self.seed)
        return f"{self.compute:g}-{self.size}-{tail}"


class SweepRecipe(Table):
    """Everything that a sweep is made of."""

    name: str
    data: SweepData
    sizes: Annotated[dict[str, Size], Field(min_length=1)]
    optimiser: Optimiser
    groups: Annotated[list[Group], Field(min_length=1)]
    held_out: HeldOut | None = None
    rates: Rates | None = None
    title: str = ""

    @property
    def tokens_per_step(self) -> int:
        return self.data.rows * self.data.n_ctx

    def config(self, size: str) -> DecoderConfig:
        """The decoder of a size."""
        from explorer.stack.transformer.config import DecoderConfig

        s = self.sizes[size]
        return DecoderConfig(
            s.n_layers, s.d_model, s.n_heads, s.n_heads, s.d_model // s.n_heads, s.d_mlp, self.data.d_vocab,
            self.data.n_ctx,
        )  # fmt: skip

    def peak(self, size: str) -> float:
        """The highest learning rate."""
        o = self.optimiser
        return o.peak * (o.width / self.sizes[size].d_model) ** o.power

    def schedule(self, run: Planned) -> Schedule:
        """The learning rate of every step of a run."""
        warmup = max(1, min(WARM, round(self.optimiser.warmup * run.steps)))
        return Schedule("cosine", run.peak, run.peak * self.optimiser.floor, warmup, run.steps)

    def runs(self) -> list[Planned]:
        """All, the one that is predicted last."""
        rates, last = self.rates, self.held_out
        tried = rates.peaks.items() if rates else ()
        return [
            *(self._planned("rate", rates.compute, size, 0, peak) for size, peaks in tried for peak in peaks if rates),
            *(
                self._planned("group", group.compute, size, seed)
                for group in self.groups
                for size in group.sizes
                for seed in group.seeds.get(size, [0])
            ),
            *([self._planned("held out", last.compute, last.size, 0)] if last else []),
        ]

    def _planned(self, part: Part, compute: float, size: str, seed: int, peak: float | None = None) -> Planned:
        s = self.sizes[size]
        block = 4 * s.d_model**2 + 3 * s.d_model * s.d_mlp + 2 * s.d_model
        embedding = self.data.d_vocab * s.d_model
        parameters = s.n_layers * block + s.d_model + embedding
        steps = max(2, round(compute / (FLOPS * parameters * self.tokens_per_step)))
        return Planned(
            part, compute, size, seed, peak or self.peak(size), parameters, embedding, steps,
            steps * self.tokens_per_step,
        )  # fmt: skip

    def fixed(self, run: Planned) -> dict[str, object]:
        """What a run depends on: results of another recipe are not taken for this one's."""
        return {
            "data": self.data.model_dump(mode="json", exclude={"evaluations"}),
            "size": self.sizes[run.size].model_dump(mode="json"),
            "schedule": asdict(self.schedule(run)),
            "seed": run.seed,
        }

    def key(self, run: Planned) -> str:
        """Short, of what a run depends on."""
        return hashlib.sha256(json.dumps(self.fixed(run), sort_keys=True).encode()).hexdigest()[:12]


def read(path: Path) -> SweepRecipe:
    """Read a sweep's recipe. Raises BadRequestError for one that cannot be read."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadRequestError(f"{path} is not a recipe that can be read ({error}).") from error
    return from_dict(entries)


def from_dict(entries: Mapping[str, object]) -> SweepRecipe:
    """A recipe from TOML's tables. Raises BadRequestError naming what is wrong."""
    try:
        recipe = SweepRecipe.model_validate(dict(entries))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"])
        raise BadRequestError(f"The sweep’s recipe: {place or 'tables'}: {first['msg']}.") from error
    named = {size for group in recipe.groups for size in group.sizes}
    named |= {recipe.held_out.size} if recipe.held_out else set()
    named |= set(recipe.rates.peaks) if recipe.rates else set()
    if unknown := sorted(named - set(recipe.sizes)):
        raise BadRequestError(f"The sweep’s recipe: there is no size “{unknown[0][:40]}”.")
    for name, size in recipe.sizes.items():
        if size.d_model % (2 * size.n_heads):
            raise BadRequestError(f"The sweep’s recipe: {name} cannot be cut into {size.n_heads} heads of even width.")
    return recipe
