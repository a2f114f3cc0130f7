"""Training a model that reads drawn scenes, from `models/<name>/scenes.toml`: one command, and all of the folder is
written.

model.safetensors   connector and decoder, bfloat16
config.json         their settings, the words, the encoder's block
curve.csv           loss of every tenth step; held-out accuracy by kind whenever it was measured
held_out.csv        every held-out question: what was answered, with the picture and by the blind twin
training.json       seed, time, accuracy, and the connectors compared
model.toml          the card
"""

from __future__ import annotations

import csv
import hashlib
import json
import platform
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from explorer.corpora.scenes.asked import DESCRIBE, KINDS, WORDS, caption, encode
from explorer.fetching import cache
from explorer.stack.frontier.vision_language.model import VisionLanguage
from explorer.stack.pretraining.train import Progress, Settings, train
from explorer.training.folder import LICENCE
from explorer.training.scenes_course import HELD, STRANGE, Item, SceneCourse, Seen, answered, items, looked_at
from explorer.training.scenes_recipe import Arm, SceneRecipe, read
from explorer.zoo.companions import companion
from explorer.zoo.scene_reader import CONFIG, WEIGHTS, prompt, write_config
from explorer.zoo.vision_encoder import VisionEncoder

Announce = Callable[[str], None]
#: Steps to a row of the curve; words of a caption at most; held-out scenes that are described.
KEPT_EVERY, LONGEST, DESCRIBED = 10, 40, 100


@dataclass(frozen=True, eq=False)
class Trained:
    """One training, to its end."""

    arm: Arm
    seed: int
    model: VisionLanguage
    progress: Progress
    right: dict[str, float]

    def row(self) -> dict[str, object]:
        return {
            "arm": self.arm, "seed": self.seed, "steps": self.progress.step,
            "image_tokens": self.model.config.n_tokens,
            "parameters": sum(each.numel() for each in self.model.parameters()),
            "processor_seconds": round(self.progress.seconds),
            "right": {kind: round(share, 4) for kind, share in self.right.items()},
            "mean": round(sum(self.right.values()) / len(self.right), 4),
        }  # fmt: skip


@dataclass(frozen=True, eq=False)
class Pictures:
    """All that the encoder has looked at."""

    train: Seen
    held: Seen
    strange: Seen
    d_vision: int
    patch: int


def run(path: Path, announce: Announce = print) -> Path:
    """Train the model that is kept, its blind twin, and the others shorter; write the folder beside the recipe."""
    recipe, began = read(path), time.process_time()
    shown = pictures(recipe)
    announce(f"{recipe.data.train + recipe.data.held_out + recipe.data.unseen} scenes looked at")
    kept, blind = (
        trained(recipe, shown, arm, recipe.run.seed, recipe.optimiser.steps, announce)
        for arm in (recipe.model.connector, "blind")
    )
    compared = [
        trained(recipe, shown, arm, seed, recipe.compared.steps, announce)
        for seed in recipe.compared.seeds
        for arm in recipe.compared.arms
    ]
    write(path.parent, recipe, shown, kept, blind, compared, time.process_time() - began)
    return path.parent


def pictures(recipe: SceneRecipe) -> Pictures:
    """Drawn, and looked at where that was not done before."""
    eye, data = companion(recipe.data.encoder), recipe.data
    assert isinstance(eye, VisionEncoder)
    return Pictures(
        looked_at(recipe, eye, 0, data.train), looked_at(recipe, eye, HELD, data.held_out),
        looked_at(recipe, eye, STRANGE, data.unseen, strange=True), eye.model.config.stack.d_model,
        eye.model.config.patch,
    )  # fmt: skip


