"""One head's card: its output by hand and against transformers, its removal, its places in the corpus."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import torch

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.overview import head_card as experiment
from explorer.figures.overview import head_card as figure
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.panels.overview import head_card_views as views
from explorer.panels.protocol import whole
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import AblateHead, TraceKey, capture, parse_intervention
from explorer.tracing.derived.head_writing import pushes, written

if TYPE_CHECKING:
    from explorer.tracing import Trace
    from explorer.zoo.model import Model

PROMPT = "When Mary and John went to the store, John gave a drink to"


@pytest.fixture(scope="module")
def small() -> Model:
    return zoo.load("six-kinds-dense")


@pytest.fixture(scope="module")
def trace(small: Model) -> Trace:
    return capture(small, TraceKey(small.name, PROMPT))


def scene(model: Model, trace: Trace, layer: int = 2, head: int = 1) -> Scene:
    return Scene(model, trace, None, Focus(position=6, layer=layer, head=head))


def test_what_all_heads_write_is_what_attention_adds(small: Model, trace: Trace) -> None:
    for layer in range(small.dims.n_layers):
        heads = torch.stack([written(trace, layer, head, 6) for head in range(small.dims.n_heads)]).sum(0)
        bias = trace.readout.b_O[layer]
        added = trace.resid_mid[layer, 6].double() - trace.stream(layer)[6].double()
        assert torch.allclose(heads + (0 if bias is None else bias.double()), added, atol=1e-4)


def test_pushes_are_the_shares_of_the_attribution_for_any_token(trace: Trace) -> None:
    for token in (3, 77, 500):
        shares = trace.attribution(6, token).heads
        for layer, head in ((0, 0), (2, 1)):
            pushed = pushes(trace, layer, head, 6, token)[token]
            assert float(pushed) == pytest.approx(float(shares[layer, head]), abs=1e-4)


def test_removal_equals_a_run_with_the_intervention(small: Model, trace: Trace) -> None:
    found = experiment.removed(small, trace, 2, 1, 6)
    key = TraceKey(small.name, PROMPT, interventions=(parse_intervention("ablate:2.1"),))
    without = capture(small, key).logits[6]
    assert torch.allclose(found.carried, without, atol=1e-3)
    assert torch.allclose(found.whole, without, atol=1e-3)


def test_sizes_are_lengths_of_the_products() -> None:
    generator = torch.Generator().manual_seed(0)
    z, W_O = torch.randn(2, 5, 3, 4, generator=generator), torch.randn(3, 4, 8, generator=generator)
    plain = torch.einsum("bphd,hdm->bhpm", z, W_O).norm(dim=-1)
    assert torch.allclose(experiment.sizes(z, W_O), plain, atol=1e-5)


def test_a_block_is_read_as_transformers_reads_it(small: Model) -> None:
    from transformers import AutoModelForCausalLM

    plain: Any = AutoModelForCausalLM.from_pretrained(
        str(small.hf.name_or_path), attn_implementation="eager", dtype=torch.float32, local_files_only=True
    ).eval()
    rows = experiment.corpus(small)[:3]
    for row, read in zip(rows, experiment.read_block(small, 2, rows), strict=True):
        with torch.inference_mode():
            pattern = plain(row.ids[None], output_attentions=True).attentions[2][0]  # head query key
        later = pattern.clone()
        later[..., 0] = 0
        assert torch.allclose(read.weight, later.amax(-1), atol=1e-4)
        assert torch.allclose(read.first, pattern[..., 0], atol=1e-4)


def test_places_are_the_longest_outputs_one_a_passage(small: Model) -> None:
    rows = experiment.corpus(small)[:6]
    read = tuple(experiment.read_block(small, 1, rows))
    found = experiment.strongest(read, 0, 4)
    assert len({id(each.passage) for each in found}) == 4
    assert [each.size for each in found] == sorted((each.size for each in found), reverse=True)
    best = max(float(each.size[0, 1:].max()) for each in read)
    assert found[0].size == best
    shown = figure.place(found[0])
    assert shown.ids[shown.position - shown.first] == int(found[0].passage.ids[found[0].position])


def test_the_corpus_begins_with_one_passage_of_each_kind(small: Model) -> None:
    rows = experiment.corpus(small)
    kinds = [row.kind for row in rows]
    assert len(set(kinds[:6])) == 6 == len(set(kinds))


@pytest.mark.thorough
def test_parts_come_before_the_whole_and_the_next_head_is_known(small: Model) -> None:
    experiment._KNOWN.pop(small, None)
    told: list[tuple[int, int]] = []
    here = replace(
        scene(small, capture(small, TraceKey(small.name, "Yes"))), progress=lambda _, a, b: told.append((a, b))
    )
    parts = list(views.places(here))
    assert len(parts) > 3
    assert all(not part.checks for part in parts[:-1])
    assert [part.data.passages for part in parts] == sorted(part.data.passages for part in parts)
    assert parts[-1].data.passages == parts[-1].data.of
    assert all(check.holds for check in parts[-1].checks)
    assert told
    again = list(views.places(replace(here, focus=Focus(layer=2, head=2))))
    assert len(again) == 1


def test_scores_are_counted_among_all_heads(small: Model, trace: Trace) -> None:
    data = views.roles(scene(small, trace)).data
    for role in data.roles:
        assert role.larger == int((role.all > role.value).sum())
        assert float(role.all[2 * small.dims.n_heads + 1]) == pytest.approx(role.value)


@pytest.fixture(scope="module")
def beside(small: Model, trace: Trace) -> tuple[Scene, Trace]:
    """A second run, with another name in the place of one: the same position belongs to the selected one."""
    other = capture(small, TraceKey(small.name, PROMPT.replace("Mary", "Anna")))
    compared = Compared(Run(small, trace), Run(small, other))
    assert compared.there(6) == 6
    return replace(scene(small, trace), other=compared), other


def test_the_other_runs_head_is_the_one_of_that_run_alone(small: Model, beside: tuple[Scene, Trace]) -> None:
    here, other = beside
    data = views.roles(here).data
    alone = views.roles(replace(scene(small, other), focus=replace(here.focus, target=here.target))).data
    assert data.base is not None
    assert data.base.share == pytest.approx(alone.share, abs=1e-5)
    assert data.base.size == pytest.approx(alone.size)
    assert data.base.read is not None
    torch.testing.assert_close(data.base.read, other.pattern[2, 1, 6, :7])
    for token, logits in zip(data.up_ids.tolist(), data.base.up.tolist(), strict=True):
        raw, target = (float(other.attribution(6, each, "raw").heads[2, 1]) for each in (token, here.target))
        assert logits - data.base.share == pytest.approx(raw - target, abs=1e-4)  # over one and the same reference
    assert [role.before for role in data.roles] == pytest.approx([role.value for role in alone.roles])
    assert [role.before for role in views.roles(scene(small, other)).data.roles] == [None] * 4


def ablated(model: Model, trace: Trace, mode: str = "zero") -> tuple[Scene, Trace]:
    """A run with head 1 of block 2 ablated, the unchanged one beside it."""
    off = capture(model, replace(trace.key, interventions=(parse_intervention(f"ablate:2.1:{mode}"),)))
    return replace(scene(model, off), base=trace), off


def test_a_head_that_is_off_shows_what_it_does_where_it_is_on(small: Model, trace: Trace) -> None:
    here, _ = ablated(small, trace)
    data, alone = views.roles(here).data, views.roles(replace(scene(small, trace), focus=here.focus)).data
    assert (data.off, alone.off, data.size) == ("zero", "", 0)
    assert data.up_ids.tolist() == alone.up_ids.tolist()  # not sixteen tokens that nothing pushes
    assert data.base is not None
    torch.testing.assert_close(data.base.up, alone.up)
    torch.testing.assert_close(data.base.down, alone.down)
    assert data.more == alone.more


def test_the_answer_without_a_head_that_is_off_is_this_run(small: Model, trace: Trace) -> None:
    here, off = ablated(small, trace)
    data = whole(views.removed(here)).data
    assert data.off == "zero"
    token = data.ids[0]
    assert float(data.before[0]) == pytest.approx(float(trace.logits[6].double().softmax(-1)[token]), abs=1e-5)
    assert float(data.after[0]) == pytest.approx(float(off.logits[6].double().softmax(-1)[token]), abs=1e-5)
    assert data.kl > 1e-4  # of this run twice it is nought


def test_a_head_that_is_replaced_by_its_mean_writes_its_mean(small: Model, trace: Trace) -> None:
    here, _ = ablated(small, trace, "mean")
    data = views.roles(here).data
    assert data.off == "mean"
    assert data.size > 0
    assert whole(views.removed(here)).data.kl > 1e-4


def test_heads_that_add_or_take_more_are_counted(small: Model, trace: Trace) -> None:
    here = scene(small, trace)
    shares = trace.attribution(6, here.target).heads.abs().flatten()
    assert views.roles(here).data.more == int((shares > shares[2 * small.dims.n_heads + 1]).sum())


def test_a_removal_in_the_other_run_is_a_run_of_it_without_the_head(small: Model, beside: tuple[Scene, Trace]) -> None:
    here, other = beside
    base = whole(views.removed(here)).data.base
    cut = capture(small, replace(other.key, interventions=(AblateHead(2, 1),))).logits[6].double()
    p, q = other.logits[6].double().log_softmax(-1), cut.log_softmax(-1)
    assert base.kl == pytest.approx(float((p.exp() * (p - q)).sum()), abs=1e-5)
    odds = [float((each.exp() / (1 - each.exp())).log()[here.target]) for each in (p, q)]
    assert [base.moved.before, base.moved.after] == pytest.approx(odds, abs=1e-3)
    assert float(base.before[0]) == pytest.approx(float(p.exp()[whole(views.removed(here)).data.ids[0]]))


@pytest.mark.breaks("head_card.roles", r" alone through the .* output projection and the unembedding = what it adds")
def test_another_heads_output_is_seen(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(check.holds for check in views.roles(scene(small, trace)).checks)
    monkeypatch.setattr(views, "pushes", lambda run, layer, head, *how: pushes(run, layer, head + 1, *how))
    assert [check.holds for check in views.roles(scene(small, trace)).checks] == [True, False]


@pytest.mark.breaks("head_card.removed", r"stream carried on without the head = a whole run with it off")
def test_another_head_removed_is_seen(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(check.holds for check in whole(views.removed(scene(small, trace))).checks)
    plain = experiment.whole_run
    monkeypatch.setattr(experiment, "whole_run", lambda m, t, pos, layer, head: plain(m, t, pos, layer, head + 1))
    assert not any(check.holds for check in whole(views.removed(scene(small, trace))).checks)


def test_places_in_two_models_by_hand(small: Model) -> None:
    """The same texts: at the same token of the first, at another of the second, whose length is the larger there."""
    one, other = (
        [experiment.Passage("k", "d", torch.tensor(ids)) for ids in ([9, 10, 11], [9, 12, 13])] for _ in range(2)
    )

    def reading(passage: experiment.Passage, sizes: list[float]) -> experiment.Reading:
        size = torch.tensor([sizes], dtype=torch.float32)
        return experiment.Reading(passage, size, torch.tensor([[0, 0, 1]]), size * 0 + 0.5, size * 0)

    mine = [reading(one[0], [7, 1, 4]), reading(one[1], [7, 1, 3])]
    theirs = [reading(other[0], [7, 1, 2]), reading(other[1], [7, 5, 2])]
    base = figure.places_beside((small, mine), (small, theirs), 0, 1)
    assert (base.same, base.both, base.model) == (1, 0, small.card.title)
    [shown] = base.places
    label = small.vocabulary.label
    assert shown == figure.PlaceThere(
        rank=2, size=2.0, weight=0.5, token=label(11), read=label(10), same=True, same_read=True
    )
    [_, second] = figure.places_beside((small, mine), (small, theirs), 0, 2).places
    assert second == figure.PlaceThere(
        rank=1, size=5.0, weight=0.5, token=label(12), read=label(9), same=False, same_read=False
    )


@pytest.mark.thorough
def test_places_beside_those_of_another_model(
    small: Model, model: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = experiment.corpus(small)[:8]
    monkeypatch.setattr(experiment, "corpus", lambda model: few)
    mixture = zoo.load("six-kinds-moe")
    for each in (small, mixture):
        experiment._KNOWN.pop(each, None)
    here = replace(scene(small, trace), other_model=mixture)
    made, alone = whole(views.places(here)), whole(views.places(replace(here, loaded=mixture, other_model=None)))
    assert all(check.holds and check.statement.endswith("in both models") for check in made.checks)
    base = made.data.base
    assert base is not None
    lengths = {(each.kind, each.document, round(each.size, 4)) for each in alone.data.places}
    assert {
        (own.kind, own.document, round(each.size, 4)) for own, each in zip(made.data.places, base.places, strict=True)
    } == lengths
    assert sorted(each.rank for each in base.places) == list(range(1, 9))
    assert base.both == 8
    with pytest.raises(NotApplicableError, match="heads do not correspond"):
        next(views.places(replace(here, other_model=model)))
    for each in (small, mixture):
        experiment._KNOWN.pop(each, None)


@pytest.mark.breaks("head_card.places", r"^The first passage run alone: the same weight and length")
def test_passages_that_are_mixed_up_are_seen(small: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment._KNOWN.pop(small, None)
    plain = experiment.read_block

    def mixed(model: Model, layer: int, rows: list[experiment.Passage]) -> list[experiment.Reading]:
        made = plain(model, layer, rows)
        return [replace(each, passage=row) for each, row in zip(made, [*rows[1:], rows[0]], strict=True)]

    monkeypatch.setattr(experiment, "read_block", mixed)
    few = experiment.corpus(small)[:8]
    monkeypatch.setattr(experiment, "corpus", lambda model: few)
    monkeypatch.setattr(experiment, "alone", lambda m, layer, head, found: _alone(plain, m, layer, head, found))
    assert not any(check.holds for check in whole(views.places(scene(small, trace))).checks)
    experiment._KNOWN.pop(small, None)


def _alone(plain: Any, model: Model, layer: int, head: int, found: experiment.Found) -> experiment.Found:
    (read,) = plain(model, layer, [found.passage])
    at = min(found.position, len(found.passage.ids) - 1)
    return replace(found, size=float(read.size[head, at]), weight=float(read.weight[head, at]))
