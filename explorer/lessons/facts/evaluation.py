"""Of the run as a text that is scored: how much its tokens surprise the model that reads them."""

from __future__ import annotations

import math

from explorer.corpora.tasks import shelf
from explorer.lessons.fact import fact
from explorer.lessons.selected import position_of
from explorer.panels.scene import Scene
from explorer.stack.evaluation.perplexity import Perplexity, Surprise
from explorer.stack.evaluation.perplexity import perplexity as of_documents
from explorer.stack.evaluation.windows import rolling


def _nats(scene: Scene, position: int) -> float:
    trace = scene.trace
    logp = trace.logits[position - 1].double().log_softmax(-1)
    return -float(logp[trace.tokens[position].id])


def _prompt(scene: Scene) -> Perplexity:
    n = scene.trace.n_prompt
    nats = tuple(_nats(scene, at) for at in range(1, n))
    return of_documents([Surprise(nats, scene.trace.key.text)])


@fact("number")
def surprise(scene: Scene, position: int) -> float:
    """Nats: minus the logarithm of the probability that the token at a position had, after those before it."""
    at = position_of(scene, position)
    if at == 0:
        raise ValueError("nothing stands before the first token")
    return _nats(scene, at)


@fact("number")
def prompt_perplexity(scene: Scene) -> float:
    """Of the prompt's tokens but the first, in one pass."""
    return _prompt(scene).token.value


@fact("number")
def prompt_bits_per_byte(scene: Scene) -> float:
    """The same nats in bits, over the prompt's bytes."""
    return _prompt(scene).bits_per_byte.value


@fact("count")
def n_scored_windows(scene: Scene, tokens: int, window: int, step: int) -> int:
    """Windows in which a text of so many tokens is read, each moved by `step`."""
    del scene
    return len(list(rolling(range(tokens), 0, window, window - step + 1)))


@fact("count")
def n_items(scene: Scene, task: str) -> int:
    """Items of a task that comes with the explorer."""
    del scene
    return len(shelf.own(task).items)


@fact("count")
def n_characters(scene: Scene, task: str, item: int, choice: int) -> int:
    """Characters of one choice of an item, by which acc_norm divides."""
    del scene
    return len(shelf.own(task).items[item].choices[choice])


@fact("number")
def chance(scene: Scene, task: str) -> float:
    """The accuracy of drawing a choice at random."""
    del scene
    found = shelf.own(task).items
    return sum(1 / len(each.choices) for each in found) / len(found)


@fact("number")
def prompt_nats(scene: Scene) -> float:
    """The surprise of the prompt's tokens but the first, added up."""
    found = _prompt(scene).nats
    assert math.isfinite(found)
    return found