def trained(
    recipe: SceneRecipe, shown: Pictures, arm: Arm, seed: int, steps: int, announce: Announce = print
) -> Trained:
    """One arm from one seed."""
    config = recipe.model.config(arm, shown.d_vision, shown.patch)
    model = VisionLanguage(config).initialise(torch.Generator().manual_seed(seed))
    course = SceneCourse(recipe, shown.train, shown.held, seed, config.n_tokens)
    rows = recipe.optimiser.rows
    settings = Settings(recipe.optimiser.schedule(steps), rows * config.decoder.n_ctx,
                        evaluate_every=recipe.run.evaluate_every)  # fmt: skip
    progress = train(model, course, settings, checkpoint_of(recipe, arm, seed, steps))
    right = {name.removesuffix("_right"): share for name, share in course.scores(model, everything=True).items()}
    made = Trained(arm, seed, model.eval(), progress, right)
    announce(f"{arm}, seed {seed}: {made.row()['mean']:.3f} right, {progress.seconds:.0f} s")
    return made


def checkpoint_of(recipe: SceneRecipe, arm: Arm, seed: int, steps: int) -> Path:
    """Where a training stands, or has ended: a run that was cut off goes on from there."""
    parts = recipe.model_dump(include={"data", "model", "optimiser"})
    said = hashlib.sha256(json.dumps([parts, arm, seed, steps]).encode()).hexdigest()[:12]
    return cache.cache_folder() / "training" / f"{recipe.name}-{arm}-{seed}-{said}.pt"


def in_bfloat16(model: VisionLanguage) -> dict[str, Tensor]:
    """The weights as they are kept; the unembedding is the embedding once more."""
    state = {name: tensor.bfloat16().contiguous() for name, tensor in model.state_dict().items()}
    del state["decoder.unembed.weight"]
    return state


def write(
    folder: Path, recipe: SceneRecipe, shown: Pictures, kept: Trained, blind: Trained, compared: list[Trained],
    seconds: float,
) -> None:  # fmt: skip
    """Everything beside the recipe. What is measured is what is kept: the weights in bfloat16."""
    from safetensors.torch import save_file

    state = in_bfloat16(kept.model)
    save_file(state, folder / WEIGHTS, metadata={"format": "pt"})
    config = {"model": write_config(kept.model.config), "words": WORDS, "block": recipe.data.block}
    write_json(folder / CONFIG, config)
    rounded = {name: tensor.float() for name, tensor in state.items()}
    kept.model.load_state_dict(rounded | {"decoder.unembed.weight": rounded["decoder.embed.weight"]})
    curve(folder / "curve.csv", kept.progress, {kind: f"{kind}_right" for kind in KINDS})
    right = _held_out(folder / "held_out.csv", recipe, shown, kept.model, blind.model)
    about = {
        "seed": recipe.run.seed,
        "machine": f"{platform.machine()}, one thread, torch {torch.__version__.partition('+')[0]}, float32",
        "processor_seconds": round(seconds),
        "held_out": f"{recipe.data.held_out} scenes of their own seeds; one question of each kind about each",
        "right": right,
        "captions_right": round(captions_right(kept.model, shown.held.first(DESCRIBED)), 4),
        "captions_of": DESCRIBED,
        "kept": kept.row(),
        "blind": blind.row(),
        "compared": [each.row() for each in compared],
        "licence": f"Weights and scenes are the project's own work, under {LICENCE}; the encoder has its own licence.",
    }
    write_json(folder / "training.json", about)
    (folder / "model.toml").write_text(_card(folder, recipe, kept, right), encoding="utf-8")


def _held_out(
    path: Path, recipe: SceneRecipe, shown: Pictures, model: VisionLanguage, blind: VisionLanguage
) -> dict[str, float]:
    """A row a question; returns the share that is right over the usual scenes, kind by kind."""
    usual = frequent(recipe, shown)
    rows, right = list[dict[str, object]](), {kind: list[bool]() for kind in KINDS}
    for held, strange in ((shown.held, False), (shown.strange, True)):
        asked = items(held.scenes, HELD, strange)
        seen, unseen = (answered(each, held.patches, asked) for each in (model, blind))
        for item, own, without in zip(asked, seen, unseen, strict=True):
            answer = WORDS[int(own.argmax())]
            rows.append(_row(item, held, answer, WORDS[int(without.argmax())], usual[item.question.kind]))
            if not strange:
                right[item.question.kind].append(answer == item.question.answer)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return {kind: round(sum(own) / len(own), 4) for kind, own in right.items()}


