"""Planner: how a training lies over cards, what it needs and takes, and how far the sum is off on published runs."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.systems import planner as experiment
from explorer.experiments.systems import published_runs as rows
from explorer.figures.systems import planner as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.architectures.published_models import PUBLISHED
from explorer.stack.parallelism.planning.memory import kept_by_a_token
from explorer.stack.parallelism.planning.model import MODELS
from explorer.stack.parallelism.planning.plan import Plan
from explorer.stack.parallelism.planning.refuse import cluster_of
from explorer.stack.parallelism.planning.search import Job
from explorer.stack.pretraining.korthikanti import Layer
from explorer.stack.pretraining.korthikanti import rows as korthikanti
from explorer.stack.worst import worst

MILLION = 2**20
#: Models whose released weights are counted to the last one.
EXACT = {"Llama 3 8B": "Llama-3-8B", "Llama 3 70B": "Llama-3-70B", "Llama 3 405B": "Llama-3.1-405B",
         "Mixtral 8x7B": "Mixtral-8x7B", "DeepSeek-V3": "DeepSeek-V3"}  # fmt: skip
#: Norms are left out of the planner's matrices.
NORMS = 1e-4


def _job(scene: Scene) -> Job:
    length = scene.whole("length")
    return Job(scene.whole("cards"), max(1, scene.whole("tokens") * MILLION // length), length)


def plans(scene: Scene) -> Iterator[Rendered[figure.PlannerCells]]:
    model, card, job = scene.one_of("model"), scene.one_of("card"), _job(scene)
    refused = cluster_of(job.cards)
    cells = () if refused else experiment.planned(model, card, job)
    data = figure.plans(model, card, job, cells, refused.sentence if refused else "")
    yield Rendered(data, (_weights(), _activations()))


def _weights() -> Check:
    """The matrices that all else is counted from."""
    off = worst(abs(MODELS[ours].parameters / float(PUBLISHED[known].exact or 0) - 1) for ours, known in EXACT.items())
    what = f"The planner’s matrices = the released weights of {len(EXACT)} models, but for norms"
    return Check(what, off, NORMS, "largest relative difference")


def _activations() -> Check:
    """A formula of another kind of layer, published by others."""
    plan = Plan(tp=8, length=2048, flash=False, sequence=True, recompute="selective")
    ours = 2048 * kept_by_a_token(MODELS["GPT-3 175B"], plan)
    known = korthikanti(Layer(s=2048, b=1, h=12288, a=96, t=8))[4].bytes
    return Check("GPT-3’s activations = Korthikanti’s 34 sbh/t", abs(ours / known - 1), 1e-9, "relative difference")


def typical(scene: Scene) -> Iterator[Rendered[figure.TypicalLayout]]:
    model, card, job = scene.one_of("model"), scene.one_of("card"), _job(scene)
    made = experiment.typical(model, card, job)
    cells = () if cluster_of(job.cards) else experiment.planned(model, card, job)
    yield Rendered(figure.typical(model, card, job, made, cells))


def growth(scene: Scene) -> Iterator[Rendered[figure.PlannerGrowth]]:
    model, card, job = scene.one_of("model"), scene.one_of("card"), _job(scene)
    for grown in experiment.growth(model, card, job.batch, job.length, scene.ticks("cluster sizes")):
        yield Rendered(figure.growth(model, card, job.batch, job.length, grown))


def published(_scene: Scene) -> Rendered[figure.PublishedSteps]:
    runs = rows.published_runs()
    judged = [each for each in runs if each.agreement is not None and not each.run.disagrees]
    what = f"A source’s two numbers are one speed, {len(judged)} runs, by the work that it counts"
    off = worst(abs(each.agreement or 0.0) for each in judged)
    return Rendered(figure.published(runs), (Check(what, off, rows.ROUNDING, "largest relative difference"),))
