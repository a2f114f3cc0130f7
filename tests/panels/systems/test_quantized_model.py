"""The panel of the whole quantized model, and its checks on broken mechanisms."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.systems import quantized_model_budget as of_budget
from explorer.experiments.systems import quantized_model_parts as of_parts
from explorer.experiments.systems import quantized_model_quality as of_quality
from explorer.experiments.systems import quantized_model_reading as reading
from explorer.figures.payload import pack
from explorer.panels import panels
from explorer.panels.controls import WITH
from explorer.panels.protocol import Check, Rendered, whole
from explorer.panels.scene import Scene
from explorer.panels.systems import quantized_model_views as panel
from explorer.shell.views.other_run import Beside
from explorer.stack.systems.quantization import sensitivity
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices
from explorer.stack.systems.quantization.schemes import SCHEMES
from explorer.tracing import TraceKey
from explorer.zoo.model import Model
from tests.panels.both_runs import drawn

FEW = ("bf16", "int8", "int4", "int3", "int4_g64")


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few formats and short windows; nothing is known from before."""
    monkeypatch.setattr(of_budget, "SCHEMES", {name: SCHEMES[name] for name in (*FEW, "int2", "q4_k_m")})
    monkeypatch.setattr(of_parts, "SCHEMES", {name: SCHEMES[name] for name in (*FEW, "int2", "q4_k_m")})
    monkeypatch.setattr(
        of_quality,
        "SCHEMES",
        {name: SCHEMES[name] for name in (*FEW, "int2", "int8_tensor", "ternary", "q6_k", "q4_k_m")},
    )
    monkeypatch.setattr(reading, "PARTS_WINDOW", 16)
    monkeypatch.setattr(reading, "PARTS_CONTEXT", 8)
    monkeypatch.setattr(reading, "WHOLE_WINDOW", 24)
    of_parts._known.clear()


def render(model: Model, view: str, **controls: Any) -> Rendered:
    made = whole(getattr(panel, view)(Scene(model, controls=controls)))
    pack(made.data)
    return made


def check(made: Rendered, statement: str) -> Check:
    return next(each for each in made.checks if statement in each.statement)


@pytest.mark.thorough
@pytest.mark.parametrize("view", ["parts", "budget", "quality"])
def test_another_model_has_the_numbers_that_it_has_by_itself(small: Model, view: str) -> None:
    other = zoo.load("six-kinds-moe")
    made, _, there = drawn("quantized_model", view, Scene(small, other_model=other))
    assert there is not None
    assert all(each.holds for each in made.checks), made.checks
    pack(made.data)
    alone, data = render(other, view).data, there.made.data
    if view == "parts":
        assert dict(data.kinds) == pytest.approx(dict(alone.kinds), abs=1e-6)
        torch.testing.assert_close(data.kl, alone.kl, atol=1e-6, rtol=0)
        return
    if view == "budget":
        assert data.judged == alone.judged != made.data.judged
        return
    assert [each.kl for each in data.points] == pytest.approx([each.kl for each in alone.points], abs=1e-6)


@pytest.mark.parametrize("view", ["parts", "budget", "quality"])
def test_packed_as_it_was_loaded_one_model_is_no_other(small: Model, view: str) -> None:
    again = TraceKey(small.name, "In the beginning").query() + "&do=quant:all:int8"
    scene = Scene(small, controls={WITH: again})
    own = panels()["quantized_model"]
    shown, said = Beside(scene, scene.controls, scene.progress).of(own, own.view(view))
    assert shown.there is None
    assert said is not None
    assert not said.fits
    assert "Both runs have the same model" in said.text


def test_every_part_is_measured(small: Model) -> None:
    made = render(small, "parts", format="int3")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert data.kl.shape == (len(matrices(small.decoder)),)
    assert bool((data.kl > 0).all())
    assert bool(data.blocks.isfinite().all())
    assert data.everything > float(data.kl.max())
    assert data.done == data.total == len(data.kl) + small.dims.n_layers + len(data.kinds) + 1
    assert "Trained here" in data.baseline
    assert data.tokens is None
    assert data.grid.layer.tolist().count(-1) == 1


