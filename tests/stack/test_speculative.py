"""Speculative decoding: nothing is lost, at temperature 0 token for token, above it in distribution."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import jaxtyping
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.errors import BadRequestError, EmptyPromptError
from explorer.stack.inference import speculative
from explorer.stack.inference.drafts import GREEDY, Draft, FusedDraft, ModelDraft, early_exit, layer_skipping, read
from explorer.stack.inference.prompt_lookup import PromptLookup
from explorer.stack.inference.sampling import Sampler
from explorer.stack.inference.speculative import Speculation, speculate
from explorer.stack.inference.speculative_sampling import (
    Verdict,
    accepts,
    expected_speedup,
    expected_tokens,
    judge,
    redraw,
    residual,
)
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.zoo.model import Model

# ---- the rule -------------------------------------------------------------------------------------------------------

distributions = st.lists(st.integers(0, 20), min_size=4, max_size=4).filter(any)


def normal(weights: list[int]) -> torch.Tensor:
    return torch.tensor(weights, dtype=torch.double) / sum(weights)


@settings(deadline=None, max_examples=40)
@given(p=distributions.map(normal), q=distributions.map(normal))
def test_accepted_and_replaced_together_are_the_target(p: torch.Tensor, q: torch.Tensor) -> None:
    alpha = torch.minimum(p, q).sum()
    kept = torch.where(q > 0, q * (p / q).clamp(max=1), 0.0)
    torch.testing.assert_close(kept.sum(), alpha)
    torch.testing.assert_close(kept + (1 - alpha) * residual(p, q), p)
    assert residual(p, q).sum() == pytest.approx(1)


@settings(deadline=None, max_examples=40)
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


@settings(deadline=None, max_examples=40)
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
        self.config = SimpleNamespace(n_layers=1, n_kv_heads=1, d_head=1, d_vocab=logits.shape[1])

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
def unchecked() -> Iterator[None]:
    """No checking of shapes: it takes three quarters of the time of many generations, and the other tests do it."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


@pytest.fixture
def quick(unchecked: None) -> Any:
    """The sampler's answer for each row, once: thousands of generations ask for the same six."""
    del unchecked
    known: dict[Any, torch.Tensor] = {}

    def distribution(sampler: Sampler, logits: torch.Tensor, previous_ids: Any, n_prompt: int = 0) -> torch.Tensor:
        key = (sampler, tuple(logits.tolist()))
        if key not in known:
            known[key] = sampler.stages(logits, previous_ids).probabilities
        return known[key]

    return distribution


def sampled(patch: pytest.MonkeyPatch, quick: Any, verdict: Callable[..., Verdict], draft: Draft, n: int) -> bool:
    """True when `n` generations of three tokens are distributed as the target says."""
    from explorer.stack.inference import drafts

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


@pytest.mark.parametrize("draft", [ModelDraft(DRAFT), PromptLookup(3), None], ids=["model", "look-up", "none"])
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
    from explorer.stack.inference.drafts import draw

    return draw(row, u)


@pytest.mark.parametrize("broken", [keeps_all, replaces_from_the_target, ratio_upside_down])
def test_the_test_sees_a_broken_rule(monkeypatch: pytest.MonkeyPatch, quick: Any, broken: Any) -> None:
    assert not sampled(monkeypatch, quick, broken, ModelDraft(DRAFT), 500)


# ---- a real decoder, random and tiny --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        made = Decoder(DecoderConfig(3, 16, 2, 1, 8, 24, 11, 128)).eval().requires_grad_(False)
        for parameter in made.parameters():
            if parameter.ndim > 1:
                parameter.normal_(std=0.3)
    return made


def drafts_of(decoder: Decoder) -> dict[str, Draft]:
    return {
        "exit": early_exit(decoder, 1),
        "skip": layer_skipping(decoder, 2),
        "whole": early_exit(decoder, decoder.config.n_layers),
        "look-up": PromptLookup(decoder.config.d_vocab),
    }


@pytest.mark.parametrize("kind", ["exit", "skip", "whole", "look-up"])
@pytest.mark.parametrize("gamma", [1, 4])
def test_greedy_output_is_the_plain_one(tiny: Decoder, kind: str, gamma: int) -> None:
    prompt = [1, 2, 3, 1, 2]
    plain = speculate(tiny, prompt, None, max_new_tokens=24)
    ids = torch.tensor([prompt])
    with torch.inference_mode():
        for _ in range(24):  # without any cache
            ids = torch.cat([ids, tiny(ids)[:, -1:].argmax(-1)], 1)
    assert plain.new_ids == tuple(ids[0, len(prompt) :].tolist())
    assert plain.passes == 24
    done = speculate(tiny, prompt, drafts_of(tiny)[kind], max_new_tokens=24, gamma=gamma)
    assert done.new_ids == plain.new_ids
    account(done, gamma)
    if kind == "whole":  # the target itself is always right
        assert done.acceptance == done.overlap == 1
        assert done.passes == math.ceil(24 / (gamma + 1))


