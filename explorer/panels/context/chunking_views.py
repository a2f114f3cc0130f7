"""Chunking: one document in passages by each way, what a question finds, and what is never read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from explorer.errors import NotApplicableError
from explorer.experiments.context import cutting as experiment
from explorer.experiments.context.embedding import READ
from explorer.figures.context import cutting as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.context.passage_marks import marks
from explorer.stack.worst import worst
from explorer.zoo.text_encoder import TextEncoder

QUESTION = "What is molten rock called on the surface?"


def ways(scene: Scene) -> Rendered[figure.ChunkingWays]:
    encoder = scene.companion("minilm-l6", TextEncoder)
    text = _document(scene)
    spans = experiment.spans_of(encoder, text)
    if not spans:
        raise NotApplicableError("Your document holds no word.", "Paste a text above.")
    question = scene.text("question").strip() or QUESTION
    size, overlap = scene.whole("size"), scene.whole("overlap")
    made = experiment.cut(encoder, text, question, size, overlap, scene.progress)
    data = figure.ways(text, question, len(spans), size, min(overlap, size - 1), made)
    return Rendered(data, _checks(encoder, spans, made), note=_note(text))


def _document(scene: Scene) -> str:
    chosen = scene.one_of("document", ("volcanoes", "longest", "own"))
    if chosen == "own":
        return scene.text("own")
    return experiment.volcanoes() if chosen == "volcanoes" else experiment.longest()


def _note(text: str) -> str:
    found = marks(text)
    said = [
        f"{found.tags} tags of markup" if found.tags else "",
        f"{found.unseen} characters that nobody sees" if found.unseen else "",
        f"words that speak to a model (“{found.orders[0]}”)" if found.orders else "",
        f"{found.right_to_left:.0%} of its letters written right to left" if found.right_to_left else "",
    ]
    held = ", ".join(filter(None, said))
    return f"The document holds {held}: read as text, like all else." if held else ""


def _checks(
    encoder: TextEncoder, spans: Sequence[tuple[int, int]], made: Sequence[experiment.Cut]
) -> tuple[Check, ...]:
    missing = 0
    for cut in made:
        seen = np.zeros(len(spans), bool)  # piece
        for chunk in cut.chunks:
            seen |= np.array([chunk.start <= start and end <= chunk.end for start, end in spans])
        missing += int((~seen).sum())
    apart = []
    for cut in made:
        at = max(range(len(cut.given)), key=cut.given.__getitem__)
        vector = experiment.of_first_pieces(encoder, cut.texts[at])
        apart.append(float(np.abs(vector - cut.vectors[at]).max()))
    return (
        Check("Each piece of the document stands in a passage, by every way", float(missing), 0.0, "pieces missing"),
        Check(f"The longest passages’ vectors = those of their first {READ} pieces", worst(*apart), 1e-5),
    )
