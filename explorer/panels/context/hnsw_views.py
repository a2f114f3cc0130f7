"""HNSW: one question's walk through a graph of neighbours, and why it missed what it missed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from explorer.corpora import articles
from explorer.experiments.context import embedding, index_kinds
from explorer.experiments.context import walking as experiment
from explorer.figures.context import index_kinds as beside_figure
from explorer.figures.context import walking as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst
from explorer.zoo.text_encoder import TextEncoder

QUESTION = "Which animal has a trunk and tusks?"


def walk(scene: Scene) -> Rendered[figure.HnswWalk]:
    encoder = scene.companion("minilm-l6", TextEncoder)
    question = scene.text("question").strip() or QUESTION
    query = embedding.embedded(encoder, [question]).vectors[0].numpy()
    graph = experiment.graph_of(scene.whole("count"), scene.whole("m"), scene.whole("build"), scene.progress)
    made = experiment.walked(graph, query, scene.whole("ef"), scene.progress)
    data = figure.walk(made, question, [each.title for each in articles.read()])
    longer = max(figure.stretched(figure.rows_of(made), data.place), 0.0)
    flat = Check("No two lie farther apart on the map than their vectors do", longer, 1e-5)
    return Rendered(data, (*_checks(made), flat))


def beside(scene: Scene) -> Iterator[Rendered[beside_figure.HnswBeside]]:
    for made in index_kinds.kinds(scene.whole("count"), scene.whole("m"), scene.whole("build"), scene.progress):
        data = beside_figure.beside(made)
        checks: tuple[Check, ...] = ()
        if all(each.seconds for each in made.kinds):
            links = beside_figure.planned(made.count, made.m)[1].bytes
            checks = (
                Check(
                    "The inverted file with every cell read finds all true neighbours", made.exact_at_all, 0.0, "lacks"
                ),
                Check(
                    "The graph’s links take the bytes of the plan’s formula", abs(made.links / links - 1), 0.1, "of it"
                ),
                Check(
                    "So do the links of every graph that was built once, up to a million vectors",
                    worst(*(abs(each.links / each.planned - 1) for each in data.many)),
                    0.1,
                    "of it",
                ),
            )
        yield Rendered(data, checks)


def _checks(made: experiment.Walked) -> tuple[Check, ...]:
    steps, vectors = made.search.steps, made.graph.links.vectors.astype(np.float64)
    ends, fars = [s.end for s in steps], np.array([s.far for s in steps])
    true = 1 - vectors[ends] @ made.query.astype(np.float64)
    reached, odd = {made.graph.entry}, 0
    for step in steps:
        odd += step.begin not in reached or step.end not in made.graph.neighbours(step.begin, step.level)
        reached.add(step.end)
    ground = {node for step in steps if step.level == 0 for node in (step.begin, step.end)}
    seen = sorted(ground, key=lambda node: 1 - vectors[node] @ made.query)[: len(made.search.ids)]
    lost = len(set(seen) - set(made.search.ids.tolist()))
    offers = [(o, each.node) for each in made.missed for o in each.offers]
    kept_out = sum(o.enough is False for o, _ in offers)
    wrong = sum(vectors[o.by] @ vectors[end] < vectors[o.owner] @ vectors[end] - 1e-6 for o, end in offers)
    return (
        Check(
            "Distances on the walk = 1 − the vectors’ products in float64", worst(*np.abs(fars - true).tolist()), 1e-5
        ),
        Check("Each step goes to a neighbour of a node that was seen before", float(odd), 0.0, "other steps"),
        Check("The answer is the nearest of all nodes that the walk saw at level 0", float(lost), 0.0, "others"),
        Check(
            "Where a link to a missed one was dropped, a kept neighbour is nearer to it", float(wrong), 0.0, "others"
        ),
        Check(
            f"Searched again with a dropped link put back ({sum(o.enough is not None for o, _ in offers)} times), the "
            "walk finds the missed one",
            float(kept_out),
            0.0,
            "misses",
        ),
    )
