"""Costs against models that transformers builds, divergences by another formula, pooling against whole decoders."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.transformer.grouped_query import counted
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.figures.transformer import grouped_query as figure
from explorer.panels.protocol import whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.panels.transformer import grouped_query_views as panel
from explorer.panels.transformer.grouped_query import PANEL
from explorer.stack.inference.serving.model_sizes import Sizes
from explorer.tracing import TraceKey, capture, parse_intervention
from tests.panels.both_runs import drawn, there

if TYPE_CHECKING:
    from explorer.tracing.trace import Trace
    from explorer.zoo.model import Model

TEXT = "When Mary and John went to the store, John gave a drink to"


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, TEXT))


def renewed(trace: Trace, **fields: Any) -> Trace:
    return replace(trace, **fields, _kept=type(trace._kept)())


def test_costs_are_those_of_models_that_transformers_builds(model: Model) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    rows = figure.costs(Sizes.of(model.decoder.config))
    assert [row.groups for row in rows] == [1, 3, 9]
    for row in rows:
        with torch.device("meta"):
            config = LlamaConfig.from_dict({**model.hf.config.to_dict(), "num_key_value_heads": row.groups})
            theirs: Any = LlamaForCausalLM(config)
        weights = {name: p.numel() for name, p in theirs.named_parameters() if "self_attn" in name}
        assert row.key_value == sum(n for name, n in weights.items() if "k_proj" in name or "v_proj" in name)
        assert row.shared + row.key_value == sum(weights.values())
    assert counted(model.decoder) == rows[1].shared + rows[1].key_value


def jensen_shannon(p: Tensor, q: Tensor) -> float:
    """By torch's own KL divergence, natural logarithms turned into bits."""
    middle = ((p + q) / 2).log()
    both = F.kl_div(middle, p, reduction="sum") + F.kl_div(middle, q, reduction="sum")
    return float(both) / 2 / math.log(2)


@given(st.lists(st.floats(0.01, 1), min_size=15, max_size=15))
@settings(max_examples=30)
def test_divergences_are_torchs_kl_divergence_twice(numbers: list[float]) -> None:
    pattern = torch.tensor(numbers, dtype=torch.float64).view(3, 1, 5)
    pattern = pattern / pattern.sum(-1, keepdim=True)
    found = figure.divergences(pattern[None])[0]
    for a in range(3):
        for b in range(3):
            assert float(found[a, b]) == pytest.approx(jensen_shannon(pattern[a, 0], pattern[b, 0]), abs=1e-9)
    assert float(found.max()) <= 1
    assert figure.divergence_error(pattern, found) < 1e-9
    assert figure.divergence_error(pattern, found + 0.01) > 5e-3


def test_heads_of_a_group_that_read_alike_are_found(trace: Trace) -> None:
    """Three groups, each with a pattern of its own: nothing within, and no random grouping is as alike."""
    alike = renewed(trace, pattern=trace.pattern[:, ::3].repeat_interleave(3, 1))
    found = figure.likeness(alike)
    assert found.within.abs().max() < 1e-6
    assert found.between is not None
    assert found.between.min() > 1e-3
    assert found.as_alike == 0.0
    every = figure.likeness(renewed(trace, pattern=trace.pattern[:, :1].expand_as(trace.pattern)))
    assert every.as_alike == 1.0


