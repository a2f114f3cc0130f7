"""A recipe: everything that a training run is made of, read from one TOML file beside the model that it makes.

    [data]       which named texts, how often each kind is drawn, the tokenizer's size, the windows
    [model]      the architecture and its sizes
    [pairs]      of an encoder-decoder: how often each kind of pair is drawn, and from what
    [objectives] of twins: the objectives, of which each trains one model
    [unmask]     of a masked diffusion model and its causal twin: how tokens are hidden
    [planted]    of models whose text is made by rule: which twins, which seeds
    [distil]     of a student: its teacher, and how the two distributions are compared
    [chains]     of a model that answers in steps: the lines, GRPO, the verifiers
    [losses]     weights of the losses by name, where they are not the usual ones
    [optimiser]  AdamW (Loshchilov and Hutter 2017, arXiv 1711.05101), the schedule, clipping
    [run]        seed, how often to evaluate

>>> recipe = from_dict({
...     "name": "tiny", "data": {"texts": {"moby-dick": 1}, "d_vocab": 300, "n_ctx": 8, "rows": 2},
...     "model": {"architecture": "mixtral", "n_layers": 1, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_expert": 4},
...     "optimiser": {"peak": 1e-3, "warmup": 1, "steps": 10}})
>>> recipe.schedule()(7), recipe.tokens, recipe.model.k
(0.001, 160, 2)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError
from pydantic_core import ErrorDetails

from explorer.errors import BadRequestError
from explorer.stack.pretraining.schedule import Schedule

if TYPE_CHECKING:
    from explorer.stack.pretraining.train import Settings

#: TOML has lists only.
Texts = Annotated[tuple[str, ...], Field(strict=False)]
ARCHITECTURES = ("mixtral", "llama", "t5", "mamba")


class Table(BaseModel):
    """A table of a recipe. What it does not know is refused, and nothing is converted but 1 to 1.0."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Data(Table):
    """What is read."""

    texts: Annotated[dict[str, PositiveFloat], Field(min_length=1)]
    """Names of texts, and how often each is drawn, up to a factor."""
    d_vocab: PositiveInt
    n_ctx: PositiveInt
    """Tokens of a window."""
    rows: PositiveInt
    """Windows of a step."""
    repeated: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of a decoder's windows that say their first tokens again and again, so that it pays to copy."""
    period: Annotated[tuple[PositiveInt, PositiveInt], Field(strict=False)] = (8, 64)
    """How many tokens, at least and at most."""
    tokenizer_characters: PositiveInt = 1_000_000
    """Characters of each text that the tokenizer is trained on, so that every kind has an equal say."""


class PairData(Table):
    """What an encoder-decoder reads and writes, beside [data]."""

    shares: Annotated[dict[str, PositiveFloat], Field(min_length=1)]
    """Of the rows of a step, up to a factor: span-corruption, and tasks by name."""
    sentences: Texts = ()
    """The texts whose sentences the tasks are made of."""
    longest: PositiveInt = 90
    """Characters of a sentence."""
    sentinels: PositiveInt = 31

    def rows(self, of: int) -> dict[str, int]:
        """How many of a step's rows each kind has.

        >>> PairData(shares={"span-corruption": 1, "iso-dates": 4}).rows(64)
        {'span-corruption': 13, 'iso-dates': 51}
        """
        total, seen, rows = sum(self.shares.values()), 0.0, {}
        for name, share in self.shares.items():
            rows[name] = round((seen + share) / total * of) - round(seen / total * of)
            seen += share
        return rows


class ObjectiveData(Table):
    """Twins of one decoder, each trained under another objective (`stack.pretraining.objectives.drawn`)."""

    names: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    rate: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Of tokens that MLM and span corruption choose."""
    mean_span: PositiveInt = 3
    heads: PositiveInt = 4
    """Of multi-token prediction."""


class UnmaskData(Table):
    """A masked diffusion model and its causal twin (`stack.frontier.masked_diffusion`)."""

    eps: Annotated[float, Field(ge=0, lt=1)] = 1e-3
    """The least share of tokens that is hidden."""
    weights: Literal["inverse", "uniform"] = "inverse"
    """Of a hidden token: 1 over the share that is hidden, or 1."""
    begins: Annotated[int, Field(ge=0)] = 0
    """Steps that both read left to right, as one model, before they part."""
    twin_stops: Annotated[int, Field(ge=0)] = 0
    """The step at which the causal twin stops; 0: with the masked model."""
    shifted: bool = False
    """Whether a token is said at the position before it, as a causal model says it."""
    warmup: Annotated[int, Field(ge=0)] = 50
    """Steps of the masked model's own warm-up."""
    shorter: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the steps whose windows are cut into shorter texts."""
    pieces: Annotated[tuple[PositiveInt, ...], Field(strict=False)] = ()
    """Their lengths in tokens, of which one is drawn; each divides `n_ctx`."""


class PlantedData(Table):
    """Twins that read invented people (`corpora.invented_people`), each trained from several seeds."""

    twins: Annotated[tuple[Literal["whole", "filtered"], ...], Field(strict=False, min_length=1)]
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(strict=False, min_length=1)]
    text: Annotated[int, Field(ge=0)] = 0
    """Seed of the text."""
    scale: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Of the lines about people who are read often."""


