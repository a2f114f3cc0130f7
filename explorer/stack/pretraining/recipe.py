"""A recipe: everything that a training run is made of, read from one TOML file beside the model that it makes.

    [data]       which named texts, how often each kind is drawn, the tokenizer's size, the windows
    [model]      the architecture and its sizes
    [pairs]      of an encoder-decoder: how often each kind of pair is drawn, and from what
    [losses]     weights of the losses beside the next-token loss
    [optimiser]  AdamW (Loshchilov and Hutter 2017, arXiv 1711.05101), the schedule, clipping
    [run]        seed, how often to evaluate

>>> recipe = from_dict({
...     "name": "tiny", "data": {"texts": {"moby-dick": 1}, "d_vocab": 300, "n_ctx": 8, "rows": 2},
...     "model": {"architecture": "mixtral", "n_layers": 1, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_expert": 4},
...     "optimiser": {"peak": 1e-3, "warmup": 1, "steps": 10}})
>>> recipe.schedule()(7), recipe.tokens, recipe.losses.balance
(0.001, 160, 0.01)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from explorer.errors import BadRequestError
from explorer.stack.pretraining.schedule import Schedule


@dataclass(frozen=True)
class Data:
    """What is read."""

    texts: Mapping[str, float | int]
    """Names of texts, and how often each is drawn, up to a factor."""
    d_vocab: int
    n_ctx: int
    """Tokens of a window."""
    rows: int
    """Windows of a step."""
    tokenizer_characters: int = 1_000_000
    """Characters of each text that the tokenizer is trained on, so that every kind has an equal say."""


@dataclass(frozen=True)
class PairData:
    """What an encoder-decoder reads and writes, beside [data]."""

    shares: Mapping[str, float | int]
    """Of the rows of a step, up to a factor: span-corruption, and tasks by name."""
    sentences: tuple[str, ...] = ()
    """The texts whose sentences the tasks are made of."""
    longest: int = 90
    """Characters of a sentence."""
    sentinels: int = 31

    def rows(self, of: int) -> dict[str, int]:
        """How many of a step's rows each kind has.

        >>> PairData({"span-corruption": 1, "iso-dates": 4}).rows(64)
        {'span-corruption': 13, 'iso-dates': 51}
        """
        total, seen, rows = sum(self.shares.values()), 0.0, {}
        for name, share in self.shares.items():
            rows[name] = round((seen + share) / total * of) - round(seen / total * of)
            seen += share
        return rows


@dataclass(frozen=True)
class LossWeights:
    """total = lm + balance x L_balance + z x L_z"""

    balance: float = 0.01
    z: float = 0.001


@dataclass(frozen=True)
class Optimiser:
    """AdamW and its schedule."""

    peak: float
    warmup: int
    steps: int
    schedule: str = "wsd"
    floor: float = 0.0
    decay: float = 0.25
    beta1: float = 0.9
    beta2: float = 0.95
    weight_decay: float = 0.1
    clip: float = 1.0
    """Greatest norm of the gradient."""


@dataclass(frozen=True)
class Run:
    """How the run goes."""

    seed: int = 0
    compute: str = "bfloat16"
    """The type of the matrix products; weights, sums and the optimiser are float32."""
    evaluate_every: int = 100
    evaluate_windows: int = 16
    """Held-out windows of each kind while training; at the end all of them."""
    prompts: tuple[str, ...] = ()
    """Continued at the end, as a sample."""


@dataclass(frozen=True)
class Recipe:
    """One model's recipe."""

    name: str
    data: Data
    model: Mapping[str, Any]
    """`architecture`, and the sizes that it takes."""
    optimiser: Optimiser
    losses: LossWeights = field(default_factory=LossWeights)
    run: Run = field(default_factory=Run)
    pairs: PairData | None = None
    title: str = ""
    summary: str = ""

    @property
    def tokens(self) -> int:
        """Tokens seen in the whole run."""
        return self.optimiser.steps * self.data.rows * self.data.n_ctx

    def schedule(self) -> Schedule:
        """The learning rate of every step. Raises ValueError for one that makes no sense."""
        o = self.optimiser
        return Schedule(o.schedule, o.peak, o.floor, o.warmup, o.steps, o.decay)

    def fixed(self) -> dict[str, Any]:
        """What may not change between a checkpoint and the run that goes on from it: all but the schedule's length.

        A run on WSD's plateau may be lengthened or shortened: nothing that it has done depends on where it ends.
        """
        pairs = {"pairs": asdict(self.pairs)} if self.pairs else {}
        return pairs | {
            "data": asdict(self.data),
            "model": dict(self.model),
            "losses": asdict(self.losses),
            "seed": self.run.seed,
        }


def read(path: Path) -> Recipe:
    """Read a recipe. Raises BadRequestError for one that cannot be read."""
    try:
        return from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise BadRequestError(f"{path} is not a recipe that can be read ({error}).") from error


def from_dict(entries: Mapping[str, Any]) -> Recipe:
    """A recipe from TOML's tables. Raises BadRequestError naming the entry that is unknown or missing."""
    parts: dict[str, Any] = {"data": Data, "optimiser": Optimiser, "losses": LossWeights, "run": Run, "pairs": PairData}
    made: dict[str, Any] = {}
    for key, value in entries.items():
        if key in parts:
            known = {each.name for each in fields(parts[key])}
            if unknown := set(value) - known:
                raise BadRequestError(f"[{key}] of the recipe has {sorted(unknown)}; known are {sorted(known)}.")
            value = parts[key](**{k: tuple(v) if isinstance(v, list) else v for k, v in value.items()})
        made[key] = value
    try:
        recipe = Recipe(**made)
        recipe.schedule()
    except (TypeError, ValueError) as error:
        raise BadRequestError(f"The recipe does not make sense: {error}.") from error
    return recipe
