"""Span corruption: T5's published sizes, its own way of drawing spans, and a text that can be put together again."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.pretraining.span_corruption import corrupted, lengths_for, lengths_of, noise_mask, restored
from tests.tiers import spread


def test_t5s_published_sizes() -> None:
    """T5's `compute_input_and_target_lengths(512, .15, 3)` gives 568 and 114."""
    sizes = lengths_for(512)
    assert (sizes.tokens, sizes.source, sizes.target) == (568, 512, 114)


def test_the_papers_example() -> None:
    words = ["Thank", "you", "for", "inviting", "me", "to", "your", "party", "last", "week"]
    noise = torch.tensor([word in ("for", "inviting", "last") for word in words])
    pair = corrupted(torch.arange(10), noise, sentinels=(100, 101, 102))
    names = dict(enumerate(words)) | {100: "<X>", 101: "<Y>", 102: "<Z>"}
    assert " ".join(names[i] for i in pair.source.tolist()) == "Thank you <X> me to your party <Y> week"
    assert " ".join(names[i] for i in pair.target.tolist()) == "<X> for inviting <Y> last"  # the paper adds <Z>


def theirs_mask(length: int, density: float, mean: float, rng: np.random.Generator) -> np.ndarray:
    """T5's `random_spans_noise_mask`, written anew after the description in its preprocessors."""
    noise = min(max(round(length * density), 1), length - 1)
    spans = max(round(noise / mean), 1)

    def segmentation(items: int, segments: int) -> np.ndarray:
        first = np.arange(items - 1) < segments - 1
        rng.shuffle(first)
        return np.bincount(np.cumsum(np.concatenate([[0], first])), minlength=segments)

    lengths = np.stack([segmentation(length - noise, spans), segmentation(noise, spans)], 1).reshape(-1)
    starts = np.zeros(length, dtype=int)
    starts[np.cumsum(lengths)[:-1]] = 1
    return np.cumsum(starts) % 2 == 1


@pytest.mark.parametrize(
    ("length", "density", "mean"), spread([(568, 0.15, 3.0), (64, 0.15, 3.0), (40, 0.5, 2.0), (7, 0.3, 1.0)], 2)
)
def test_spans_lie_as_t5s_do(length: int, density: float, mean: float) -> None:
    """Both draw from one distribution: same counts always, and a token is cut as often, to the sampling error."""
    rng, generator, n = np.random.default_rng(0), torch.Generator().manual_seed(0), 4000
    ours = torch.stack([noise_mask(length, density, mean, generator) for _ in range(n)])
    theirs = np.stack([theirs_mask(length, density, mean, rng) for _ in range(n)])
    assert set(ours.sum(1).tolist()) == set(theirs.sum(1).tolist())
    begins = ours & ~torch.nn.functional.pad(ours, (1, 0))[:, :-1]
    assert set(begins.sum(1).tolist()) == {lengths_of(length, density, mean).spans}
    error = 5 * (0.5 / n) ** 0.5
    assert np.abs(ours.float().mean(0).numpy() - theirs.mean(0)).max() < error


def test_every_way_of_cutting_is_equally_likely() -> None:
    """6 tokens, half of them noise in two spans: 2 ways to cut the noise, 2 to cut the rest."""
    generator = torch.Generator().manual_seed(0)
    seen = Counter("".join("01"[int(x)] for x in noise_mask(6, 0.5, 1.5, generator)) for _ in range(4000))
    wanted = {"0" * a + "1" * b + "0" * (3 - a) + "1" * (3 - b) for a, b in itertools.product((1, 2), repeat=2)}
    assert set(seen) == wanted
    assert all(900 < count < 1100 for count in seen.values())


@given(st.integers(2, 300), st.floats(0.05, 0.9), st.floats(1, 10), st.integers(0, 2**31))
@settings(max_examples=100, deadline=None)
def test_source_and_target_give_the_text_back(tokens: int, density: float, mean: float, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    text = torch.randint(0, 1000, (tokens,), generator=generator)
    sizes, sentinels = lengths_of(tokens, density, mean), range(2000, 2400)
    pair = corrupted(text, noise_mask(tokens, density, mean, generator), sentinels)
    assert torch.equal(restored(pair.source, pair.target, sentinels), text)
    assert (len(pair.source) + 1, len(pair.target) + 1) == (sizes.source, sizes.target)
    assert int(pair.noise.sum()) == sizes.noise
    assert pair.target[0] == 2000
    assert [t for t in pair.source.tolist() if t >= 2000] == [t for t in pair.target.tolist() if t >= 2000]


@given(st.integers(4, 700), st.sampled_from([(0.15, 3.0), (0.5, 3.0), (0.3, 1.0), (0.15, 10.0)]))
@settings(max_examples=60, deadline=None)
@pytest.mark.thorough
def test_the_longest_text_that_fits(source: int, how: tuple[float, float]) -> None:
    sizes = lengths_for(source, *how)
    assert sizes.source <= source < lengths_of(sizes.tokens + 1, *how).source


def test_what_cannot_be_cut_is_refused() -> None:
    with pytest.raises(ValueError, match="1 tokens"):
        lengths_of(1)
    with pytest.raises(ValueError, match="2 tokens"):
        lengths_for(2)
    with pytest.raises(ValueError, match="2 spans"):
        corrupted(torch.arange(5), torch.tensor([False, True, False, True, False]), sentinels=(9,))
