"""A masked diffusion model and its causal twin: one size, one start, the same texts in the same order.

Both are one causal model for the first `begins` steps. Then one goes on, and the other takes its weights, opens the
mask and is trained to fill holes, with a warm-up of its own.

The recipe is a decoder's with a table [unmask]. `models/<name>/` then holds masked.safetensors and causal.safetensors
(bfloat16), the tokenizer, loss-masked.csv and loss-causal.csv, training.json (data, seed, what each cost and where it
ended). Checkpoints lie in the cache until the run is over; the same command goes on from them.
"""

from __future__ import annotations

import csv
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from explorer.corpora import texts
from explorer.corpora.source import Text
from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.fetching.progress import silent
from explorer.training.decoder import config_of
from explorer.training.folder import LICENCE, text_cards
from explorer.training.recipe import DecoderSizes, Recipe, UnmaskData
from explorer.training.tokens import streams_of, tokenizer_for

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from explorer.stack.frontier.masked_diffusion.model import CausalCourse, Unmasker
    from explorer.stack.pretraining.batches import Batches, Course, Trainable
    from explorer.stack.pretraining.train import Progress, Settings
    from explorer.stack.transformer.config import DecoderConfig
    from explorer.stack.transformer.decoder import Decoder

ABOUT = "training.json"
Batch = TypeVar("Batch")
Twin = Literal["masked", "causal"]
#: Files of weights of a masked model: the recipe's own, and one that weighed what is hidden in the other way.
Kept = Literal["masked", "uniform"]
TWINS: tuple[Twin, ...] = ("masked", "causal")
#: Held-out windows of each kind at the end, and draws of hidden tokens of each.
MEASURED, DRAWS = 12, 8


@dataclass(frozen=True)
class Parts:
    """What both twins share."""

    recipe: Recipe
    said: UnmaskData
    config: DecoderConfig
    """The causal twin's; the other has a token more and no causal mask."""

    @property
    def n(self) -> int:
        """Tokens that are predicted of a window."""
        return self.recipe.data.n_ctx

    def fresh_masked(self) -> Unmasker:
        import torch

        from explorer.stack.frontier.masked_diffusion.model import Unmasker

        run = self.recipe.run
        made = Unmasker(self.config, getattr(torch, run.compute), shifted=self.said.shifted)
        return made.initialise(torch.Generator().manual_seed(run.seed))

    def fresh_causal(self) -> Decoder:
        import torch

        from explorer.stack.transformer.decoder import Decoder

        run = self.recipe.run
        return Decoder(self.config, getattr(torch, run.compute)).initialise(torch.Generator().manual_seed(run.seed))

    def masked(self, folder: Path, kept: Kept = "masked") -> Unmasker:
        """The trained model, in float32."""
        from explorer.stack.frontier.masked_diffusion.model import Unmasker

        made = Unmasker(self.config, shifted=self.said.shifted)
        made.decoder.load_state_dict(_state(folder, kept))
        return made.eval().requires_grad_(False)

    def causal(self, folder: Path) -> Decoder:
        """The trained causal twin, in float32."""
        from explorer.stack.transformer.decoder import Decoder

        made = Decoder(self.config)
        made.load_state_dict(_state(folder, "causal"))
        return made.eval().requires_grad_(False)


def parts_of(recipe: Recipe) -> Parts:
    """Raises BadRequestError for a recipe without [unmask]."""
    if recipe.unmask is None or not isinstance(recipe.model, DecoderSizes) or recipe.model.architecture != "llama":
        raise BadRequestError("A masked diffusion model needs a Llama's recipe with a table [unmask].")
    return Parts(recipe, recipe.unmask, config_of(recipe.model, recipe.data.d_vocab))


def _state(folder: Path, twin: Twin | Kept) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    state = {key: tensor.float() for key, tensor in load_file(folder / f"{twin}.safetensors").items()}
    return state | {"unembed.weight": state["embed.weight"]}


