"""What a guard costs a request: MiniLM's own pass, or a product beside a pass that is made in any case.

Three cases take turns on the same requests, one request at a time: the model up to its first token; the same with the
mean (or the last token's state) taken at the guard's depth and judged; MiniLM's pass over the request and its verdict.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from explorer.corpora.requests import requests
from explorer.experiments.progress import Ticks, unheard
from explorer.experiments.safety.guard_texts import spread
from explorer.experiments.safety.guards import Trained
from explorer.experiments.safety.states import Framed, asked

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder
    from explorer.zoo.model import Model
    from explorer.zoo.text_encoder import TextEncoder

CASES = ("first token", "first token, and the stream’s guard", "MiniLM’s guard")
#: Requests that are timed.
ASKED = 24


@dataclass(frozen=True)
class Cost:
    """Seconds of one case, request by request."""

    case: str
    seconds: tuple[float, ...]

    def quantile(self, q: float) -> float:
        return float(np.quantile(self.seconds, q))


@dataclass(frozen=True)
class Costs:
    cases: tuple[Cost, ...]
    added: tuple[float, ...]
    """What the stream's guard adds to the first token, request by request: two passes that took turns."""
    agree: bool
    """Whether both passes chose the same first token each time."""


def costs(
    model: Model, encoder: TextEncoder, minilm: Trained, stream: Trained, count: int = ASKED, tell: Ticks = unheard
) -> Iterator[Costs]:
    """After every request."""
    texts = [each.forbidden for each in spread(requests().test, count)]
    framed = [asked(model, each) for each in texts]
    taken: dict[str, list[float]] = {case: [] for case in CASES}
    agree, decoder = True, model.plain_decoder
    for at, (text, ids) in enumerate(zip(texts, framed, strict=True)):
        acts: Sequence[Callable[[], object]] = (
            lambda ids=ids: first_token(decoder, ids),
            lambda ids=ids: first_token_guarded(decoder, ids, stream),
            lambda text=text: minilm.guard.score(encoder.embed([text])),
        )
        if at == 0:  # once unmeasured
            for act in acts:
                act()
        made = {}
        for turn in range(len(CASES)):
            which = (turn + at) % len(CASES)
            start = time.perf_counter()
            made[which] = acts[which]()
            taken[CASES[which]].append(time.perf_counter() - start)
        agree = agree and made[0] == made[1]
        tell(at + 1, len(texts))
        added = tuple(b - a for a, b in zip(taken[CASES[0]], taken[CASES[1]], strict=True))
        yield Costs(tuple(Cost(case, tuple(seconds)) for case, seconds in taken.items()), added, agree)


@torch.inference_mode()
def first_token(decoder: Decoder, text: Framed) -> int:
    """The likeliest first token of the answer."""
    return int(decoder(torch.tensor([text.ids]), last_only=True)[0, -1].argmax())


@torch.inference_mode()
def first_token_guarded(decoder: Decoder, text: Framed, guard: Trained) -> int:
    """The same; on its way the stream is judged."""
    x, at = decoder.entered(torch.tensor([text.ids]))
    for depth, block in enumerate(decoder.blocks, 1):
        x = block(x, at)
        if depth == guard.depth:
            guard.guard.score(x[:, text.start :].mean(1) if guard.pool == "mean" else x[:, -1])
    return int(decoder.unembedded(x[:, -1:])[0, -1].argmax())
