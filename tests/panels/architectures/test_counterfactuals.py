"""The counterfactuals panel on a tiny mixture: its checks hold on any run; each fails when its subject is broken."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer.corpora.passages import EXCERPTS
from explorer.errors import NotApplicableError
from explorer.experiments.architectures import forbidden_experts as corpus
from explorer.figures.payload import pack
from explorer.panels.architectures import counterfactuals_views as views
from explorer.panels.architectures.counterfactuals import PANEL
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.tracing import ForbidExpert, Intervention, Trace, TraceKey, UseExperts, capture
from explorer.tracing.probes import counterfactuals as runs
from explorer.zoo import Model
from tests.panels.both_runs import drawn

TEXT = "one two three four five six"
EXPERTS = 6
#: Of the texts that an expert is forbidden over: one of each kind, and of each so many tokens.
SMALL = {"texts": "1", "tokens": "16"}


def run(moe: Model, *interventions: Intervention, new: int = 0) -> Trace:
    return capture(moe, TraceKey(moe.name, TEXT, max_new_tokens=new, seed=1, interventions=tuple(interventions)))


def scene(moe: Model, trace: Trace, **controls: str) -> Scene:
    return Scene(moe, trace, None, Focus(position=3, layer=1), controls)


def check(moe: Model, view: str, words: str, trace: Trace | None = None, **controls: str) -> Check:
    made = PANEL.render(view, scene(moe, trace or run(moe), **controls))
    [found] = [one for one in made.checks if words in one.statement]
    return found


@pytest.mark.parametrize("stack", [(), (UseExperts(None, 3), ForbidExpert(1, None, 0))], ids=["plain", "changed"])
def test_every_view_proves_itself(moe: Model, stack: tuple[Any, ...]) -> None:
    trace = run(moe, *stack, new=2)
    for view in PANEL.views:
        for controls in (SMALL, {"do": "force", "scope": "all", "where": "layer", "pick": "k1", **SMALL}):
            made = PANEL.render(view.name, scene(moe, trace, **controls))
            assert made.checks
            assert all(each.holds for each in made.checks), (view.name, made.checks)
            pack(made.data)
    table = PANEL.render("table", scene(moe, trace)).data
    assert table.stack == [each.text for each in stack]
    assert [row.expert for row in table.rows] == [None, *range(EXPERTS)]
    counted = PANEL.render("counts", scene(moe, trace)).data
    assert counted.own == (3 if stack else 2)


def test_it_opens_on_the_expert_that_the_token_needs_most(moe: Model) -> None:
    """Until somebody chooses a block or an expert: one that changes nothing would fill two views with zeros."""
    trace = run(moe)
    most = max(PANEL.render("depth", scene(moe, trace)).data.cells, key=lambda cell: cell.kl)
    away = next(layer for layer in range(3) if layer != most.layer)
    there = replace(scene(moe, trace), focus=Focus(position=3, layer=away))
    table = PANEL.render("table", there).data
    assert (table.layer, table.expert, table.selected) == (most.layer, most.expert, away)
    assert PANEL.render("continuation", there).data.edit == f"forbid:{most.layer}:3:{most.expert}"
    for chosen in (
        replace(there, controls={"block": "selected"}),
        replace(there, focus=Focus(position=3, layer=away, expert=5)),
    ):
        table = PANEL.render("table", chosen).data
        assert (table.layer, table.selected) == (away, None)
        assert f"forbid:{away}:3:" in PANEL.render("continuation", chosen).data.edit
    assert PANEL.render("table", replace(there, focus=Focus(position=3, layer=most.layer))).data.selected is None


def moved(trace: Trace) -> Trace:
    """A run whose streams are not those of its logits."""
    return replace(trace, resid_post=1.01 * trace.resid_post, embed=1.01 * trace.embed + 0.01)


def test_the_token_needs_other_experts_in_another_run(moe: Model) -> None:
    """Those of the run beside it are the ones that it shows by itself, for the same target."""
    one, plain = run(moe, UseExperts(0, 3)), run(moe)
    made, _, there = drawn("counterfactuals", "depth", replace(scene(moe, one), base=plain))
    assert there is not None
    cells, others = made.data.cells, there.made.data.cells
    target = Focus(position=3, layer=1, target=made.data.target)
    assert others == PANEL.render("depth", replace(scene(moe, plain), focus=target)).data.cells
    assert [cell.layer for cell in others] == [0, 0, 1, 1, 2, 2]
    assert [cell.layer for cell in cells] == [0, 0, 0, 1, 1, 2, 2]
    assert cells[-1].kl != others[-1].kl
    broken, _, _ = drawn("counterfactuals", "depth", replace(scene(moe, one), base=moved(plain)))
    untouched = broken.checks[0]
    assert untouched.statement == "The untouched row changes no logit, in both runs"
    assert not untouched.holds


@pytest.mark.breaks("counterfactuals.table", r"^The untouched row.* changes? no logit$")
def test_rows_of_another_run_stand_beside_those_of_this_one(moe: Model) -> None:
    """They are the ones that it shows by itself, and its own untouched row is held against it as well."""
    one, plain = run(moe, UseExperts(0, 3)), run(moe)
    made, _, there = drawn("counterfactuals", "table", replace(scene(moe, one, block="selected"), base=plain))
    assert there is not None
    alone = replace(scene(moe, plain, block="selected"), focus=Focus(position=3, layer=1, target=made.data.target))
    assert there.made.data.rows == PANEL.render("table", alone).data.rows != made.data.rows
    assert not [each for each in made.checks if not each.holds]
    broken, _, _ = drawn("counterfactuals", "table", replace(scene(moe, one, block="selected"), base=moved(plain)))
    wrong = [each.statement for each in broken.checks if not each.holds and "untouched" in each.statement]
    assert len(wrong) == 1
    assert wrong[0].endswith((", in both runs", ", in the unchanged run"))


@pytest.mark.parametrize("view", ["table", "continuation"])
def test_the_other_run_is_asked_about_the_expert_that_this_one_opens_on(moe: Model, view: str) -> None:
    """By itself it would open on another."""
    plain = run(moe)
    most = PANEL.render("table", replace(scene(moe, plain), focus=Focus(position=3, layer=0))).data
    one = run(moe, ForbidExpert(most.layer, None, most.expert))
    away = replace(scene(moe, one, new="4"), focus=Focus(position=3, layer=0), base=plain)
    made, _, there = drawn("counterfactuals", view, away)
    assert there is not None
    asked, other = made.data, there.made.data
    assert (other.layer, other.expert) == (asked.layer, asked.expert)
    by_itself = PANEL.render(view, replace(scene(moe, plain, new="4"), focus=Focus(position=3, layer=0))).data
    assert (by_itself.layer, by_itself.expert) != (asked.layer, asked.expert)
    if view == "continuation":
        assert other.edit == asked.edit
        assert other.ended


@pytest.mark.breaks("counterfactuals.counts", r"changes no logit$")
def test_counts_of_another_run_are_those_that_it_shows(moe: Model) -> None:
    one, plain = run(moe, UseExperts(0, 3)), run(moe)
    made, _, there = drawn("counterfactuals", "counts", replace(scene(moe, one), base=plain))
    assert there is not None
    alone = replace(scene(moe, plain), focus=Focus(position=3, layer=1, target=made.data.target))
    assert there.made.data.rows == PANEL.render("counts", alone).data.rows != made.data.rows
    broken, _, _ = drawn("counterfactuals", "counts", replace(scene(moe, one), base=moved(plain)))
    holds = [[each.holds for each in of.checks if "changes no logit, in" in each.statement] for of in (made, broken)]
    assert holds == [[True], [False]]


def test_texts_are_shown_as_they_are_written(moe: Model) -> None:
    told: list[tuple[str, int, int]] = []
    one = replace(scene(moe, run(moe), new="8", block="selected"), progress=lambda *said: told.append(said))
    made = list(views.continuation(one))
    assert [(len(each.data.plain), len(each.data.changed)) for each in made] == [(4, 0), (8, 0), (8, 4), (8, 8)]
    assert [each.data.ended for each in made] == [False, False, False, True]
    assert [bool(each.checks) for each in made] == [False, False, False, True]
    assert told == [("Tokens written", n, 16) for n in (4, 8, 12, 16)]
    assert len(made[0].data.kl) == 0
    for each in made:
        pack(each.data)


def test_a_link_may_say_anything(moe: Model) -> None:
    trace = run(moe)
    for control in ("do", "scope", "where", "pick", "new"):
        for view in PANEL.views[:-1]:
            PANEL.render(view.name, scene(moe, trace, **{control: "e99"}))
    made = PANEL.render("over_texts", Scene(moe, controls={"texts": "-3", "tokens": "e1"})).data
    assert (made.texts, made.width) == (1, 32)


def test_texts_are_read_without_a_run_and_shown_block_by_block(moe: Model) -> None:
    told: list[tuple[str, int, int]] = []
    one = Scene(moe, controls={**SMALL, "texts": "2"}, progress=lambda *said: told.append(said))
    made = list(views.over_texts(one))
    assert PANEL.reads(PANEL.view("over_texts")) == "model"
    assert told == [("Experts forbidden", n, 2 * 3 * EXPERTS) for n in range(2 * 3 * EXPERTS + 1)]
    counted = [each.data.counted.tolist() for each in made]
    assert counted == [[6, 0, 0], [6, 6, 0], [6, 6, 6], [12, 6, 6], [12, 12, 6], [12, 12, 12], [12, 12, 12]]
    assert [bool(each.checks) for each in made] == [False] * 6 + [True]
    assert made[-1].note == "It is not known whether the model was trained on these texts."
    last = made[-1].data
    assert bool((made[0].data.added[1:].isnan()).all())
    assert torch.allclose(last.by_kind.mean(-1), last.added)  # as many texts of each kind
    assert bool(((last.low <= last.added) & (last.added <= last.high)).all())
    for each in made:
        pack(each.data)


def test_an_expert_that_no_text_takes_costs_nothing(moe: Model) -> None:
    [*_, made] = corpus.forbid_each(moe, 1, 2)  # two tokens a text leave some experts out
    idle = made.share == 0
    assert bool(idle.any())
    rounding = 4 * torch.finfo(torch.float32).eps * math.log(moe.dims.d_vocab)  # of a loss near ln V
    assert float(made.added[idle].abs().max()) < rounding
    assert float(made.added.abs().max()) > 1e-3


def test_of_many_experts_the_busiest_are_forbidden(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "MOST", 7)  # two of each of three blocks
    [*_, made] = corpus.forbid_each(moe, 1, 16)
    busiest = made.share.sum(-1).topk(2).indices
    assert torch.equal(made.added.isfinite().all(-1).nonzero()[:, 1].view(3, 2), busiest.sort(-1).values)


def test_one_token_has_no_loss(moe: Model) -> None:
    trace = capture(moe, TraceKey(moe.name, "one"))
    made = PANEL.render("table", Scene(moe, trace))
    assert all(math.isnan(row.loss) for row in made.data.rows)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


class Swapped(runs.RowsRerouting):
    """The rows' changes fall on each other's rows."""

    def __init__(self, rows: list[Any], run: Any) -> None:
        super().__init__(rows[::-1], run)


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(
            "table", marks=pytest.mark.breaks("counterfactuals.table", r"^The untouched row.* changes? no logit$")
        ),
        pytest.param(
            "depth", marks=pytest.mark.breaks("counterfactuals.depth", r"^The untouched row.* changes no logit$")
        ),
        pytest.param("counts", marks=pytest.mark.breaks("counterfactuals.counts", r"as in the run, changes no logit$")),
        pytest.param(
            "counts of a mixed run",
            marks=pytest.mark.breaks("counterfactuals.counts", r"^The untouched row changes no logit$"),
        ),
    ],
)
def test_rows_that_start_from_another_stream(moe: Model, view: str) -> None:
    trace = run(moe, ForbidExpert(0, None, 1), UseExperts(1, 3)) if "mixed" in view else run(moe)
    other = replace(trace, resid_post=1.01 * trace.resid_post, embed=1.01 * trace.embed + 0.01)
    assert not check(moe, view.split()[0], "no logit", other).holds


@pytest.mark.parametrize(
    "view",
    [
        pytest.param("table", marks=pytest.mark.breaks("counterfactuals.table", r"put on the intervention stack")),
        pytest.param("depth", marks=pytest.mark.breaks("counterfactuals.depth", r"put on the intervention stack")),
        pytest.param("counts", marks=pytest.mark.breaks("counterfactuals.counts", r"put on the intervention stack")),
    ],
)
def test_changes_that_fall_on_other_rows(moe: Model, view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "RowsRerouting", Swapped)
    assert not check(moe, view, "intervention stack").holds


def test_no_more_texts_of_a_kind_are_offered_than_there_are() -> None:
    assert PANEL.settings["texts"].range == (1, EXCERPTS)


@pytest.mark.breaks("counterfactuals.continuation", r"^Both texts read again")
def test_a_change_that_is_forgotten_while_writing(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, turns = runs.edit_hooks, itertools.count()
    monkeypatch.setattr(runs, "edit_hooks", lambda *given: plain(*given) if next(turns) % 2 else [])
    found = check(moe, "continuation", "read again", do="force", scope="all", pick="e0", new="4")
    assert not found.holds


@pytest.mark.breaks("counterfactuals.over_texts", r"^Loss of \d+ texts = ")
def test_texts_whose_padding_is_counted(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = corpus.losses
    monkeypatch.setattr(corpus, "losses", lambda logits, ids, real: plain(logits, ids.roll(len(ids) // 2, 1), real))
    assert not check(moe, "over_texts", "texts = the explorer’s own decoder", None, **SMALL).holds


@pytest.mark.breaks("counterfactuals.over_texts", r"^Expert \d+ of block \d+ forbidden = ")
@pytest.mark.parametrize("decoder", [True, False])
def test_another_expert_is_forbidden(moe: Model, decoder: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(_: Scene) -> None:
        raise NotApplicableError("no decoder")

    if not decoder:
        monkeypatch.setattr(Scene, "decoder", property(none))
        assert check(moe, "over_texts", "each text alone from its first token, that", None, **SMALL).holds
    plain = corpus._forbidden
    other = lambda model, begun, layer, expert: plain(model, begun, layer, (expert + 1) % EXPERTS)  # noqa: E731
    monkeypatch.setattr(corpus, "_forbidden", other)
    assert check(moe, "over_texts", "Loss of", None, **SMALL).holds
    assert not check(moe, "over_texts", "forbidden =", None, **SMALL).holds
