"""Which draft the page opens with, where none is asked for: one of which the model keeps much, but not all.

Greedy decoding decides the text, so one pass of each draft over it tells what it would propose at every place; the
rounds follow from that without being run.

>>> rounds_of([1, 2, 3, 4, 5, 6], lambda at: [1, 2, 9, 4, 5, 6][at:], gamma=3, new=6)
Tally(kept=4, rejected=1)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from explorer.experiments.inference.decoding.speculative import draft_of, kinds
from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.decoding.drafts import ModelDraft
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.decoding.prompt_lookup import look_up

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class Tally:
    """Drafted tokens that the model would keep and reject."""

    kept: int
    rejected: int

    @property
    def share(self) -> float:
        return self.kept / max(1, self.kept + self.rejected)


@dataclass(frozen=True)
class DraftOpening:
    """How the first draft was chosen."""

    kept: tuple[float, ...]
    """Of each draft that this model can have: the share of its decided tokens that the model keeps."""
    tells: bool
    """Whether the chosen one has tokens that are kept and tokens that are rejected."""


def opening(
    decoder: Decoder,
    prompt: Sequence[int],
    blocks: int,
    gamma: int,
    new: int,
    stops: Collection[int] = (),
    progress: Ticks = unheard,
) -> tuple[str, DraftOpening]:
    """The draft of which most is kept, among those with a rejection; the first one where there is none."""
    known = kinds(decoder)
    total, done = new + len(known), 0

    def tell(_: object = None) -> None:
        nonlocal done
        done += 1
        progress(min(done, total), total)

    (written,) = Engine(decoder).generate([list(prompt)], new, stop_ids=stops, on_token=tell)
    text, tallies = written.new_ids, dict[str, Tally]()
    for kind in known:
        tallies[kind] = rounds_of(text, _proposed(decoder, kind, blocks, list(prompt), text, gamma), gamma, new)
        tell()
    mixed = [kind for kind in known if tallies[kind].kept and tallies[kind].rejected]
    chosen = max(mixed, key=lambda kind: tallies[kind].share, default=known[0])
    return chosen, DraftOpening(tuple(tallies[kind].share for kind in known), bool(mixed))


def rounds_of(text: Sequence[int], proposes: Callable[[int], Sequence[int]], gamma: int, new: int) -> Tally:
    """The rounds of greedy speculative decoding of up to `new` tokens: `proposes(at)` is drafted behind `at` of them.

    Nothing is drafted in place of the last one, which the checking pass gives by itself.
    """
    at = kept = rejected = 0
    while at < len(text):
        drafted = list(proposes(at))[: min(gamma, new - at - 1)]
        accepted = next((i for i, token in enumerate(drafted) if text[at + i : at + i + 1] != [token]), len(drafted))
        kept += accepted
        rejected += accepted < len(drafted) and at + accepted < len(text)
        at += accepted + 1
    return Tally(kept, int(rejected))


@torch.inference_mode()
def _proposed(
    decoder: Decoder, kind: str, blocks: int, prompt: list[int], text: list[int], gamma: int
) -> Callable[[int], Sequence[int]]:
    """What a draft says behind each beginning of the text. A model's later tokens matter only while it is right."""
    draft = draft_of(decoder, kind, blocks)
    if not isinstance(draft, ModelDraft):

        def copied(at: int) -> Sequence[int]:
            match = look_up([*prompt, *text[:at]], gamma)
            return match.ids if match else ()

        return copied
    says = draft.decoder(torch.tensor([[*prompt, *text]]))[0, len(prompt) - 1 : -1].argmax(-1).tolist()
    return lambda at: says[at:]
