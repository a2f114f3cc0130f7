"""Span corruption: pieces of a text are cut out, a sentinel stands for each, and the model writes what was cut out.

T5's pre-training (Raffel et al. 2019, arXiv 1910.10683, section 3.3). A share of the tokens, 15%, is cut out in spans
of 3 on average. The source holds the rest, with a sentinel for each span; the target names the sentinels in their
order, each followed by what stood there:

    text      Thank you for inviting me to your party last week .
    source    Thank you <X> me to your party <Y> week .
    target    <X> for inviting <Y> last

(The paper's figure closes the target with one sentinel more; T5's code, and this one, with the end token alone.) Source
and target together hold every token once, so the text can be put together again (`restored`). How many tokens and spans
there are is fixed by the length n; where they lie is drawn:

    noise = round(n x density)      spans = round(noise / mean)
    source: n - noise + spans + 1   target: noise + spans + 1                 the 1 is the end token

The noise is cut into `spans` pieces, every way of cutting as likely as another, the rest likewise, and the two are
dealt alternately: the text begins with a kept piece and ends with a cut one.

Worked example: the spans above.

>>> text = torch.arange(10, 21)
>>> noise = torch.tensor([0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0]).bool()
>>> pair = corrupted(text, noise, sentinels=(99, 98, 97))
>>> pair.source.tolist(), pair.target.tolist()
([10, 11, 99, 14, 15, 16, 17, 98, 19, 20], [99, 12, 13, 98, 18])
>>> torch.equal(restored(pair.source, pair.target, (99, 98, 97)), text)
True

T5's own sizes: 568 tokens become 512 of source and 114 of target.

>>> lengths_for(512)
Lengths(tokens=568, noise=85, spans=28, source=512, target=114)
>>> int(noise_mask(568, generator=torch.Generator().manual_seed(0)).sum())
85
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

DENSITY, MEAN_SPAN = 0.15, 3.0


@dataclass(frozen=True)
class Lengths:
    """What a text of so many tokens is cut into."""

    tokens: int
    noise: int
    spans: int
    source: int
    """With its sentinels and the end token."""
    target: int
    """The same."""


@dataclass(frozen=True, eq=False)
class Corrupted:
    """One example, without end tokens."""

    source: Int[Tensor, " source"]
    target: Int[Tensor, " target"]
    noise: Bool[Tensor, " token"]
    """True where the text's token was cut out."""


def lengths_of(tokens: int, density: float = DENSITY, mean_span: float | int = MEAN_SPAN) -> Lengths:
    """The sizes for a text of `tokens` tokens. Raises ValueError for fewer than two: one is kept and one cut."""
    if tokens < 2 or not 0 < density < 1 or mean_span < 1:
        raise ValueError(f"{tokens} tokens, density {density} and mean span {mean_span} cannot be cut into spans")
    noise = min(max(round(tokens * density), 1), tokens - 1)
    # As many spans as there are kept tokens at most: each is preceded by one.
    spans = min(max(round(noise / mean_span), 1), noise, tokens - noise)
    return Lengths(tokens, noise, spans, tokens - noise + spans + 1, noise + spans + 1)


def lengths_for(source: int, density: float = DENSITY, mean_span: float | int = MEAN_SPAN) -> Lengths:
    """The longest text whose source has at most `source` tokens. Raises ValueError if there is none."""
    made = lengths_of(2, density, mean_span)
    if made.source > source:
        raise ValueError(f"no text fits a source of {source} tokens")
    while (longer := lengths_of(made.tokens + 1, density, mean_span)).source <= source:
        made = longer
    return made


def noise_mask(
    tokens: int,
    density: float = DENSITY,
    mean_span: float | int = MEAN_SPAN,
    generator: torch.Generator | None = None,
) -> Bool[Tensor, " token"]:
    """Which tokens are cut out."""
    sizes = lengths_of(tokens, density, mean_span)
    cut = _pieces(sizes.noise, sizes.spans, generator)
    kept = _pieces(sizes.tokens - sizes.noise, sizes.spans, generator)
    lengths = torch.stack([kept, cut], 1).flatten()  # kept, cut, kept, cut ..
    return torch.repeat_interleave(torch.arange(2 * sizes.spans) % 2 == 1, lengths)


def _pieces(items: int, pieces: int, generator: torch.Generator | None) -> Int[Tensor, " piece"]:
    """Lengths of at least 1 that sum to `items`; every such list is equally likely."""
    cuts = torch.randperm(items - 1, generator=generator)[: pieces - 1].sort().values + 1
    edges = torch.cat([torch.tensor([0]), cuts, torch.tensor([items])])
    return edges.diff()


def corrupted(text: Int[Tensor, " token"], noise: Bool[Tensor, " token"], sentinels: Sequence[int]) -> Corrupted:
    """Cut the noise out of the text. Raises ValueError if there are more spans than sentinels."""
    before = torch.cat([torch.tensor([False]), noise[:-1]])
    begins = noise & ~before
    count = int(begins.sum())
    if count > len(sentinels):
        raise ValueError(f"{count} spans need as many sentinels, not {len(sentinels)}")
    # A sentinel stands before the first token of its span; the source then drops the span, the target the rest.
    marks = torch.tensor(list(sentinels[:count]), dtype=text.dtype)
    at = begins.nonzero()[:, 0] + torch.arange(count)
    is_mark = torch.zeros(len(text) + count, dtype=torch.bool).index_fill(0, at, True)
    both = text.new_empty(len(text) + count).masked_scatter(is_mark, marks).masked_scatter(~is_mark, text)
    wide = torch.zeros_like(is_mark).masked_scatter(~is_mark, noise)
    return Corrupted(both[~wide], both[is_mark | wide], noise)


def restored(
    source: Int[Tensor, " source"], target: Int[Tensor, " target"], sentinels: Sequence[int]
) -> Int[Tensor, " token"]:
    """The text again: what the target has behind each sentinel goes where the source has it."""
    spans: dict[int, list[int]] = {}
    last: list[int] = []
    for token in target.tolist():
        if token in sentinels:
            last = spans[token] = []
        else:
            last.append(token)
    text = [each for token in source.tolist() for each in (spans.get(token, []) if token in sentinels else [token])]
    return torch.tensor(text, dtype=source.dtype)
