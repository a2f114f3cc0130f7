"""Constrained decoding as a picture: what was forbidden at each token, how much of the model's probability went with
it, and whether other libraries agree."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from jaxtyping import UInt8

from explorer.stack.inference.constrained import Constrained, Step, TokenTable

#: Tokens named at each step: the model's likeliest, and the likeliest of those allowed.
NAMED = 8
#: Likeliest tokens of each step whose place in the mask the `regex` library is asked about.
ASKED = 200
#: seconds that it may think about one text
PATIENCE = 0.05


def shown(step: Step, k: int = NAMED) -> dict[str, Any]:
    """One step for the page: probabilities of the model, given the mask, and after the sampler."""
    own = step.stages.logits.double().softmax(-1)
    allowed, given, drawn = step.allowed, step.stages["constraint"].probabilities, step.stages.probabilities
    n_allowed = int(allowed.sum())
    likeliest = own.topk(min(k, len(own))).indices.tolist()
    best = given.topk(min(k, n_allowed)).indices.tolist()
    named = sorted(dict.fromkeys([*likeliest, *best, step.token]), key=lambda i: -float(own[i]))
    of_named = own[named]
    inside = allowed[named]
    return {
        "token": step.token,
        "u": step.u,
        "forbidden": step.forbidden_mass,
        "n_allowed": n_allowed,
        "own": float(own[step.token]),
        "given": float(given[step.token]),
        "wanted": likeliest[0],
        "wanted_p": float(own[likeliest[0]]),
        "ids": named,
        "p": of_named.tolist(),
        "q": given[named].tolist(),
        "drawn": drawn[named].tolist(),
        "allowed": inside.tolist(),
        "rest": [
            max(0.0, 1 - step.forbidden_mass - float(of_named[inside].sum())),
            max(0.0, step.forbidden_mass - float(of_named[~inside].sum())),
        ],
    }


def masks(steps: Sequence[Step]) -> UInt8[np.ndarray, "step packed"]:
    """A bit for each token of the vocabulary, lowest id in the lowest bit: 1 where it was allowed."""
    rows = np.stack([step.allowed.numpy() for step in steps])
    return np.packbits(rows, axis=-1, bitorder="little")


def renormalisation_error(step: Step) -> float:
    """Largest gap, over the vocabulary, between what is left and the model's own: given (1 - forbidden) - own."""
    own = step.stages.logits.double().softmax(-1)
    left = step.stages["constraint"].probabilities * (1 - step.forbidden_mass)
    return float((left - own.where(step.allowed, 0.0)).abs().max())


def cost(steps: Sequence[Step]) -> float:
    """Nats: how much less probable the model finds the text than the constrained draw does, at temperature 1.

    The sum of ``-log(1 - forbidden)``, since ``p'(token) = p(token) / (1 - forbidden)`` at every step.
    """
    return sum(-math.log1p(-min(step.forbidden_mass, 1 - 1e-300)) for step in steps)


def disagreements(pattern: str, steps: Sequence[Step], table: TokenTable) -> tuple[int, int] | None:
    """(differences, tokens asked about) between the masks and partial matching of the `regex` library.

    At each step the `ASKED` likeliest tokens, put behind the text so far: can it still become a match? Tokens that are
    no whole characters are passed over. None where `regex` reads the pattern otherwise or thinks for too long.
    """
    import regex

    try:
        rule = regex.compile(pattern)
        wrong = asked = 0
        for step in steps:
            before = step.state.text.decode()
            for token in step.stages.logits.topk(min(ASKED, len(step.allowed))).indices.tolist():
                if token >= len(table) or token in table.special or not table.tokens[token]:
                    continue  # what a special token spells is no text
                try:
                    text = before + table.tokens[token].decode()
                except UnicodeDecodeError:
                    continue
                asked += 1
                fits = rule.fullmatch(text, partial=True, timeout=PATIENCE) is not None
                wrong += fits != bool(step.allowed[token])
    except (regex.error, TimeoutError, UnicodeDecodeError):
        return None
    return wrong, asked


def fits_regex(pattern: str, text: str) -> bool | None:
    """Whether the `regex` library finds that the whole text matches; None where it reads no such pattern.

    >>> fits_regex("a|bc", "bc"), fits_regex("a|bc", "b"), fits_regex("(", "b")
    (True, False, None)
    """
    import regex

    try:
        return regex.compile(pattern).fullmatch(text, timeout=20 * PATIENCE) is not None
    except (regex.error, TimeoutError):
        return None


def fits_schema(schema: Mapping[str, Any], text: str) -> bool:
    """Whether the text is JSON that the `jsonschema` library accepts.

    >>> fits_schema({"type": "integer"}, "3"), fits_schema({"type": "integer"}, "3.5"), fits_schema({}, "{")
    (True, False, False)
    """
    import jsonschema

    try:
        jsonschema.validate(json.loads(text), schema)
    except (ValueError, jsonschema.ValidationError):
        return False
    return True


def named_ids(made: Constrained, most: int = 400) -> set[int]:
    """Ids that the page may have to write: those of each step, and the likeliest allowed ones for the mask's map."""
    ids: set[int] = set()
    for step in made.steps:
        given = step.stages["constraint"].probabilities
        ids.update(given.topk(min(most, int(step.allowed.sum()))).indices.tolist())
        ids.update(torch.topk(step.stages.logits, min(NAMED, len(given))).indices.tolist())
    return ids
