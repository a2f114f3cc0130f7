"""A recipe in stages: a base, supervised fine-tuning, then DPO and GRPO, each from the SFT's weights.

Beside them a recipe may have two trainings of which the curves alone are kept: PPO, held to the SFT policy by a KL term
in its reward, and GRPO on a reward that is not the one that is meant.

    [data]   sums held out; how often an answer is in parts; how often a line that the base reads is wrong
    [model]  the decoder's sizes
    [base], [sft], [dpo], [grpo]   steps, rate, rows
    [ppo], [hacked]   the same, and beta; which reward is flawed
    [run]    the first seed is that of the weights that are kept; the others say how far a curve depends on it

>>> stages = from_dict({
...     "name": "tiny", "title": "Tiny", "summary": "Adds.", "data": {"held_out": 8},
...     "model": {"architecture": "llama", "n_layers": 1, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_expert": 4},
...     "base": {"steps": 2, "peak": 1e-3, "rows": 4}, "sft": {"steps": 2, "peak": 1e-3, "rows": 4},
...     "dpo": {"steps": 2, "peak": 1e-3, "rows": 4}, "grpo": {"steps": 3, "peak": 1e-3}})
>>> stages.steps, round(stages.grpo.schedule()(1), 5)
({'base': 2, 'sft': 2, 'dpo': 2, 'grpo': 3}, 0.0007)
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError

from explorer.errors import BadRequestError
from explorer.stack.finetuning.flawed import Flaw
from explorer.stack.pretraining.schedule import Schedule
from explorer.training.recipe import DecoderSizes, Table

Stage = Literal["base", "sft", "dpo", "grpo"]
"""Its weights are kept."""
Training = Literal["base", "sft", "dpo", "grpo", "ppo", "hacked"]
"""Its curve is kept."""
STAGES: tuple[Stage, ...] = ("base", "sft", "dpo", "grpo")
BY_NAME: Mapping[str, Stage] = {each: each for each in STAGES}
TITLES: Mapping[Training, str] = {
    "base": "base", "sft": "SFT", "dpo": "DPO", "grpo": "GRPO", "ppo": "PPO", "hacked": "GRPO, flawed reward",
}  # fmt: skip
TRAININGS: Mapping[str, Training] = {each: each for each in TITLES}
FILE = "stages.toml"
Share = Annotated[float, Field(ge=0, le=1)]


class Sums(Table):
    """What is read."""

    held_out: PositiveInt
    seed: Annotated[int, Field(ge=0)] = 0
    """Of the split."""
    in_parts: Share = 0.4
    wrong: Share = 0.8
    """Of the base's lines: the answer is another sum's."""


class Steps(Table):
    """Of one stage: AdamW, its decay 0.01."""

    steps: PositiveInt
    peak: PositiveFloat
    warmup: Annotated[int, Field(ge=0)] = 0
    schedule_kind: Literal["linear", "constant"] = "linear"
    """Linear goes down to a tenth."""

    def schedule(self) -> Schedule:
        return Schedule(self.schedule_kind, self.peak, self.peak / 10, self.warmup, self.steps)


class Read(Steps):
    """Lines of a step."""

    rows: PositiveInt


class Pairs(Read):
    """Pairs of a step, and how they are drawn."""

    beta: PositiveFloat = 0.1
    group: PositiveInt = 8
    """Answers to each prompt, of which a right and a wrong one make the pair."""


class Drawn(Steps):
    """Answers of a step."""

    prompts: PositiveInt = 32
    group: PositiveInt = 8
    beta: NonNegativeFloat = 0.0


class Hacked(Drawn):
    """GRPO on a flawed reward."""

    flaw: Flaw


class StagedRun(Table):
    """How the runs go."""

    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(strict=False, min_length=1)] = (0,)
    evaluate_every: PositiveInt = 20
    measured: PositiveInt = 24
    """Held-out sums of which every answer's probability is measured on the way."""


class Stages(Table):
    """The whole recipe."""

    name: str
    title: str
    summary: str
    data: Sums
    model: DecoderSizes
    base: Read
    sft: Read
    dpo: Pairs
    grpo: Drawn
    ppo: Drawn | None = None
    hacked: Hacked | None = None
    run: StagedRun = StagedRun()

    @property
    def steps(self) -> dict[Stage, int]:
        """Where each ends."""
        return {"base": self.base.steps, "sft": self.sft.steps, "dpo": self.dpo.steps, "grpo": self.grpo.steps}


def read(path: Path) -> Stages:
    """Raises BadRequestError for a file that is no such recipe."""
    try:
        return from_dict(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise BadRequestError(f"{path.name} is not a recipe that can be read ({error}).") from error


def from_dict(entries: Mapping[str, object]) -> Stages:
    """Raises BadRequestError naming the entry that is unknown, missing or wrong."""
    try:
        return Stages.model_validate(dict(entries))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(each) for each in first["loc"]) or "the recipe"
        raise BadRequestError(f"The recipe in stages: {place}: {first['msg']}.", "Mend this entry.") from error
