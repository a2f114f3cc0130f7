"""Training a sweep: the runs of its recipe one after the other, each written as a row once it is over.

`recipe.toml` goes in; runs.csv, curves.csv and card.json come out beside it. A run that is there is not trained again,
one that was stopped goes on from its checkpoint in the cache, where the trained models stay. The larger run needs
prediction.json, which `experiments.pretraining.sweep` writes from the other runs.
"""

from __future__ import annotations

import csv
import hashlib
import json
import platform
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.corpora import drills, texts
from explorer.corpora.source import Text
from explorer.fetching import cache
from explorer.fetching.progress import silent
from explorer.stack.pretraining.batches import Batches, WindowCourse
from explorer.training.folder import text_cards
from explorer.training.sweep_recipe import Planned, SweepRecipe, read
from explorer.training.tokens import END, stream, streams_of, tokenizer_for

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from torch import Tensor

    from explorer.stack.pretraining.train import Evaluation, Progress
    from explorer.stack.transformer.decoder import Decoder

RUNS, CURVES, CARD, PREDICTION = "runs.csv", "curves.csv", "card.json", "prediction.json"
#: Drills of each kind that are trained on (read again and again), and asked.
TRAINED, ASKED, DRILL_SEED = 40_000, 200, 7
#: While training: held-out windows of each kind, points of the training loss.
WHILE, POINTS = 8, 24
LINE_EVERY_S = 60.0


@dataclass(frozen=True)
class Questions:
    """Drills of one kind as tokens."""

    rows: tuple[Tensor, ...]
    """Questions with their answers, those of equal length together; row pos."""
    answer: int
    """Tokens of an answer: the last of each row."""


@dataclass(frozen=True)
class DrillCourse(WindowCourse):
    """Windows of texts and drills, the drills asked too."""

    questions: Mapping[str, Questions]

    def scores(self, model: object, everything: bool = False) -> dict[str, float]:  # noqa: ARG002
        from explorer.stack.transformer.decoder import Decoder

        assert isinstance(model, Decoder)
        return {
            f"{kind}_{name}": value
            for kind, questions in self.questions.items()
            for name, value in answered(model, questions).items()
        }


def answered(model: Decoder, questions: Questions) -> dict[str, float]:
    """How the answers fare, the right tokens before each given.

    ``nats``: of a token of an answer. ``right``: share of tokens that are the likeliest. ``whole``: the mean
    probability of a whole answer. ``exact1``, ``exact2``, ...: share of answers whose first tokens, so many, are all
    the likeliest, so that greedy decoding writes them; ``exact``: all of them.
    """
    import torch

    length = questions.answer
    log_p, right = [], []
    for ids in questions.rows:
        logits = model(ids)[:, -length - 1 : -1].float()  # row answer d_vocab
        targets = ids[:, -length:]
        log_p.append(logits.log_softmax(-1).gather(-1, targets[..., None])[..., 0])
        right.append(logits.argmax(-1) == targets)
    every, likeliest = torch.cat(log_p).double(), torch.cat(right)  # drill answer
    until = likeliest.cumprod(-1).double().mean(0)  # answer
    return {
        "nats": float(-every.mean()),
        "right": float(likeliest.double().mean()),
        "whole": float(every.sum(-1).exp().mean()),
        "exact": float(until[-1]),
    } | {f"exact{k + 1}": float(value) for k, value in enumerate(until)}


def asked(tokenizer: Tokenizer) -> dict[str, Questions]:
    """The drills that are asked, behind an end-of-text token as in training."""
    import torch

    end, found = tokenizer.token_to_id(END), {}
    for kind in drills.KINDS:
        by_length: dict[int, list[list[int]]] = {}
        made = drills.asked(kind, ASKED, DRILL_SEED)
        for each in made:
            ids = [end, *tokenizer.encode(each.text).ids]
            assert ids == [end, *tokenizer.encode(each.question).ids, *tokenizer.encode(each.answer).ids]
            by_length.setdefault(len(ids), []).append(ids)
        found[kind] = Questions(tuple(torch.tensor(rows) for rows in by_length.values()), len(made[0].answer))
    return found