@dataclass(frozen=True)
class Reading:
    """The texts of a recipe: loaded, as tokens, in windows."""

    loaded: list[Text]
    tokenizer: Tokenizer
    batches: Batches
    held: dict[str, Tensor]


def reading(shared: Parts) -> Reading:
    """What both twins read."""
    from explorer.stack.pretraining.batches import Batches

    data = shared.recipe.data
    loaded = [texts.load(name, silent) for name in data.texts]
    tokenizer = tokenizer_for(data, loaded)
    streams, held = streams_of(tokenizer, loaded)
    weights = {text.source.kind: data.texts[text.source.name] for text in loaded}
    return Reading(loaded, tokenizer, Batches(streams, weights, shared.n, data.rows, shared.recipe.run.seed), held)


def begun(shared: Parts, read: Reading, announce: Callable[[str], None]) -> tuple[Decoder, Progress]:
    """The one causal model that both twins are at first, and how it was trained."""
    start = shared.fresh_causal()
    name = f"{shared.recipe.name}-start"
    settings = shared.recipe.settings()
    return start, _trained(name, start, _causal_course(shared, read), settings, announce, until=shared.said.begins)


def unmasked(
    shared: Parts, read: Reading, start: Decoder | None, name: str, announce: Callable[[str], None]
) -> tuple[Unmasker, Progress]:
    """The start's weights under an open mask, trained to fill holes; without a start, from the first step."""
    from explorer.stack.frontier.masked_diffusion.model import Pieces, UnmaskCourse

    said, recipe = shared.said, shared.recipe
    masked, settings = shared.fresh_masked(), recipe.settings()
    if start is not None:
        masked.become(start)
    some, pieces = recipe.run.evaluate_windows, Pieces(said.shorter, said.pieces)
    course = UnmaskCourse(read.batches, read.held, some, masked.mask, said.eps, said.weights, pieces, said.begins)
    warmup = said.warmup if said.begins else recipe.optimiser.warmup
    schedule = replace(settings.schedule, steps=settings.schedule.steps - said.begins, warmup=warmup)
    return masked, _trained(name, masked, course, replace(settings, schedule=schedule), announce)


def _causal_course(shared: Parts, read: Reading) -> CausalCourse:
    from explorer.stack.frontier.masked_diffusion.model import CausalCourse, Pieces

    pieces = Pieces(shared.said.shorter, shared.said.pieces)
    return CausalCourse(read.batches, read.held, shared.recipe.run.evaluate_windows, pieces)


