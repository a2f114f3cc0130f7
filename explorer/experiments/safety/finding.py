"""The refusal direction of a decoder: streams at the template's last tokens, candidates, probes, selection.

Directions are means over the training pairs, probes are fitted on the same; both are tried on the validation pairs,
whose templates are others. The test is left for what the direction does (`changing`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.corpora.instructions import Pair
from explorer.corpora.requests import REFUSALS, Twins
from explorer.experiments.finetuning.course import Speaks
from explorer.experiments.safety.asking import asked
from explorer.stack.safety import linear_probes as probes
from explorer.stack.safety.direction_edits import Edit, Taking, added, edited
from explorer.stack.safety.direction_span import Span, orthonormal
from explorer.stack.safety.refusal_direction import (
    MOST_KL,
    Candidate,
    differences,
    exact_kl,
    nearest,
    refusal_score,
    selected,
)
from explorer.stack.transformer.decoder import Decoder

#: Tokens of the template, at most, and texts that are run together.
POSITIONS, AT_ONCE = 5, 8
Tick = Callable[[int, int], None]


def silent(_done: int, _of: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True, eq=False)
class Streams:
    """Of each text: the stream before each block at the template's last tokens, and what is said next."""

    x: Float[Tensor, "text layer position d_model"]
    logits: Float[Tensor, "text d_vocab"]
    """Of the answer's first token."""


@torch.no_grad()
def streams(decoder: Decoder, prompts: Sequence[Sequence[int]], positions: int, tick: Tick = silent) -> Streams:
    """Prompts are padded on the left, so that their last tokens lie one above the other."""
    x, logits = list[Tensor](), list[Tensor]()
    for first in range(0, len(prompts), AT_ONCE):
        tick(first, len(prompts))
        ids, places = padded(prompts[first : first + AT_ONCE])
        stream, at = decoder.entered(ids, places)
        seen = list[Tensor]()
        for block in decoder.blocks:
            seen.append(stream[:, -positions:])
            stream = block(stream, at)
        x.append(torch.stack(seen, 1))  # text layer position d_model
        logits.append(decoder.unembedded(stream[:, -1:])[:, 0])
    return Streams(torch.cat(x), torch.cat(logits))


