"""The adapters that lie on the shelf, beside their base: trained from a recipe by one command.

    python -m explorer tune models/smollm2-135m/adapters/json/recipe.toml

`recipe.toml` goes in; peft's two files (float16), loss.csv, held_out.csv and training.json with the data's card come
out beside it. The same recipe gives the same adapter up to the order of sums.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Literal

import torch
from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt, ValidationError

from explorer import zoo
from explorer.corpora import instructions
from explorer.errors import BadRequestError
from explorer.experiments.finetuning.course import InstructionCourse, Speech, answered, share_exact
from explorer.stack.finetuning import methods
from explorer.stack.finetuning.adapter import Adapter, merged
from explorer.stack.finetuning.lora import LoRA
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.finetuning.upper import UpperTuned, upper
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Progress as TrainProgress
from explorer.stack.pretraining.train import Settings, train
from explorer.stack.transformer.decoder import Decoder
from explorer.training.curves import write_curves
from explorer.training.folder import LICENCE
from explorer.training.recipe import Table
from explorer.zoo import adapter_tensors, tokenizers

#: The tokenizer of the explorer's own that a base has.
TOKENIZERS = {"smollm2-135m": "smollm2"}


class Lora(Table):
    """[lora]: where it stands, and how wide it is."""

    roles: Annotated[tuple[str, ...], Field(strict=False, min_length=1)] = methods.LINEAR
    r: PositiveInt = 4
    alpha: PositiveFloat = 8.0
    first: Annotated[int, Field(ge=0)] = 0
    """The first block that has it: what lies below is run once for each row."""


class Steps(Table):
    """[optimiser]: AdamW without decay, cosine."""

    peak: PositiveFloat
    floor: NonNegativeFloat = 0.0
    warmup: Annotated[int, Field(ge=0)] = 3
    steps: PositiveInt
    rows: PositiveInt
    length: PositiveInt
    """Tokens of a row."""


class Preferences(Table):
    """[preferences]: DPO behind the SFT, on both answers to each request; the SFT is the reference."""

    peak: PositiveFloat
    steps: PositiveInt
    beta: PositiveFloat = 0.1


class AdapterRecipe(Table):
    """One adapter's."""

    base: Literal["smollm2-135m"]
    instructions: str
    """The set of instructions that it learns."""
    summary: str
    lora: Lora
    optimiser: Steps
    preferences: Preferences | None = None
    seed: Annotated[int, Field(ge=0)] = 0
    answers: PositiveInt
    """Held-out requests that are answered before and after."""


def read(path: Path) -> AdapterRecipe:
    """Raises BadRequestError for a file that is no such recipe."""
    try:
        return AdapterRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise BadRequestError(f"{path} is not an adapter's recipe ({error}).") from error


def begun(recipe: AdapterRecipe, decoder: Decoder) -> Adapter:
    """Before the first step."""
    generator = torch.Generator().manual_seed(recipe.seed)
    made = methods.lora(decoder, recipe.lora.roles, recipe.lora.r, recipe.lora.alpha, generator=generator)
    return upper(made, recipe.lora.first)


def course_of(recipe: AdapterRecipe, speech: Speech) -> InstructionCourse:
    """What it reads."""
    data, o = instructions.made(recipe.instructions), recipe.optimiser
    return InstructionCourse(speech, data.train, data.held_out, o.rows, o.length, recipe.seed)


def settings_of(recipe: AdapterRecipe) -> Settings:
    """How it is trained."""
    o = recipe.optimiser
    schedule = Schedule("cosine", o.peak, o.floor, o.warmup, o.steps)
    return Settings(schedule, o.rows * o.length, weight_decay=0.0, evaluate_every=10)


def run(path: Path, announce: Callable[[str], None]) -> Path:
    """Train what the recipe says, and write it beside it."""
    recipe = read(path)
    model = zoo.load(recipe.base)
    decoder = model.plain_decoder
    speech = Speech.of(model, tokenizers.load(TOKENIZERS[recipe.base]))
    return trained(recipe, decoder, course_of(recipe, speech), path.parent, announce)


def trained(
    recipe: AdapterRecipe,
    decoder: Decoder,
    course: InstructionCourse,
    folder: Path,
    announce: Callable[[str], None],
) -> Path:
    """The same on a decoder that is open."""
    data = instructions.made(recipe.instructions)
    made = tuned(recipe, decoder, course, announce)
    exact = {
        "base": share_exact(answered(decoder, course, recipe.answers)),
        "adapter": share_exact(answered(merged(decoder, (made.adapter, 1.0)), course, recipe.answers)),
    }
    told = {"exact": exact | {"requests": recipe.answers}, "data": asdict(data.card)}
    write(recipe, made, decoder, course.measured, folder, told)
    announce(f"held out {made.before:.3f} to {made.after:.3f}, exact {exact}")
    return folder


@dataclass(frozen=True)
class Made:
    """An adapter as it is stored, and how it came about."""

    adapter: Adapter
    progress: TrainProgress
    before: float
    """The held-out loss without it."""
    after: float
    seconds: float
    """Of the processor, for the training alone."""


def tuned(recipe: AdapterRecipe, decoder: Decoder, course: InstructionCourse, announce: Callable[[str], None]) -> Made:
    """Train it; nothing is written."""
    adapter = begun(recipe, decoder)
    worn = UpperTuned(decoder, adapter, recipe.lora.first) if recipe.lora.first else Tuned(decoder, adapter)
    before, began = course.losses(worn)["held out"], time.process_time()
    announce(f"{recipe.instructions}: held out {before:.3f} before the first step")
    progress = train(
        worn, course, settings_of(recipe), report=lambda now: announce(f"{now.step}: {now.curve[-1].losses['lm']:.3f}")
    )
    seconds, halved = time.process_time() - began, halves(adapter)
    return Made(halved, progress, before, course.losses(Tuned(decoder, halved))["held out"], seconds)


def write(
    recipe: AdapterRecipe, made: Made, decoder: Decoder, measured: int, folder: Path, more: dict[str, object]
) -> None:
    """The adapter, its curves, and what is told of it. measured: conversations of the held-out loss; more: what was
    measured of it, and its data."""
    adapter_tensors.write(folder, made.adapter, decoder, recipe.base)
    _in_float16(folder)
    write_curves(made.progress, folder)
    about = {
        "base": recipe.base,
        "seed": recipe.seed,
        "steps": made.progress.step,
        "tokens": made.progress.tokens,
        "processor_seconds": round(made.seconds),
        "held_out_loss": {
            "base": round(made.before, 4), "adapter": round(made.after, 4), "conversations": measured
        },
        **more,
        "licence": f"{LICENCE}: the project's own work, on a base of the same licence.",
    }  # fmt: skip
    (folder / "training.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def halves(adapter: Adapter) -> Adapter:
    """Rounded to float16, as it is stored."""
    made = {}
    for name, each in adapter.changes.items():
        assert isinstance(each, LoRA)
        made[name] = LoRA(each.A.detach().half().float(), each.B.detach().half().float(), each.scale)
    return Adapter(made)


def _in_float16(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = folder / adapter_tensors.WEIGHTS
    save_file({name: each.half() for name, each in load_file(path).items()}, path, {"format": "pt"})
