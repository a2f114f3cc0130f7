"""Contrastive search continues as transformers did while it had it, and follows its formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch

from explorer.errors import BadRequestError
from explorer.stack.inference.decoding.contrastive_search import contrastive_search, weigh

if TYPE_CHECKING:
    from explorer.zoo.model import Model

# transformers 4.49.0 on the same weights: generate(penalty_alpha=.., top_k=.., max_new_tokens=16, do_sample=False).
RECORDED = [
    ("The capital of France is", 0.3, 8, [7042, 30, 198, 198, 504, 2988, 314, 42]),
    ("Once upon a time there was a", 0.6, 4, [3102, 1217, 22317, 581, 6839, 28, 32047, 281, 260]),
]


@pytest.mark.parametrize(("text", "alpha", "k", "expected"), RECORDED)
@pytest.mark.thorough
def test_parity_with_an_older_transformers(model: Model, text: str, alpha: float, k: int, expected: list[int]) -> None:
    ids = model.vocabulary.encode(text)
    assert list(contrastive_search(model.decoder, ids, len(expected), alpha, k).ids) == expected


def test_alpha_zero_is_greedy(model: Model) -> None:
    ids = model.vocabulary.encode("One, two, three,")
    found = contrastive_search(model.decoder, ids, 5, alpha=0, top_k=3)
    with torch.inference_mode():
        logits = model.decoder(torch.tensor([[*ids, *found.ids]]))[0, len(ids) - 1 : -1]
    assert list(found.ids) == logits.argmax(-1).tolist()
    # The candidates' probabilities, read row by row in the cache, are those of one pass over the whole.
    whole = logits.softmax(-1).max(-1).values
    cached = torch.stack([step.choice.probabilities[0] for step in found.steps])
    torch.testing.assert_close(cached, whole, atol=1e-5, rtol=0)


def test_by_hand() -> None:
    """Cosines of (3, 4) with (1, 0), (0, 1): .6 and .8, the larger counts; (-1, 0) is opposite, so its .0 is better."""
    before = torch.eye(2)
    choice = weigh(torch.tensor([0.7, 0.3]), torch.tensor([[3.0, 4.0], [-1.0, 0.0]]), before, alpha=0.5)
    assert choice.likeness.tolist() == pytest.approx([0.8, 0.0])
    assert choice.scores.tolist() == pytest.approx([0.35 - 0.4, 0.15 - 0.0])
    assert choice.chosen == 1


def test_it_stops(model: Model) -> None:
    ids = model.vocabulary.encode("The capital of France is")
    assert contrastive_search(model.decoder, ids, 9, 0.3, 8, stop_ids=[30]).ids == (7042, 30)
    with pytest.raises(BadRequestError):
        contrastive_search(model.decoder, ids, 9, alpha=1.5)
