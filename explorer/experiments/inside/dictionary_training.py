"""The shelf's sparse autoencoders and transcoders, trained from a recipe by one command.

    python -m explorer autoencoders models/six-kinds-dense/autoencoders/recipe.toml
    python -m explorer autoencoders models/six-kinds-dense/transcoders/recipe.toml

`recipe.toml` goes in; a file for each dictionary and each placebo, and autoencoders.json with data, curves and what
they are worth on held-out texts, come out beside it. The same recipe gives the same files up to the order of sums.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, PositiveFloat, PositiveInt, ValidationError
from torch import Tensor

from explorer import zoo
from explorer.corpora import passages, texts
from explorer.errors import BadRequestError
from explorer.experiments.inside import activations
from explorer.fetching import cache
from explorer.stack.frontier.sparse_autoencoders.autoencoder import Kind
from explorer.stack.frontier.sparse_autoencoders.metrics import fit
from explorer.stack.frontier.sparse_autoencoders.training import Settings, Targets, training
from explorer.training.folder import LICENCE, text_cards
from explorer.training.recipe import Table
from explorer.zoo import autoencoders, transcoders
from explorer.zoo.autoencoders import Role, file_name
from explorer.zoo.narrow_tensors import PLAIN, Narrow

if TYPE_CHECKING:
    from explorer.experiments.inside.activations import Corpus
    from explorer.zoo.model import Model

ROLES: tuple[Role, ...] = ("trained", "placebo")


class Training(Table):
    """[training]: the same for all of them."""

    kind: Kind = "topk"
    width: PositiveInt
    k: PositiveInt
    steps: PositiveInt
    batch: PositiveInt
    lr: PositiveFloat


class AutoencoderRecipe(Table):
    """Those of one model."""

    base: str
    reads: Literal["stream", "mlp"] = "stream"
    """What they are: autoencoders of the stream, or transcoders from what an MLP reads to what it writes."""
    blocks: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(strict=False, min_length=1)]
    """Behind which the stream is read, or whose MLPs."""
    seeds: PositiveInt = 1
    all_seeds_at: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(strict=False)] = ()
    """The blocks at which all seeds are trained; at the others the first alone."""
    keeps_placebos: bool = True
    """Whether their files stay, or only what they are worth: the same recipe gives them again."""
    weights: Narrow = PLAIN
    """The format of the matrices in the files (plain: bfloat16); what they are worth is measured in it."""
    windows: PositiveInt
    """Of each kind of text, 128 tokens each."""
    held_windows: PositiveInt
    training: Training

    def runs(self) -> Iterator[tuple[int, Role, int]]:
        for block in self.blocks:
            for seed in range(self.seeds if block in self.all_seeds_at else 1):
                for role in ROLES:
                    yield block, role, seed

    def settings(self, role: Role, seed: int) -> Settings:
        """No two of one block share a start: directions that hardly move would look found again."""
        return Settings(**self.training.model_dump(), frozen=role == "placebo", seed=2 * seed + (role == "placebo"))


def read(path: Path) -> AutoencoderRecipe:
    """Raises BadRequestError for a file that is no such recipe."""
    try:
        return AutoencoderRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise BadRequestError(f"{path} is not a recipe of sparse autoencoders ({error}).") from error


def run(path: Path, announce: Callable[[str], None]) -> Path:
    """Train what the recipe says and is not there yet, and write it beside it."""
    recipe, folder = read(path), path.parent
    model = zoo.load(recipe.base)
    sides = [(held, recipe.held_windows if held else recipe.windows) for held in (False, True)]
    corpora = [activations.corpus(model, "texts", held, windows) for held, windows in sides]
    announce(f"{len(corpora[0].ids):,} windows to train on, {len(corpora[1].ids):,} held out")
    known, cards = _known(folder / _about(recipe)), _cards()
    began = time.process_time()
    train, held = (_vectors(model, each, recipe) for each in corpora)
    announce(f"streams after {time.process_time() - began:.0f} s of the processor")
    for block, role, seed in recipe.runs():
        name = file_name(block, role, seed)
        kept = recipe.keeps_placebos or role == "trained"
        if name not in known or (kept and not (folder / name).is_file()):
            settings, (x, y), (held_x, held_y) = recipe.settings(role, seed), train[block], held[block]
            targets = Targets(y, held_y) if recipe.reads == "mlp" else None
            known[name] = trained(folder / name, x, held_x, settings, announce, targets, recipe.weights)
            if not kept:
                (folder / name).unlink()
            _write(folder, recipe, known, cards)
    return folder


def _about(recipe: AutoencoderRecipe) -> str:
    return transcoders.ABOUT if recipe.reads == "mlp" else autoencoders.ABOUT


def _vectors(model: Model, corpus: Corpus, recipe: AutoencoderRecipe) -> dict[int, tuple[Tensor, Tensor]]:
    """What is read and what is to be written, of each block: the same of an autoencoder."""
    if recipe.reads == "mlp":
        return dict(activations.through_mlps(model, corpus, recipe.blocks))
    streams = activations.harvested(model, corpus, recipe.blocks)
    return {block: (each.vectors, each.vectors) for block, each in streams.items()}


def trained(
    path: Path,
    x: Tensor,
    held: Tensor,
    settings: Settings,
    announce: Callable[[str], None],
    targets: Targets | None = None,
    weights: Narrow = PLAIN,
) -> dict[str, object]:
    """Train one, write it, and say what it cost and what it is worth: what is committed is measured."""
    began = time.process_time()
    *_, last = training(x, held, settings, max(1, settings.steps // 20), targets)
    seconds, curve = time.process_time() - began, last.measured
    autoencoders.write(path, last.finished(), weights)
    worth = fit(autoencoders.read(path), held, None if targets is None else targets.held)
    announce(f"{path.name}: explained {worth.explained.true:.3f}, L0 {worth.l0:.1f}, {seconds:.0f} s of the processor")
    return {
        "seed": settings.seed,
        "tokens": settings.steps * settings.batch,
        "processor_seconds": round(seconds),
        "held_out": {
            "explained": round(worth.explained.true, 4),
            "l0": round(worth.l0, 2),
            "dead": round(worth.dead, 4),
            "bias": round(worth.bias, 4),
        },
        "curve": [[each.step, round(each.explained, 4), round(each.l0, 2), each.dead] for each in curve],
        "bytes": path.stat().st_size,
        "sha256": cache.sha256_of(path),
    }


def _known(about: Path) -> dict[str, dict[str, object]]:
    try:
        return json.loads(about.read_text(encoding="utf-8"))["dictionaries"]
    except (OSError, ValueError, KeyError):
        return {}


def _cards() -> list[dict[str, object]]:
    loaded = [texts.load(each.name) for each in passages.read()]
    return text_cards(loaded, {each.source.name: 1.0 for each in loaded})


def _write(
    folder: Path, recipe: AutoencoderRecipe, known: dict[str, dict[str, object]], cards: list[dict[str, object]]
) -> None:
    made = {
        "base": recipe.base,
        "reads": recipe.reads,
        "weights": recipe.weights,
        "training": asdict(recipe.settings("trained", 0)),
        "distinct_tokens": len(cards) * recipe.windows * (activations.WINDOW - 1),
        "first_token": "left out: it is a sink in many models, and its stream many times as long as the others'",
        "held_out": "windows of the last 5% of each text's documents",
        "columns_of_curve": ["step", "explained", "l0", "dead"],
        "dictionaries": known,
        "texts": cards,
        "licence": (
            f"The weights are the project's own work, under {LICENCE}. They were trained on a model's stream over the "
            "texts above, each under its own licence; none of those texts is part of this folder."
        ),
    }
    (folder / _about(recipe)).write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
