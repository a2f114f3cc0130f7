"""Sampler against trainer: the run's text scored in several ways, and a text drawn under top-p."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from explorer.errors import NotApplicableError
from explorer.experiments.finetuning import sampler_trainer as experiment
from explorer.figures.finetuning import sampler_trainer as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene

#: Tokens of the run that are scored.
MOST = 64
#: Nats: of float32 in another order of sums.
ROUNDED = 2e-3


def ways(scene: Scene) -> Iterator[Rendered[figure.SamplerTrainer]]:
    ids = scene.trace.ids[:MOST]
    if len(ids) < 2:
        raise NotApplicableError("A text of one token has nothing to score.", "Write a longer prompt.")
    said, made = tuple(int(each) for each in ids), ()
    for made in experiment.ways(scene.decoder, ids, scene.progress):
        if len(made) > 1:
            yield Rendered(figure.ways(made, said, done=False), token_ids=said)
    checks = _checks(made, _of_transformers(scene, ids))
    yield Rendered(figure.ways(made, said, done=True), checks, token_ids=said)


def truncated(scene: Scene) -> Rendered[figure.SamplerCut]:
    top_p, temperature = scene.real("top_p"), scene.real("temperature")
    prompt = scene.trace.ids[:MOST]
    room = scene.decoder.config.n_ctx - len(prompt)
    if room < 1:
        raise NotApplicableError("The run fills the model’s context.", "Write a shorter prompt.")
    made = experiment.cut(
        scene.decoder, prompt, top_p, temperature, min(scene.whole("tokens"), room), scene.whole("seed"), scene.progress
    )
    data = figure.cut(made, top_p, temperature)
    off = float(((made.scaled - made.sampler) - made.mass.log()).abs().max())
    what = "Trainer’s probability by the sampler’s = the kept mass, at every token drawn"
    return Rendered(data, (Check(what, off, ROUNDED, "largest difference, nats"),), token_ids=data.ids)


@torch.no_grad()
def _of_transformers(scene: Scene, ids: torch.Tensor) -> torch.Tensor:
    model = scene.model
    logits = model.hf(ids[None].to(model.device)).logits[0, :-1].float().cpu()
    return logits.log_softmax(-1).gather(1, ids[1:, None])[:, 0]


def _checks(made: tuple[experiment.Way, ...], theirs: torch.Tensor) -> tuple[Check, ...]:
    by_name = {each.name: each for each in made}
    said = "largest difference, nats"
    trainer = float((by_name["trainer"].logp - theirs).abs().max())
    cache, batch = (float(by_name[name].log_ratio.abs().max()) for name in ("cache", "batch"))
    return (
        Check("The trainer’s log-probabilities = transformers’", trainer, ROUNDED, said),
        Check("In float32, a token at a time through the cache = the whole text at once", cache, ROUNDED, said),
        Check(f"In float32, in a batch of {experiment.BATCH} = alone", batch, ROUNDED, said),
    )
