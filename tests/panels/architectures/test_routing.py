"""The routing panel on a tiny Mixtral: its checks hold on any run, and each fails when what it is about is broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F

from explorer.errors import NotApplicableError
from explorer.experiments.architectures import routing_outputs
from explorer.figures.architectures import routing as figure
from explorer.figures.architectures import routing_lanes
from explorer.figures.payload import pack
from explorer.panels.architectures.routing import PANEL
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.transformer.balancing import Balance
from explorer.stack.transformer.experts import Experts
from explorer.tracing import AblateMLP, ForbidExpert, ForceExpert, Intervention, Trace, TraceKey, UseExperts, capture
from explorer.tracing.probes import corpus
from explorer.zoo import Model
from tests.panels.both_runs import drawn
from tests.tracing.tiny_configs import tiny

TEXT = "one two three four five"


def trace_of(moe: Model, *interventions: Intervention) -> Trace:
    return capture(moe, TraceKey(moe.name, TEXT, interventions=tuple(interventions)))


def scene(moe: Model, *interventions: Intervention, **focus: int) -> Scene:
    base = trace_of(moe) if interventions else None
    return Scene(moe, trace_of(moe, *interventions), base, Focus(**focus))


def check(view: str, of: Scene, words: str) -> Check:
    [found] = [one for one in PANEL.render(view, of).checks if words in one.statement]
    return found


@pytest.mark.parametrize("name", ["matrix", "decision", "lanes"])
@pytest.mark.parametrize("edits", [(), (ForbidExpert(None, None, 2),), (UseExperts(0, 1), AblateMLP(1))])
def test_views_hold_on_the_run(moe: Model, name: str, edits: tuple[Intervention, ...]) -> None:
    made, _, there = drawn(PANEL.name, name, scene(moe, *edits, position=2, layer=1))
    assert made.checks
    for each in made.checks:
        assert each.holds, each
    assert (there is not None) == bool(edits)
    pack(made.data)


def test_what_moved_lies_beside_the_unchanged_run(moe: Model) -> None:
    made, _, there = drawn(PANEL.name, "matrix", scene(moe, ForceExpert(2, 1, 0)))
    assert there is not None
    assert there.side.shared == len(trace_of(moe))
    apart = (made.data.indices.sort(-1).values != there.made.data.indices.sort(-1).values).any(-1)
    assert int(apart.sum()) == 1  # one token in the last layer, and no layer behind it
    assert made.title is not None
    assert made.title.startswith("1 to 2 of 6 experts")


def test_the_ink_is_what_the_expert_adds(moe: Model) -> None:
    """Slot by slot beside the weights; without it the view speaks of weights."""
    data = PANEL.render("matrix", scene(moe)).data
    assert data.contribution.shape == data.weights.shape
    assert data.contribution.sum(-1).flatten().tolist() == pytest.approx([1] * data.n * 3, abs=1e-5)
    assert float((data.contribution - data.weights).abs().max()) > 0.05


def test_by_weight_where_the_parts_are_not_known(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_outputs, "MOST_FLOPS", 1)
    made = PANEL.render("matrix", scene(moe))
    assert made.data.contribution is None
    assert made.about is not None
    assert "the router’s weight" in made.about


def test_the_load_against_the_passages(moe: Model) -> None:
    seen: list[tuple[int, int]] = []
    corpus._KNOWN.pop(moe, None)  # read by another test
    one = scene(moe)
    made = PANEL.render("load", Scene(moe, one.trace, None, progress=lambda _, a, b: seen.append((a, b))))
    assert seen
    assert all(each.holds for each in made.checks)
    assert made.data.corpus_tokens > 1000
    assert made.data.corpus.shape == (3, 6)
    assert not made.data.held_out  # brought from elsewhere: not known
    assert made.note.startswith("It is not known")
    pack(made.data)


def test_a_layer_without_router_says_so(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figure, "routed_layers", lambda model: [1, 2])
    with pytest.raises(NotApplicableError, match="Block 0 has no router"):
        PANEL.render("decision", scene(moe, layer=0))
    monkeypatch.setattr(figure, "routed_layers", lambda model: [])
    with pytest.raises(NotApplicableError):
        PANEL.render("matrix", scene(moe))


def test_weights_that_stay_shares_of_all(folder_of: Callable[[Any], Path], d_vocab: int, empty_cache: Path) -> None:
    """OLMoE does not renormalise: the rule that is shown is its own, and holds."""
    from explorer import zoo

    model = zoo.load(str(folder_of(tiny("olmoe", d_vocab))))
    made = PANEL.render("decision", scene(model, position=2))
    assert not made.data.renormalised
    assert made.checks[0].holds
    assert float(made.data.weights.sum()) < 0.99
    sparse = PANEL.render("matrix", scene(model))
    assert sparse.data.contribution is None
    assert [each.statement[:9] for each in sparse.checks] == ["Each used"]


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


def changed(moe: Model, **fields: torch.Tensor) -> Scene:
    """A run whose record is not what was computed."""
    one = scene(moe, position=2, layer=1)
    return replace(one, run=replace(one.trace, **fields))


def relu(self: Experts, expert: int, x: torch.Tensor) -> torch.Tensor:
    gate, up = F.linear(x, self.gate_in[expert]).chunk(2, dim=-1)
    return F.linear(F.relu(gate) * up, self.out[expert])


@pytest.mark.breaks("routing.matrix", r"^Weights sum to 1")
def test_weights_too_great(moe: Model) -> None:
    weights = trace_of(moe).expert_weights
    assert weights is not None
    assert not check("matrix", changed(moe, expert_weights=1.1 * weights), "Weights sum to 1").holds


@pytest.mark.breaks("routing.matrix", r"^Each used")
def test_an_expert_too_many(moe: Model) -> None:
    weights = trace_of(moe).expert_weights
    assert weights is not None
    assert not check("matrix", changed(moe, expert_weights=weights.clamp(min=1e-3)), "Each used").holds


@pytest.mark.parametrize(
    "view",
    [
        pytest.param("matrix", marks=pytest.mark.breaks("routing.matrix", r"add up to what each block wrote$")),
        pytest.param("decision", marks=pytest.mark.breaks("routing.decision", r"add up to what the block wrote$")),
    ],
)
def test_experts_of_another_kind(moe: Model, view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Experts, "one", relu)
    assert not check(view, scene(moe, position=2, layer=1), "add up to what").holds


@pytest.mark.breaks("routing.decision", r"gives the weights in use")
def test_another_rule(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = figure.softmax_top_k
    monkeypatch.setattr(figure, "softmax_top_k", lambda logits, k, again=True: plain(logits, k, not again))
    found = check("decision", scene(moe, position=2, layer=1), "the weights in use")
    assert found.error > 0.1


@pytest.mark.breaks("routing.decision", r"^Logits recomputed")
def test_logits_of_another_token(moe: Model) -> None:
    logits = trace_of(moe).router_logits
    assert logits is not None
    assert not check("decision", changed(moe, router_logits=logits.roll(1, 1)), "Logits recomputed").holds


@pytest.mark.breaks("routing.lanes", r"followed token by token")
def test_lanes_that_run_backwards(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_lanes, "flows", lambda w: torch.einsum("gta,gtb->gba", w[:-1], w[1:]))
    assert not check("lanes", scene(moe), "token by token").holds


@pytest.mark.breaks("routing.load", r"gives the loss shown")
def test_another_balancing_loss(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def switch(probs: torch.Tensor, indices: torch.Tensor) -> Balance:  # the first choice alone
        f = torch.bincount(indices[:, 0], minlength=probs.shape[1]) / len(probs)
        return Balance(f, probs.mean(0), probs.shape[1] * (f * probs.mean(0)).sum())

    monkeypatch.setattr(figure, "load_balancing", switch)
    assert not check("load", scene(moe), "the loss shown").holds


@pytest.mark.breaks("routing.load", r"^A passage read alone")
def test_padding_that_is_read(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = corpus._run

    def shifted(model: Model, rows: list[torch.Tensor], names: list[str]) -> list[torch.Tensor]:
        return [each.roll(1, 0) if len(rows) > 1 else each for each in plain(model, rows, names)]

    corpus._KNOWN.pop(moe, None)
    monkeypatch.setattr(corpus, "_run", shifted)
    try:
        assert not check("load", scene(moe), "read alone").holds
    finally:
        corpus._KNOWN.pop(moe, None)


@pytest.mark.breaks("routing.load", r"corpus tokens sum to 1")
def test_corpus_weights_too_small(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    over = corpus.over_passages(moe)
    small = replace(over, routing=replace(over.routing, weights=over.routing.weights * 0.9))
    monkeypatch.setattr(corpus, "over_passages", lambda model, progress: small)
    assert not check("load", scene(moe), "corpus tokens sum to 1").holds
