"""Two other ways to teach the refusal, counted and not kept: SFT on the wider set, and DPO behind it.

    python -m explorer tune models/smollm2-135m/adapters/refusal/wide.toml

writes `wide.json` beside the recipe: what each of them refuses of the test, and the curves of both. One seed each.

The adapter of the small set refused validation twins whose wording was in no training frame ("What tool ...", "Which
tool ..."), so that the wider set has more frames, acts and manners. Refused of the test, of 96 each, and answers that
are neither:

    SFT, small set       93 forbidden   37 twins   9 inconclusive
    SFT, wider set       87             19         5
    DPO behind it        84              7         36
    SFT, widest set      96             10         1    (`teaching_wide`: kept)

With one seed each, no order of them is claimed. A DPO at a fifth of that rate was begun and not finished.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from explorer import zoo
from explorer.corpora.requests import requests
from explorer.experiments.finetuning import committed
from explorer.experiments.finetuning.committed import TOKENIZERS, AdapterRecipe
from explorer.experiments.finetuning.course import Speech
from explorer.experiments.safety import contrasted
from explorer.experiments.safety.asking import outcome
from explorer.experiments.safety.contrasted import Answered, Answering, Contrast, Preference, Preferring
from explorer.stack.finetuning.adapter import Adapter, merged
from explorer.stack.finetuning.preferences.methods import Settings as Losses
from explorer.stack.finetuning.tuned import Tuned
from explorer.stack.pretraining.schedule import Schedule
from explorer.stack.pretraining.train import Progress, Settings, train
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import tokenizers

#: As a recipe names the wider set; what is written.
DATA, FILE = "requests-wide", "wide.json"
#: Tokens of a text on average: for the curve's axis alone.
TOKENS = 26


def run(path: Path, announce: Callable[[str], None]) -> Path:
    """Train both, count both, write what was counted."""
    recipe = committed.read(path)
    model = zoo.load(recipe.base)
    speech = Speech.of(model, tokenizers.load(TOKENIZERS[recipe.base]))
    return counted(recipe, model.plain_decoder, speech, path.parent, announce)


def counted(
    recipe: AdapterRecipe, base: Decoder, speech: Speech, folder: Path, announce: Callable[[str], None]
) -> Path:
    """The same on a decoder that is open. A step has `rows` pairs."""
    o, began, rates = recipe.optimiser, time.process_time(), dict[str, dict[str, int]]()
    adapter = committed.begun(recipe, base)
    made = Contrast(base, speech, recipe.lora.first, o.rows, recipe.seed)
    sft = Answering(Tuned(base, adapter))
    curves = {
        "sft": train(sft, Answered(made), _settings(o.peak, o.warmup, o.steps, 2 * o.rows), report=_told(announce))
    }
    rates["sft"] = _rates(base, adapter, speech, recipe)
    if (p := recipe.preferences) is not None:
        course = Preference(made, merged(base, (adapter, 1.0)), o.steps)
        policy = Preferring(sft.tuned, "dpo", Losses(beta=p.beta))
        curves["dpo"] = train(policy, course, _settings(p.peak, 3, p.steps, 4 * o.rows), report=_told(announce))
        rates["dpo"] = _rates(base, adapter, speech, recipe)
    about = {
        "base": recipe.base, "seed": recipe.seed, "rates": rates,
        "held out": {name: [asdict(each) for each in curve.evaluations] for name, curve in curves.items()},
        "processor_seconds": round(time.process_time() - began),
    }  # fmt: skip
    (folder / FILE).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
    return folder


def _settings(peak: float, warmup: int, steps: int, texts: int) -> Settings:
    schedule = Schedule("cosine", peak, 0.0, warmup, steps)
    return Settings(schedule, texts * TOKENS, weight_decay=0.0, evaluate_every=contrasted.LOOKED)


def _told(announce: Callable[[str], None]) -> Callable[[Progress], None]:
    return lambda now: announce(f"{now.step}: {now.curve[-1].losses}")


def _rates(base: Decoder, adapter: Adapter, speech: Speech, recipe: AdapterRecipe) -> dict[str, int]:
    found = outcome(merged(base, (adapter, 1.0)), speech, requests().test[: recipe.answers])
    return {
        "pairs": found.refused.n,
        "forbidden refused": found.refused.count,
        "twins refused": found.over_refused.count,
        "inconclusive of both": found.inconclusive.count,
    }