class Stepwise:
    """Stands in for a compiled decoder: takes one token a call, in the cache's order."""

    def __init__(self, decoder: Decoder) -> None:
        self.decoder, self.cache = decoder, None

    def load(self, cache: Any, length: int) -> None:
        assert cache.seen == length
        self.cache = cache

    def step(self, token_id: int, position: int) -> torch.Tensor:
        assert self.cache is not None
        assert position == self.cache.seen
        return read(self.decoder, [token_id], self.cache)[0]


def test_a_fused_draft_drafts_what_the_ordinary_one_does(tiny: Decoder) -> None:
    shallow, how = tiny.shallow(2), {"max_new_tokens": 16, "gamma": 3, "sampler": Sampler(temperature=0.8), "seed": 3}
    ordinary = speculate(tiny, [4, 5, 6], ModelDraft(shallow), **how)
    fused = speculate(tiny, [4, 5, 6], FusedDraft(shallow, Stepwise(shallow)), **how)
    assert [(r.drafted, r.accepted, r.next_id) for r in fused.rounds] == [
        (r.drafted, r.accepted, r.next_id) for r in ordinary.rounds
    ]
    assert any(r.replaced for r in fused.rounds)


def account(done: Speculation, gamma: int) -> None:
    """The rounds' records fit together, and p and q are what the record says of them."""
    at = len(done.prompt_ids)
    for made in done.rounds:
        assert made.start == at
        assert len(made.drafted) <= gamma
        assert made.tested == min(made.accepted + 1, len(made.drafted))
        assert made.evidence is not None
        q, p = made.evidence.q, made.evidence.p
        assert len(p) == len(q) + 1
        assert made.overlap == pytest.approx(torch.minimum(p[:-1], q).sum(-1).tolist())
        for i, x in enumerate(made.drafted):
            assert made.accept_probability[i] == pytest.approx(min(1, float(p[i, x] / q[i, x])))
            if i < made.tested:
                assert (made.u[i] < made.accept_probability[i]) == (i < made.accepted)
        assert made.seconds > 0
        at += len(made.ids)
    assert at == len(done.prompt_ids) + len(done.new_ids)


def test_cached_rounds_read_what_a_fresh_pass_reads(tiny: Decoder) -> None:
    done = speculate(
        tiny, [5, 6, 5], early_exit(tiny, 2), max_new_tokens=20, gamma=3, sampler=Sampler(temperature=1.3), seed=5
    )
    account(done, 3)
    assert 0 < done.acceptance < 1
    for made in done.rounds:
        ids = [*done.prompt_ids, *done.new_ids][: made.start] + list(made.drafted)
        with torch.inference_mode():
            target, draft = (d(torch.tensor([ids]))[0, made.start - 1 :] for d in (tiny, tiny.shallow(2)))
        assert made.evidence is not None
        torch.testing.assert_close(made.evidence.target_logits, target, atol=1e-5, rtol=1e-5)
        assert made.evidence.draft_logits is not None
        torch.testing.assert_close(made.evidence.draft_logits, draft[:-1], atol=1e-5, rtol=1e-5)


@pytest.mark.usefixtures("unchecked")
def test_the_first_token_is_distributed_as_the_targets(tiny: Decoder) -> None:
    sampler, prompt = Sampler(temperature=1.2, repetition_penalty=1.5), [1, 2, 3, 1]
    with torch.inference_mode():
        p = sampler.stages(tiny(torch.tensor([prompt]))[0, -1], prompt).probabilities
    draft = early_exit(tiny, 1)
    counts = Counter(
        speculate(
            tiny, prompt, draft, max_new_tokens=2, gamma=1, sampler=sampler, seed=seed, keep_evidence=False
        ).new_ids[0]
        for seed in range(100)
    )
    assert fits(torch.tensor([counts[i] for i in range(11)]), p)


def test_the_same_seed_gives_the_same_tokens(tiny: Decoder) -> None:
    def run(seed: int) -> tuple[int, ...]:
        return speculate(
            tiny, [1, 2], early_exit(tiny, 2), max_new_tokens=12, sampler=Sampler(temperature=2), seed=seed
        ).new_ids

    assert run(1) == run(1) != run(2)


