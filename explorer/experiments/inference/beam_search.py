"""A beam search from a prompt, step by step, beside greedy decoding; each of its texts said again in one pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.experiments.inference.ticks import Ticks, unheard
from explorer.stack.inference.beam_search import BeamSearch, BeamSettings, beams_growing, sequence_logprobs
from explorer.stack.inference.engine import Engine, Generation
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


@dataclass(frozen=True)
class BeamRun:
    """What has been found so far."""

    found: BeamSearch
    greedy: Generation | None = None
    """Once the search has ended."""
    again: tuple[float, ...] = ()
    """Each text's total, from one pass over the whole text without a cache; at the end."""

    @property
    def whole(self) -> bool:
        return self.greedy is not None

    @property
    def gap(self) -> float:
        """Largest difference of a text's total, summed over cached steps, from that of one pass."""
        return worst(abs(a - h.logprob) for a, h in zip(self.again, self.found.hypotheses, strict=True))


def beams(
    decoder: Decoder,
    prompt: Sequence[int],
    settings: BeamSettings,
    stops: Collection[int] = (),
    progress: Ticks = unheard,
) -> Iterator[BeamRun]:
    """Search, then decode greedily, then read each text again. Yields after every step of the search and at the end."""
    total = 2 * settings.max_new_tokens + settings.n_beams
    found: BeamSearch | None = None
    for found in beams_growing(decoder, prompt, settings, stops):
        progress(found.n_steps, total)
        yield BeamRun(found)
    assert found is not None, "a search has at least one step"
    done = settings.max_new_tokens

    def tell(_: object = None) -> None:
        nonlocal done
        done += 1
        progress(min(done, total), total)

    (greedy,) = Engine(decoder).generate([list(prompt)], settings.max_new_tokens, stop_ids=stops, on_token=tell)
    done, again = 2 * settings.max_new_tokens, []
    for text in found.hypotheses:
        again.append(float(sequence_logprobs(decoder, prompt, text.ids).sum()))
        tell()
    progress(total, total)
    yield BeamRun(found, greedy, tuple(again))
