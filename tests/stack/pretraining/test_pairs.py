"""Pairs of the training of an encoder-decoder: drawn by seed and step, padded and split without a loss."""

from __future__ import annotations

import random

import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.stack.architectures.padded_pairs import Pairs, padded
from explorer.stack.pretraining.pairs import PairCourse, SentencePairs, SpanPairs
from explorer.stack.pretraining.span_corruption import restored
from explorer.training.recipe import PairData

SENTINELS = (99, 98, 97, 96)
SPANS = SpanPairs(
    {"a": torch.arange(2, 60), "b": torch.arange(30, 90)},
    {"a": torch.arange(2, 90)},
    {"a": 1, "b": 3},
    16,
    SENTINELS,
    1,
)


def encode(texts: list[str]) -> list[list[int]]:
    return [[*(ord(letter) for letter in text), 1] for text in texts]


def compose(text: str, rng: random.Random) -> str:
    return f"{text}{rng.randrange(10)}"


WORDS = SentencePairs(["a" * n for n in range(1, 60)], ["held", "out", "words"], compose, str.upper, encode)


def test_spans_are_cut_from_windows_of_the_streams() -> None:
    pairs = SPANS.draw(8, seed=3, step=5)
    assert pairs.source.shape == (8, 16)
    assert not bool((pairs.source == 0).any())
    assert bool((pairs.source[:, -1] == 1).all())
    for source, target in zip(pairs.source, pairs.target, strict=True):
        text = restored(source[:-1], target[:-1], SENTINELS)
        assert torch.equal(text, torch.arange(int(text[0]), int(text[0]) + len(text)))


def test_a_step_is_a_function_of_seed_and_step() -> None:
    course = PairCourse({"spans": SPANS, "words": WORDS}, {"spans": 3, "words": 5}, seed=1, measured=2)
    first, again, other = course.batch(4), course.batch(4), course.batch(5)
    assert [len(part) for part in first] == [3, 5]
    assert all(torch.equal(x.source, y.source) for x, y in zip(first, again, strict=True))
    assert not torch.equal(first[0].source, other[0].source)


def test_a_tasks_rows_are_about_equally_long() -> None:
    lengths = (WORDS.draw(4, 0, 0).positions.max(1).values + 1).tolist()
    assert max(lengths) - min(lengths) < 32


def test_held_out_pairs_are_the_same_at_each_call_and_never_drawn() -> None:
    assert torch.equal(WORDS.held_out(None).source, WORDS.held_out(None).source)
    assert len(WORDS.held_out(None)) == 3
    assert len(WORDS.held_out(2)) == 2
    assert len(SPANS.held_out(2)) == 2
    assert torch.equal(SPANS.held_out(None).source, SPANS.held_out(None).source)


class Oracle:
    """Writes what the task wants, but for one source."""

    def write(self, pairs: Pairs, max_new: int) -> list[list[int]]:
        texts = ["".join(map(chr, row)).split("\x01")[0] for row in pairs.source.tolist()]
        return [[ord(letter) for letter in ("" if text[0] == "h" else text.upper())] for text in texts]


def test_exact_match_counts_whole_targets() -> None:
    course = PairCourse({"spans": SPANS, "words": WORDS}, {"spans": 1, "words": 1}, seed=1, measured=2)
    assert course.scores(Oracle(), everything=True) == {"words exact": 2 / 3}


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=20), st.integers(1, 7))
def test_splitting_keeps_every_token(lengths: list[tuple[int, int]], rows: int) -> None:
    pairs = padded([[5] * n + [1] for n, _ in lengths], [[7] * n + [1] for _, n in lengths])
    parts = pairs.split(rows)
    assert sum(part.targets for part in parts) == pairs.targets == sum(n + 1 for _, n in lengths)
    assert sum(int((part.positions >= 0).sum()) for part in parts) == sum(n + 1 for n, _ in lengths)
    assert all(bool((part.positions[:, -1] >= 0).any()) for part in parts)


@given(st.dictionaries(st.text(min_size=1), st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 200))
def test_shares_use_every_row(shares: dict[str, int], rows: int) -> None:
    split = PairData(shares=dict(shares)).rows(rows)
    assert sum(split.values()) == rows
    assert all(abs(split[name] - rows * share / sum(shares.values())) <= 1 for name, share in shares.items())