def run(recipe: Recipe, folder: Path, announce: Callable[[str], None]) -> Path:
    """Train both and write them."""
    shared = parts_of(recipe)
    read, said, causal = reading(shared), shared.said, shared.fresh_causal()
    loaded, held = read.loaded, read.held
    read.tokenizer.save(str(folder / "tokenizer.json"))
    start = begun(shared, read, announce)[0] if said.begins else None
    masked, opened = unmasked(shared, read, start, f"{recipe.name}-masked", announce)
    course, stop = _causal_course(shared, read), said.twin_stops or None
    closed = _trained(f"{recipe.name}-causal", causal, course, recipe.settings(), announce, until=stop)
    rows = [
        _written("masked", opened, masked.decoder, folder, said.begins, recipe.tokens_per_step),
        _written("causal", closed, causal, folder, 0, recipe.tokens_per_step),
    ]
    about = {
        "seed": recipe.run.seed,
        "twins": rows,
        "held_out": _measured(shared, folder, held),
        "texts": text_cards(loaded, recipe.data.texts),
        "licence": (
            f"The weights are the project's own work, under {LICENCE}. They were trained on the texts above, each "
            "under its own licence; none of those texts is part of this folder."
        ),
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    announce(f"Written to {folder}.")
    return folder


def _trained(
    name: str,
    model: Trainable[Batch],
    course: Course[Batch],
    settings: Settings,
    announce: Callable[[str], None],
    until: int | None = None,
) -> Progress:
    from explorer.stack.pretraining.train import train

    said, steps = time.monotonic(), until or settings.schedule.steps

    def told(progress: Progress) -> None:
        nonlocal said
        if time.monotonic() - said > 30 or progress.step == steps:
            said = time.monotonic()
            last = f", held out {progress.evaluations[-1].mean:.3f}" if progress.evaluations else ""
            announce(
                f"{name}: step {progress.step:,} of {steps:,}, {progress.seconds:.0f} s, "
                f"loss {progress.curve[-1].losses['lm']:.3f}{last}"
            )

    path = cache.cache_folder() / "training" / f"{name}.pt"
    return train(model, course, settings, path, checkpoint_every_s=120.0, until=until, report=told)


def save(decoder: Decoder, path: Path) -> None:
    """Its weights in bfloat16, the unembedding left out: it is the embedding once more."""
    from safetensors.torch import save_file

    state = {key: tensor.bfloat16().contiguous() for key, tensor in decoder.state_dict().items()}
    del state["unembed.weight"]
    save_file(state, path, metadata={"format": "pt"})


def _written(
    twin: Twin, progress: Progress, decoder: Decoder, folder: Path, begins: int, tokens: int
) -> dict[str, object]:
    """Weights and curve of one twin; what it cost."""
    path = folder / f"{twin}.safetensors"
    save(decoder, path)
    with (folder / f"loss-{twin}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "lr", "loss", "grad_norm"])
        for each in progress.curve:
            writer.writerow([each.step, f"{each.lr:.5g}", f"{each.losses['lm']:.5g}", f"{each.grad_norm:.4g}"])
    return {
        "name": twin,
        "begins": begins,
        "steps": progress.step,
        "tokens": (begins + progress.step) * tokens,
        "parameters": sum(each.numel() for each in decoder.parameters()),
        "processor_seconds": round(progress.seconds),
        "curve": [[each.step, round(each.mean, 4)] for each in progress.evaluations],
        "bytes": path.stat().st_size,
        "sha256": cache.sha256_of(path),
    }


def _measured(shared: Parts, folder: Path, held: dict[str, Tensor]) -> dict[str, object]:
    """The bound of the one and the exact loss of the other, nats a token, on the same held-out windows."""
    import torch

    from explorer.stack.frontier.masked_diffusion.noise import by_count
    from explorer.stack.pretraining.batches import held_out_windows, token_losses

    masked, causal = shared.masked(folder), shared.causal(folder)  # what is committed is measured
    kinds, n = {}, shared.n
    generator = torch.Generator().manual_seed(0)
    for kind, stream in held.items():
        windows = held_out_windows(stream, n, MEASURED)
        exact, bounds = list[float](), list[float]()
        for row in windows:
            counts = torch.randint(1, n + 1, (DRAWS,), generator=generator)
            made = by_count(row.expand(DRAWS, -1), counts, masked.mask, generator)
            bounds.append(float((masked.nats(made).sum(1) * made.weights).mean()) / n)
            with torch.inference_mode():
                exact.append(float(token_losses(causal, row[None]).mean()))
        gaps = [bound - loss for bound, loss in zip(bounds, exact, strict=True)]
        kinds[kind] = {
            "bound": round(_mean(bounds), 4),
            "exact": round(_mean(exact), 4),
            "gap": round(_mean(gaps), 4),
            "gap_error": round(_error(gaps), 4),
        }
    return {
        "what": (
            f"{MEASURED} windows of the last 5% of each text's documents, the first token given; nats a token. The "
            f"bound is the mean of {DRAWS} draws a window, so many tokens hidden as drawn from 1 to {n}"
        ),
        "kinds": kinds,
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _error(values: list[float]) -> float:
    """The standard error of the mean."""
    middle = _mean(values)
    return math.sqrt(sum((each - middle) ** 2 for each in values) / (len(values) - 1) / len(values))
