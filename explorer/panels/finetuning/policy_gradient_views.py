"""Policy gradient: answers drawn and rewarded, gradients of eight losses, steps that are really taken."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.finetuning import pipeline, policy_asked, policy_drawn
from explorer.experiments.finetuning import policy_gradient as experiment
from explorer.figures.finetuning import policy_gradient as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.worst import worst

#: Of a norm and of a cosine; of the largest change.
INNER, CHANGED = 1e-4, 0.05


def estimators(scene: Scene) -> Iterator[Rendered[figure.PolicySwapped]]:
    spoken, decoder = _policy(scene)
    ends = scene.one_of("ends", ("model", "comma", "line"), spoken.usual_end)
    asked, refused = policy_asked.understood(
        spoken, scene.text("prompts"), ends, scene.one_of("rule"), scene.text("pattern")
    )
    scene.progress("Drawing answers", 0, 1)
    drawn = policy_drawn.drawn(
        spoken, decoder, asked, scene.whole("group"), scene.whole("longest"), scene.whole("seed")
    )
    for made in experiment.swapped(decoder, drawn, scene.progress):
        data = figure.swapped(made, lambda each: spoken.decode([each]), refused)
        yield Rendered(data, _checks(made) if data.done else (), chosen={"ends": ends})


def _policy(scene: Scene) -> tuple[policy_asked.Spoken, Decoder]:
    stage = scene.one_of("policy")
    if stage == "page":
        return policy_asked.Spoken.of(scene.model), scene.decoder
    return policy_asked.Spoken.of_sums(), pipeline.decoder("base" if stage == "base" else "sft")


def _checks(made: experiment.Swapped) -> tuple[Check, ...]:
    scopes = [scope for state in made.states for scope in state.scopes]
    count = sum(len(each.norm) for each in scopes)
    return (
        Check(
            f"Norms and cosines from token gradients = autograd of each coded loss, {count} gradients",
            worst(each.apart for each in scopes),
            INNER,
            "largest difference",
        ),
        Check(
            f"Predicted change of log-probabilities = real change, steps {experiment.SHORTER} times as short, two "
            "estimators of each scope",
            worst(each.changed for each in scopes),
            CHANGED,
            "of the largest change",
        ),
    )
