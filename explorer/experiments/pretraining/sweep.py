"""What a sweep of small models says: its rows, laws fitted to them, and the larger run that is predicted first.

The interval of a prediction has two parts: laws of resampled runs differ (bootstrap), and a run lies off its law.
Each of the resamples therefore has one of the fit's own residuals added, in log-loss, wider by sqrt(n / (n - 5)) for
the five constants that were fitted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from jaxtyping import Float
from numpy import ndarray

from explorer import places
from explorer.corpora import drills
from explorer.errors import BadRequestError
from explorer.stack.pretraining.scaling_fit import Runs, bootstrap, fit
from explorer.stack.pretraining.scaling_law import Law
from explorer.training.sweep import CARD, CURVES, PREDICTION, RUNS, read_rows
from explorer.training.sweep_recipe import read

FOLDER = places.assets() / "sweeps" / "small-decoders"
#: Laws of resamples, and the share of them within a band.
RESAMPLES, SHARE = 400, 0.9


@dataclass(frozen=True)
class Answers:
    """How one kind of drill fares."""

    nats: float
    """Of a token of the answers, the right ones before it given."""
    right: float
    """Share of tokens that are the likeliest."""
    whole: float
    """Mean probability of a whole answer."""
    exact: tuple[float, ...]
    """Share of answers whose first 1, 2, ... tokens are all the likeliest."""


@dataclass(frozen=True)
class Run:
    """A training that is over."""

    name: str
    part: str
    compute: float
    """6 N D that was aimed at."""
    size: str
    seed: int
    n_layers: int
    d_model: int
    parameters: int
    embedding: int
    tokens: int
    peak: float
    flops: float
    """Counted product by product, attention's too."""
    seconds: float
    loss: float
    drills: dict[str, Answers]

    @property
    def blocks(self) -> int:
        """Parameters that are no embeddings."""
        return self.parameters - self.embedding


@dataclass(frozen=True)
class Sweep:
    """All runs that are there."""

    runs: tuple[Run, ...]

    def part(self, name: str) -> tuple[Run, ...]:
        return tuple(run for run in self.runs if run.part == name)

    @property
    def fitted(self) -> tuple[Run, ...]:
        """Those that laws are fitted to."""
        return self.part("group")

    @property
    def held_out(self) -> Run | None:
        return next(iter(self.part("held out")), None)


def load(folder: Path = FOLDER) -> Sweep:
    """The committed sweep."""
    return Sweep(tuple(map(_run, read_rows(folder / RUNS))))


def _run(row: dict[str, str]) -> Run:
    return Run(
        row["run"], row["part"], float(row["compute"]), row["size"], int(row["seed"]), int(row["n_layers"]),
        int(row["d_model"]), int(row["parameters"]), int(row["embedding"]), int(row["tokens"]), float(row["peak"]),
        float(row["flops"]), float(row["seconds"]), float(row["loss"]),
        {kind: answers(row, kind) for kind in drills.KINDS if f"{kind}_nats" in row},
    )  # fmt: skip


def answers(row: Mapping[str, str], kind: str) -> Answers:
    """To one kind of drill."""
    exact = [float(row[f"{kind}_exact{k}"]) for k in range(1, 20) if row.get(f"{kind}_exact{k}")]
    nats, right, whole = (float(row[f"{kind}_{name}"]) for name in ("nats", "right", "whole"))
    return Answers(nats, right, whole, tuple(exact))


@dataclass(frozen=True)
class CurvePoint:
    """A place of a training curve."""

    step: int
    tokens: int
    loss: float
    """Of training, a mean since the point before."""
    held: float | None
    """On held-out text, where it was measured."""


def curves(folder: Path = FOLDER) -> dict[str, list[CurvePoint]]:
    """By the runs' names."""
    found: dict[str, list[CurvePoint]] = {}
    for row in read_rows(folder / CURVES):
        held = float(row["held"]) if row["held"] else None
        found.setdefault(row["run"], []).append(
            CurvePoint(int(row["step"]), int(row["tokens"]), float(row["loss"]), held)
        )
    return found


def points(runs: Sequence[Run], embeddings: bool = True) -> Runs:
    """To fit a law to; N counts embeddings or not."""
    return Runs(
        np.array([float(run.parameters if embeddings else run.blocks) for run in runs]),
        np.array([float(run.tokens) for run in runs]),
        np.array([run.loss for run in runs]),
    )


