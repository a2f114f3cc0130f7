"""Choices read out of a smaller cache: a full one changes nothing, an evicting one is a whole pass with keys masked."""

from __future__ import annotations

import pytest
import torch

from explorer import zoo
from explorer.corpora.tasks import shelf
from explorer.errors import BadRequestError
from explorer.experiments.evaluation.cached_reader import Cached, policy_of
from explorer.experiments.evaluation.reader import Shared
from explorer.experiments.evaluation.task_run import Assembled
from explorer.stack.evaluation.scoring import Request
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.zoo.model import Model


@pytest.fixture(scope="module")
def small() -> Model:
    return zoo.load("six-kinds-dense")


def requests(model: Model, task: str, items: int) -> list[Request]:
    return [each for one in Assembled(model, shelf.own(task)).items(items) for each in one.requests]


@pytest.mark.parametrize("policy", ["window:4096", "sinks:4096", "heavy:4096"])
def test_a_policy_that_holds_all_changes_nothing_but_rounding(small: Model, policy: str) -> None:
    """What evicts keeps numbers in 16 bits."""
    asked = requests(small, "facts", 4)
    plain, read = dict(Shared(small).score(asked)), dict(Cached(small, policy).score(asked))
    assert sorted(read) == list(range(len(asked)))
    for at, expected in plain.items():
        assert read[at].logprobs == pytest.approx(expected.logprobs, abs=0.02)


@pytest.mark.parametrize("task", ["copy", "facts"])
def test_a_window_is_a_full_cache_whose_old_tokens_nobody_sees(small: Model, task: str) -> None:
    held = 6
    asked = requests(small, task, 2)
    read = dict(Cached(small, f"window:{held}").score(asked))
    for at, each in enumerate(asked):
        ids, n = (*each.context, *each.continuation), len(each.context)
        cache = ContiguousCache(small.decoder.config, 1, len(ids))
        found = []
        with torch.inference_mode():
            small.decoder(torch.tensor([each.context[:-1]]), cache=cache)
            for place in range(n - 1, len(ids) - 1):
                cache.positions[:, : max(place - held + 1, 0)] = -1  # it takes the oldest one’s slot
                logits = small.decoder(torch.tensor([[ids[place]]]), torch.tensor([[place]]), cache)[0, -1]
                found.append(float(logits.log_softmax(-1)[ids[place + 1]]))
        assert read[at].logprobs == pytest.approx(found, abs=0.05)


def test_fewer_bits_move_the_numbers_more(small: Model) -> None:
    asked = requests(small, "induction", 3)
    plain = dict(Shared(small).score(asked))
    gaps = {}
    for policy in ("int8", "int4"):
        read = dict(Cached(small, policy).score(asked))
        gaps[policy] = max(abs(read[at].total - plain[at].total) for at in plain)
    assert 0 < gaps["int8"] < gaps["int4"]


def test_a_batch_is_read_as_each_alone(small: Model) -> None:
    asked = requests(small, "facts", 3)
    for policy in ("int4", "sinks:8", "heavy:8"):
        reader = Cached(small, policy)
        together = dict(reader.score(asked))
        for at, each in enumerate(asked):
            assert together[at].logprobs == pytest.approx(dict(reader.score([each]))[0].logprobs, abs=2e-3)


@pytest.mark.parametrize("text", ["", "full", "int4:8", "window", "window:x", "window:0", "window:99999", "int2"])
def test_a_policy_that_there_is_not_is_refused(text: str) -> None:
    with pytest.raises(BadRequestError, match="no cache policy"):
        policy_of(text)