def test_means_within_and_between_are_over_all_pairs(trace: Trace) -> None:
    found = figure.likeness(trace)
    d, layer = found.divergence, 7
    pairs = [(a, b) for a in range(9) for b in range(a)]
    same = [float(d[layer, a, b]) for a, b in pairs if a // 3 == b // 3]
    other = [float(d[layer, a, b]) for a, b in pairs if a // 3 != b // 3]
    assert (len(same), len(other)) == (9, 27)
    assert found.between is not None
    assert float(found.within[layer]) == pytest.approx(sum(same) / 9, rel=1e-5)
    assert float(found.between[layer]) == pytest.approx(sum(other) / 27, rel=1e-5)


def test_the_unchanged_runs_means_stand_beside_this_ones(model: Model, trace: Trace) -> None:
    off = parse_intervention("ablate:3.1")
    changed = capture(model, TraceKey(model.name, TEXT, interventions=(off,)))
    made, _, there = drawn("grouped_query", "groups", Scene(model, changed, trace, Focus(position=9, layer=5, head=1)))
    assert there is not None
    assert there.side.shared == len(trace) == len(changed)
    torch.testing.assert_close(there.made.data.within, figure.likeness(trace).within)
    assert not made.data.within.equal(there.made.data.within)
    assert all(check.holds for check in made.checks)
    pack(made.data)


def test_one_token_has_nothing_to_compare(model: Model) -> None:
    one = capture(model, TraceKey(model.name, "a"))
    for view in (panel.groups, panel.pooled):
        with pytest.raises(NotApplicableError):
            whole(view(Scene(model, one, None)))


@pytest.mark.breaks("grouped_query.cost", "^The formula gives the model’s .* attention weights")
@pytest.mark.breaks("grouped_query.cost", "bytes a token that the cache holds")
def test_costs_of_another_number_of_heads_are_found_out(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(model)
    assert [check.holds for check in panel.cost(scene).checks] == [True, True]
    of = Sizes.of
    monkeypatch.setattr(Sizes, "of", lambda config: replace(of(config), d_head=32))
    assert [check.holds for check in panel.cost(scene).checks] == [False, False]


def test_the_other_runs_model_costs_what_it_costs_by_itself(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    other = zoo.load("six-kinds-dense")
    scene = Scene(model, other_model=other)
    made, _, there = drawn("grouped_query", "cost", scene)
    assert there is not None
    theirs = there.made.data
    own = theirs.groups.index(2)
    assert theirs.bytes["fp32"][own] == 2 * 6 * 2 * 48 * 4
    weights = theirs.shared[own] + theirs.key_value[own]
    assert weights == counted(other.decoder) == 6 * (2 * 192 * 4 * 48 + 2 * 192 * 2 * 48)
    assert [check.holds for check in made.checks] == [True] * 4
    assert [check.statement.endswith(", in the other run") for check in made.checks] == [False, False, True, True]
    of = Sizes.of
    narrow = {id(other.decoder.config)}
    monkeypatch.setattr(Sizes, "of", lambda c: replace(of(c), d_head=32) if id(c) in narrow else of(c))
    assert [check.holds for check in drawn("grouped_query", "cost", scene).made.checks] == [True, True, False, False]


def test_another_model_stands_in_the_table_of_kinds(model: Model) -> None:
    other = zoo.load("six-kinds-dense")
    found = there("grouped_query", "kinds", Scene(model, other_model=other))
    assert (found.own.name, found.own.kind, found.own.bytes) == (other.card.title, "GQA", 6 * 2 * 2 * 48 * 2)


def test_a_model_that_cannot_be_pooled_into_so_many_heads(model: Model, trace: Trace) -> None:
    """Of three heads one is left; a model of two has no three."""
    dense = zoo.load("six-kinds-dense")
    both = Compared(Run(dense, capture(dense, TraceKey(dense.name, "In the beginning", max_new_tokens=0))),
                    Run(model, trace))  # fmt: skip
    scene = Scene(model, trace, whose="the other run", controls={"groups": "2"}, settings=PANEL.settings)
    with pytest.raises(NotApplicableError, match="3 key-value heads cannot be pooled into 2"):
        whole(panel.pooled(scene))
    made = drawn("grouped_query", "pooled", Scene(dense, both.one.trace, other=both, controls={"tokens": "2"}))
    assert made.there is not None
    assert made.there.made.data.n_kv_heads == 3
    assert made.there.made.data.n == made.made.data.n == 2


@pytest.mark.breaks("grouped_query.groups", "divergences of this block from entropies")
def test_divergences_by_a_wrong_entropy_are_found_out(
    model: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = Scene(model, trace, None, Focus(position=9, layer=5, head=1))
    assert [check.holds for check in panel.groups(scene).checks] == [True]
    true = figure.divergences
    monkeypatch.setattr(figure, "divergences", lambda pattern: true(pattern.roll(1, -2)[:, :, 1:]))  # a query is lost
    assert [check.holds for check in panel.groups(scene).checks] == [False]