def padded(prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and positions, -1 where nothing is.

    >>> [each.tolist() for each in padded([[5, 6], [7]])]
    [[[5, 6], [0, 7]], [[0, 1], [-1, 0]]]
    """
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(each)) + list(each) for each in prompts])
    places = torch.tensor([[-1] * (longest - len(each)) + list(range(len(each))) for each in prompts])
    return ids, places


def template_tokens(prompts: Sequence[Sequence[int]]) -> int:
    """How many last tokens all prompts share: those of the template behind the request.

    >>> template_tokens([[1, 2, 9, 9], [1, 3, 9, 9]])
    2
    """
    shared = 0
    while shared < min(POSITIONS, *map(len, prompts)) and len({each[-1 - shared] for each in prompts}) == 1:
        shared += 1
    return max(shared, 1)


def first_tokens(speech: Speaks) -> list[int]:
    """With which tokens the taught refusals begin."""
    return sorted({speech.said(speech.example(Pair("Hello", each)))[0][0] for each in REFUSALS})


@dataclass(frozen=True, eq=False)
class Found:
    """What the streams of both kinds differ in."""

    forbidden: Streams
    harmless: Streams
    held_forbidden: Streams
    held_harmless: Streams
    """Of the validation pairs."""
    directions: Float[Tensor, "layer position d_model"]
    first: tuple[int, ...]
    tokens: tuple[int, ...]
    """Of the template, at the positions."""

    @property
    def scores(self) -> tuple[float, float]:
        """Mean refusal scores of held-out forbidden requests and of their twins."""
        both = (self.held_forbidden, self.held_harmless)
        one, other = (float(refusal_score(each.logits, self.first).mean()) for each in both)
        return one, other

    def labelled(self, layer: int, position: int, held: bool = False) -> tuple[Tensor, Bool[Tensor, " text"]]:
        """Streams at one place, and which are of forbidden requests."""
        pair = (self.held_forbidden, self.held_harmless) if held else (self.forbidden, self.harmless)
        x = torch.cat([each.x[:, layer, position] for each in pair])
        return x, torch.arange(len(x)) < len(pair[0].x)


def found(
    decoder: Decoder, speech: Speaks, train: Sequence[Twins], held: Sequence[Twins], tick: Tick = silent
) -> Found:
    """All streams, and the candidates."""
    kinds = [
        [asked(speech, text) for text in texts]
        for twins in (train, held)
        for texts in ([each.forbidden for each in twins], [each.harmless for each in twins])
    ]
    n, total, done = template_tokens([each for kind in kinds for each in kind]), sum(map(len, kinds)), 0
    made: list[Streams] = []
    for prompts in kinds:
        made.append(streams(decoder, prompts, n, lambda at, _, before=done: tick(before + at, total)))
        done += len(prompts)
    first = tuple(first_tokens(speech))
    bad, good, held_bad, held_good = made
    return Found(bad, good, held_bad, held_good, differences(bad.x, good.x), first, tuple(kinds[0][0][-n:]))


@dataclass(frozen=True)
class Probed:
    """Probes at one layer, on requests of held-out templates."""

    layer: int
    logistic: float
    mass_mean: float
    control_known: float
    """Logistic regression on shuffled labels, on the texts that it was fitted to."""
    control: float
    """The same on held-out texts, with their true labels; the mean of several shufflings."""


def probed(made: Found, layer: int, position: int, seeds: int = 3) -> Probed:
    """Held-out accuracies of the probes at one place."""
    x, y = made.labelled(layer, position)
    held, held_y = made.labelled(layer, position, held=True)
    shuffled = [
        probes.control(probes.logistic, x, y, held, held_y, torch.Generator().manual_seed(seed))
        for seed in range(seeds)
    ]
    return Probed(
        layer,
        probes.accuracy(probes.logistic(x, y), held, held_y),
        probes.accuracy(probes.mass_mean(x, y), held, held_y),
        sum(known for known, _ in shuffled) / seeds,
        sum(new for _, new in shuffled) / seeds,
    )


Prompts = Sequence[Sequence[int]]


@dataclass(frozen=True, eq=False)
class Asked:
    """What candidates are tried on."""

    forbidden: Prompts
    twins: Prompts
    plain: Prompts
    """Harmless text of another kind: what an ablation must leave as it is. A twin that is refused is no such text."""
    unchanged: Float[Tensor, "text d_vocab"]
    """What the decoder says first to that."""

    @classmethod
    def of(cls, decoder: Decoder, speech: Speaks, twins: Sequence[Twins], plain: Sequence[str]) -> Asked:
        texts = [each.forbidden for each in twins], [each.harmless for each in twins], list(plain)
        forbidden, harmless, other = ([asked(speech, text) for text in some] for some in texts)
        return cls(forbidden, harmless, other, streams(decoder, other, 1).logits)


@torch.no_grad()
def candidate(decoder: Decoder, made: Found, of: Asked, layer: int, position: int) -> Candidate:
    """What one direction does to the first token; position: from 0, the earliest token of the template."""
    direction = made.directions[layer, position].float()
    ablated, kl = without(decoder, made, of, Edit(direction, direction))
    induced = refusal_score(streams(added(decoder, layer, direction), of.twins, 1).logits, made.first)
    where = position - made.directions.shape[1]
    return Candidate(layer, where, ablated, float(induced.mean()), kl)


@torch.no_grad()
def without(decoder: Decoder, made: Found, of: Asked, edit: Taking) -> tuple[float, float]:
    """The refusal score of forbidden requests, and the KL on harmless text, with something taken out."""
    changed = edited(decoder, edit)
    score = refusal_score(streams(changed, of.forbidden, 1).logits, made.first)
    kl = exact_kl(of.unchanged, streams(changed, of.plain, 1).logits)
    return float(score.mean()), float(kl.mean())


Place = tuple[int, int]


def spanned(
    decoder: Decoder, made: Found, of: Asked, first: Place, further: Sequence[Place], count: int
) -> list[Place]:
    """The places of so many directions that are taken out together: the first one, and behind it, one by one, the one
    that leaves the lowest refusal score. One that costs more KL than the first, and than is allowed, is not taken."""
    taken = [first]
    _, kl = without(decoder, made, of, _span(made, taken))
    allowed = max(MOST_KL, kl)
    while len(taken) < count:
        tried = {each: without(decoder, made, of, _span(made, [*taken, each])) for each in further if each not in taken}
        left = {each: score for each, (score, kl) in tried.items() if kl <= allowed}
        if not left:
            break
        taken.append(min(left, key=lambda each: left[each]))
    return taken


def _span(made: Found, at: Sequence[Place]) -> Span:
    basis = orthonormal([made.directions[layer, position].float() for layer, position in at])
    return Span(basis, basis)


@dataclass(frozen=True)
class Selection:
    """Candidates that were tried, and the one that is taken."""

    tried: tuple[Candidate, ...]
    n_layers: int
    requests: int

    @property
    def best(self) -> Candidate | None:
        """By the published rule; where all are discarded, the one that comes nearest."""
        return selected(self.tried, self.n_layers) or nearest(self.tried, self.n_layers)


def places(n_layers: int, positions: int, layers: int, at: int) -> list[tuple[int, int]]:
    """So many layers evenly, the last `at` positions: those that are tried. Before the first block there is nothing to
    try: the template's tokens are the same in every text.

    >>> places(30, 5, 3, 1)
    [(1, 4), (12, 4), (23, 4)]
    """
    last = max(int(n_layers * 0.8) - 1, 1)
    chosen = sorted({1 + round((last - 1) * each / max(layers - 1, 1)) for each in range(layers)})
    return [(layer, position) for layer in chosen for position in range(max(positions - at, 0), positions)]
