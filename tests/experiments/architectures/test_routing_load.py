"""The load of a text against a corpus, and against blind draws from it."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.architectures import routing_load as load


def test_a_load_like_the_corpus_is_not_far_and_another_is() -> None:
    generator = torch.Generator().manual_seed(1)
    corpus = torch.rand(1, 2000, 4, generator=generator).topk(2, dim=-1).indices
    even, one = torch.full((1, 4), 0.25), torch.tensor([[0.5, 0.5, 0.0, 0.0]])
    near, far = (load.compare(share, 40, corpus, generator) for share in (even, one))
    assert float(near.distance) < float(near.chance) < float(near.seldom)
    assert float(far.distance) == pytest.approx(0.5, abs=0.03)
    assert float(far.distance) > float(far.seldom)
