"""The folder of the reranker: what transformers opens, its curves, what it was made from, its card."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from explorer.corpora import articles, reranking
from explorer.fetching import cache
from explorer.stack.context.cross_encoder import ASKED, HEADS
from explorer.training.folder import LICENCE, WEIGHTS
from explorer.zoo.model_folder import read_config
from explorer.zoo.pair_reader import READ

if TYPE_CHECKING:
    from explorer.experiments.context.reranker_recipe import RerankerRecipe
    from explorer.stack.context.cross_encoder import CrossEncoder

ABOUT, CURVES, SEEDS = "training.json", "curves.csv", "seeds"


@dataclass(frozen=True, eq=False)
class Trained:
    """One seed's training."""

    seed: int
    losses: list[float]
    """Of every step."""
    before: tuple[float, float]
    """Held-out questions: the loss, and the share whose right passage is first."""
    after: tuple[float, float]
    seconds: float
    """Of the processor."""
    model: CrossEncoder


def state_of(model: CrossEncoder) -> dict[str, torch.Tensor]:
    """transformers' names, in float16, finer than bfloat16 for numbers of the size of weights."""
    from explorer.stack.transformer.encoder_weights import to_hf

    made = {f"bert.{name}": each for name, each in to_hf(model.encoder.state_dict()).items()}
    for ours, theirs in HEADS.items():
        layer = model.get_submodule(ours)
        made |= {f"{theirs}.{part}": each for part, each in layer.state_dict().items()}
    return {name: each.detach().half().contiguous() for name, each in made.items()}


def written(folder: Path, recipe: RerankerRecipe, base: Path, every: int, made: Sequence[Trained]) -> Path:
    """Write every file; the card comes last, since it makes the folder a model of the shelf."""
    from safetensors.torch import save_file

    save_file(state_of(made[0].model), folder / WEIGHTS, metadata={"format": "pt"})
    config = read_config(base) | {
        "architectures": ["BertForSequenceClassification"],
        "dtype": "float16",
        "id2label": {"0": "fits"},
        "label2id": {"fits": 0},
    }
    _json(folder / "config.json", config)
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")
    with (folder / CURVES).open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["seed", "step", "loss"])
        for each in made:
            for step in range(every, len(each.losses) + 1, every):
                rows.writerow([each.seed, step, f"{sum(each.losses[step - every : step]) / every:.4f}"])
    _json(folder / ABOUT, _training(recipe, made))
    (folder / "model.toml").write_text(_card(folder, recipe, made), encoding="utf-8")
    return folder


def _json(path: Path, contents: object) -> None:
    path.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _training(recipe: RerankerRecipe, made: Sequence[Trained]) -> dict[str, object]:
    known = articles.read()
    return {
        "data": (
            f"One question by rule of each of {len(reranking.asked(known)):,} articles: what the first sentence says "
            "of its subject, six words of the last sentence, or a sentence that is taken out of the passage. The "
            f"{len(reranking.measured(known))} articles that retrievers are measured on are left out, as wrong "
            "passages too"
        ),
        "texts": f"{articles.TITLE}, {articles.LICENCE}",
        "base": "splade-tiny: its encoder; the two layers above are drawn by the seed",
        "loss": f"softmax over the right passage and {recipe.data.wrong} wrong ones that are near",
        "pieces": {"of a pair": READ, "of a question": ASKED},
        "questions": recipe.data.rows * recipe.optimiser.steps,
        "held_out": (
            f"questions of other articles, each with {recipe.data.wrong} wrong passages: the loss in nats, and the "
            "share whose right passage is first"
        ),
        "chance": round(1 / (1 + recipe.data.wrong), 4),
        "seeds": [
            {
                "seed": each.seed,
                "loss_before": round(each.before[0], 4),
                "loss": round(each.after[0], 4),
                "first_before": round(each.before[1], 4),
                "first": round(each.after[1], 4),
                "processor_seconds": round(each.seconds),
            }
            for each in made
        ],
        "good_for": "ranking again what a search has found among encyclopaedia introductions, and taking it apart",
        "bad_for": "anything else: it read no question that a person asked, and no text of another kind",
        "licence": (
            f"The weights are the project's own work, under {LICENCE}, and so are those that they began with. None of "
            "the texts is part of this folder."
        ),
    }


def _card(folder: Path, recipe: RerankerRecipe, made: Sequence[Trained]) -> str:
    weights = folder / WEIGHTS
    share = made[0].after[1]
    fields = {
        "name": recipe.name,
        "title": recipe.title,
        "summary": recipe.summary,
        "architecture": "BertForSequenceClassification",
        "kind": "cross-encoder",
        "parameters": sum(each.numel() for each in made[0].model.parameters()),
        "licence": LICENCE,
        "opt_in": False,
        "chat": False,
        "weights_note": (
            f"Trained here from SPLADE tiny; the right passage is first of {1 + recipe.data.wrong} for {share:.0%} of "
            "held-out questions; float16, opened as float32"
        ),
        "weight_bits": 16,
        "disk_bytes": weights.stat().st_size,
    }
    # JSON's strings, numbers and booleans are TOML's.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    lines += ["", "[weights]", f'file = "{WEIGHTS}"', f"bytes = {weights.stat().st_size}"]
    lines += [f'sha256 = "{cache.sha256_of(weights)}"', "", "[[sources]]", 'kind = "folder"']
    return "\n".join(lines) + "\n"