def test_a_stop_token_ends_it_even_amid_a_round(tiny: Decoder) -> None:
    whole = speculate(tiny, [1, 2, 3], None, max_new_tokens=12)
    stop = whole.new_ids[5]
    end = whole.new_ids.index(stop) + 1
    draft = early_exit(tiny, tiny.config.n_layers)
    done = speculate(tiny, [1, 2, 3], draft, max_new_tokens=12, gamma=4, stop_ids=[stop])
    assert done.stopped
    assert done.new_ids == whole.new_ids[:end]


def test_evidence_need_not_be_kept(tiny: Decoder) -> None:
    with_it, without = (
        speculate(tiny, [1, 2, 3], early_exit(tiny, 2), max_new_tokens=5, keep_evidence=keep) for keep in (True, False)
    )
    assert all(r.evidence is not None for r in with_it.rounds)
    assert all(r.evidence is None for r in without.rounds)
    assert [r.ids for r in with_it.rounds] == [r.ids for r in without.rounds]


def test_edges(tiny: Decoder) -> None:
    with pytest.raises(EmptyPromptError):
        speculate(tiny, [], None, max_new_tokens=2)
    with pytest.raises(BadRequestError):
        speculate(tiny, [1], None, max_new_tokens=2, gamma=-1)
    assert speculate(tiny, [1], None, max_new_tokens=0).new_ids == ()
    one = speculate(tiny, [1], early_exit(tiny, 2), max_new_tokens=1, gamma=4)
    assert (len(one.new_ids), one.drafted) == (1, 0)  # a pass gives one token in any case
    assert math.isnan(one.acceptance)


# ---- the real model -------------------------------------------------------------------------------------------------

RHYME = (
    "This is the house that Jack built.\nThis is the malt that lay in the house that Jack built.\n"
    "This is the rat that ate the malt"
)


@pytest.fixture(scope="module")
def rhyme(model: Model) -> tuple[list[int], list[int]]:
    """The prompt's ids and transformers' greedy continuation."""
    ids = list(model.vocabulary.encode(RHYME))
    return ids, assisted(model, ids)


NEW = 8


def assisted(model: Model, ids: list[int], **how: Any) -> list[int]:
    from transformers import GenerationConfig

    settings = GenerationConfig(max_new_tokens=NEW, min_new_tokens=NEW, do_sample=False, pad_token_id=0, **how)
    hf: Any = model.hf
    given = torch.tensor([ids])
    with torch.inference_mode():
        out = hf.generate(given, attention_mask=torch.ones_like(given), generation_config=settings)
    return out[0, len(ids) :].tolist()


@pytest.fixture(scope="module")
def decoder(model: Model) -> Any:
    return getattr(model, "decoder", None) or Decoder.from_pretrained(model.hf)


def test_greedy_on_the_real_model_is_plain_greedy_and_transformers(
    decoder: Decoder, rhyme: tuple[list[int], list[int]]
) -> None:
    ids, theirs = rhyme
    assert list(speculate(decoder, ids, None, max_new_tokens=NEW, keep_evidence=False).new_ids) == theirs
    done = speculate(decoder, ids, PromptLookup(decoder.config.d_vocab), max_new_tokens=NEW, gamma=5)
    assert list(done.new_ids) == theirs
    assert done.passes < NEW
    assert done.acceptance == pytest.approx(done.overlap)  # at temperature 0 there is no chance in it


def test_greedy_look_up_is_transformers_prompt_lookup(
    model: Model, decoder: Decoder, rhyme: tuple[list[int], list[int]]
) -> None:
    ids, theirs = rhyme
    assert assisted(model, ids, prompt_lookup_num_tokens=4, max_matching_ngram_size=2) == theirs
    draft = PromptLookup(decoder.config.d_vocab, max_ngram=2, latest=False)
    assert list(speculate(decoder, ids, draft, max_new_tokens=NEW, gamma=4).new_ids) == theirs


def test_greedy_without_the_middle_blocks_is_plain_greedy(decoder: Decoder, rhyme: tuple[list[int], list[int]]) -> None:
    ids, target = rhyme[0], decoder.shallow(8)
    plain = speculate(target, ids, None, max_new_tokens=NEW, keep_evidence=False)
    done = speculate(target, ids, layer_skipping(target, 7), max_new_tokens=NEW, gamma=3, sampler=GREEDY)
    assert done.new_ids == plain.new_ids
    assert done.accepted > 0
    assert done.passes < NEW
