"""What is drawn of the experts: contexts, and the numbers counted anew from the routes."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.architectures import experts as experiment
from explorer.figures.architectures import experts as figure
from explorer.stack.architectures.specialisation import Counting
from explorer.tracing.probes import corpus
from explorer.zoo import Model

CORPUS = ["The whale rose.\n", "def f(x):\n    return x + 12", "And it came to pass, in those days.", "La mer, l'été."]


def analysed(moe: Model, counting: Counting) -> experiment.Analysis:
    routing = corpus.routing_over(moe, [moe.vocabulary.encode(text) for text in CORPUS])
    known = experiment.labels(routing, ["a", "b"], torch.tensor([0, 1, 0, 1]), moe.vocabulary.bytes)
    return experiment.analyse(routing, known, counting, shuffles=20)


@pytest.fixture(scope="module")
def made(moe: Model) -> experiment.Analysis:
    return analysed(moe, "pairs")


def test_contexts_are_the_heaviest_and_of_different_tokens(made: figure.Analysis) -> None:
    routing, found = made.routing, figure.contexts(made)
    for layer, expert, kind in [(0, 0, 0), (2, 3, 1)]:
        dense = torch.zeros(len(routing.ids), 6).scatter_(1, routing.indices[layer], routing.weights[layer])
        places = [int(p) for p in found.at[layer, expert, kind] if p >= 0]
        mine = dense[:, expert] * (made.labels.kind == kind)
        if places:
            assert mine[places[0]] == mine.max()
        assert len({int(routing.ids[p]) for p in places}) == len(places)
        for rank, place in enumerate(places):
            assert float(found.weights[layer, expert, kind, rank, figure.NEAR]) == pytest.approx(float(mine[place]))
    first = figure._around(torch.ones(len(routing.ids)), routing.passage, 0)
    assert first[: figure.NEAR].sum() == 0  # nothing before the first token


@pytest.mark.parametrize("counting", ["pairs", "weight", "first"])
def test_what_is_counted_anew_is_what_was_analysed(moe: Model, counting: Counting) -> None:
    made = analysed(moe, counting)
    assert figure.shares_error(made) < 1e-12
    assert figure.listed_error(made) < 1e-12
    assert figure.information_error(made) < 1e-12
