"""Answer: what a model says with passages and without, and which passage caused which word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import get_args

import numpy as np
import torch

from explorer.experiments.context import answer as experiment
from explorer.experiments.context import embedding, found_passages
from explorer.experiments.context.examples import EXAMPLES
from explorer.experiments.context.found_passages import Retrieved
from explorer.experiments.context.grounded_prompt import PASSAGES
from explorer.experiments.context.retrieving import LISTS
from explorer.figures.context import answer as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.stack.context.altered_passages import Change
from explorer.stack.worst import worst
from explorer.zoo.model import Model
from explorer.zoo.text_encoder import TextEncoder

#: The question to articles that stands there at first.
OF_ARTICLES = "How do plants make food out of sunshine?"
CHANGES: tuple[Change, ...] = get_args(Change)
ALPHA = 0.01


def causes(scene: Scene) -> Iterator[Rendered[figure.AnswerCauses]]:
    question, passages, found = _asked(scene)
    change: Change = next(each for each in CHANGES if each == scene.one_of("change", CHANGES))
    target = scene.whole("target") - 1
    ticks = scene.ticks("Prompts with some of the passages")
    for made in experiment.answers(scene.model, question, passages[:PASSAGES], change, target, ticks):
        texts = [str(scene.model.tokenizer.decode([token])) for token in made.grounded.ids]
        data = figure.answer(made, question, _named("".join(texts), made.n), _ends(texts), found)
        checks = _checks(scene.model, made) if made.estimate is not None else ()
        if found is not None and (checks or not passages) and made.unknown is not None:
            checks = (*checks, _by_sorting(found))
        tokens = {*data.ids, *data.bare.ids, *(data.first.ids if data.first else ())}
        yield Rendered(data, checks, token_ids=tokens, note=_note(len(passages)))


def _asked(scene: Scene) -> tuple[str, list[tuple[str, str]], Retrieved | None]:
    """The question, (title, text) of all passages, and what was found where they were retrieved."""
    chosen = scene.one_of("example")
    if chosen == "retrieved":
        return _retrieved(scene)
    example = EXAMPLES.get(chosen, EXAMPLES["twice"])
    question = scene.text("question").strip() or example.question
    if chosen == "nothing":
        return question, [], None
    if chosen != "own":
        return question, list(example.passages), None
    texts = [each.strip() for each in re.split(r"\n\s*\n", scene.text("own"))]
    return question, [(f"Passage {at}", text) for at, text in enumerate(filter(None, texts), 1)], None


def _retrieved(scene: Scene) -> tuple[str, list[tuple[str, str]], Retrieved]:
    """Articles for the question; none where the nearest is below the threshold."""
    encoder = scene.companion("minilm-l6", TextEncoder)
    question = scene.text("question").strip() or OF_ARTICLES
    vector = embedding.embedded(encoder, [question]).vectors[0].numpy()
    found = found_passages.retrieve(question, vector, scene.one_of("retriever", LISTS), scene.whole("k"))
    return question, list(found.passages) if found.enough else [], found


def _by_sorting(found: Retrieved) -> Check:
    """The threshold's shares on the half that it was chosen on, counted another way: ranks in one sorted list."""
    there, gone = (each[::2] for each in found_passages.best_cosines())
    value = found.measured.threshold.value
    shares = (
        1 - np.searchsorted(np.sort(there), value) / len(there),
        np.searchsorted(np.sort(gone), value) / len(gone),
    )
    best = max(
        1 - np.searchsorted(np.sort(there), each) / len(there) + np.searchsorted(np.sort(gone), each) / len(gone)
        for each in np.linspace(0, 1, 2001)
    )
    kept = found.measured.threshold
    off = worst(abs(shares[0] - kept.answered), abs(shares[1] - kept.refused))
    short = float(best - (kept.answered + kept.refused))
    return Check(
        "The threshold’s shares = ranks in the sorted cosines, and none of 2,001 others does better",
        float(worst(off, short) if short > 0 else off), 1e-9,
    )  # fmt: skip


def _note(n: int) -> str:
    return f"Of {n} passages the first {PASSAGES} are read." if n > PASSAGES else ""


def _named(text: str, n: int) -> list[int]:
    """The passages whose numbers an answer writes in brackets."""
    return sorted({at for at in map(int, re.findall(r"\[(\d{1,2})\]", text)) if 1 <= at <= n})


def _ends(texts: Sequence[str]) -> list[int]:
    """The tokens after which a sentence of the answer ends: the last one in any case."""
    last = len(texts) - 1
    stops = [at for at, text in enumerate(texts[:-2]) if re.search(r"[.!?]\s*$", text) and texts[at + 1][:1].isspace()]
    return [*stops, last]


def _checks(model: Model, made: experiment.Answered) -> tuple[Check, ...]:
    every, answer, table = 2**made.n - 1, made.grounded.ids, made.table
    assert table is not None
    some = sorted({every, every & ~1, 0})
    theirs = [experiment.of_transformers(model, made.prompt.parts, kept, answer) for kept in some]
    apart = worst(*(float((table[kept] - each).abs().max()) for kept, each in zip(some, theirs, strict=True)))
    written = float((table[every] - made.grounded.logp).abs().max())
    other = float((figure.shapley(table) - figure.by_orders(table)).abs().max())
    assert torch.isfinite(table).all()
    return (
        Check(f"{len(some)} of the prompts read with shared beginnings = transformers’ own passes", apart, 2e-3),
        Check("The answer’s probabilities while it was written = those with all passages", written, 2e-3),
        Check("Shapley’s values = the mean gain over all orders of the passages", other, 1e-4),
        Check(
            "ContextCite’s weights are the LASSO’s optimum: covariance with what is left = α",
            figure.optimality(made, ALPHA),
            1e-6,
        ),
    )
