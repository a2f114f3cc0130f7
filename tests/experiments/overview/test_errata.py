"""The list of errata: every entry is whole, computed, and says wrong or right because of what came out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch
from cachetools import LRUCache
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import NotApplicableError
from explorer.experiments.overview.errata import book as claim_book
from explorer.experiments.overview.errata import (
    budget_claims,
    model_claims,
    rejected_drafts,
    rope_pairs,
    run_claims,
    token_claims,
    top_p,
)
from explorer.experiments.overview.errata.book import CLAIMS, all_checked
from explorer.experiments.overview.errata.claims import CHAPTERS, REFERENCE, Checked, Claim, Found, Ground, checked
from explorer.experiments.overview.errata.placed_norms import placed
from explorer.experiments.tokenization.vocabulary_kinds import traits
from explorer.panels import panels
from explorer.stack.architectures.moe_parameters import MIXTRAL_8X22B
from explorer.stack.pretraining.scaling_law import HOFFMANN, REFIT
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.tracing import Trace, TraceKey, capture
from explorer.zoo.model import Model


@pytest.fixture(scope="module")
def ground() -> Ground:
    from explorer import zoo

    model = zoo.load("six-kinds-dense")
    run = capture(model, TraceKey(model.name, "Then Mary and John went to the store, and", max_new_tokens=6, seed=7))
    return Ground(run, model, run.n_prompt - 1)


#: The modules whose claims are looked at here one by one; `test_ledger` holds all of them.
MODULES = (budget_claims, model_claims, run_claims, token_claims)


@pytest.fixture(scope="module")
def book(ground: Ground) -> dict[str, Checked]:
    """Of these modules; without the two largest vocabularies, which take seconds to read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(token_claims.tokenizers, "is_cached", lambda _: False)
        return {claim.name: checked(claim, ground) for module in MODULES for claim in module.CLAIMS}


# ---- the list


def test_entries_are_whole() -> None:
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)
    assert [claim.chapter for claim in CLAIMS] == sorted(claim.chapter for claim in CLAIMS)
    assert {claim.chapter for claim in CLAIMS} <= CHAPTERS.keys()
    assert all(claim.says and claim.quotation and claim.section for claim in CLAIMS)


def test_a_mixtral_is_quoted_as_the_table_writes_it() -> None:
    quoted = {claim.name: claim.quotation for claim in CLAIMS}
    assert quoted["mixtral-8x7b"] == "Mixtral 8x7B … ~47B … ~13B"  # the reference's table has no hyphen
    assert quoted["mixtral-8x22b"] == "Mixtral 8x22B … ~176B … ~39B"


def test_the_reference_says_its_chapters() -> None:
    assert REFERENCE.chapters == len(CHAPTERS) == max(CHAPTERS)


def test_links_lead_to_views_that_there_are() -> None:
    for claim in CLAIMS:
        if claim.panel:
            assert claim.view in {view.name for view in panels()[claim.panel].views}, claim.name


@pytest.mark.thorough
def test_what_reads_no_run_is_not_asked_of_a_second_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_claims.tokenizers, "is_cached", lambda _: False)
    nothing = object.__new__(Ground)  # has neither a run nor a model
    for claim in CLAIMS:
        if not claim.grounded:
            checked(claim, nothing)
        else:
            with pytest.raises(AttributeError):
                checked(claim, nothing)


