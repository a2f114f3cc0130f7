"""A reward model: the loss by hand and by autograd, the least point against scipy, transformers' own head."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from transformers import LlamaForSequenceClassification

from explorer.errors import NotFiniteError
from explorer.stack.finetuning.preferences.reward_model import (
    Ensemble,
    RewardModel,
    ValueHead,
    agreement,
    bradley_terry,
    fitted,
)
from explorer.stack.transformer.decoder import Decoder
from tests.stack.finetuning.against_peft import IDS, llama


def test_margin_and_centring_by_hand() -> None:
    chosen, rejected = torch.tensor([2.0, 0.5], requires_grad=True), torch.tensor([1.0, 1.0], requires_grad=True)
    found = bradley_terry(chosen, rejected, torch.tensor([1.0, 0.0]), centre=0.01)
    by_hand = [np.log(2) + 0.09, np.log(1 + np.exp(0.5)) + 0.0225]
    assert (found.loss + found.centring).tolist() == pytest.approx(by_hand, abs=1e-6)
    raises, lowers = torch.autograd.grad((found.loss + found.centring).sum(), (chosen, rejected))
    assert torch.allclose(-raises, found.raises)
    assert torch.allclose(lowers, found.lowers)


@pytest.mark.parametrize("centre", [0.0, 0.05])
def test_the_least_point_is_the_one_that_scipy_finds(centre: float) -> None:
    generator = torch.Generator().manual_seed(0)
    chosen, rejected = torch.randn(2, 40, 5, generator=generator, dtype=torch.float64)
    chosen[:, 0] += 1
    margin = torch.rand(40, generator=generator, dtype=torch.float64)
    head = fitted(chosen, rejected, ridge=0.01, margin=margin, centre=centre)

    def loss(w: np.ndarray) -> float:
        at = torch.tensor(w)
        terms = bradley_terry(chosen @ at, rejected @ at, margin, centre)
        return float(terms.total + 0.005 * at @ at)

    theirs = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-9})
    assert np.allclose(head.weight.detach().numpy(), theirs.x, atol=1e-4)


def test_pairs_that_a_plane_parts_are_held_by_the_ridge() -> None:
    x = torch.eye(3, dtype=torch.float64)
    head = fitted(x, -x, ridge=0.1)
    assert head.weight.isfinite().all()
    assert agreement(head(x), head(-x)) == 1


def test_the_head_reads_what_that_of_transformers_reads() -> None:
    base = llama()
    base.config.num_labels, base.config.pad_token_id = 1, 0
    hf = LlamaForSequenceClassification(base.config).eval()
    hf.model.load_state_dict(base.model.state_dict())
    ids = IDS.clamp_min(1)
    ids[1, -3:] = 0
    head = ValueHead(48)
    with torch.no_grad():
        head.weight.copy_(hf.score.weight[0])
        model = RewardModel(Decoder.from_pretrained(base), head)
        theirs = hf(input_ids=ids, attention_mask=(ids != 0).long()).logits[:, 0]
        assert torch.allclose(model(ids, torch.tensor([8, 5])), theirs, atol=1e-5)


def test_a_reward_that_is_no_number_is_said() -> None:
    nan = torch.tensor([1.0, float("nan")])
    with pytest.raises(NotFiniteError, match="chosen answer of pair 2"):
        bradley_terry(nan, torch.zeros(2))
    with pytest.raises(NotFiniteError, match="rejected answer of pair 2"):
        bradley_terry(torch.zeros(2), nan)


def test_an_ensemble() -> None:
    found = Ensemble(torch.tensor([[1.0, 2.0], [3.0, 2.0]]))
    assert found.mean.tolist() == [2.0, 2.0]
    assert found.spread.tolist() == pytest.approx([2**0.5, 0.0])
    assert found.worst.tolist() == [1.0, 2.0]