def test_parts_come_one_by_one(small: Model) -> None:
    first = next(iter(panel.parts(Scene(small, controls={"format": "int3"}))))
    assert not first.checks
    assert math.isnan(float(first.data.kl[-1]))
    assert float(first.data.kl[0]) > 0


def test_a_mixtures_experts_are_parts(moe: Model) -> None:
    made = render(moe, "parts", format="int8")
    assert all(each.holds for each in made.checks), made.checks
    assert "mlp.experts.5.gate_in" in made.data.grid.rows
    assert len(made.data.grid.rows) == 4 + 2 * 6 + 1
    read = dict(zip((each.name for each in matrices(moe.decoder)), made.data.tokens.tolist(), strict=True))
    ids = reading.reading_of_parts(moe).ids
    assert read["unembed"] == read["blocks.0.attn.W_Q"] == ids.numel()
    mine = [read[f"blocks.1.mlp.experts.{expert}.out"] for expert in range(6)]
    assert sum(mine) == moe.decoder.config.k * ids.numel()


def test_a_mix_is_a_format_of_parts_too(small: Model) -> None:
    """Q4_K_M stands in every list; where rows do not fit, its fall-backs are said."""
    made = render(small, "parts", format="q4_k_m")
    assert all(each.holds for each in made.checks), made.checks
    assert made.data.format.title == "Q4_K_M, a mix"
    assert {each.name for each in made.data.formats} == set(SCHEMES)
    formats = SCHEMES["q4_k_m"].formats(matrices(small.decoder))
    for each, nbytes in zip(matrices(small.decoder), made.data.nbytes.tolist(), strict=True):
        assert nbytes == formats[each.name].quantize(each.weight).nbytes
    assert made.note.startswith(f"Q4_K_M on {small.card.title}: ")


def test_what_is_measured_is_held_against_is_a_sentence(small: Model, moe: Model) -> None:
    """A card's note is a list: within a sentence nobody can read it."""
    for model in (small, moe):
        said = next(iter(panel.parts(Scene(model, controls={"format": "int8"})))).data.baseline
        assert f"“{model.card.weights_note}”." in said
        assert said.startswith("All differences are measured from the unchanged weights.")


def test_a_format_that_does_not_suit_is_told(moe: Model) -> None:
    with pytest.raises(NotApplicableError, match="groups of 64"):
        render(moe, "parts", format="int4_g64")
    refused = [title for title, _ in render(moe, "quality").data.refused]
    assert FORMATS["int4_g64"].title in refused


@pytest.mark.thorough
def test_budgets_are_predicted_and_measured(small: Model) -> None:
    made = render(small, "budget")
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    assert len(data.judged) == len(data.formats) + len(of_budget.MEASURED_AT)
    assert len(data.stored) == len(of_budget.MEASURED_AT)
    by_all = next(each for each in data.judged if each.name == FORMATS["int4"].title)
    alone = next(each for each in render(small, "quality").data.points if each.name == "int4")
    assert (by_all.whole, by_all.perplexity, by_all.added) == (alone.nbytes, alone.perplexity, alone.added)
    mixes = [each for each in data.judged if not each.name]
    for smaller, larger in itertools.pairwise(mixes):
        assert larger.nbytes >= smaller.nbytes
        assert larger.predicted <= smaller.predicted
    for each in data.judged:
        assert each.same_text == pytest.approx(each.predicted, rel=0.6)


