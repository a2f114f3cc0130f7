"""Training a model of the shelf from its recipe: the texts, the tokenizer, the run, and the folder that is committed.

`models/<name>/recipe.toml` goes in; config.json, model.safetensors, tokenizer.json, model.toml, loss.csv, held_out.csv
and sample.md come out beside it. The checkpoint lies in the cache until the run is over.
"""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.corpora import texts
from explorer.corpora.source import Text
from explorer.errors import BadRequestError
from explorer.fetching import cache
from explorer.fetching.progress import silent
from explorer.stack.pretraining import recipe as recipes

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor, nn

    from explorer.stack.pretraining.batches import Course
    from explorer.stack.pretraining.train import Evaluation, Progress
    from explorer.training.folder import Written

END = "<|endoftext|>"
DECODERS = ("mixtral", "llama")


@dataclass(frozen=True)
class Plan:
    """What differs between the architectures that are trained here."""

    tokenizer: Tokenizer
    model: Any
    course: Course
    """What the model sees at each step, and how it is measured."""
    written: Callable[[Progress, Evaluation], Written]
    """What its folder says of it at the end."""
    lines: tuple[str, ...] = ()
    """Said at the start."""


def run(
    recipe_path: Path,
    *,
    until: int | None = None,
    write: bool = False,
    announce: Callable[[str], None] = print,
    report: Callable[[Progress], None] = lambda _: None,
) -> Path | None:
    """Train what the recipe says and write the model beside it; None if the run was stopped before its end.

    `write` writes the model wherever the run stops, so with `until=0` the one of the checkpoint.
    SIGTERM and SIGINT end the run after the step that is under way, with a checkpoint; the same call goes on from it.
    """
    from explorer.stack.pretraining.train import evaluate, train
    from explorer.training.folder import write_folder

    recipe = recipes.read(recipe_path)
    loaded = [texts.load(name, silent) for name in recipe.data.texts]
    planned = plan(recipe, loaded)
    model, course = planned.model, planned.course
    for line in planned.lines:
        announce(line)
    announce(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, "
        f"{recipe.tokens:,} tokens in {recipe.optimiser.steps:,} steps"
    )
    with _asked_to_stop() as stop:
        progress = train(
            model, recipe, course, checkpoint_of(recipe.name), until=until, stopped=lambda: bool(stop), report=report
        )
    write_curves(progress, recipe_path.parent)
    if progress.step < recipe.optimiser.steps and not write:
        announce(f"Stopped at step {progress.step:,}; the same command goes on from there.")
        return None
    final = evaluate(model, course, recipe, progress.step, everything=True)
    written = planned.written(progress, final)
    folder = write_folder(recipe_path.parent, recipe, model, planned.tokenizer, loaded, progress, final, written)
    announce(f"Written to {folder}: {written.note}.")
    return folder


@contextmanager
def _asked_to_stop() -> Iterator[Sequence[int]]:
    """The signals that came, SIGTERM or SIGINT, which do nothing else meanwhile."""
    came: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: came.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def plan(recipe: recipes.Recipe, loaded: list[Text]) -> Plan:
    """Model, texts and measures of a recipe. Raises BadRequestError for an architecture that is not trained here."""
    if recipe.model["architecture"] == "t5":
        from explorer.training.encoder_decoder import plan as plan_encoder_decoder

        return plan_encoder_decoder(recipe, loaded)
    return _plan_decoder(recipe, loaded)


def _plan_decoder(recipe: recipes.Recipe, loaded: list[Text]) -> Plan:
    import torch

    from explorer.stack.pretraining.batches import Batches, WindowCourse
    from explorer.training.folder import decoder_written

    tokenizer = tokenizer_for(recipe, loaded)
    model: Any = build(recipe, torch.Generator().manual_seed(recipe.run.seed))
    streams, held = streams_of(tokenizer, loaded)
    weights = {text.source.kind: recipe.data.texts[text.source.name] for text in loaded}
    batches = Batches(streams, weights, recipe.data.n_ctx, recipe.data.rows, recipe.run.seed)
    return Plan(
        tokenizer,
        model,
        WindowCourse(batches, held, recipe.run.evaluate_windows),
        lambda progress, final: decoder_written(recipe, model, tokenizer, progress, final),
        tuple(f"{kind}: {len(ids):,} tokens, {len(held[kind]):,} held out" for kind, ids in streams.items()),
    )


