"""Multiple choice: winners and scores as lm-eval computes them, and by hand."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lm_eval.api.metrics import brier_score, mean_stderr
from lm_eval.api.samplers import ContextSampler, FirstNSampler
from lm_eval.utils import softmax

from explorer.errors import BadRequestError
from explorer.stack.evaluation.choices import Choices, mean_error
from explorer.stack.evaluation.encoding import pair
from explorer.stack.evaluation.few_shot import Shots
from explorer.stack.evaluation.perplexity import Surprise, perplexity, words

LOGS = st.lists(st.floats(-60, -0.01), min_size=4, max_size=4)
WORDS = st.lists(st.text(min_size=1, max_size=12), min_size=4, max_size=4)


@given(LOGS, LOGS, WORDS, st.integers(0, 3))
def test_each_rule_is_lm_evals(given_logs: list[float], alone: list[float], texts: list[str], gold: int) -> None:
    """The lines of its `process_results`."""
    item = Choices(tuple(texts), gold, tuple(given_logs), (1, 2, 3, 4), tuple(alone))
    ll = np.array(given_logs)
    assert item.winner("sum") == np.argmax(ll)
    assert item.winner("characters") == np.argmax(ll / np.array([float(len(each)) for each in texts]))
    assert item.winner("bytes") == np.argmax(ll / np.array([float(len(each.encode())) for each in texts]))
    assert item.winner("mutual_info") == np.argmax([a - b for a, b in zip(given_logs, alone, strict=True)])
    assert item.brier == pytest.approx(brier_score([(gold, softmax(ll))]))


def test_of_equal_scores_the_first_counts() -> None:
    item = Choices(("a", "b"), 1, (-1.0, -1.0), (1, 1))
    assert [item.winner(rule) for rule in item.rules] == [0, 0, 0, 0]


def test_characters_are_not_bytes() -> None:
    item = Choices(("éé", "abc"), 0, (-4.0, -5.0), (2, 1))
    assert (item.winner("characters"), item.winner("bytes")) == (1, 0)


@given(st.lists(st.integers(0, 1), min_size=2, max_size=40))
def test_the_error_of_a_mean_is_lm_evals(values: list[int]) -> None:
    assert mean_error(list(map(float, values))) == pytest.approx(mean_stderr(values))


@given(st.integers(1, 6), st.lists(st.integers(0, 9), min_size=8, max_size=20), st.booleans())
def test_examples_are_drawn_as_lm_eval_draws_them(n: int, pool: list[int], same: bool) -> None:
    """Item after item, from a pool that may hold an item twice."""
    docs = [{"n": each} for each in pool]
    theirs, ours = ContextSampler(docs, rnd=1234), Shots(docs, 1234)
    firsts, first = FirstNSampler(docs, rnd=1234), Shots(docs, sampler="first_n")
    for doc in docs[:5]:
        item = doc if same else None
        if len([each for each in docs if each != doc]) < n:
            with pytest.raises(BadRequestError):
                [ours.draw(n, doc) for _ in range(50)]
            return
        assert ours.draw(n, item) == theirs.sample(n, eval_doc=item)
        assert first.draw(n, item) == firsts.sample(n, eval_doc=item)


def test_a_pool_that_is_too_small_is_told() -> None:
    with pytest.raises(BadRequestError, match="6 examples are drawn from a pool of 5"):
        Shots(list(range(5))).draw(5, leave_out=0)


@given(st.lists(st.tuples(st.lists(st.floats(0, 20), min_size=1, max_size=9), st.text(min_size=1)), min_size=1))
def test_perplexities_are_lm_evals(read: list[tuple[list[float], str]]) -> None:
    from lm_eval.api.metrics import bits_per_byte, weighted_perplexity

    made = perplexity([Surprise(tuple(nats), text) for nats, text in read])
    of_bytes = [(-math.fsum(nats), len(text.encode())) for nats, text in read]
    of_words = [(-math.fsum(nats), len(re.split(r"\s+", text))) for nats, text in read]
    assert made.bits_per_byte.value == pytest.approx(bits_per_byte(of_bytes))
    for number, items in ((made.byte, of_bytes), (made.word, of_words)):
        if math.isfinite(number.value):
            assert number.value == pytest.approx(weighted_perplexity(items))


def test_the_error_by_document_is_that_of_resampled_documents() -> None:
    """Drawn with replacement many times over, the documents give the same spread as the formula."""
    generator = np.random.default_rng(0)
    read = [Surprise(tuple(generator.gamma(2, 1, size=generator.integers(5, 60))), "x " * 20) for _ in range(200)]
    drawn = [perplexity([read[i] for i in generator.integers(0, 200, 200)]).token.value for _ in range(800)]
    assert perplexity(read).token.error == pytest.approx(float(np.std(drawn)), rel=0.1)


def test_a_text_that_ends_in_white_space_has_an_empty_word() -> None:
    assert words(" a b ") == 4


def test_trailing_spaces_move_and_a_missing_context_gets_the_prefix() -> None:
    asked: list[tuple[str, bool]] = []

    def encode(text: str, special: bool) -> list[int]:
        asked.append((text, special))
        return [ord(each) for each in text]

    assert pair(encode, "a  ", "b", prefix=1) == ([97], [32, 32, 98])
    assert pair(encode, "a ", "b", prefix=1, apart=True) == ([97, 32], [98])
    asked.clear()
    assert pair(encode, "", "b", prefix=1) == ([1], [98])
    assert asked == [("b", False)]
    assert pair(encode, "", "ab", prefix=97) == ([97], [98])
    with pytest.raises(BadRequestError, match="no token of its own"):
        pair(encode, "a", "", prefix=1)
