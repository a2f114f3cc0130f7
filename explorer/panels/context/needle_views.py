"""Needle: one sentence hidden in a long text, at every depth and length."""

from __future__ import annotations

from collections.abc import Iterator

from explorer.experiments.context import needle as experiment
from explorer.figures.context import needle as figure
from explorer.figures.embeddings.positions import length_of
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.worst import worst


def search(scene: Scene) -> Iterator[Rendered[figure.NeedleMap]]:
    model, asked = scene.model, scene.whole("longest")
    hay = experiment.haystack(model, asked)
    longest = len(hay.filler)
    lengths = sorted({longest // 4, longest // 2, longest})
    count = len(lengths) * len(experiment.DEPTHS)
    words, trained = (experiment.NEEDLE, experiment.QUESTION), length_of(model)
    for cells in experiment.search(model, hay, lengths, scene.ticks("Tokens")):
        data = figure.needle_map(cells, hay, lengths, experiment.DEPTHS, words, trained)
        checks: tuple[Check, ...] = ()
        if len(cells) == count:
            cell = next(each for each in cells if each.depth == 0.5)
            apart = float((experiment.of_transformers(model, hay, cell) - cell.logp).abs().max())
            off = worst(abs(each.nbytes - figure.formula_bytes(scene.decoder.config, each.tokens)) for each in cells)
            checks = (
                Check("One cell’s answer = transformers’ own pass over its whole prompt", apart, 2e-3),
                Check("Bytes of every cell’s cache = 2·L·H_kv·d·T·4 + 8·T", float(off), 0.0, "bytes"),
            )
        note = f"The texts that are here have {longest:,} tokens." if longest < asked else ""
        yield Rendered(data, checks, token_ids={*hay.answer, *data.cells[-1].likeliest, *_named(data)}, note=note)


def _named(data: figure.NeedleMap) -> set[int]:
    return {token for cell in data.cells for token in cell.likeliest}