def streams_of(tokenizer: Tokenizer, loaded: list[Text]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """The tokens of each kind of text, those to train on and those held out."""
    kinds = [text.source.kind for text in loaded]
    kept, held = [text.documents for text in loaded], [text.held_out for text in loaded]
    return (
        {kind: stream(tokenizer, documents) for kind, documents in zip(kinds, kept, strict=True)},
        {kind: stream(tokenizer, documents) for kind, documents in zip(kinds, held, strict=True)},
    )


def checkpoint_of(name: str) -> Path:
    """Where a run's checkpoint lies."""
    return cache.cache_folder() / "training" / f"{name}.pt"


def build(recipe: recipes.Recipe, generator: Any = None) -> nn.Module:
    """The untrained decoder of a recipe. Raises BadRequestError for an architecture that is not trained here."""
    import torch

    sizes = dict(recipe.model)
    architecture = sizes.pop("architecture")
    if architecture not in DECODERS:
        raise BadRequestError(f"No architecture {architecture!r} is trained here (mixtral, llama or t5).")
    from explorer.stack.architectures.sparse_decoder import SparseDecoder, SparseDecoderConfig

    if architecture == "llama":
        sizes |= {"n_experts": 1, "k": 1}
    sizes.setdefault("n_ctx", 1024)
    config = SparseDecoderConfig(d_vocab=recipe.data.d_vocab, **sizes)
    return SparseDecoder(config, generator, getattr(torch, recipe.run.compute))


def tokenizer_for(recipe: recipes.Recipe, loaded: list[Text]) -> Tokenizer:
    """The byte-level BPE of these texts, trained once and kept in the cache: twins share it."""
    from tokenizers import Tokenizer

    settings = [recipe.data.d_vocab, recipe.data.tokenizer_characters, *(text.sha256 for text in loaded)]
    key = hashlib.sha256(json.dumps(settings).encode()).hexdigest()[:12]
    path = cache.cache_folder() / "training" / f"tokenizer-{key}.json"
    with cache.locked(f"tokenizer-{key}"):
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            train_tokenizer(recipe.data.d_vocab, recipe.data.tokenizer_characters, loaded).save(str(path))
        return Tokenizer.from_file(str(path))


def train_tokenizer(d_vocab: int, characters: int, loaded: list[Text]) -> Tokenizer:
    """Byte-level BPE on an even mix: the same number of characters of every text. Digits stand alone."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=d_vocab,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    mix = [document for text in loaded for document in texts.evenly(list(text.documents), characters)]
    tokenizer.train_from_iterator(mix, trainer)
    return tokenizer


def stream(tokenizer: Tokenizer, documents: tuple[str, ...]) -> Tensor:
    """The documents end to end, each behind an end-of-text token."""
    import torch

    end = tokenizer.token_to_id(END)
    encoded = tokenizer.encode_batch(list(documents))
    return torch.tensor([token for each in encoded for token in (end, *each.ids)], dtype=torch.int32)


def write_curves(progress: Progress, folder: Path) -> None:
    """loss.csv: every step. held_out.csv: the held-out loss of each kind (and scores), whenever they were measured."""
    import csv
    from dataclasses import asdict

    if progress.curve:
        with (folder / "loss.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(asdict(progress.curve[0]))
            for point in progress.curve:
                writer.writerow(f"{v:.5g}" if isinstance(v, float) else v for v in asdict(point).values())
    if progress.evaluations:
        with (folder / "held_out.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            first = progress.evaluations[0]
            writer.writerow(["step", "tokens", *first.losses, "mean", *first.scores])
            for each in progress.evaluations:
                values = (*each.losses.values(), each.mean, *each.scores.values())
                writer.writerow([each.step, each.tokens, *(f"{value:.4f}" for value in values)])
