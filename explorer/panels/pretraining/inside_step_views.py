"""Inside a step: the run's text read, one matrix of the selected block stepped by two optimizers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer.experiments.pretraining import inside_step as experiment
from explorer.experiments.pretraining import muon_or_adamw
from explorer.experiments.pretraining.inside_step import Inside
from explorer.figures.pretraining import inside_step as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst

#: Of the largest update: torch keeps weights in float32, and Muon's iterations in bfloat16.
STEPPED, ITERATED = 4e-3, 1e-4
READ_OFF = 1e-9


def step(scene: Scene) -> Iterator[Rendered[figure.InsideStep]]:
    last = scene.whole("steps")
    for made in _opened(scene):
        yield Rendered(figure.inside(made), _checks(made) if made.t == last else ())


def spectrum(scene: Scene) -> Rendered[figure.StepSpectrum]:
    *_, made = _opened(scene)
    found = experiment.spectra(made)
    what = "Singular values after each iteration = the polynomial of those before it"
    check = Check(what, found.polynomial_error, ITERATED, "largest difference")
    return Rendered(figure.spectrum(made, found), (check,))


def tokens(_scene: Scene) -> Rendered[figure.StepTokens]:
    study = muon_or_adamw.stored()
    found = muon_or_adamw.saving(study)
    off = worst(
        abs(each / _interpolated(study, seed) - 1)
        for each, seed in zip(found.ratios, study.seeds, strict=True)
        if np.isfinite(each)
    )
    what = f"Tokens at AdamW’s loss = NumPy’s interpolation, {len(found.ratios)} seeds"
    return Rendered(figure.tokens(study, found), (Check(what, off, READ_OFF, "largest relative difference"),))


def _interpolated(study: muon_or_adamw.Study, seed: int) -> float:
    """The ratio of tokens, between the runs of Muon."""
    (target,), runs = study.of("adamw", seed), study.of("muon", seed)
    at = np.interp(-target.held, [-each.held for each in runs], [np.log(each.tokens) for each in runs])
    return float(np.exp(at)) / target.tokens


def _opened(scene: Scene) -> Iterator[Inside]:
    scene.check_inside("layer")
    name = experiment.matrix_name(scene.decoder, scene.layer, scene.one_of("matrix"))
    return experiment.opened(
        scene.decoder,
        scene.trace.ids,
        name,
        (scene.one_of("rule"), scene.one_of("other")),
        scene.whole("steps"),
        scene.real("rate"),
        scene.ticks("Steps taken"),
    )


def _checks(made: Inside) -> tuple[Check, ...]:
    by_name = {each.name: each for each in (made.taken, made.other)}
    said = {"sgd": "SGD", "adamw": "AdamW", "muon": "Muon"}
    return tuple(
        Check(
            f"Our {said[name]} = torch’s, after {made.t} steps on the same gradients"
            if name in said
            else "Lion moves every weight by the learning rate, or not at all",
            each.peer_error,
            STEPPED,
            "of the largest update",
        )
        for name, each in by_name.items()
    )
