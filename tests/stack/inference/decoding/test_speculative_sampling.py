"""The rule of speculative sampling, and many seeds: the output's distribution is the target's."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.inference.decoding import speculative
from explorer.stack.inference.decoding.drafts import Draft, ModelDraft, early_exit
from explorer.stack.inference.decoding.prompt_lookup import PromptLookup
from explorer.stack.inference.decoding.sampling import Sampler
from explorer.stack.inference.decoding.speculative import speculate
from explorer.stack.inference.decoding.speculative_sampling import (
    Verdict,
    accepts,
    expected_speedup,
    expected_tokens,
    judge,
    redraw,
    residual,
)
from explorer.stack.transformer.decoder import Decoder
from tests.tiers import spread

# ---- the rule -------------------------------------------------------------------------------------------------------

distributions = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any)


def normal(weights: list[int]) -> torch.Tensor:
    return torch.tensor(weights, dtype=torch.double) / sum(weights)


@settings(max_examples=40)
@given(p=distributions.map(normal), q=distributions.map(normal))
def test_accepted_and_replaced_together_are_the_target(p: torch.Tensor, q: torch.Tensor) -> None:
    alpha = torch.minimum(p, q).sum()
    kept = torch.where(q > 0, q * (p / q).clamp(max=1), 0.0)
    torch.testing.assert_close(kept.sum(), alpha)
    torch.testing.assert_close(kept + (1 - alpha) * residual(p, q), p)
    assert residual(p, q).sum() == pytest.approx(1)


@settings(max_examples=40)
@given(p=distributions.map(normal), q=distributions.map(normal), seed=st.integers(0, 99))
def test_a_verdict_keeps_the_left_part(p: torch.Tensor, q: torch.Tensor, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    drafted = torch.multinomial(q, 3, replacement=True, generator=generator).tolist()
    u = torch.rand(3, generator=generator, dtype=torch.double).tolist()
    verdict = judge(drafted, q.expand(3, -1), p.expand(4, -1), u, 0.5)
    chances = [min(1.0, float(p[x] / q[x])) for x in drafted]
    assert verdict.accept_probability == pytest.approx(chances)
    assert verdict.accepted == next((i for i in range(3) if u[i] >= chances[i]), 3)
    assert verdict.overlap == pytest.approx([float(torch.minimum(p, q).sum())] * 3)
    assert verdict.drawn_from[verdict.next_id] > 0
    assert p[verdict.next_id] > 0


@settings(max_examples=40)
@given(seed=st.integers(0, 500))
def test_the_number_kept_is_transformers_on_the_same_numbers(seed: int) -> None:
    from transformers.generation.utils import _speculative_sampling

    generator = torch.Generator().manual_seed(seed)
    draft_logits, target_logits = (torch.randn(n, 6, generator=generator) * 1.5 for n in (4, 5))
    q, p = draft_logits.double().softmax(-1), target_logits.double().softmax(-1)
    drafted = torch.multinomial(q, 1, generator=generator)[:, 0]
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        _, matches = _speculative_sampling(drafted[None], draft_logits.double()[None], 4, target_logits.double()[None])
        torch.manual_seed(seed)
        u = torch.rand(1, 4, dtype=torch.double)[0].tolist()  # as it draws them
    assert judge(drafted.tolist(), q, p, u, 0.5).accepted == int(matches)


def test_equal_distributions_reject_nothing() -> None:
    p = normal([3, 1, 0, 4])
    assert accepts(p[:2], p[:2], torch.tensor([0.0, 1 - 2**-53], dtype=torch.double)).all()
    assert torch.equal(residual(p, p), p)


def test_known_answers() -> None:
    assert expected_tokens(0.8, 4) == pytest.approx(3.3616)
    assert expected_tokens(0.0, 4) == 1
    assert expected_tokens(1.0, 4) == 5
    # Leviathan et al., theorem 3.8: E[tokens] / (gamma c + 1)
    assert expected_speedup(0.8, 4, 0.05) == pytest.approx(3.3616 / 1.2)
    assert expected_speedup(0.5, 4, 0.9) < 1


def test_redraws_look_like_the_target() -> None:
    p, q = normal([1, 5, 2, 8, 0]), normal([6, 5, 1, 0, 4])
    drawn = redraw(q, p, 100_000, torch.Generator().manual_seed(1))
    alpha = float(torch.minimum(p, q).sum())
    assert drawn.accepted / drawn.draws == pytest.approx(alpha, abs=5 * math.sqrt(alpha * (1 - alpha) / drawn.draws))
    assert fits(drawn.counts, p)
    assert not fits(drawn.counts, normal([1, 6, 2, 8, 0]))


# ---- distributions of whole sequences --------------------------------------------------------------------------------


def fits(counts: torch.Tensor, expected: torch.Tensor, threshold: float = 1e-4) -> bool:
    """Pearson's chi-square test: False when such counts come with a chance below the threshold."""
    expected = expected * counts.sum()
    if counts[expected == 0].any():
        return False
    some = expected > 0
    statistic = ((counts[some] - expected[some]) ** 2 / expected[some]).sum().double()
    freedom = torch.tensor((int(some.sum()) - 1) / 2, dtype=torch.double)
    return float(torch.special.gammaincc(freedom, statistic / 2)) > threshold