class DistilData(Table):
    """A student, which learns from a model of the shelf (`stack.frontier.distillation.student`)."""

    teacher: str
    """Its folder's name; the student has its tokenizer."""
    way: Literal["forward", "reverse", "jsd"] = "forward"
    temperature: PositiveFloat = 1.0


class DecoderSizes(Table):
    """[model] of a decoder: Mixtral's, or with one feed-forward layer Llama's."""

    architecture: Literal["mixtral", "llama"]
    n_layers: PositiveInt
    d_model: PositiveInt
    n_heads: PositiveInt
    n_kv_heads: PositiveInt
    d_expert: PositiveInt
    """Hidden width of one expert, or of a Llama's feed-forward layer."""
    n_ctx: PositiveInt = 1024
    """Positions that the saved config promises; the windows of [data] may be shorter."""
    n_experts: PositiveInt = 8
    """Of a Mixtral, as is `k`."""
    k: PositiveInt = 2
    """Experts that a token visits."""
    theta: PositiveFloat = 10_000.0
    eps: PositiveFloat = 1e-5


class ChainsData(Table):
    """A model that answers at once or in steps (`stack.frontier.thinking.chains`), and what is made of it."""

    small: DecoderSizes
    """Of another model, taught alike."""
    start: PositiveFloat = 1.0
    """Weights begin so many times as far from 0 as 1 / sqrt(d_model)."""
    direct: Annotated[float, Field(ge=0, le=1)] = 0.25
    """Lines that answer at once."""
    whole: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Lines with all steps; the rest stop after a number of steps that is drawn."""
    short: PositiveInt = 2
    """Instructions at most, in the first lines."""
    short_until: Annotated[float, Field(ge=0, le=1)] = 0.3
    """Of the steps."""
    rewarded_steps: PositiveInt = 100
    rewarded_prompts: PositiveInt = 4000
    rate: PositiveFloat = 3e-4
    prompts: PositiveInt = 32
    group: PositiveInt = 8
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(strict=False)] = ()
    """Of GRPO, beside the run's own: their curves are kept."""
    verified: PositiveInt = 4000
    """Texts that the verifiers read."""
    verified_few: PositiveInt = 100
    """Texts of the one that reads few."""
    verifier_steps: PositiveInt = 400
    measured: PositiveInt = 24
    """Held-out prompts whose texts are all counted on the way."""


class EncoderDecoderSizes(Table):
    """[model] of a T5."""

    architecture: Literal["t5"]
    n_layers: PositiveInt
    """Of each stack."""
    d_model: PositiveInt
    n_heads: PositiveInt
    d_mlp: PositiveInt
    n_ctx: PositiveInt
    """Positions that the saved tokenizer promises."""
    buckets: PositiveInt = 32
    longest: PositiveInt = 128
    eps: PositiveFloat = 1e-6


class StateSpaceSizes(Table):
    """[model] of a Mamba: what of it is not said is as in the paper."""

    architecture: Literal["mamba"]
    n_layers: PositiveInt
    d_model: PositiveInt
    d_state: PositiveInt = 16
    """Numbers of a channel's state."""
    expand: PositiveInt = 2
    """Channels of a layer, in widths of the stream."""
    d_conv: PositiveInt = 4
    n_ctx: PositiveInt = 1024
    """Positions that the saved tokenizer promises; the state knows no limit."""
    eps: PositiveFloat = 1e-5


class Optimiser(Table):
    """AdamW and its schedule."""

    peak: PositiveFloat
    warmup: Annotated[int, Field(ge=0)]
    steps: PositiveInt
    schedule: Literal["wsd", "cosine"] = "wsd"
    floor: NonNegativeFloat = 0.0
    decay: PositiveFloat = 0.25
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.95
    weight_decay: NonNegativeFloat = 0.1
    clip: PositiveFloat = 1.0
    """Greatest norm of the gradient."""


