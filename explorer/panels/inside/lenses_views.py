"""Lenses: four readings of the stream at every block of one run, held against held-out texts and an exchange."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.inside import lenses as experiment
from explorer.experiments.inside.one_token import one_token
from explorer.figures.inside import lenses as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.frontier.lenses.lens import KINDS, Kind
from explorer.stack.worst import worst

#: Of probabilities; nats; logits.
P, NATS, LOGITS = 1e-4, 2e-3, 2e-3


def _window(scene: Scene) -> slice:
    """Positions around the selected one."""
    n, most = len(scene.trace), experiment.MOST
    start = 0 if n <= most else min(n - most, scene.position - scene.position % most)
    return slice(start, min(n, start + most))


def _missing(found: dict[Kind, experiment.Lens]) -> list[Kind]:
    return [kind for kind in KINDS if kind not in found]


def read(scene: Scene) -> Iterator[Rendered[figure.LensesRead]]:
    trace, window = scene.trace, _window(scene)
    found = experiment.of_model(scene.model, scene.progress)
    parts: list[experiment.Read] = []
    for done, lens in enumerate(found.values()):
        scene.progress("Lenses read", done, len(found))
        parts.append(experiment.read(trace, lens, window))
        data = figure.read(parts, trace.ids[window], window.start, _missing(found))
        named = {*trace.ids.tolist(), *(int(t) for part in parts for t in part.ids.flatten())}
        checks = _read_checks(scene, parts, window) if len(parts) == len(found) else ()
        yield Rendered(data, checks, named)


def _read_checks(scene: Scene, parts: list[experiment.Read], window: slice) -> tuple[Check, ...]:
    said = scene.trace.logits[window].double().softmax(-1)
    errors = [float((said.gather(1, part.ids[-1]) - part.p[-1]).abs().max()) for part in parts]
    what = "After the last block every lens says what the run itself says, all positions"
    return (Check(what, worst(errors), P, "largest difference of p"),)


def held(scene: Scene) -> Iterator[Rendered[figure.LensesHeld]]:
    found = experiment.of_model(scene.model, scene.progress)
    steps = experiment.held_out(scene.model, scene.decoder, found, scene.whole("texts"), scene.progress)
    for made in steps:
        checks: tuple[Check, ...] = ()
        if made.by_transformers is not None:
            what = "The logit lens’s KL at the middle block = that of transformers’ hidden states, norm and head"
            checks = (Check(what, made.by_transformers, NATS, "difference, nats"),)
        yield Rendered(figure.held(made), checks)


def swapped(scene: Scene) -> Iterator[Rendered[figure.LensesSwapped]]:
    trace = scene.trace
    first, second = trace.logits[trace.n_prompt - 1].topk(2).indices.tolist()
    wanted, note = one_token(scene.model, scene.text("concept"), second)
    b = second if wanted == first else wanted
    found = experiment.of_model(scene.model, scene.progress)
    ids = trace.ids[: trace.n_prompt]
    for made in experiment.swapped(scene.decoder, found, ids, first, b, scene.progress):
        checks: tuple[Check, ...] = ()
        if made.by_hook is not None:
            what = "The logit lens’s exchange at the last block compared, by a hook in a whole run, gives the same odds"
            checks = (Check(what, made.by_hook, LOGITS, "difference, logits"),)
        yield Rendered(figure.swapped(made, _missing(found)), checks, {*trace.ids.tolist(), first, b},
                       note=f"{note} {scene.left_out}".strip())  # fmt: skip
