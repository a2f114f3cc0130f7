"""A student of the shelf: a small decoder that learns from a larger model's distributions, and its twin without one.

`models/<name>/recipe.toml` names the teacher. Student and twin begin with the same weights and read the same windows in
the same order; the twin has the text's own tokens alone. `models/<name>/` then holds the student as any model, and
`alone.safetensors`, the twin's weights under the same names. The student has its teacher's tokenizer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from explorer import zoo
from explorer.corpora import texts
from explorer.errors import BadRequestError
from explorer.fetching.progress import silent
from explorer.training.curves import write_curves
from explorer.training.decoder import config_of, sample
from explorer.training.folder import Written, write_folder
from explorer.training.recipe import DecoderSizes, DistilData, Recipe
from explorer.training.tokens import END, streams_of
from explorer.zoo.card import shelf_folder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from explorer.corpora.source import Text
    from explorer.stack.frontier.distillation.student import Student
    from explorer.stack.pretraining.batches import WindowCourse
    from explorer.stack.pretraining.train import Evaluation, Progress

ALONE = "alone.safetensors"
#: Held-out windows of each kind of text, at the end.
MEASURED = 48


def run(recipe: Recipe, said: DistilData, folder: Path, announce: Callable[[str], None]) -> Path:
    """Train the student and its twin, and write both. Raises BadRequestError for a recipe of no decoder."""
    from safetensors.torch import save_file
    from tokenizers import Tokenizer

    from explorer.stack.pretraining.batches import Batches, WindowCourse

    if not isinstance(recipe.model, DecoderSizes):
        raise BadRequestError("A student is a decoder: [model] of its recipe names a Llama or a Mixtral.")
    loaded = [texts.load(name, silent) for name in recipe.data.texts]
    tokenizer = Tokenizer.from_file(str(shelf_folder() / said.teacher / "tokenizer.json"))
    streams, held = streams_of(tokenizer, loaded)
    weights = {text.source.kind: recipe.data.texts[text.source.name] for text in loaded}
    batches = Batches(streams, weights, recipe.data.n_ctx, recipe.data.rows, recipe.run.seed)
    course = WindowCourse(batches, held, recipe.run.evaluate_windows)
    alone, made, last = _trained(recipe, recipe.model, None, course, announce)
    state = {name: tensor.bfloat16().contiguous() for name, tensor in alone.hf_state_dict().items()}
    save_file(state, folder / ALONE, metadata={"format": "pt"})
    twin = _about(made, last)
    student, made, last = _trained(recipe, recipe.model, said, course, announce)
    _write(recipe, said, folder, student, tokenizer, loaded, made, last, twin)
    announce(f"Written to {folder}.")
    return folder


def begun(recipe: Recipe, sizes: DecoderSizes, said: DistilData | None) -> Student:
    """The student before its first step; without a teacher its twin."""
    import torch

    from explorer.stack.frontier.distillation.student import Student, Teacher, way_of

    made = Student(config_of(sizes, recipe.data.d_vocab), getattr(torch, recipe.run.compute))
    made.initialise(torch.Generator().manual_seed(recipe.run.seed))
    if said is None:
        return made
    return made.taught(Teacher(zoo.load(said.teacher).decoder), way_of(said.way, said.temperature))


def _trained(
    recipe: Recipe, sizes: DecoderSizes, said: DistilData | None, course: WindowCourse, announce: Callable[[str], None]
) -> tuple[Student, Progress, Evaluation]:
    from dataclasses import replace

    from explorer.stack.frontier.distillation.student import weights_of
    from explorer.stack.pretraining.train import evaluate, train

    student = begun(recipe, sizes, said)
    settings = replace(recipe.settings(), weights=weights_of(student.way))
    told = time.monotonic()

    def report(progress: Progress) -> None:
        nonlocal told
        if time.monotonic() - told > 30:
            told = time.monotonic()
            announce(f"step {progress.step:,} of {recipe.optimiser.steps:,}, lm {progress.curve[-1].losses['lm']:.3f}")

    progress = train(student, course, settings, report=report)
    final = evaluate(student, replace(course, measured=MEASURED), progress)
    announce(f"{'alone' if said is None else said.way}: held out {final.mean:.3f} nats, {progress.seconds:.0f} s")
    return student, progress, final


def _about(progress: Progress, final: Evaluation) -> dict[str, object]:
    """Where a run went."""
    return {
        "processor_seconds": round(progress.seconds),
        "held_out_loss": {kind: round(loss, 4) for kind, loss in final.losses.items()} | {"mean": round(final.mean, 4)},
        "curve": [[each.step, round(each.mean, 4)] for each in progress.evaluations],
    }


def _write(
    recipe: Recipe,
    said: DistilData,
    folder: Path,
    student: Student,
    tokenizer: Tokenizer,
    loaded: list[Text],
    progress: Progress,
    final: Evaluation,
    twin: dict[str, object],
) -> None:
    tokens = progress.step * recipe.tokens_per_step
    written = Written(
        kind="dense",
        note=f"learned from {said.teacher} on {tokens / 1e6:.1f}M tokens, held-out loss {final.mean:.2f} nats",
        tokenizer={"bos_token": END, "eos_token": END},
        config={"bos_token_id": 0, "eos_token_id": 0},
        sample=sample(recipe, student, tokenizer),
        training={
            "held_out": f"{MEASURED} windows of the last 5% of each text's documents; nats a token",
            "teacher": said.teacher,
            "way": said.way,
            "temperature": said.temperature,
            "alone": twin,
        },
    )
    write_curves(progress, folder)
    write_folder(folder, recipe, student, tokenizer, loaded, progress, final, written)
