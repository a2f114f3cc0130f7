"""The shelf's lenses, fitted from a recipe by one command.

    python -m explorer lenses models/six-kinds-dense/lenses/recipe.toml

`recipe.toml` goes in; lenses.safetensors and lenses.json, with seed, curve, time and what each is worth on held-out
texts, come out beside it. A Jacobian lens that lies there stays where its part of the recipe has not changed.
"""

from __future__ import annotations

import json
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import torch
from jaxtyping import Float, Int
from pydantic import PositiveFloat, PositiveInt, ValidationError
from torch import Tensor

from explorer import zoo
from explorer.corpora import passages, texts
from explorer.errors import BadRequestError
from explorer.experiments.inside import activations
from explorer.fetching import cache
from explorer.stack.frontier.lenses.jacobian import fitted
from explorer.stack.frontier.lenses.lens import Lens
from explorer.stack.frontier.lenses.tuned import COMMON, Settings, Step, least_squares, trained
from explorer.training.folder import LICENCE, text_cards
from explorer.training.recipe import Table
from explorer.zoo import lenses
from explorer.zoo.narrow_tensors import PLAIN, Narrow

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder

#: Points of a curve that are kept; prompts in one graph of the Jacobian lens.
POINTS, TOGETHER = 20, 4


class LensRecipe(Table):
    """Those of one model."""

    base: str
    windows: PositiveInt
    """Of each kind of text, 128 tokens each: what the tuned and the least-squares lens learn from."""
    rank: PositiveInt
    """Of both lenses' matrices less I."""
    steps: PositiveInt
    batch: PositiveInt
    lr: PositiveFloat
    seed: int
    start: Literal["logit", "least_squares"] = "logit"
    """Of the tuned lens, before the first step."""
    jacobian_rank: PositiveInt
    """Directions of the last stream whose rows are measured; d_model of them are the whole matrix."""
    jacobian_prompts: PositiveInt
    """Of 128 tokens."""
    weights: Narrow = PLAIN
    """The format of the matrices in the file (plain: float16)."""


def read(path: Path) -> LensRecipe:
    """Raises BadRequestError for a file that is no such recipe."""
    try:
        return LensRecipe.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise BadRequestError(f"{path} is not a recipe of lenses ({error}).") from error


@torch.no_grad()
def all_streams(decoder: Decoder, ids: Int[Tensor, "row pos"]) -> Float[Tensor, "layer token d_model"]:
    """Behind every block, of all but each row's first token."""
    parts: list[Tensor] = []
    for rows in ids.split(activations.ROWS):
        x, at = decoder.entered(rows)
        found: list[Tensor] = []
        for block in decoder.blocks:
            x = block(x, at)
            found.append(x[:, 1:].flatten(0, 1))
        parts.append(torch.stack(found))
    return torch.cat(parts, 1)


def basis_of(decoder: Decoder, rank: int) -> Float[Tensor, "rank d_model"]:
    """The directions of the last stream in which the readout of all tokens differs most."""
    rows = lenses.reading(decoder, range(decoder.config.d_vocab))
    values, vectors = torch.linalg.eigh(rows.T @ rows)
    return vectors[:, values.argsort(descending=True)[:rank]].T.contiguous()