class Chain:
    """A model that looks at the last token only; its rows of logits make every sequence's probability plain."""

    def __init__(self, logits: torch.Tensor) -> None:
        self.logits = logits
        self.config: Any = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, d_vocab=logits.shape[1])

    def __call__(
        self, ids: torch.Tensor, positions: Any = None, cache: Any = None, *, last_only: bool = False
    ) -> torch.Tensor:
        nothing = torch.zeros(1, 1, ids.shape[1], 1)
        held = cache.update(0, nothing, nothing, positions)
        assert held.positions[0].tolist() == list(range(cache.seen)), "the cache must hold what was kept, and no more"
        rows = self.logits[ids]
        return rows[:, -1:] if last_only else rows


TARGET = Chain(torch.tensor([[0.0, 1.0, 2.0], [1.5, 0.0, 0.5], [0.3, 0.2, 0.1]]))
DRAFT = Chain(torch.tensor([[2.0, 0.0, 0.5], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]))
LENGTH = 3
SAMPLER = Sampler(temperature=0.9, top_p=0.93)


def sequence_probabilities(sampler: Sampler) -> dict[tuple[int, ...], float]:
    rows = [sampler.stages(row).probabilities for row in TARGET.logits]
    found = {}
    for ids in itertools.product(range(3), repeat=LENGTH):
        found[ids] = math.prod(float(rows[a][b]) for a, b in itertools.pairwise((0, *ids)))
    return found


@pytest.fixture
def quick(unchecked: None) -> Any:
    """The sampler's answer for each row, once: thousands of generations ask for the same six."""
    del unchecked
    known: dict[Any, torch.Tensor] = {}

    def distribution(sampler: Sampler, logits: torch.Tensor, previous_ids: Any, n_prompt: int) -> torch.Tensor:
        key = (sampler, tuple(logits.tolist()))
        if key not in known:
            known[key] = sampler.stages(logits, previous_ids, n_prompt).probabilities
        return known[key]

    return distribution


def sampled(patch: pytest.MonkeyPatch, quick: Any, verdict: Callable[..., Verdict], draft: Draft, n: int) -> bool:
    """True when `n` generations of three tokens are distributed as the target says."""
    from explorer.stack.inference.decoding import drafts

    with patch.context() as p:
        p.setattr(speculative, "judge", verdict)
        p.setattr(speculative, "distribution", quick)
        p.setattr(drafts, "distribution", quick)
        seen = Counter(
            speculate(
                TARGET, [0, 1, 0], draft, max_new_tokens=LENGTH, gamma=2, sampler=SAMPLER, seed=s, keep_evidence=False
            ).new_ids
            for s in range(n)
        )
    expected = sequence_probabilities(SAMPLER)
    return fits(torch.tensor([seen[k] for k in expected]), torch.tensor(list(expected.values())))


@pytest.mark.parametrize(
    "draft", spread([ModelDraft(DRAFT), PromptLookup(3), None], 1), ids=["model", "look-up", "none"]
)
def test_sampled_sequences_are_distributed_as_the_targets(
    monkeypatch: pytest.MonkeyPatch, quick: Any, draft: Draft
) -> None:
    assert sampled(monkeypatch, quick, judge, draft, 1000 if isinstance(draft, ModelDraft) else 500)


def keeps_all(drafted: Any, q: Any, p: Any, u: Any, next_u: float) -> Verdict:
    return judge(drafted, q, p, [0.0] * len(drafted), next_u)


def replaces_from_the_target(drafted: Any, q: Any, p: Any, u: Any, next_u: float) -> Verdict:
    good = judge(drafted, q, p, u, next_u)
    return Verdict(good.accepted, speculative_draw(p[good.accepted], next_u), (), (), p[good.accepted])


def ratio_upside_down(drafted: Any, q: Any, p: Any, u: Any, next_u: float) -> Verdict:
    at = [i for i, x in enumerate(drafted) if u[i] >= float(q[i, x] / p[i, x])]
    n = at[0] if at else len(drafted)
    row = p[n] if n == len(drafted) else residual(p[n], q[n])
    return Verdict(n, speculative_draw(row, next_u), (), (), row)


def speculative_draw(row: torch.Tensor, u: float) -> int:
    from explorer.stack.inference.decoding.drafts import draw

    return draw(row, u)


@pytest.mark.parametrize("broken", [keeps_all, replaces_from_the_target, ratio_upside_down])
def test_the_test_sees_a_broken_rule(monkeypatch: pytest.MonkeyPatch, quick: Any, broken: Any) -> None:
    assert not sampled(monkeypatch, quick, broken, ModelDraft(DRAFT), 500)


# ---- a real decoder ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("unchecked")
def test_the_first_token_is_distributed_as_the_targets(tiny: Decoder) -> None:
    sampler, prompt = Sampler(temperature=1.2, repetition_penalty=1.5), [1, 2, 3, 1]
    with torch.inference_mode():
        p = sampler.stages(tiny(torch.tensor([prompt]))[0, -1], prompt, len(prompt)).probabilities
    draft = early_exit(tiny, 1)
    counts = Counter(
        speculate(
            tiny, prompt, draft, max_new_tokens=2, gamma=1, sampler=sampler, seed=seed, keep_evidence=False
        ).new_ids[0]
        for seed in range(100)
    )
    assert fits(torch.tensor([counts[i] for i in range(11)]), p)
