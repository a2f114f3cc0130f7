"""Training a model that reads drawn scenes and emoji, from a `scenes.toml` with a table [emoji].

model.safetensors   connector and decoder, bfloat16
config.json         their settings, the words, the encoder's block
curve.csv           loss of every tenth step; held-out accuracy on scenes and on emoji whenever it was measured
held_out.csv        every held-out question about emoji: what was answered, with the picture and about an empty page
training.json       seed, time, accuracy on scenes and emoji, sort by sort
model.toml          the card
"""

from __future__ import annotations

import csv
import hashlib
import json
import platform
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.corpora.scenes import emoji
from explorer.corpora.scenes.asked import KINDS, WORDS
from explorer.corpora.scenes.drawn import SIDE
from explorer.corpora.scenes.emoji import SORTS, words
from explorer.fetching import cache
from explorer.stack.frontier.vision_language.model import VisionLanguage, VisionLanguageConfig
from explorer.stack.pretraining.train import Progress, Settings, train
from explorer.training import scenes_run
from explorer.training.emoji_course import (
    MEASURED,
    EmojiCourse,
    SeenEmoji,
    emoji_items,
    looked_at,
    scene_answers,
)
from explorer.training.folder import LICENCE
from explorer.training.scenes_course import HELD, SceneCourse, answered, items
from explorer.training.scenes_recipe import SceneRecipe
from explorer.training.scenes_run import Announce, Pictures
from explorer.zoo.companions import companion
from explorer.zoo.scene_reader import CONFIG, WEIGHTS, SceneReader, seen, write_config
from explorer.zoo.vision_encoder import VisionEncoder

#: Grey of the page on which nothing is drawn.
BLANK = 236


def run(folder: Path, recipe: SceneRecipe, announce: Announce = print) -> Path:
    """Train the model on from the one of scenes; write the folder."""
    assert recipe.emoji is not None
    began, eye = time.process_time(), companion(recipe.data.encoder)
    assert isinstance(eye, VisionEncoder)
    shown = scenes_run.pictures(recipe)
    train_on = looked_at(recipe, eye, "trained", recipe.emoji.train)
    of = recipe.emoji.held_out
    held: dict[emoji.Sort, SeenEmoji] = {sort: looked_at(recipe, eye, sort, of) for sort in SORTS}
    announce(f"{recipe.emoji.train} pictures of emoji looked at")
    kept = trained(recipe, shown, train_on, held["drawn anew"], announce)
    blank = empty_page(eye, recipe.data.block)
    write(folder, recipe, shown, train_on, held, kept, blank, time.process_time() - began)
    return folder


def empty_page(eye: VisionEncoder, block: int) -> Float[Tensor, "1 row column d_vision"]:
    """What the encoder sees where nothing is drawn."""
    with torch.inference_mode():
        return seen(eye.model, np.full((1, SIDE, SIDE, 3), BLANK, np.uint8), block)


def begun(recipe: SceneRecipe, config: VisionLanguageConfig) -> VisionLanguage:
    """The model before its first step: that of scenes, and new words as the seed draws them."""
    model = VisionLanguage(config).initialise(torch.Generator().manual_seed(recipe.run.seed))
    reader, state = companion("scenes"), model.state_dict()
    assert isinstance(reader, SceneReader)
    for name, tensor in reader.model.state_dict().items():
        state[name][tuple(slice(n) for n in tensor.shape)] = tensor
    model.load_state_dict(state)
    return model


def trained(
    recipe: SceneRecipe, shown: Pictures, train_on: SeenEmoji, held: SeenEmoji, announce: Announce
) -> tuple[VisionLanguage, Progress]:
    """From the recipe's seed."""
    config = recipe.model.config(recipe.model.connector, shown.d_vision, shown.patch, len(words()))
    seed, steps = recipe.run.seed, recipe.optimiser.steps
    model = begun(recipe, config)
    of_scenes = SceneCourse(recipe, shown.train, shown.held, seed, config.n_tokens)
    course = EmojiCourse(recipe, of_scenes, train_on, held)
    settings = Settings(recipe.optimiser.schedule(), recipe.optimiser.rows * config.decoder.n_ctx,
                        evaluate_every=recipe.run.evaluate_every)  # fmt: skip
    said = json.dumps([recipe.model_dump(include={"data", "model", "optimiser", "emoji"}), seed, words()])
    mark = hashlib.sha256(said.encode()).hexdigest()[:12]
    path = cache.cache_folder() / "training" / f"{recipe.name}-{seed}-{mark}.pt"

    def report(progress: Progress) -> None:
        if progress.step % recipe.run.evaluate_every == 0:
            scores = ", ".join(f"{name} {share:.3f}" for name, share in progress.evaluations[-1].scores.items())
            announce(f"step {progress.step}, {progress.seconds:.0f} s: {scores}")

    progress = train(model, course, settings, path, report=report)
    announce(f"{steps} steps, {progress.seconds:.0f} s, {progress.evaluations[-1].scores}")
    return model.eval(), progress


