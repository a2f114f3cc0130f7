"""A beam search from a prompt, step by step, beside greedy decoding; each of its texts said again in one pass.

Where nothing is asked for, `telling` looks for a search that tells something: one whose best text is not greedy's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.experiments.progress import Ticks, unheard
from explorer.stack.inference.decoding.beam_search import BeamSearch, BeamSettings, beams_growing, sequence_logprobs
from explorer.stack.inference.decoding.engine import Engine, Generation
from explorer.stack.worst import worst

if TYPE_CHECKING:
    from explorer.stack.transformer.decoder import Decoder


#: Beams that are tried where none are asked for; tokens of a text, at least and at most.
WIDTHS, FEW, FAR = (4, 6, 8), 4, 16
#: What is shown where none of them differs from greedy decoding.
USUAL = BeamSettings(4, 12)


@dataclass(frozen=True)
class BeamOpening:
    """How the first search was chosen, where a visitor asked for none."""

    tried: tuple[int, ...]
    """Beams that were tried, each up to `far` tokens."""
    far: int
    differs: bool
    """Whether the chosen search, the last one tried, found another text than greedy decoding."""


@dataclass(frozen=True)
class BeamRun:
    """What has been found so far."""

    found: BeamSearch
    greedy: Generation | None = None
    """Once the search has ended."""
    again: tuple[float, ...] = ()
    """Each text's total, from one pass over the whole text without a cache; at the end."""

    opened: BeamOpening | None = None
    """None where the search is the one that was asked for."""

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


def telling(
    decoder: Decoder, prompt: Sequence[int], stops: Collection[int] = (), far: int = FAR, progress: Ticks = unheard
) -> tuple[BeamSettings, BeamOpening]:
    """The search with the fewest of `WIDTHS` beams, and of these the fewest tokens, whose best text is not greedy's.

    A search up to `far` tokens passes every shorter one on its way. `USUAL` where none differs.
    """
    done, total = 0, (1 + len(WIDTHS)) * far

    def tell(_: object = None) -> None:
        nonlocal done
        done += 1
        progress(min(done, total), total)

    (greedy,) = Engine(decoder).generate([list(prompt)], far, stop_ids=stops, on_token=tell)
    for at, width in enumerate(WIDTHS):
        for so_far in beams_growing(decoder, prompt, BeamSettings(width, far), stops):
            tell()
            steps = so_far.n_steps
            if steps < FEW or _leading(so_far) == tuple(greedy.new_ids[:steps]):
                continue
            settings = BeamSettings(width, steps)
            *_, found = beams_growing(decoder, prompt, settings, stops)
            if found.hypotheses[0].ids != tuple(greedy.new_ids[:steps]):
                return settings, BeamOpening(WIDTHS[: at + 1], far, differs=True)
    return replace(USUAL, max_new_tokens=min(USUAL.max_new_tokens, far)), BeamOpening(WIDTHS, far, differs=False)


def _leading(found: BeamSearch) -> tuple[int, ...]:
    """The path with the highest total among those that go on."""
    last = found.n_steps - 1
    ends = [n for n in found.nodes if n.step == last and n.fate != "pruned"]
    at, ids = max(ends, key=lambda node: node.total, default=None), list[int]()
    while at is not None:
        ids.append(at.token)
        at = None if at.parent is None else found.nodes[at.parent]
    return tuple(reversed(ids))