def test_what_reads_no_run_is_checked_once(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[str]()

    def claim(name: str, why: str = "", grounded: bool = False) -> Claim:
        def check(_: Ground) -> Found:
            asked.append(name)
            if why:
                raise NotApplicableError(why)
            return Found("1", str(len(asked)), True, "")

        return Claim(name, 1, "Section", name, name, check, grounded=grounded)

    claims = (claim("numbers"), claim("run", grounded=True), claim("not here", why="No vocabulary."))
    monkeypatch.setattr(claim_book, "CLAIMS", claims)
    monkeypatch.setattr(claim_book, "_known", LRUCache(99))
    first, second = (list(all_checked(ground, lambda *_: None))[-1] for _ in range(2))
    assert asked == ["numbers", "run", "not here", "run", "not here"]
    assert [each.found.found for each in first[:2]] == ["1", "2"]
    assert [each.found.found for each in second[:2]] == ["1", "4"]


@pytest.mark.thorough
def test_verdicts(book: dict[str, Checked]) -> None:
    wrong = {name for name, each in book.items() if each.verdict == "wrong"}
    assert wrong == {
        "bpe-merges", "gpt-4o", "gemma-activation", "mixtral-8x22b", "days", "sft-slice", "top-p", "rejected-draft",
        "kv-weights", "flash-traffic",
    }  # fmt: skip
    loose = {name for name, each in book.items() if each.verdict == "loose"}
    assert loose == {"head-width", "ffn-width", "rope-pairs", "gemma-attention", "pre-norm"}


def test_a_claim_that_holds_is_right_whatever_it_would_be_called(ground: Ground) -> None:
    ok = Claim("x", 1, "x", "x", "x", lambda _: Found("1", "1", True, ""), "loose")
    assert checked(ok, ground).verdict == "right"
    no = replace(ok, check=lambda _: Found("1", "2", False, ""))
    assert checked(no, ground).verdict == "loose"


def test_what_cannot_be_checked_says_why(ground: Ground) -> None:
    def refuse(_: Ground) -> Found:
        raise NotApplicableError("No rotary positions.", "Choose another.")

    made = checked(Claim("x", 1, "x", "x", "x", refuse), ground)
    assert (made.verdict, made.found.why) == ("open", "No rotary positions. Choose another.")


def test_a_vocabulary_is_never_fetched(book: dict[str, Checked]) -> None:
    assert {name for name, each in book.items() if each.verdict == "open"} == {"llama-3", "o200k"}


def test_a_vocabulary_is_told_from_its_tokens(monkeypatch: pytest.MonkeyPatch, ground: Ground) -> None:
    bytes_alone = [bytes([byte]) for byte in range(256)]
    monkeypatch.setattr(token_claims, "_held", lambda _: traits([*bytes_alone, b"th", b"the"]))
    assert not token_claims.llama_3(ground).holds
    monkeypatch.setattr(token_claims, "_held", lambda _: traits(["▁the".encode(), "▁a".encode(), b"b"]))
    assert token_claims.llama_3(ground).holds


# ---- sums by hand, and by other counters


def test_sums(book: dict[str, Checked]) -> None:
    assert book["days"].found.found == "9.6 days"  # 8.4e23 / (2048 * 989.5e12 * .5) / 86400 = 9.594
    assert book["mixtral-8x22b"].found.found == "140.6 B, 39.2 B active"
    assert book["kv-weights"].found.found == "0.31 times the weights"
    assert book["chinchilla"].found.found == "18.4"
    assert book["flash-traffic"].found.found.startswith("grows with d^1.9")


def test_a_mixture_in_transformers_own_tensors() -> None:
    assert model_claims.by_transformers(MIXTRAL_8X22B) == 140_620_634_112


def test_a_mixture_said_rightly_holds(ground: Ground) -> None:
    assert model_claims.mixture(MIXTRAL_8X22B, 140.6, 39, ground).holds
    assert not model_claims.mixture(MIXTRAL_8X22B, 176, 39, ground).holds


@pytest.mark.parametrize("law", [HOFFMANN, REFIT])
def test_the_best_split_is_the_least_loss_of_its_budget(law: object) -> None:
    assert isinstance(law, type(HOFFMANN))
    best = law.best(5.76e23)
    assert 6 * best.parameters * best.tokens == pytest.approx(5.76e23)
    least = law.loss(best.parameters, best.tokens)
    for factor in (0.5, 0.99, 1.01, 2.0):
        assert law.loss(best.parameters * factor, best.tokens / factor) > least


def test_no_compute_is_refused() -> None:
    with pytest.raises(ValueError, match="train nothing"):
        HOFFMANN.best(0)


def test_a_cache_that_does_outgrow_the_weights_is_right(monkeypatch: pytest.MonkeyPatch, ground: Ground) -> None:
    monkeypatch.setattr(budget_claims, "kv_bytes", lambda *_: 2 * 10**11)
    assert budget_claims.cache_and_weights(ground).holds


def test_norms_stand_where_the_papers_say() -> None:
    said = {family: placed(family).said for family in ("Llama", "Gemma3", "Olmo2", "Bert")}
    assert said == {"Llama": "before", "Gemma3": "before and after", "Olmo2": "after", "Bert": "after"}


# ---- top-p


@given(
    st.lists(st.floats(-8, 8), min_size=2, max_size=40), st.integers(0, 40), st.floats(0.05, 1.0), st.integers(0, 99)
)
def test_the_right_index_gives_what_transformers_gives(logits: list[float], k: int, p: float, seed: int) -> None:
    # distinct, so that a tie is not cut in two ways
    row = torch.tensor(logits) + torch.randperm(len(logits), generator=torch.Generator().manual_seed(seed)) * 0.37
    made = top_p.filtered(row, 0.7, k, p)
    if len(row.unique()) == len(row):
        assert torch.allclose(made.right, top_p.by_transformers(row, 0.7, k, p), atol=1e-9)
    assert torch.equal(made.scattered.sort().values, made.right.sort().values)  # the same numbers, on other tokens
    assert torch.equal(made.scattered[made.lands], made.right[made.order])


def test_a_sorted_row_hides_the_mistake() -> None:
    made = top_p.filtered(torch.tensor([3.0, 2.0, 1.0]), top_p=0.9)
    assert made.distance == 0


# ---- a rejected draft


def test_what_comes_out_is_a_distribution_and_p_only_where_q_is() -> None:
    generator = torch.Generator().manual_seed(0)
    p, q = (torch.rand(50, generator=generator).double() for _ in range(2))
    p, q = p / p.sum(), q / q.sum()
    out = rejected_drafts.from_target(p, q)
    assert out.sum() == pytest.approx(1)
    assert rejected_drafts.bias(p, q) > 0.01
    assert rejected_drafts.bias(p, p) == pytest.approx(0)


def test_draws_are_what_is_enumerated() -> None:
    q, p = torch.tensor([0.7, 0.2, 0.1]).double(), torch.tensor([0.5, 0.1, 0.4]).double()
    drawn = rejected_drafts.drawn(p, q, 200_000)
    assert drawn.from_target.tolist() == pytest.approx([0.65, 0.13, 0.22], abs=0.005)
    assert drawn.from_residual.tolist() == pytest.approx(p.tolist(), abs=0.005)


# ---- rotary pairs


def test_reordered_rows_are_the_same_model(ground: Ground) -> None:
    made = rope_pairs.three_ways(ground.model.decoder, ground.trace.ids)
    assert made.error(ground.trace.logits, "halves") < 1e-4
    assert made.error(ground.trace.logits, "reordered") < 1e-4
    assert made.error(ground.trace.logits, "adjacent") > 0.02
    assert rope_pairs.divergence(made.halves[-1], made.halves[-1]) == 0


def _decoder(n_kv_heads: int = 2, d_head: int = 4, **more: Any) -> Decoder:
    config = DecoderConfig(
        n_layers=1, d_model=8, n_heads=2, n_kv_heads=n_kv_heads, d_head=d_head, d_mlp=8, d_vocab=9, n_ctx=8, **more
    )  # fmt: skip
    return Decoder(config).eval()


def test_a_model_without_rotary_positions_is_refused() -> None:
    with pytest.raises(NotApplicableError):
        rope_pairs.in_pairs(_decoder(positions="learned"), reorder=True)


def test_a_head_with_norms_of_its_own_is_reordered_with_them() -> None:
    made = _decoder(n_kv_heads=1, d_head=8, qk_norm=True, attention_bias=True)
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for each in made.parameters():
            each.copy_(torch.randn(each.shape, generator=generator))
    three = rope_pairs.three_ways(made, torch.arange(6))
    assert three.error(three.halves, "reordered") < 1e-4
    assert three.error(three.halves, "adjacent") > 0.01


# ---- the loss of a response


def test_the_slice_forgets_the_first_response_token(ground: Ground, book: dict[str, Checked]) -> None:
    made = book["sft-slice"].found
    assert (made.said, made.found) == ("all 6 tokens", "5 of 6 tokens")
    values = {each.name: each.value for each in made.figures}
    assert values["transformers’ loss, prompt masked"] == values["from prompt_len − 1"] != values["from prompt_len"]


def test_no_response_is_said(ground: Ground) -> None:
    model: Model = ground.model
    alone: Trace = capture(model, TraceKey(model.name, "Then"))
    claim = next(claim for claim in CLAIMS if claim.name == "sft-slice")
    assert checked(claim, Ground(alone, model, 0)).verdict == "open"
    assert run_claims.scatter(Ground(alone, model, 0)).figures


def test_of_a_long_run_the_positions_that_were_read_are_named(ground: Ground) -> None:
    n = len(ground.trace.ids)
    assert run_claims._first(torch.empty(n, 1), ground) == f"{n} positions"
    assert run_claims._first(torch.empty(4, 1), ground) == "the first 4 positions"
