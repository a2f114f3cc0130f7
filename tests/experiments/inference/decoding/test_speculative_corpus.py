"""Rounds at places of a text: against a generation's own first round, by hand, and what they leave behind."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.inference.decoding import speculative_corpus as experiment
from explorer.experiments.inference.decoding.fair_draws import Agreement
from explorer.figures.inference.decoding.speculative_corpus import place, tokens
from explorer.stack.inference.decoding.drafts import layer_skipping
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.speculative import Speculative
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo.model import Model


@pytest.fixture(scope="module")
def small() -> Model:
    from explorer import zoo

    return zoo.load("six-kinds-dense")


@torch.inference_mode()
def test_a_round_is_the_first_round_of_a_generation_there(small: Model) -> None:
    ids = small.vocabulary.encode("And it came to pass in those days, that there went out a decree from the king, that")
    decoder = small.decoder
    cache, draft = ContiguousCache(decoder.config, 1, 99), layer_skipping(decoder, 4)
    draft.begin(ids[:6], 99)
    for start in (6, 9, len(ids)):
        if start - 1 > cache.seen:
            experiment.read(decoder, ids[cache.seen : start - 1], cache)
        made = experiment.round_at(decoder, draft, cache, ids[:start], 0.0, torch.Generator(), 1.0, False)
        assert cache.seen == draft.cache.seen == start
        run = Speculative(
            decoder, ids[:start], layer_skipping(decoder, 4), gamma=8, max_new_tokens=9, sampler=Sampler(temperature=0)
        ).step()
        assert (made.drafted, made.kept, made.decided) == (8, run.accepted, run.tested)


def drafting(kept: int, drafted: int = 8) -> experiment.Drafting:
    overlap = (0.5,) * min(kept + 1, drafted)
    return experiment.Drafting(drafted, kept, overlap, Agreement(), 0.5, False)


def test_a_shorter_draft_is_the_beginning_of_a_longer_one() -> None:
    rounds = [drafting(0), drafting(2), drafting(8)]
    assert [tokens(rounds, gamma) for gamma in (1, 2, 8)] == [5 / 3, 7 / 3, 13 / 3]
    first, third, last = (place(rounds, n) for n in (1, 3, 8))
    assert (first.decided, first.kept) == (3, 2)
    assert (third.decided, third.kept) == (2, 1)
    assert (last.decided, last.kept) == (1, 1)


def test_overlaps_by_hand() -> None:
    p, q = torch.tensor([[0.5, 0.1, 0.4]]).log(), torch.tensor([[0.7, 0.2, 0.1]]).log()
    assert float(experiment._overlaps(p, q, 1.0)) == pytest.approx(0.7)
    assert float(experiment._overlaps(p, q, 0.0)) == 1.0
    # 0 1 0: the look-up copies 1, of which p says 0.1
    assert experiment._copied(p.expand(3, -1), [0, 1, 0], 1.0).tolist() == [0.0, 0.0, pytest.approx(0.1)]