@pytest.mark.thorough
def test_what_one_view_measured_another_knows(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    render(small, "parts", format="int3")
    asked: list[str] = []
    scores = sensitivity.Reading.scores

    def counting(self: sensitivity.Reading, packed: dict[str, Any]) -> Any:
        asked.extend(packed if len(packed) == 1 else [])
        return scores(self, packed)

    monkeypatch.setattr(sensitivity.Reading, "scores", counting)
    render(small, "budget")
    assert len(asked) == 4 * len(matrices(small.decoder))  # of five formats one is known


@pytest.mark.thorough
def test_all_formats_side_by_side(small: Model) -> None:
    made = render(small, "quality", passages=2)
    assert all(each.holds for each in made.checks), made.checks
    data = made.data
    by_name = {each.name: each for each in data.points}
    assert by_name["bf16"].kl == by_name["bf16"].added == 0  # its weights are bf16
    assert by_name["int8"].kl < by_name["int4"].kl < by_name["int3"].kl < by_name["int2"].kl
    assert by_name["int4"].predicted == pytest.approx(by_name["int4"].kl)
    assert min(data.points, key=lambda each: each.nbytes).front
    assert not by_name["int8_tensor"].front  # a scale a row costs next to nothing and errs less
    assert by_name["int4"].bits == 4.5
    assert data.n == 12 * (24 - 1 - 12)


@pytest.mark.thorough
def test_a_link_may_say_anything(small: Model) -> None:
    assert render(small, "quality", passages="many").data.passages == 2
    assert render(small, "parts", format="float1").data.format.name == "int3"


@pytest.mark.breaks("quantized_model.parts", r"KL through all blocks")
@pytest.mark.thorough
def test_a_stream_of_another_block(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sensitivity.Reading._first
    monkeypatch.setattr(
        sensitivity.Reading, "_first", lambda self, packed: min((first(self, packed) or 0) + 1, small.dims.n_layers)
    )
    assert not check(render(small, "parts", format="int3"), "KL through all blocks").holds


@pytest.mark.parametrize(
    "view",
    [
        pytest.param("parts", marks=pytest.mark.breaks("quantized_model.parts", r"^Forward pass used here")),
        pytest.param("quality", marks=pytest.mark.breaks("quantized_model.quality", r"^Forward pass used here")),
    ],
)
@pytest.mark.thorough
def test_a_decoder_that_turns_its_heads_wrongly(small: Model, monkeypatch: pytest.MonkeyPatch, view: str) -> None:
    from explorer.stack.transformer import block

    rotate = block.rotate
    monkeypatch.setattr(block, "rotate", lambda x, cos, sin, layout: rotate(x, cos, -sin, layout) * 1.1)
    assert not check(render(small, view), "Forward pass").holds


@pytest.mark.breaks("quantized_model.quality", r"own divergence in float64$")
@pytest.mark.thorough
def test_a_divergence_of_the_wrong_way_round(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.stack.systems.quantization import quality

    true = quality.kl
    monkeypatch.setattr(quality, "kl", lambda p, q: true(q, p))
    assert not check(render(small, "quality"), "own divergence").holds


@pytest.mark.breaks("quantized_model.quality", r"bytes counted = bytes of the packed matrices")
@pytest.mark.thorough
def test_bytes_without_scales(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    count = of_quality.weight_bytes
    monkeypatch.setattr(of_quality, "weight_bytes", lambda decoder: count(decoder) - 1024)
    assert not check(render(small, "quality"), "bytes counted").holds


@pytest.mark.breaks("quantized_model.budget", r"^Bytes of \d+ choices")
@pytest.mark.thorough
def test_a_ladder_that_forgets_a_byte(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    cell = of_budget.cell

    def light(*asked: Any) -> of_budget.Cell:
        made = cell(*asked)
        return of_budget.Cell(made.kl, made.error, made.nbytes - 1)

    monkeypatch.setattr(of_budget, "cell", light)
    assert not check(render(small, "budget"), "Bytes of").holds


def test_every_window_is_of_one_length(small: Model) -> None:
    ids = reading.windows(small, range(1, 3), 1000)
    assert ids.shape[0] == 12
    assert 100 < ids.shape[1] < 400
    assert ids.dtype == torch.long
