"""Passages in the prompt: moved, joined from kept keys and values, and cut, with the answer's probability."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.errors import NotApplicableError
from explorer.experiments.context import passages_in_prompt as experiment
from explorer.figures.context import passages_in_prompt as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.context.moved_passage import ordered
from explorer.stack.worst import worst


def middle(scene: Scene) -> Iterator[Rendered[figure.MovedPassage]]:
    count, among, tokens = _asked(scene)
    for made in experiment.moved(scene.model, count, among, tokens, scene.ticks("Questions")):
        data, checks = figure.moved(made, count), ()
        if len(made.asked) == count:
            last, place = made.asked[-1], among // 2
            ids = ordered(last.parts, 0, place).ids()
            theirs = float(experiment.of_transformers(scene.model, ids, last.answer).sum())
            apart = abs(theirs - float(made.places[-1, place]))
            checks = (Check("The last answer with its passage in the middle = transformers’ own pass", apart, 5e-3),)
        yield Rendered(data, checks)


def reuse(scene: Scene) -> Iterator[Rendered[figure.ReusedPassages]]:
    count, among, tokens = _asked(scene)
    config = scene.decoder.config
    if any(config.rope_of(layer) is None for layer in range(config.n_layers)):
        raise NotApplicableError(
            "Some keys of this model carry no rotary position, so that they cannot be turned to another one.",
            "Open SmolLM2 135M or Six Kinds dense.",
        )
    for made in experiment.reused(scene.model, count, among, tokens, scene.ticks("Questions")):
        data, checks = figure.reused(made, count), ()
        if len(made.asked) == count:
            last = made.asked[-1]
            theirs = float(experiment.of_transformers(scene.model, last.parts.ids(), last.answer).sum())
            checks = (
                Check("Keys of block 0, turned to their new places = those of the whole run", made.first_keys, 1e-3),
                Check("The last whole run = transformers’ own pass", abs(theirs - float(made.whole[-1, 0])), 5e-3),
            )
        yield Rendered(data, checks)


def cut(scene: Scene) -> Iterator[Rendered[figure.CutPassages]]:
    count, among, tokens = _asked(scene)
    for made in experiment.cut(scene.model, count, among, tokens, scene.ticks("Questions")):
        data, checks = figure.cut(made, count), ()
        if len(made.asked) == count:
            first, last = made.asked[0], made.asked[-1]
            lead = first.parts.before or first.parts.after[-1:]
            theirs = experiment.of_transformers(scene.model, lead, first.parts.passages[0])
            apart = float((theirs + made.surprisal[0]).abs().max())
            whole = float(experiment.of_transformers(scene.model, last.parts.ids(), last.answer).sum())
            kept = worst(*(abs(whole - float(made.logp[-1, way, -1])) for way in range(made.logp.shape[1])))
            checks = (
                Check("Surprisals of the first passage = transformers’ own losses", apart, 2e-3),
                Check("All tokens kept = transformers’ own pass over the whole prompt", kept, 5e-3),
            )
        yield Rendered(data, checks, token_ids=set(data.ids))


def _asked(scene: Scene) -> tuple[int, int, int]:
    return scene.whole("questions"), scene.whole("among"), scene.whole("tokens")
