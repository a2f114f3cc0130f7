"""Training a model of the shelf from its recipe: the texts, the tokenizer, the run, and the folder that is committed.

`models/<name>/recipe.toml` goes in; config.json, model.safetensors, tokenizer.json, model.toml, loss.csv, held_out.csv
and sample.md come out beside it. The checkpoint lies in the cache until the run is over.
"""

from __future__ import annotations

import hashlib
import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import BadRequestError
from explorer.stack.pretraining import recipe as recipes
from explorer.zoo import cache, texts
from explorer.zoo.progress import silent

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor, nn

    from explorer.stack.pretraining.train import Progress

END = "<|endoftext|>"


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
    import torch

    from explorer.stack.pretraining.batches import Batches, held_out_windows
    from explorer.stack.pretraining.train import evaluate, train

    recipe = recipes.read(recipe_path)
    checkpoint = checkpoint_of(recipe.name)
    loaded = [texts.load(name, silent) for name in recipe.data.texts]
    tokenizer = tokenizer_for(recipe, loaded)
    streams, held = {}, {}
    for text in loaded:
        streams[text.source.kind] = stream(tokenizer, text.documents)
        held[text.source.kind] = stream(tokenizer, text.held_out)
        announce(
            f"{text.source.kind}: {len(streams[text.source.kind]):,} tokens, {len(held[text.source.kind]):,} held out"
        )
    weights = {text.source.kind: recipe.data.texts[text.source.name] for text in loaded}
    batches = Batches(streams, weights, recipe.data.n_ctx, recipe.data.rows, recipe.run.seed)
    windows = {k: held_out_windows(ids, recipe.data.n_ctx, recipe.run.evaluate_windows) for k, ids in held.items()}
    model = build(recipe, torch.Generator().manual_seed(recipe.run.seed))
    announce(
        f"{sum(p.numel() for p in model.parameters()):,} parameters, "
        f"{recipe.tokens:,} tokens in {recipe.optimiser.steps:,} steps"
    )
    stop: list[int] = []
    before = {
        number: signal.signal(number, lambda number, _: stop.append(number))
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        progress = train(
            model, recipe, batches, windows, checkpoint, until=until, stopped=lambda: bool(stop), report=report
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    write_curves(progress, recipe_path.parent)
    if progress.step < recipe.optimiser.steps and not write:
        announce(f"Stopped at step {progress.step:,}; the same command goes on from there.")
        return None
    all_windows = {kind: held_out_windows(ids, recipe.data.n_ctx, len(ids)) for kind, ids in held.items()}
    final = evaluate(model, all_windows, progress, progress.step * recipe.data.rows * recipe.data.n_ctx)
    from explorer.zoo.training_folder import write_folder

    folder = write_folder(recipe_path.parent, recipe, model, tokenizer, loaded, progress, final)
    announce(f"Written to {folder}: held-out loss {final.mean:.3f} nats a token, mean of {len(final.losses)} kinds.")
    return folder


def checkpoint_of(name: str) -> Path:
    """Where a run's checkpoint lies."""
    return cache.cache_folder() / "training" / f"{name}.pt"


def build(recipe: recipes.Recipe, generator: Any = None) -> nn.Module:
    """The untrained model of a recipe. Raises BadRequestError for an architecture that is not trained here."""
    import torch

    sizes = dict(recipe.model)
    architecture = sizes.pop("architecture")
    if architecture not in ("mixtral", "llama"):
        raise BadRequestError(f"No architecture {architecture!r} is trained here (mixtral or llama).")
    from explorer.stack.architectures.sparse_decoder import SparseDecoder, SparseDecoderConfig

    if architecture == "llama":
        sizes |= {"n_experts": 1, "k": 1}
    sizes.setdefault("n_ctx", 1024)
    config = SparseDecoderConfig(d_vocab=recipe.data.d_vocab, **sizes)
    return SparseDecoder(config, generator, getattr(torch, recipe.run.compute))


def tokenizer_for(recipe: recipes.Recipe, loaded: list[texts.Text]) -> Tokenizer:
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


def train_tokenizer(d_vocab: int, characters: int, loaded: list[texts.Text]) -> Tokenizer:
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
    """loss.csv: every step. held_out.csv: the held-out loss of each kind, every time that it was measured."""
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
            writer.writerow(["step", "tokens", *progress.evaluations[0].losses, "mean"])
            for each in progress.evaluations:
                writer.writerow([each.step, each.tokens, *(f"{v:.4f}" for v in (*each.losses.values(), each.mean))])