def run(path: Path, announce: Callable[[str], None]) -> Path:
    """Fit what the recipe says, and write it beside it."""
    recipe, folder = read(path), path.parent
    model = zoo.load(recipe.base)
    decoder, began = model.plain_decoder, time.process_time()
    corpus = activations.corpus(model, "texts", False, recipe.windows)
    stream = all_streams(decoder, corpus.ids)
    announce(f"{stream.shape[1]:,} tokens, {time.process_time() - began:.0f} s of the processor")
    seconds: dict[str, float] = {}

    def timed(what: str, made: Callable[[], Lens]) -> Lens:
        start = time.process_time()
        lens = made()
        seconds[what] = round(time.process_time() - start, 1)
        announce(f"{what}: {seconds[what]} s of the processor")
        return lens

    curve: list[Step] = []

    def told(step: Step) -> None:
        curve.append(step)
        if step.step % max(1, recipe.steps // 10) == 0:
            announce(f"step {step.step}: {float(step.kl.mean()):.3f} nats, {time.process_time() - began:.0f} s")

    counts = torch.bincount(corpus.ids.flatten(), minlength=model.dims.d_vocab)
    common = counts.argsort(descending=True, stable=True)[:COMMON]
    settings = Settings(recipe.rank, recipe.steps, recipe.batch, recipe.lr, recipe.seed)
    squares = timed("least_squares", lambda: least_squares(stream, recipe.rank))
    start = squares if recipe.start == "least_squares" else None
    tuned = timed("tuned", lambda: trained(decoder, stream, settings, common, told, start))
    target = folder / lenses.FILE
    jacobian, paid = _same_jacobian(folder, recipe)
    if jacobian is None:
        jacobian = timed("jacobian", lambda: _jacobian(decoder, corpus.ids, recipe, announce))
    else:
        seconds["jacobian"] = paid
    made = [tuned, squares, jacobian]
    lenses.write(target, made, recipe.weights)
    about = _about(recipe, stream, curve, seconds)
    about |= {"bytes": target.stat().st_size, "sha256": cache.sha256_of(target)}
    (folder / lenses.ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return folder


def _same_jacobian(folder: Path, recipe: LensRecipe) -> tuple[Lens | None, float]:
    """The Jacobian lens that lies there, where what it is measured with has not changed, and what it cost."""
    try:
        about = json.loads((folder / lenses.ABOUT).read_text(encoding="utf-8"))
        now = recipe.model_dump()
        if any(about["recipe"][name] != now[name] for name in ("base", "windows", "jacobian_rank", "jacobian_prompts")):
            return None, 0.0
        return lenses.read(folder / lenses.FILE)["jacobian"], float(about["processor_seconds"]["jacobian"])
    except (OSError, ValueError, KeyError):
        return None, 0.0


def _jacobian(decoder: Decoder, ids: Tensor, recipe: LensRecipe, announce: Callable[[str], None]) -> Lens:
    basis = basis_of(decoder, recipe.jacobian_rank)
    every = len(ids) // recipe.jacobian_prompts
    chosen = ids[: every * recipe.jacobian_prompts : every]  # all kinds of text
    parts = [fitted(decoder, rows, basis) for rows in chosen.split(TOGETHER)]
    announce(f"{len(chosen)} prompts, {len(basis)} backward passes each")
    share = [len(rows) / len(chosen) for rows in chosen.split(TOGETHER)]
    scale = sum(part * each.scale for part, each in zip(share, parts, strict=True))
    right = sum(part * each.right for part, each in zip(share, parts, strict=True))
    assert isinstance(scale, Tensor)
    assert isinstance(right, Tensor)
    return Lens("jacobian", scale, parts[0].left, right, parts[0].bias)


def _about(recipe: LensRecipe, stream: Tensor, curve: list[Step], seconds: dict[str, float]) -> dict[str, object]:
    loaded = [texts.load(each.name) for each in passages.read()]
    every = max(1, len(curve) // POINTS)
    return {
        "base": recipe.base,
        "recipe": recipe.model_dump(),
        "tokens": stream.shape[1],
        "first_token": "left out: it is a sink in many models, and its stream many times as long as the others'",
        "processor_seconds": seconds,
        "columns_of_curve": ["step", "KL of the batch, nats, mean over the blocks"],
        "curve": [[each.step, round(float(each.kl.mean()), 4)] for each in curve[::every]],
        "texts": text_cards(loaded, {each.source.name: 1.0 for each in loaded}),
        "licence": (
            f"The weights are the project's own work, under {LICENCE}. They were fitted to a model's stream over the "
            "texts above, each under its own licence; none of those texts is part of this folder."
        ),
    }