def _row(item: Item, held: Seen, answer: str, blind: str, usual: str) -> dict[str, object]:
    scene = held.scenes[item.scene]
    return {
        "seed": (STRANGE if item.unseen else HELD) + item.scene, "unseen": int(item.unseen),
        "kind": item.question.kind, "things": len(scene.things), "hidden": round(item.hidden(scene), 3),
        "question": item.question.text, "answer": item.question.answer, "said": answer, "blind": blind, "usual": usual,
    }  # fmt: skip


def frequent(recipe: SceneRecipe, shown: Pictures) -> dict[str, str]:
    """The answer that each kind of question has most often about the trained scenes."""
    counts = {kind: Counter[str]() for kind in KINDS}
    for item in items(shown.train.scenes, recipe.run.seed):
        counts[item.question.kind][item.question.answer] += 1
    return {kind: found.most_common(1)[0][0] for kind, found in counts.items()}


@torch.no_grad()
def captions_right(model: VisionLanguage, held: Seen) -> float:
    """The share of scenes whose caption is written as the rule writes it, word by word, greedily."""
    ids = torch.tensor([prompt(DESCRIBE, model.config.n_tokens)] * len(held.scenes))
    start, patches = ids.shape[1], held.patches.float()
    for _ in range(LONGEST):
        ids = torch.cat([ids, model(ids, patches)[:, -1:].argmax(-1)], 1)
        if bool((ids[:, start:] == WORDS.index(".")).any(1).all()):
            break
    wanted = [encode(caption(scene)) for scene in held.scenes]
    said = ids[:, start:].tolist()
    return sum(row[: len(right)] == right for row, right in zip(said, wanted, strict=True)) / len(wanted)


def curve(path: Path, progress: Progress, scores: Mapping[str, str]) -> None:
    """Every tenth step's loss, and what was measured then; scores: a column's heading, and its score's name."""
    measured = {each.step: each.scores for each in progress.evaluations}
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "seconds", "loss", *scores])
        for at in range(KEPT_EVERY, progress.step + 1, KEPT_EVERY):
            part = progress.curve[at - KEPT_EVERY : at]
            loss = sum(each.losses["lm"] for each in part) / len(part)
            found = [f"{measured[at][name]:.4f}" if at in measured else "" for name in scores.values()]
            writer.writerow([at, f"{part[-1].seconds:.1f}", f"{loss:.4f}", *found])


def _card(folder: Path, recipe: SceneRecipe, kept: Trained, right: dict[str, float]) -> str:
    best, worst = max(right, key=lambda kind: right[kind]), min(right, key=lambda kind: right[kind])
    note = (
        f"Trained here in {kept.progress.step} steps on {recipe.data.train} drawn scenes; of held-out questions "
        f"{right[best]:.0%} right about {best}, {right[worst]:.0%} about {worst}; it knows no other pictures; bfloat16"
    )
    return card(folder, recipe, kept.model, note)


def card(folder: Path, recipe: SceneRecipe, model: VisionLanguage, note: str) -> str:
    """model.toml of a model whose weights lie in the folder; note: what it was trained on and how well it does."""
    weights = folder / WEIGHTS
    fields: dict[str, object] = {
        "name": recipe.name, "title": recipe.title, "summary": recipe.summary, "architecture": "VisionLanguage",
        "kind": "vision-language", "parameters": sum(each.numel() for each in model.parameters()),
        "licence": LICENCE, "opt_in": False, "weights_note": note, "weight_bits": 16,
        "disk_bytes": weights.stat().st_size,
    }  # fmt: skip
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    lines += ["", "[weights]", f'file = "{WEIGHTS}"', f"bytes = {weights.stat().st_size}"]
    lines += [f'sha256 = "{cache.sha256_of(weights)}"', "", "[[sources]]", 'kind = "folder"']
    return "\n".join(lines) + "\n"


def write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