class Run(Table):
    """How the run goes."""

    seed: Annotated[int, Field(ge=0)] = 0
    compute: Literal["bfloat16", "float32"] = "bfloat16"
    """The type of the matrix products; weights, sums and the optimiser are float32."""
    evaluate_every: PositiveInt = 100
    evaluate_windows: PositiveInt = 16
    """Held-out windows of each kind while training; at the end all of them."""
    prompts: Texts = ()
    """Continued at the end, as a sample."""
    keep: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(strict=False)] = ()
    """Steps after which a decoder's weights are kept, as a file each."""


class Recipe(Table):
    """One model's recipe."""

    name: str
    data: Data
    model: Annotated[DecoderSizes | EncoderDecoderSizes | StateSpaceSizes, Field(discriminator="architecture")]
    optimiser: Optimiser
    losses: dict[str, NonNegativeFloat] = {}
    """Weights of the parts of the loss, as `stack.transformer.losses` has them."""
    run: Run = Run()
    pairs: PairData | None = None
    objectives: ObjectiveData | None = None
    unmask: UnmaskData | None = None
    planted: PlantedData | None = None
    distil: DistilData | None = None
    chains: ChainsData | None = None
    title: str = ""
    summary: str = ""

    @property
    def tokens_per_step(self) -> int:
        return self.data.rows * self.data.n_ctx

    @property
    def tokens(self) -> int:
        """Tokens seen in the whole run."""
        return self.optimiser.steps * self.tokens_per_step

    def schedule(self) -> Schedule:
        """The learning rate of every step. Raises ValueError for one that makes no sense."""
        o = self.optimiser
        return Schedule(o.schedule, o.peak, o.floor, o.warmup, o.steps, o.decay)

    def settings(self) -> Settings:
        """What the training loop is told."""
        from explorer.stack.pretraining.train import Settings

        o = self.optimiser
        return Settings(
            schedule=self.schedule(),
            tokens_per_step=self.tokens_per_step,
            weights=self.losses,
            betas=(o.beta1, o.beta2),
            weight_decay=o.weight_decay,
            clip=o.clip,
            evaluate_every=self.run.evaluate_every,
            fixed=self.fixed(),
        )

    def fixed(self) -> dict[str, object]:
        """What may not change between a checkpoint and the run that goes on from it: all but the schedule's length.

        A run on WSD's plateau may be lengthened or shortened: nothing that it has done depends on where it ends.
        """
        kept = {"data", "model", "losses", "pairs", "objectives", "unmask", "planted", "distil", "chains"}
        parts: dict[str, object] = self.model_dump(mode="json", include=kept, exclude_none=True)
        return parts | {"seed": self.run.seed}


def read(path: Path) -> Recipe:
    """Read a recipe. Raises BadRequestError for one that cannot be read."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:  # TOML's errors and those of UTF-8 are ValueErrors
        raise BadRequestError(f"{path} is not a recipe that can be read ({error}).") from error
    return from_dict(entries)


def from_dict(entries: Mapping[str, object]) -> Recipe:
    """A recipe from TOML's tables. Raises BadRequestError naming the entry that is unknown, missing or wrong."""
    try:
        recipe = Recipe.model_validate(dict(entries))
    except ValidationError as error:
        raise BadRequestError(*_sentence(error.errors(include_url=False)[0])) from error
    said = recipe.unmask
    if said is not None and ((said.shorter and not said.pieces) or any(recipe.data.n_ctx % n for n in said.pieces)):
        raise BadRequestError("[unmask] of the recipe: “pieces” has lengths that divide n_ctx, one at least.")
    if said is not None and said.begins >= recipe.optimiser.steps:
        raise BadRequestError("[unmask] of the recipe: “begins” is less than the steps of [optimiser].")
    try:
        recipe.schedule()
    except ValueError as error:
        raise BadRequestError(f"The recipe does not make sense: {error}.") from error
    return recipe


def _sentence(error: ErrorDetails) -> tuple[str, str]:
    """What is wrong, by the entry's name, and what would be right."""
    place = [str(each) for each in error["loc"]]
    if place[:1] == ["model"]:  # behind it pydantic names the architecture
        del place[1:2]
    table = f"[{'.'.join(place[:-1])}] of the recipe" if place[1:] else "The recipe"
    kind, name = error["type"], f"“{place[-1][:40]}”" if place else "tables"
    if kind == "missing":
        return f"{table} has no {name}, which it needs.", ""
    if kind == "extra_forbidden":
        return f"{table} has {name}, which is not an entry that it knows.", ""
    if kind.startswith("union_tag"):
        given = repr(error["input"].get("architecture", "none"))[:60]
        return (
            f"No architecture {given} is trained here.",
            f"“architecture” in [model] is one of {', '.join(ARCHITECTURES)}.",
        )
    wish = error["msg"].removeprefix("Input ").replace("should be a valid dictionary", "should be a table")
    return f"{table}: {name} {wish}, not {repr(error['input'])[:60]}.", ""
