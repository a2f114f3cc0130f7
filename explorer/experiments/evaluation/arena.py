"""An arena: answers of several models and settings to one prompt, and simulated voters whose taste is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from explorer.errors import BadRequestError, NotApplicableError
from explorer.experiments.evaluation import board_rows
from explorer.experiments.evaluation.board_rows import Entry, opened
from explorer.experiments.progress import Ticks, unheard
from explorer.fetching.progress import Progress, silent
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.tracing.capturing.capture import stop_ids
from explorer.zoo.made_names import is_made

if TYPE_CHECKING:
    from explorer.zoo.model import Model

GREEDY = "greedy"
#: What can take part of each model, by the key in a link.
SETTINGS = {
    GREEDY: Sampler(temperature=0.0),
    "t0.7": Sampler(temperature=0.7),
    "t1-p0.9": Sampler(temperature=1.0, top_p=0.9),
    "t1.5": Sampler(temperature=1.5),
}
TITLES = {
    GREEDY: "greedy",
    "t0.7": "temperature 0.7",
    "t1-p0.9": "temperature 1, top-p 0.9",
    "t1.5": "temperature 1.5",
}
#: The page's model among the models.
PAGE = "page"
#: Models that take part.
MOST = 4


@dataclass(frozen=True, eq=False)
class Answer:
    """What one setting of one model writes."""

    model: str
    setting: str
    prompt: tuple[int, ...]
    ids: tuple[int, ...]
    text: str


def offered(model: Model, own: bool) -> list[Entry]:
    """Models beside the page's: other weights, each as a row of the scoreboard has them."""
    return [each for each in board_rows.offered(model, own) if each.key != board_rows.DO and not each.cache]


@dataclass(frozen=True, eq=False)
class Taking:
    """A model that takes part."""

    name: str
    model: Model


def taking(model: Model, keys: Sequence[str], own: bool, progress: Progress = silent) -> Iterator[Taking]:
    """The models of these keys, opened one by one. Raises BadRequestError for one that there is not, and ExplorerError
    where it cannot be opened."""
    known = {each.key for each in offered(model.original, own)}
    for key in list(dict.fromkeys(keys))[:MOST]:
        if key == PAGE:
            yield Taking(named(model), model)
        elif key in known or is_made(key):
            row = board_rows.entry(model.original, key, "", own)
            title = model.card.title if row.interventions else ""
            yield Taking(
                f"{title} in {key.upper()}" if title else row.name, opened(model.original, row, progress).changed
            )
        else:
            raise BadRequestError(f"There is no model “{key[:60]}” in this arena.", "Choose one of those offered.")


def named(model: Model) -> str:
    """With what was changed in its weights."""
    return f"{model.card.title} with {', '.join(model.edits)}" if model.edits else model.card.title


def answers(
    one: Taking, text: str, new: int, seed: int, settings: Sequence[str] = tuple(SETTINGS), tell: Ticks = unheard
) -> Iterator[Answer]:
    """One answer of each setting. Raises NotApplicableError for a prompt that is too long."""
    model = one.model
    prompt = model.vocabulary.encode(text)
    most = model.decoder.config.n_ctx
    if len(prompt) + new > most:
        raise NotApplicableError(
            f"{len(prompt)} prompt tokens and {new} new ones pass the model’s {most:,} positions.",
            "Take a shorter prompt.",
        )
    for done, name in enumerate(settings):
        tell(done, len(settings))
        (made,) = Engine(model.decoder).generate([prompt], new, SETTINGS[name], seed, stop_ids(model))
        words = model.tokenizer.decode(made.new_ids, skip_special_tokens=True)
        yield Answer(one.name, name, tuple(prompt), tuple(made.new_ids), str(words))
    tell(len(settings), len(settings))


def unlikely(model: Model, answer: Answer) -> int:
    """Tokens of a greedy answer that are not the likeliest by one uncached pass of transformers."""
    ids = torch.tensor([[*answer.prompt, *answer.ids]])
    with torch.inference_mode():
        logits = model.hf(ids, use_cache=False).logits[0, len(answer.prompt) - 1 : -1]
    own = logits.gather(1, ids[0, len(answer.prompt) :, None])[:, 0]
    return int((logits.max(-1).values - own > 1e-3).sum())
