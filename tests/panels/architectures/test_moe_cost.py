"""The cost panel on a tiny mixture: what it streams, and that each check fails when what it is about is broken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.experiments.architectures import moe_cost as measured
from explorer.figures.architectures import moe_cost as figure
from explorer.figures.payload import pack
from explorer.panels.architectures import moe_cost_views
from explorer.panels.architectures.moe_cost import PANEL
from explorer.panels.protocol import Check
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.architectures import moe_cost
from explorer.stack.architectures.moe_parameters import MIXTURES
from explorer.tracing import TraceKey, capture
from explorer.zoo import Model
from tests.panels.both_runs import drawn, there

ROUNDS = 3


def scene(moe: Model, view: str = "reading") -> Scene:
    """With a run only where the view requires one; few rounds."""
    run = capture(moe, TraceKey(moe.name, "one two three")) if "run" in PANEL.required(PANEL.view(view)) else None
    return Scene(moe, run, focus=Focus(layer=1), controls={"rounds": str(ROUNDS)})


def check(moe: Model, view: str, words: str) -> Check:
    [found] = [one for one in PANEL.render(view, scene(moe, view)).checks if words in one.statement]
    return found


def test_what_each_view_reads() -> None:
    assert {view.name: PANEL.reads(view) for view in PANEL.views} == {
        "sizes": "model",
        "reading": "run",
        "speed": "model",
    }


def test_sizes_quote_what_makers_state(moe: Model) -> None:
    made = PANEL.render("sizes", scene(moe, "sizes"))
    assert all(each.holds for each in made.checks)
    assert [row.own for row in made.data.rows] == [True] + [False] * (len(made.data.rows) - 1)
    assert made.data.rows[0].stated is None
    assert sum(row.stated is not None for row in made.data.rows) == len(MIXTURES)
    pack(made.data)


@pytest.mark.thorough
def test_readings_come_size_by_size(moe: Model) -> None:
    told: list[tuple[str, int, int]] = []
    one = replace(scene(moe), progress=lambda *said: told.append(said))
    made = list(moe_cost_views.reading(one))
    assert [len(each.data.rows) for each in made] == [*range(1, 11), 10]
    assert [bool(each.checks) for each in made] == [False] * 10 + [True]
    assert all(each.holds for each in made[-1].checks)
    own = made[-1].data.own
    assert own
    assert own == sorted(own)
    assert told[-1] == ("Sizes of batch", 10, 10)
    pack(made[-1].data)


@pytest.mark.thorough
def test_the_run_beside_it_reads_experts_of_its_own(moe: Model) -> None:
    one, other = scene(moe), capture(moe, TraceKey(moe.name, "four five six seven eight"))
    made = there("moe_cost", "reading", replace(one, base=other))
    assert other.expert_weights is not None
    taken = [set(row.nonzero().flatten().tolist()) for row in other.expert_weights[1]]
    assert made.own == [len(set().union(*taken[: n + 1])) for n in range(len(taken))]
    assert made.n_experts == other.dims.n_experts


def test_every_gpu_that_is_offered_is_drawn() -> None:
    """The page names a step of the control by its card."""
    assert PANEL.settings["memory"].values == tuple(gpu.step for gpu in figure.GPUS)


@pytest.mark.thorough
def test_speed_comes_round_by_round(moe: Model) -> None:
    told: list[tuple[str, int, int]] = []
    made = list(moe_cost_views.speed(replace(scene(moe, "speed"), progress=lambda *said: told.append(said))))
    assert [each.data.done for each in made] == list(range(1, ROUNDS + 1))
    assert [bool(each.checks) for each in made] == [False] * (ROUNDS - 1) + [True]
    assert all(each.holds for each in made[-1].checks)
    assert not any(ratio.clear for ratio in made[1].data.ratios)
    assert {what for what, _, _ in told} == {"Decodings timed"}
    pack(made[-1].data)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("moe_cost.sizes", r"= the numbers in the model’s tensors")
def test_a_count_without_routers(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = moe_cost_views.parameters
    monkeypatch.setattr(moe_cost_views, "parameters", lambda shape: replace(plain(shape), router=0))
    assert not check(moe, "sizes", "numbers in the model").holds


def test_another_models_sizes_are_counted_as_by_themselves(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """The dense twin uses all that it has."""
    dense = zoo.load("six-kinds-dense")
    one = replace(scene(moe, "sizes"), other_model=dense)
    made, _, other = drawn("moe_cost", "sizes", one)
    assert other is not None
    assert all(each.holds for each in made.checks)
    told = "Counted 4,499,904 = the numbers in the model’s tensors, in the other run"
    assert told in [each.statement for each in made.checks]
    own, *rest = other.made.data.rows
    assert (own.own, own.total, own.active, own.name) == (True, 4_499_904, 4_499_904, dense.card.title)
    assert not any(row.own for row in rest)
    plain, name = moe_cost_views.parameters, dense.card.title
    without = lambda shape: replace(plain(shape), norms=0) if shape.name == name else plain(shape)  # noqa: E731
    monkeypatch.setattr(moe_cost_views, "parameters", without)
    [wrong] = [each for each in drawn("moe_cost", "sizes", one).made.checks if not each.holds]
    assert wrong.statement.endswith("the numbers in the model’s tensors, in the other run")


@pytest.mark.breaks("moe_cost.sizes", r"that their makers state$")
def test_published_models_without_their_tables(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = figure.parameters
    monkeypatch.setattr(figure, "parameters", lambda shape: replace(plain(shape), embedding=0))
    assert not check(moe, "sizes", "makers state").holds


@pytest.mark.breaks("moe_cost.reading", r"^Random batches read Σ")
def test_batches_of_one_token_alone(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def runs(indices: torch.Tensor, n_experts: int, batch: int, draws: int, generator: Any) -> moe_cost.Touched:
        starts = torch.randint(max(1, len(indices) - batch), (draws,), generator=generator).tolist()
        counts = [moe_cost.distinct(indices[at : at + 1].expand(batch, -1), n_experts) for at in starts]
        return moe_cost.touched(counts)

    monkeypatch.setattr(measured.moe_cost, "drawn", runs)
    assert not check(moe, "reading", "Random batches").holds


@pytest.mark.breaks("moe_cost.speed", r"^Two dense decoders")
def test_a_twin_of_another_width(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = measured.dense_twin
    monkeypatch.setattr(measured, "dense_twin", lambda config, d_mlp: plain(config, d_mlp + 1))
    assert not check(moe, "speed", "Two dense decoders").holds


@pytest.mark.breaks("moe_cost.speed", r"writes the same \d+ tokens in every batch")
def test_a_row_that_hears_its_neighbours(moe: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's padding is no longer hidden."""
    plain = measured.Engine.generate

    def mixed(self: Any, prompts: Any, new: int) -> Any:
        longer = [[prompt[0]] * (len(prompts) - 1) + list(prompt) for prompt in prompts]
        return plain(self, longer, new)

    monkeypatch.setattr(measured.Engine, "generate", mixed)
    assert not check(moe, "speed", "in every batch as alone").holds
