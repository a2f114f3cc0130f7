"""What the operations share: a request's run, a position and a target in it, tokens and checks as they are answered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from explorer.errors import BadRequestError
from explorer.fetching.progress import Progress
from explorer.shell.api.results import Checked, Likely, Next, Piece
from explorer.shell.views.subjects import Subject, made, store

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.panels.protocol import Check
    from explorer.tracing import TraceKey
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model
    from explorer.zoo.vocabulary import Vocabulary


def ran(key: TraceKey, progress: Progress) -> Subject:
    """The run of a key: from the store, or made now."""
    subject = made("run", key.query(), progress)
    store().shrink()  # what was derived from other runs counts as well
    return subject


def link(key: TraceKey, panel: str, **selection: int | None) -> str:
    """Where the page shows the run, with a panel open and a selection made: the path behind the server's address."""
    chosen = {name: value for name, value in selection.items() if value is not None}
    return f"/?{key.query()}&{urlencode({'panel': panel, **chosen})}"


def place(trace: Trace, position: int | None) -> int:
    """The position that is asked for; without one the prompt's last. Raises BadRequestError outside the run."""
    if position is None:
        return trace.n_prompt - 1
    if position >= (n := len(trace.tokens)):
        has = f"The run has {n:,} {'token' if n == 1 else 'tokens'}, counted from 0."
        raise BadRequestError(f"There is no position {position:,}.", has)
    return position


def places(trace: Trace, positions: Sequence[int]) -> list[int]:
    """The positions that are asked for, each once; without any the prompt's last."""
    return list(dict.fromkeys(place(trace, each) for each in positions)) or [place(trace, None)]


def aim(model: Model, trace: Trace, position: int, target: int | str | None) -> int:
    """The token whose logit is followed: an id, the text of one token, or the likeliest at the position.

    Raises BadRequestError for an id outside the vocabulary and for a text of several tokens.
    """
    if target is None:
        return trace.answer(position)
    if isinstance(target, int):
        if target >= trace.dims.d_vocab:
            raise BadRequestError(
                f"There is no token {target:,}.", f"The vocabulary has {trace.dims.d_vocab:,} tokens, numbered from 0."
            )
        return target
    vocabulary = model.vocabulary
    found = [each for each in vocabulary.encode(target) if not vocabulary.is_special(each)]
    if len(found) != 1 or found[0] >= trace.dims.d_vocab:
        cut = " · ".join(vocabulary.label(each) for each in found[:8])
        raise BadRequestError(
            f"“{target[:60]}” is {len(found)} tokens, but the target must be one token.",
            f"The tokenizer cuts it into {cut}. Give the id of one of them." if found else "Give a token’s id.",
        )
    return found[0]


def piece(vocabulary: Vocabulary, token: int) -> Piece:
    """A token as it is answered."""
    return Piece(id=token, text=vocabulary.bytes(token).decode("utf-8", "replace"))


def text_of(vocabulary: Vocabulary, tokens: Iterable[int]) -> str:
    """What tokens spell together, control tokens left out."""
    raw = b"".join(vocabulary.bytes(each) for each in tokens if not vocabulary.is_special(each))
    return raw.decode("utf-8", "replace")


def written(model: Model, trace: Trace) -> str:
    """What the run generated."""
    return text_of(model.vocabulary, (each.id for each in trace.tokens[trace.n_prompt :]))


def likeliest(vocabulary: Vocabulary, logits: Tensor, k: int) -> list[Likely]:
    """The k likeliest tokens of one row of logits."""
    top = logits.topk(min(k, len(logits))).indices
    probabilities = logits.double().softmax(-1)[top]
    return [
        Likely(**vars(piece(vocabulary, token)), probability=probability, logit=logit)
        for token, probability, logit in zip(top.tolist(), probabilities.tolist(), logits[top].tolist(), strict=True)
    ]


def next_tokens(model: Model, trace: Trace, position: int, k: int) -> Next:
    """What may come after a position."""
    here = piece(model.vocabulary, trace.tokens[position].id)
    return Next(position=position, after=here, top=likeliest(model.vocabulary, trace.logits[position], k))


def checked(checks: Iterable[Check]) -> list[Checked]:
    """Checks as they are answered."""
    return [
        Checked(
            statement=each.statement,
            error=float(each.error) if math.isfinite(each.error) else None,
            tolerance=each.tolerance,
            holds=each.holds,
        )
        for each in checks
    ]