@dataclass(frozen=True)
class Fitted:
    """A law of runs, and what resamples of them say."""

    law: Law
    resampled: tuple[Law, ...]
    residuals: tuple[float, ...]
    """log(loss / the law's), run by run."""

    def drawn(self, parameters: float | int, tokens: float | int, seed: int = 0) -> Float[ndarray, " resample"]:
        """What each resample says of a new run, with a residual."""
        rng, count = np.random.default_rng(seed), len(self.residuals)
        off = rng.choice(self.residuals, len(self.resampled)) * np.sqrt(count / (count - 5))
        return np.array([each.loss(parameters, tokens) for each in self.resampled]) * np.exp(off)


def band(values: Float[ndarray, " value"]) -> tuple[float, float]:
    """The middle share of the values."""
    low, high = np.quantile(values, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)


def fitted(runs: Sequence[Run], embeddings: bool = True) -> Fitted:
    """L(N, D) of these runs."""
    made = points(runs, embeddings)
    law = fit(made)
    said = [law.loss(n, d) for n, d in zip(made.parameters.tolist(), made.tokens.tolist(), strict=True)]
    residuals = np.log(made.losses / np.array(said))
    return Fitted(law, tuple(bootstrap(made, RESAMPLES)), tuple(residuals.tolist()))


@dataclass(frozen=True)
class Prediction:
    """What was said of the larger run before it was trained."""

    run: str
    parameters: int
    tokens: int
    loss: float
    low: float
    high: float
    share: float
    law: dict[str, float]
    resamples: int
    runs: int
    """How many the law was fitted to."""


def predict(recipe_path: Path) -> Path:
    """Write what the groups say of the larger run. Raises BadRequestError while a run is missing, or after it was
    trained."""
    recipe, folder = read(recipe_path), recipe_path.parent
    there = {row["key"] for row in read_rows(folder / RUNS)}
    *before, planned = recipe.runs()
    missing = [run.name for run in before if recipe.key(run) not in there]
    if missing:
        raise BadRequestError(f"{len(missing)} runs are missing, the first is {missing[0]}.", "Train them.")
    if recipe.key(planned) in there:
        raise BadRequestError(f"{planned.name} is trained already: what is said now is no prediction.")
    found = fitted(load(folder).fitted)
    low, high = band(found.drawn(planned.parameters, planned.tokens))
    loss = found.law.loss(planned.parameters, planned.tokens)
    said = Prediction(
        planned.name, planned.parameters, planned.tokens, loss, low, high, SHARE, asdict(found.law), RESAMPLES,
        len(found.residuals),
    )  # fmt: skip
    path = folder / PREDICTION
    path.write_text(json.dumps(asdict(said), indent=1) + "\n", encoding="utf-8")
    return path


def prediction(folder: Path = FOLDER) -> Prediction:
    """What was written before the larger run was trained."""
    return Prediction(**json.loads((folder / PREDICTION).read_text(encoding="utf-8")))


@lru_cache(maxsize=4)
def of_the_sweep(embeddings: bool = True) -> Fitted:
    """The committed runs' law, fitted once a process."""
    return fitted(load().fitted, embeddings)


@dataclass(frozen=True)
class ReadText:
    """A text that all runs read."""

    title: str
    licence: str
    tokens: int


@dataclass(frozen=True)
class Material:
    """What was read, and where."""

    texts: tuple[ReadText, ...]
    drills: float
    """Share of the windows that are drills."""
    machine: str

    def epochs(self, tokens: int) -> float:
        """How often so many tokens, drills among them, go through the texts."""
        return tokens * (1 - self.drills) / sum(text.tokens for text in self.texts)


def material(folder: Path = FOLDER) -> Material:
    """By the data card."""
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    data = read(folder / "recipe.toml").data
    machine = card["machine"]
    return Material(
        tuple(ReadText(text["title"], text["licence"], card["tokens"][text["kind"]]) for text in card["texts"]),
        data.drills / (data.drills + sum(data.texts.values())),
        f"{machine['processor']}, {machine['threads']} thread, torch {machine['torch']}, {machine['numbers']}",
    )
