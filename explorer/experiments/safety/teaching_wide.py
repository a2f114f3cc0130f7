"""The refusal taught on the widest set: SFT with the first token weighed, and what it does on the test.

    python -m explorer tune models/smollm2-135m/adapters/refusal/recipe.toml

writes the adapter beside its recipe. What was chosen (blocks, rank, rate, steps) was chosen on the validation pairs,
whose counts are written as well; the test is counted at the end. This is the adapter that is kept. Refused, one seed
each, of 64 validation and of 96 test pairs:

                      forbidden    twins      forbidden    twins
    widest set        62           4          96           10
    the same, 1,000 steps in place of 400: 64 and 9 of the validation; the test was not asked
    small set         56           17         93           37

The earlier one's recipe and counts lie in `refusal-small`, without its weights.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from explorer import zoo
from explorer.corpora.requests import requests
from explorer.experiments.finetuning import committed
from explorer.experiments.finetuning.committed import TOKENIZERS, AdapterRecipe, Made
from explorer.experiments.finetuning.course import Speech
from explorer.experiments.safety import contrasted
from explorer.experiments.safety.asking import outcome
from explorer.experiments.safety.contrasted import Answered, Answering, Contrast
from explorer.experiments.safety.teaching import told
from explorer.stack.finetuning.adapter import merged
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Settings, train
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import tokenizers

#: As a recipe names the widest set, whose pairs are drawn without end.
DATA = "requests-wider"
#: Tokens of a text on average: for the curve's axis alone.
TOKENS = 26


def run(path: Path, announce: Callable[[str], None]) -> Path:
    """Train what the recipe says, count it, write it beside it."""
    recipe = committed.read(path)
    model = zoo.load(recipe.base)
    speech = Speech.of(model, tokenizers.load(TOKENIZERS[recipe.base]))
    return taught(recipe, model.plain_decoder, speech, path.parent, announce)


def settings_of(recipe: AdapterRecipe) -> Settings:
    """A step has `rows` pairs, which are twice as many texts."""
    o = recipe.optimiser
    schedule = Schedule("cosine", o.peak, o.floor, o.warmup, o.steps)
    return Settings(schedule, 2 * o.rows * TOKENS, weight_decay=0.0, evaluate_every=contrasted.LOOKED)


def tuned(recipe: AdapterRecipe, base: Decoder, speech: Speech, announce: Callable[[str], None]) -> Made:
    """Train it; nothing is written. The held-out loss is the mean of both kinds'."""
    began, adapter = time.process_time(), committed.begun(recipe, base)
    made = Contrast(base, speech, recipe.lora.first, recipe.optimiser.rows, recipe.seed, more=True)
    before = _loss(made, base)
    progress = train(
        Answering(Tuned(base, adapter), first=True), Answered(made), settings_of(recipe),
        report=lambda now: announce(f"{now.step}: {now.curve[-1].losses}, {now.evaluations[-1:]}"),
    )  # fmt: skip
    halved = committed.halves(adapter)
    after = _loss(made, merged(base, (halved, 1.0)))
    return Made(halved, progress, before, after, time.process_time() - began)


def _loss(made: Contrast, decoder: Decoder) -> float:
    losses, _ = made.looked(decoder)
    return sum(losses.values()) / len(losses)


def taught(recipe: AdapterRecipe, base: Decoder, speech: Speech, folder: Path, announce: Callable[[str], None]) -> Path:
    """The same on a decoder that is open."""
    made, data = tuned(recipe, base, speech, announce), requests()
    worn, found = merged(base, (made.adapter, 1.0)), dict[str, dict[str, int]]()
    more = {"rates": found, "data": asdict(data.card) | {"trained on": "corpora.requests.wide"}}
    asked = [("validation", worn, data.validation), ("adapter", worn, data.test), ("base", base, data.test)]
    for name, decoder, twins in asked:
        # Written before it is asked as well: asking takes minutes.
        committed.write(recipe, made, base, len(data.validation), folder, more)
        found[name] = told(outcome(decoder, speech, twins[: recipe.answers]))
        announce(f"held out {made.before:.3f} to {made.after:.3f}, {found}")
    committed.write(recipe, made, base, len(data.validation), folder, more)
    return folder