@dataclass(frozen=True)
class Material:
    """What all runs of a sweep read."""

    streams: dict[str, Tensor]
    held: dict[str, Tensor]
    weights: dict[str, float]
    questions: dict[str, Questions]

    def course(self, recipe: SweepRecipe, seed: int, measured: int) -> DrillCourse:
        batches = Batches(self.streams, self.weights, recipe.data.n_ctx, recipe.data.rows, seed)
        return DrillCourse(batches, self.held, measured, self.questions)


def folder_of(recipe: SweepRecipe) -> Path:
    """Where checkpoints and trained models lie."""
    return cache.cache_folder() / "training" / "sweeps" / recipe.name


def material(recipe: SweepRecipe, loaded: list[Text]) -> Material:
    """Texts and drills as tokens; nothing of the drills is held out as text."""
    import torch

    tokenizer = tokenizer_for(recipe.data, loaded)
    key = hashlib.sha256("".join((tokenizer.to_str(), *(text.sha256 for text in loaded))).encode()).hexdigest()[:12]
    path = folder_of(recipe) / f"tokens-{key}.pt"
    if not path.is_file():  # a minute's work, done once
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(streams_of(tokenizer, loaded), path)
    streams, held = torch.load(path)
    weights = {text.source.kind: recipe.data.texts[text.source.name] for text in loaded}
    if recipe.data.drills:
        made = [each.text for kind in drills.KINDS for each in drills.trained(kind, TRAINED, DRILL_SEED)]
        random.Random(DRILL_SEED).shuffle(made)  # noqa: S311
        streams["drills"], weights["drills"] = stream(tokenizer, tuple(made)), recipe.data.drills
    return Material(streams, held, weights, asked(tokenizer) if recipe.data.drills else {})


def run(
    recipe_path: Path,
    *,
    announce: Callable[[str], None] = print,
    report: Callable[[Planned, Progress], None] = lambda *_: None,
    stopped: Callable[[], bool] = lambda: False,
) -> bool:
    """Train what is not there yet; whether all runs are now. The larger run waits for its prediction."""
    recipe, folder = read(recipe_path), recipe_path.parent
    rows = [row for row in read_rows(folder / RUNS) if row["key"] in {recipe.key(each) for each in recipe.runs()}]
    done = {row["run"] for row in rows}
    missing = [each for each in recipe.runs() if each.name not in done]
    if not missing:
        return True
    loaded = [texts.load(name, silent) for name in recipe.data.texts]
    read_by_all = material(recipe, loaded)
    (folder / CARD).write_text(_card(recipe, loaded, read_by_all), encoding="utf-8")
    for planned in missing:
        if planned.part == "held out" and not (folder / PREDICTION).is_file():
            announce(
                "The larger run waits for its prediction: write it with --predict, and keep it, before it is trained."
            )
            return False
        row, curve = train_one(recipe, planned, read_by_all, lambda progress, at=planned: report(at, progress), stopped)
        if row is None:
            announce(f"Stopped within {planned.name}; the same command goes on from there.")
            return False
        _append(folder / RUNS, [row])
        _append(folder / CURVES, curve)
        announce(f"{planned.name}: {planned.parameters:,} parameters, {planned.tokens:,} tokens, loss {row['loss']}")
    return True


def each_minute(say: Callable[[str], None]) -> Callable[[Planned, Progress], None]:
    """A line a minute: which run, and how far it is."""
    at = time.monotonic()

    def report(planned: Planned, progress: Progress) -> None:
        nonlocal at
        if time.monotonic() - at > LINE_EVERY_S:
            at = time.monotonic()
            say(f"{planned.name}: step {progress.step:,} of {planned.steps:,}")

    return report


