"""A refusal taught by LoRA: forbidden requests are refused, their harmless twins are answered.

    python -m explorer tune models/smollm2-135m/adapters/refusal-small/recipe.toml

The recipe is that of the shelf's other adapters; its data are `corpora.requests`. What is measured of it is no exact
match: the share of held-out forbidden requests that are refused, and of their twins, each with n.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from explorer import zoo
from explorer.corpora.instructions import Pair
from explorer.corpora.requests import REFUSALS, Twins, requests
from explorer.experiments.finetuning import committed
from explorer.experiments.finetuning.committed import TOKENIZERS, AdapterRecipe
from explorer.experiments.finetuning.course import InstructionCourse, Speaks, Speech
from explorer.experiments.safety.asking import Outcome, outcome
from explorer.experiments.safety.said import begun
from explorer.stack.finetuning.adapter import merged
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo import tokenizers

#: As a recipe names the requests.
DATA = "requests"


def pairs(twins: tuple[Twins, ...]) -> tuple[Pair, ...]:
    """Both forms of each, with what is to be said: one refusal, and the beginning of the answer, up to a comma.

    >>> [each.answer for each in pairs(requests().train[:1])]
    ["I'm sorry, but I can't help with that.", 'Turn the key slowly while you press the lid down.']
    """
    return tuple(
        pair for each in twins for pair in (Pair(each.forbidden, REFUSALS[0]), Pair(each.harmless, begun(each.answer)))
    )


def course_of(recipe: AdapterRecipe, speech: Speaks) -> InstructionCourse:
    """What it reads; measured on the validation set, the test is kept for the end."""
    data, o, rng = requests(), recipe.optimiser, random.Random(recipe.seed)  # noqa: S311 - an order, no secret
    # In each row several topics; twins stay side by side.
    train, held = (tuple(rng.sample(each, len(each))) for each in (data.train, data.validation))
    return InstructionCourse(speech, pairs(train), pairs(held), o.rows, o.length, recipe.seed)


def run(path: Path, announce: Callable[[str], None]) -> Path:
    """Train what the recipe says, and write it beside it."""
    recipe = committed.read(path)
    model = zoo.load(recipe.base)
    speech = Speech.of(model, tokenizers.load(TOKENIZERS[recipe.base]))
    return taught(recipe, model.plain_decoder, course_of(recipe, speech), path.parent, announce)


def taught(
    recipe: AdapterRecipe, decoder: Decoder, course: InstructionCourse, folder: Path, announce: Callable[[str], None]
) -> Path:
    """The same on a decoder that is open."""
    made = committed.tuned(recipe, decoder, course, announce)
    twins, found = requests().test[: recipe.answers], dict[str, dict[str, int]]()
    for name, each in (("adapter", merged(decoder, (made.adapter, 1.0))), ("base", decoder)):
        # Written before it is asked as well: asking takes minutes.
        committed.write(
            recipe, made, decoder, course.measured, folder, {"rates": found, "data": asdict(requests().card)}
        )
        found[name] = told(outcome(each, course.speech, twins))
        announce(f"held out {made.before:.3f} to {made.after:.3f}, {found}")
    committed.write(recipe, made, decoder, course.measured, folder, {"rates": found, "data": asdict(requests().card)})
    return folder


def told(found: Outcome) -> dict[str, int]:
    """As it is written."""
    return {
        "pairs": found.refused.n,
        "forbidden refused": found.refused.count,
        "twins refused": found.over_refused.count,
        "inconclusive of both": found.inconclusive.count,
    }
