"""The estimators: by hand, against autograd of their own losses, and what must hold of all of them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import lfilter
from torch import Tensor

from explorer.stack.finetuning.policy import kl
from explorer.stack.finetuning.policy.advantages import centred, left_out, standardised
from explorer.stack.finetuning.policy.by_name import NAMES, all_of
from explorer.stack.finetuning.policy.cispo import cispo
from explorer.stack.finetuning.policy.clip import Clip
from explorer.stack.finetuning.policy.critic import ValueHead
from explorer.stack.finetuning.policy.dapo import dapo, mixed
from explorer.stack.finetuning.policy.dr_grpo import dr_grpo
from explorer.stack.finetuning.policy.estimate import KL, Estimate
from explorer.stack.finetuning.policy.grpo import grpo
from explorer.stack.finetuning.policy.gspo import gspo
from explorer.stack.finetuning.policy.ppo import advantages, ppo, whitened
from explorer.stack.finetuning.policy.reinforce import reinforce
from explorer.stack.finetuning.policy.rloo import rloo
from explorer.stack.finetuning.policy.scored import Scored

LONGEST = 6
#: Of every estimator, with terms that its defaults leave out.
WITH_KL: dict[str, Callable[[Scored, Tensor], Estimate]] = {
    "REINFORCE": lambda x, _: reinforce(x, "mean", KL(0.3, "k2")),
    "RLOO": lambda x, _: rloo(x, beta=0.05, normalised=True),
    "PPO": lambda x, v: ppo(x, v, beta=0.05, kind="k3", gamma=0.9),
    "GRPO": lambda x, _: grpo(x, penalty=KL(0.5, "k3")),
    "Dr.GRPO": lambda x, _: dr_grpo(x, LONGEST, penalty=KL(0.5, "k1")),
    "DAPO": lambda x, _: dapo(x, scale="batch", tokens=40, penalty=KL(0.5, "k2")),
    "GSPO": lambda x, _: gspo(x, Clip(0.1, 0.1), penalty=KL(0.5, "k3", corrected=True)),
    "GRPO, corrected": lambda x, _: grpo(x, penalty=KL(0.5, "k3", corrected=True)),
    "CISPO": lambda x, _: cispo(x, 1.2, bessel=False, penalty=KL(0.5, "inverted k3")),
}


def drawn(seed: int, drift: float = 0.3, rewards: list[float] | None = None) -> tuple[Scored, Tensor]:
    """Two groups of four, of unequal lengths, one answer empty; values of a critic."""
    generator = torch.Generator().manual_seed(seed)
    real = lambda *shape: torch.randn(*shape, generator=generator, dtype=torch.float64)  # noqa: E731
    lengths = torch.randint(1, LONGEST + 1, (8,), generator=generator)
    lengths[5] = 0
    sampler = -real(8, LONGEST).abs()
    logp = (sampler + drift * real(8, LONGEST)).requires_grad_()
    mask = torch.arange(LONGEST) < lengths[:, None]
    given_ = torch.randint(0, 3, (8,), generator=generator).double() if rewards is None else torch.tensor(rewards)
    groups = torch.arange(8) // 4
    return Scored(logp, sampler, mask, given_.double(), groups, sampler + 0.2 * real(8, LONGEST)), real(8, LONGEST)


def pulls(made: Estimate, scored: Scored) -> float:
    """How far the weights are from autograd of the loss, as a share of the largest."""
    (gradient,) = torch.autograd.grad(made.loss, scored.logp)
    return float((made.weight + gradient).abs().max() / gradient.abs().max().clamp(min=1e-9))


@given(seed=st.integers(0, 10_000), drift=st.sampled_from([0.0, 0.01, 0.3, 2.0]))
def test_weights_are_the_gradient_of_the_coded_loss(seed: int, drift: float) -> None:
    scored, values = drawn(seed, drift)
    for name, each in all_of(scored, values, LONGEST).items():
        if name != "CISPO" or each.loss.requires_grad:
            assert pulls(each, scored) < 1e-9, name
    for name, make in WITH_KL.items():
        assert pulls(make(scored, values), scored) < 1e-9, name


def test_grpo_on_one_right_answer_of_four() -> None:
    r, group = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.zeros(4, dtype=torch.long)
    assert standardised(r, group).tolist() == pytest.approx([1.49970, -0.49990, -0.49990, -0.49990], abs=1e-5)
    assert standardised(r, group, bessel=False, eps=0.0)[:2].tolist() == pytest.approx([1.73205, -0.57735], abs=1e-5)
    assert left_out(r, group)[:2].tolist() == pytest.approx([1, -1 / 3])
    assert centred(r, group)[:2].tolist() == pytest.approx([0.75, -0.25])


def test_the_share_of_a_token() -> None:
    """Answers of 4 tokens and of 1, one of them right, fresh: GRPO halves between answers, DAPO between tokens."""
    logp = torch.zeros(2, 4)
    mask = torch.tensor([[True] * 4, [True, False, False, False]])
    scored = Scored(logp, logp, mask, torch.tensor([1.0, 0.0]), torch.tensor([0, 0]))
    A = 0.5 / (math.sqrt(0.5) + 1e-4)
    assert float(grpo(scored).weight[0, 0]) == pytest.approx(A / 8)
    assert float(grpo(scored).weight[1, 0]) == pytest.approx(-A / 2)
    assert float(dapo(scored).weight[0, 0]) == pytest.approx(A / 5)
    assert float(dr_grpo(scored, 8).weight[0, 0]) == pytest.approx(0.5 / 16)
    assert float(rloo(scored).weight[0, 0]) == pytest.approx(1 / 2)


def test_fresh_answers_have_loss_nought_and_a_gradient() -> None:
    scored, _ = drawn(3, drift=0.0)
    fresh = Scored(scored.logp, scored.sampler, scored.mask | True, scored.rewards, scored.groups)
    made = grpo(fresh)
    assert made.value == pytest.approx(0, abs=1e-12)
    assert float(made.weight.norm()) > 0.1


def test_fresh_answers_of_one_length_give_one_direction() -> None:
    """One prompt, equal lengths: only REINFORCE (no baseline) and PPO (a critic) point elsewhere."""
    scored, values = drawn(3, drift=0.0)
    rows = torch.arange(8) < 4
    part = Scored(
        scored.logp[rows], scored.logp[rows].detach(), torch.ones(4, LONGEST, dtype=torch.bool), scored.rewards[rows],
        scored.groups[rows],
    )  # fmt: skip
    weights = {name: each.weight.flatten() for name, each in all_of(part, values[rows], LONGEST).items()}
    cosine = {name: float(torch.nn.functional.cosine_similarity(w, weights["GRPO"], 0)) for name, w in weights.items()}
    assert {name for name, c in cosine.items() if c > 1 - 1e-9} == set(NAMES) - {"REINFORCE", "PPO"}


def test_a_clip_silences_what_has_gone_far_enough() -> None:
    sampler = torch.zeros(2, 2)
    logp = torch.tensor([[0.5, -0.5], [0.5, -0.5]])
    scored = Scored(logp, sampler, torch.ones(2, 2, dtype=torch.bool), torch.tensor([1.0, 0.0]), torch.tensor([0, 0]))
    assert dapo(scored).clipped.tolist() == [[True, False], [False, True]]
    assert (dapo(scored).weight == 0).tolist() == [[True, False], [False, True]]
    assert cispo(scored, 1.2).clipped.tolist() == [[True, False], [True, False]]
    assert bool((cispo(scored, 1.2).weight != 0).all())
    assert not gspo(scored).clipped.any()  # the geometric mean of each answer is 1


def test_equal_rewards_silence_six_of_eight() -> None:
    scored, values = drawn(1, rewards=[1.0] * 8)
    assert scored.equal == [0, 1]
    assert not mixed(scored).any()
    silent = {name for name, each in all_of(scored, values, LONGEST).items() if not each.weight.any()}
    assert silent == set(NAMES) - {"REINFORCE", "PPO"}


def test_an_answer_without_a_reward_moves_nothing() -> None:
    scored, values = drawn(2, rewards=[1, 0, math.nan, 0, 1, 1, 0, math.nan])
    assert scored.unscored == [2, 7]
    for name, each in all_of(scored, values, LONGEST).items():
        assert not each.weight[[2, 7]].any(), name
        assert torch.isfinite(each.weight).all(), name
        assert torch.isfinite(each.loss), name
    assert left_out(scored.rewards, scored.groups)[:4].tolist() == pytest.approx([1, -0.5, 0, -0.5])
    assert standardised(scored.rewards, scored.groups, eps=0.0)[1] == pytest.approx(-(1 / 3) / math.sqrt(1 / 3))


def test_a_group_without_any_reward() -> None:
    scored, values = drawn(2, rewards=[math.nan] * 7 + [1.0])
    for name, each in all_of(scored, values, LONGEST).items():
        assert torch.isfinite(each.weight).all(), name
        assert not each.weight[:4].any(), name


def test_an_empty_answer_counts_in_its_group_alone() -> None:
    scored, values = drawn(4, rewards=[0, 0, 0, 1, 0, 1, 0, 0])
    assert scored.empty == [5]
    made = all_of(scored, values, LONGEST)
    assert not any(each.weight[5].any() for each in made.values())
    assert float(made["RLOO"].advantage[4, 0]) == pytest.approx(-1 / 3)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rewards": torch.tensor([math.inf, 0.0])}, "reward of answer 0 is infinite"),
        ({"sampler": torch.tensor([[-math.inf, 0.0], [0.0, 0.0]])}, "no finite log-probability"),
    ],
)
def test_what_is_no_batch_is_refused(change: dict[str, Tensor], said: str) -> None:
    plain = {
        "logp": torch.zeros(2, 2), "sampler": torch.zeros(2, 2), "mask": torch.ones(2, 2, dtype=torch.bool),
        "rewards": torch.zeros(2), "groups": torch.zeros(2, dtype=torch.long),
    }  # fmt: skip
    with pytest.raises(ValueError, match=said):
        Scored(**{**plain, **change})  # pyright: ignore[reportArgumentType]


def test_a_kl_term_without_a_reference_is_refused() -> None:
    scored, values = drawn(0)
    bare = Scored(scored.logp, scored.sampler, scored.mask, scored.rewards, scored.groups)
    for make in (WITH_KL["GRPO"], WITH_KL["RLOO"], WITH_KL["PPO"]):
        with pytest.raises(ValueError, match="needs the reference"):
            make(bare, values)


def test_gae_is_a_filter_of_the_deltas() -> None:
    """scipy runs the recursion as a linear filter, over the answer turned round."""
    scored, values = drawn(6)
    made = ppo(scored, values, gamma=0.9, lam=0.8)
    for i, n in enumerate(scored.lengths.tolist()):
        delta = made.delta[i, :n].numpy()[::-1]
        theirs = np.asarray(lfilter([1.0], [1.0, -0.9 * 0.8], delta))[::-1]
        assert made.gae[i, :n].numpy() == pytest.approx(theirs) if n else True


def test_gae_with_lambda_one_is_the_return() -> None:
    scored, values = drawn(7)
    _, gae = advantages(ppo(scored, values).rewards, values, scored.mask, 1.0, 1.0)
    want = scored.rewards[:, None] - values
    assert torch.allclose(gae[scored.mask], want[scored.mask])
    _, one = advantages(ppo(scored, values).rewards, values, scored.mask, 1.0, 0.0)
    assert torch.equal(one, ppo(scored, values).delta)


def test_whitening() -> None:
    generator = torch.Generator().manual_seed(0)
    x, mask = torch.randn(3, 5, generator=generator, dtype=torch.float64) * 4 + 2, torch.rand(3, 5) < 0.6
    made = whitened(x, mask)[mask]
    assert float(made.mean()) == pytest.approx(0, abs=1e-9)
    assert float(made.var()) == pytest.approx(1, abs=1e-6)
    assert float(whitened(x, mask, keep_mean=True)[mask].mean()) == pytest.approx(float(x[mask].mean()))


def test_the_value_loss_takes_the_worse_of_clipped_and_plain() -> None:
    logp = torch.zeros(1, 1)
    scored = Scored(logp, logp, torch.ones(1, 1, dtype=torch.bool), torch.tensor([1.0]), torch.tensor([0]))
    new = torch.tensor([[0.9]], requires_grad=True)
    made = ppo(scored, new, old_values=torch.tensor([[0.5]]))
    # Returns 1: plain (.9 - 1)², clipped to .7: (.7 - 1)².
    assert float(made.value_loss.detach()) == pytest.approx(0.09 / 2)
    assert torch.autograd.grad(made.value_loss, new)[0].item() == 0


def test_a_value_head_is_the_least_squares_fit() -> None:
    generator = torch.Generator().manual_seed(1)
    states, returns = torch.randn(40, 6, generator=generator), torch.randn(40, generator=generator)
    head = ValueHead.fitted(states, returns, ridge=0.0)
    H = np.concatenate([states.numpy(), np.ones((40, 1))], 1).astype(float)
    theirs = np.linalg.lstsq(H, returns.numpy().astype(float), rcond=None)[0]
    assert head(states).detach().numpy() == pytest.approx(H @ theirs, abs=1e-5)


def test_kl_values_of_a_coin() -> None:
    p, q = (torch.tensor([each], dtype=torch.float64).log() for each in ([0.5, 0.5], [0.9, 0.1]))
    found = kl.expected(p, q)
    assert float(found.exact[0]) == pytest.approx(0.510826, abs=1e-6)
    values = {kind: float(value[0]) for kind, value in found.value.items()}
    want = {"k1": 0.510826, "k2": 0.733946, "k3": 0.510826, "inverted k3": 1.266952}
    assert values == pytest.approx(want, abs=1e-6)


def test_a_corrected_k3_has_the_right_gradient() -> None:
    """All tokens of a vocabulary as answers of one token, in the shares of a stale policy: E over it of rho k3."""
    generator = torch.Generator().manual_seed(4)
    z, mu, ref = torch.randn(3, 7, generator=generator, dtype=torch.float64)
    z.requires_grad_()
    p, mu, ref = (each.log_softmax(-1) for each in (z, mu, ref))
    rows = torch.arange(7)
    scored = Scored(p[:, None], mu[:, None], torch.ones(7, 1, dtype=torch.bool), torch.zeros(7), rows, ref[:, None])
    (right,) = torch.autograd.grad((p.exp() * (p - ref)).sum(), z, retain_graph=True)
    for kind in ("k1", "k3"):
        made = grpo(scored, penalty=KL(1.0, kind, corrected=True))
        # Each row counts 1/7 in the loss: here it counts by how often mu draws it.
        drawn_ = (7 * mu.exp() * made.weight[:, 0]).detach()
        (gradient,) = torch.autograd.grad((drawn_ * p).sum(), z, retain_graph=True)
        assert torch.allclose(-gradient, right), kind


@given(seed=st.integers(0, 10_000))
def test_gradients_of_the_kl_estimators(seed: int) -> None:
    """k1's is nought on average, k2's is KL(p || q)'s, k3's is KL(q || p)'s: all by autograd."""
    generator = torch.Generator().manual_seed(seed)
    z, q = torch.randn(2, 3, 7, generator=generator, dtype=torch.float64)
    z.requires_grad_()
    q = q.log_softmax(-1)
    p = z.log_softmax(-1)
    found = kl.expected(p.detach(), q)
    right, other = (p.exp() * (p - q)).sum(), (q.exp() * (q - p)).sum()
    (grad_right,), (grad_other,) = (torch.autograd.grad(each, z, retain_graph=True) for each in (right, other))
    assert torch.allclose(found.right, grad_right)
    assert torch.allclose(found.other, grad_other)
    for kind in kl.KINDS:
        sampled = (p.detach().exp() * kl.estimate(p, q, kind)).sum()
        (gradient,) = torch.autograd.grad(sampled, z, retain_graph=True)
        assert torch.allclose(found.gradient[kind], gradient)
    assert torch.allclose(found.gradient["k1"], torch.zeros_like(z))
    assert torch.allclose(found.gradient["k2"], grad_right)
    assert torch.allclose(found.gradient["k3"], grad_other)
    assert torch.allclose(found.value["k1"], found.exact)
    assert torch.allclose(found.value["k3"], found.exact)