def write(
    folder: Path, recipe: SceneRecipe, shown: Pictures, train_on: SeenEmoji, held: dict[emoji.Sort, SeenEmoji],
    kept: tuple[VisionLanguage, Progress], blank: Tensor, seconds: float,
) -> None:  # fmt: skip
    """Everything beside the recipe. What is measured is what is kept: the weights in bfloat16."""
    from safetensors.torch import save_file

    model, progress = kept
    state = scenes_run.in_bfloat16(model)
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    config = {"model": write_config(model.config), "words": words(), "block": recipe.data.block}
    scenes_run.write_json(folder / CONFIG, config)
    rounded = {name: tensor.float() for name, tensor in state.items()}
    model.load_state_dict(rounded | {"decoder.unembed.weight": rounded["decoder.embed.weight"]})
    scenes_run.curve(folder / "curve.csv", progress, {name: name for name in ("scenes", "emoji", *MEASURED)})
    right = _held_out(folder / "held_out.csv", train_on, held, model, blank)
    about = {
        "seed": recipe.run.seed,
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}, float32",
        "processor_seconds": round(seconds),
        "steps": progress.step,
        "parameters": sum(each.numel() for each in model.parameters()),
        "held_out": f"{len(next(iter(held.values())).shown)} pictures of emoji of each sort; one question of each kind "
        f"about each; the {len(shown.held.scenes)} held-out scenes of the model “scenes”",
        "emoji": right,
        "scenes": scenes_right(model, shown),
        "licence": f"Weights and scenes are the project's own work, under {LICENCE}; the encoder has its own licence; "
        "the emoji are Noto Color Emoji, SIL Open Font License 1.1.",
    }
    scenes_run.write_json(folder / "training.json", about)
    (folder / "model.toml").write_text(_card(folder, recipe, progress, model, right), encoding="utf-8")


def _held_out(
    path: Path, train_on: SeenEmoji, held: dict[emoji.Sort, SeenEmoji], model: VisionLanguage, blank: Tensor
) -> dict[str, dict[str, float]]:
    """A row a question; returns the share that is right, sort by sort and kind by kind."""
    known, usual = words(), frequent(train_on)
    rows, found = list[dict[str, object]](), {}
    for sort, looked in held.items():
        asked = emoji_items(looked.shown, HELD)
        shares = [answered(model, each, asked, known) for each in (looked.patches, blank.expand_as(looked.patches))]
        with_it, without = (each.argmax(-1).tolist() for each in shares)
        right = {kind: list[bool]() for kind in emoji.KINDS}
        for item, own, other in zip(asked, with_it, without, strict=True):
            of = item.question
            row = {"sort": sort, "seed": item.scene, "name": of.about, "kind": of.kind, "question": of.text}
            said = {"answer": of.answer, "said": known[own], "blank": known[other], "usual": usual[of.kind]}
            rows.append(row | said)
            right[of.kind].append(known[own] == of.answer)
        found[sort] = {kind: round(sum(own) / len(own), 4) for kind, own in right.items() if own}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return found


def frequent(train_on: SeenEmoji) -> dict[str, str]:
    """The answer that each kind of question has most often about the trained pictures."""
    counts = {kind: Counter[str]() for kind in emoji.KINDS}
    for item in emoji_items(train_on.shown, 0):
        counts[item.question.kind][item.question.answer] += 1
    return {kind: found.most_common(1)[0][0] for kind, found in counts.items()}


def scenes_right(model: VisionLanguage, shown: Pictures) -> dict[str, dict[str, int]]:
    """Of the held-out questions about scenes, how many are right, kind by kind, and how many there are."""
    found = {kind: {"right": 0, "of": 0} for kind in KINDS}
    for item, said in zip(items(shown.held.scenes, HELD), scene_answers(model, shown.held), strict=True):
        row = found[item.question.kind]
        row["of"] += 1
        row["right"] += int(said < len(WORDS) and WORDS[said] == item.question.answer)
    return found


def _card(
    folder: Path, recipe: SceneRecipe, progress: Progress, model: VisionLanguage, right: dict[str, dict[str, float]]
) -> str:
    assert recipe.emoji is not None
    known, other, strange = (right[sort] for sort in SORTS)
    note = (
        f"Trained here in {progress.step} steps on {recipe.data.train} drawn scenes and {recipe.emoji.train} pictures "
        f"of {sum(each.trained for each in emoji.emoji())} emoji; drawn anew it names {known['name']:.0%} of them, in "
        f"other sizes {other['name']:.0%}; “is this a …?” {known['presence']:.0%}, in other sizes "
        f"{other['presence']:.0%}, where a guess has 50%; of emoji never trained on it knows the kind in "
        f"{strange['kind']:.0%}; it knows no photographs; bfloat16"
    )
    return scenes_run.card(folder, recipe, model, note)