def train_one(
    recipe: SweepRecipe,
    planned: Planned,
    read_by_all: Material,
    report: Callable[[Progress], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[dict[str, object] | None, list[dict[str, object]]]:
    """The row of a run and its curve; no row where it was stopped."""
    import torch

    from explorer.stack.pretraining.train import Settings, evaluate, train
    from explorer.stack.transformer.decoder import Decoder

    model = Decoder(recipe.config(planned.size))
    model.initialise(torch.Generator().manual_seed(planned.seed))
    assert sum(each.numel() for each in model.parameters()) == planned.parameters
    settings = Settings(
        recipe.schedule(planned),
        recipe.tokens_per_step,
        evaluate_every=-(-planned.steps // recipe.data.evaluations),
        fixed=recipe.fixed(planned),
    )
    course = read_by_all.course(recipe, planned.seed, WHILE)
    path = folder_of(recipe) / f"{planned.name}-{recipe.key(planned)}.pt"
    progress = train(model, course, settings, path, report=report, stopped=stopped)
    if progress.step < planned.steps:
        return None, []
    final = evaluate(model, replace(course, measured=recipe.data.measured), progress)
    return _row(recipe, planned, progress, final), _curve(planned, progress)


def _row(recipe: SweepRecipe, planned: Planned, progress: Progress, final: Evaluation) -> dict[str, object]:
    from explorer.stack.pretraining.compute import trained

    size = recipe.sizes[planned.size]
    said: dict[str, object] = {
        "run": planned.name,
        "key": recipe.key(planned),
        "compute": planned.compute,
        "size": planned.size,
        "seed": planned.seed,
        "part": planned.part,
        "n_layers": size.n_layers,
        "d_model": size.d_model,
        "parameters": planned.parameters,
        "embedding": planned.embedding,
        "steps": planned.steps,
        "tokens": planned.tokens,
        "peak": f"{planned.peak:.4g}",
        "flops": planned.steps * recipe.data.rows * trained(recipe.config(planned.size), recipe.data.n_ctx),
        "seconds": round(progress.seconds, 1),
        "loss": f"{final.mean:.5f}",
    }
    return said | {
        name: f"{value:.5g}"
        for name, value in {**{f"on {k}": v for k, v in final.losses.items()}, **final.scores}.items()
    }


def _curve(planned: Planned, progress: Progress) -> list[dict[str, object]]:
    """The training loss, a mean since the row before, at steps of about equal ratio; what was measured on the way."""
    measured = {each.step: each for each in progress.evaluations}
    ratio = planned.steps ** (1 / POINTS)
    steps = sorted({round(ratio**each) for each in range(POINTS + 1)} | {*measured})
    scored = list(progress.evaluations[0].scores)
    rows, before = [], 0
    for step in steps:
        losses = [point.losses["lm"] for point in progress.curve[before:step]]
        at = measured.get(step)
        row: dict[str, object] = {
            "run": planned.name,
            "step": step,
            "tokens": progress.curve[step - 1].tokens,
            "loss": f"{sum(losses) / len(losses):.4f}",
            "held": f"{at.mean:.4f}" if at else "",
        }
        for name in scored:
            row[name] = f"{at.scores[name]:.5g}" if at else ""
        rows.append(row)
        before = step
    return rows


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table; none where it is not there."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _append(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Rows behind those that are there, but for those of the same run."""
    written = {row["run"] for row in rows}
    kept: list[Mapping[str, object]] = [row for row in read_rows(path) if row["run"] not in written]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows([*kept, *rows])


def _card(recipe: SweepRecipe, loaded: list[Text], read_by_all: Material) -> str:
    import torch

    card = {
        "title": recipe.title,
        "recipe": "recipe.toml, beside this file; made by: python -m explorer sweep",
        "texts": text_cards(loaded, recipe.data.texts),
        "tokens": {kind: len(ids) for kind, ids in read_by_all.streams.items()},
        "held_out_tokens": {kind: len(ids) for kind, ids in read_by_all.held.items()},
        "measured": f"the last 5% of each text's documents: {recipe.data.measured} windows of {recipe.data.n_ctx} "
        "tokens of each kind, spread evenly; nats a token, every kind with an equal say",
        "drills": {"made by": "explorer.corpora.drills", "seed": DRILL_SEED, "trained": TRAINED, "asked": ASKED}
        if recipe.data.drills
        else "none",
        "machine": {
            "processor": platform.machine(),
            "threads": torch.get_num_threads(),
            "torch": torch.__version__,
            "numbers": "float32",
        },
        "licence": "The results are the project's own, under Apache-2.0. The texts keep their licences, and none is "
        "part of this folder.",
    }
    return json.dumps(card, indent=1, ensure_ascii=False) + "\n"
