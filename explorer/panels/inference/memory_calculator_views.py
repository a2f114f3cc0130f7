"""Memory calculator: will it fit and how fast, every format, real models compared, and the formulas against tensors."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from explorer.errors import ExplorerError
from explorer.experiments.inference.serving import memory_calculator as experiment
from explorer.figures.inference.serving import memory_calculator as figure
from explorer.figures.inference.serving import serving_asked, serving_fit
from explorer.figures.inference.serving.own_model import own
from explorer.figures.inference.serving.serving_ground import ServingGround, ground
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.inference.serving import memory_calculator as mechanism
from explorer.stack.inference.serving import model_config, weight_schemes
from explorer.stack.inference.serving.known_models import FILES, REAL_MODELS
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.stack.worst import worst
from explorer.zoo import hub

#: Papers and cards round their totals; a file also holds its vocabulary.
ROUNDED, FILE = 0.01, 0.005
#: Models whose papers state more than a round name.
QUOTED = ("LLaMA-7B", "Mixtral-8x7B", "GPT-3", "Llama-3.1-405B")
HUB_NAME = re.compile(r"[\w.-]{1,96}/[\w.-]{1,96}")
ASK = "Paste a model's config.json, or give its name on a hub: owner/name."
#: Characters of a control.
LONGEST = 4000


def fit(scene: Scene) -> Rendered[serving_fit.ServingFit]:
    off = worst(
        abs(sum(weight_schemes.stored(REAL_MODELS[model], scheme).values()) / (gigabytes * 1e9) - 1)
        for (model, scheme), gigabytes in FILES.items()
    )
    what = f"The weights of {len(FILES)} models and formats are as large as their published files"
    data = serving_fit.fit(*_chosen(scene), str(scene.controls.get("config", "")))
    return Rendered(data, (Check(what, off, FILE, "largest relative difference"),))


def budget(scene: Scene) -> Rendered[serving_fit.MemoryFormats]:
    return Rendered(serving_fit.formats(*_chosen(scene)))


def table(scene: Scene) -> Rendered[figure.MemoryModels]:
    counted = {name: mechanism.parameters(sizes).total for name, sizes in REAL_MODELS.items()}
    off = worst(abs(counted[name] / 1e9 / PUBLISHED[name].stated - 1) for name in QUOTED)
    what = f"The parameters of {len(QUOTED)} models, counted from their sizes, are those that their papers state"
    known = {name: exact for name in counted if (exact := PUBLISHED[name].exact)}
    apart = worst(abs(counted[name] - exact) for name, exact in known.items())
    exactly = f"The counted parameters of {len(known)} models are exactly those of their published files"
    return Rendered(
        figure.models(*_chosen(scene)),
        (
            Check(what, off, ROUNDED, "largest relative difference"),
            Check(exactly, float(apart), 0.0, "largest difference"),
        ),
    )


def calibration(scene: Scene) -> Iterator[Rendered[figure.MemoryCalibration]]:
    """Real tensors of the running model: its weights, caches that have read some tokens, and a run by the clock."""
    sizes = Sizes.of(scene.decoder.config)
    said = scene.model.hf.config.to_json_string(use_diff=True)
    config = re.sub(r"\s+", " ", said) if len(said) <= LONGEST else ""
    for made in experiment.calibrate(scene.decoder, scene.ticks("Weighed")):
        data = figure.calibration(made, scene.model.card.title, sizes, experiment.BLOCK, config)
        yield Rendered(data, _checks(made) if made.done else ())


def _chosen(scene: Scene) -> tuple[serving_asked.ServingAsked, Sizes | str, str, ServingGround]:
    """What is asked, the model's sizes or why there are none, its name, and what the page computes others from."""
    of, pasted = serving_asked.asked(scene.controls), _of_config(str(scene.controls.get("config", "")).strip())
    if of.model == "own":
        return of, own(scene.controls), "Own numbers", ground(*pasted)
    sizes, name = pasted if of.model == "config" else (REAL_MODELS[of.model], of.model)
    return of, sizes, name, ground(*pasted)


@lru_cache(maxsize=64)
def _of_config(said: str) -> tuple[Sizes | str, str]:
    """Of a pasted config, or of a model of the hub."""
    if not said:
        return ASK, ""
    named = HUB_NAME.fullmatch(said) is not None
    try:
        config = model_config.parsed(hub.settings(said) if named else said)
        return model_config.from_hf(config), said if named else f"Pasted {config.model_type}"
    except ExplorerError as error:
        return f"{error.message} {'Paste its config.json instead.' if named else error.hint}".strip(), ""


def _checks(made: experiment.Calibration) -> tuple[Check, ...]:
    exact = [each for each in made.caches if each.whole]
    return (
        Check(
            f"The formula counts this model's {made.weights.count:,} parameters",
            float(abs(made.weights.count - made.weights.formula_count)),
            0.0,
            "difference",
        ),
        Check(
            f"2·B·T·L·h_kv·d_head·bytes was written into the tensors of {len(exact)} caches",
            float(worst(abs(each.formula - each.tensors) for each in exact)),
            0.0,
            "largest difference",
        ),
    )
