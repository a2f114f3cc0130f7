"""Compute: sums by hand, published figures, a budget by each law, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from transformers import LlamaConfig, LlamaForCausalLM

from explorer.experiments.overview.errata.budget_claims import FLOPS, GPUS, MFU
from explorer.experiments.pretraining import compute as experiment
from explorer.experiments.pretraining import published_trainings
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining import compute as mechanism
from explorer.stack.pretraining.compute import Part
from explorer.stack.pretraining.scaling_law import KaplanLaw, Law, Split
from explorer.stack.transformer.decoder import Decoder

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_the_references_example_takes_days_that_errata_finds_too(view: View) -> None:
    made = view("compute.cost")[-1].data
    assert made.flops == pytest.approx(8.4e23)
    assert made.days == pytest.approx(9.595, abs=5e-4)
    assert made.reference.shown
    assert made.reference.found == made.days
    assert made.reference.mfu == pytest.approx(0.2086, abs=5e-4)
    assert made.days == pytest.approx(FLOPS / (GPUS * 989.5e12 * MFU) / 86_400)  # as the ledger has it
    assert made.price == pytest.approx(2 * made.device_hours)
    assert made.megawatt_hours == pytest.approx(made.device_hours * 700 / 1e6)


def test_other_inputs_are_not_the_references(view: View) -> None:
    made = view("compute.cost", parameters=8, by="ratio", ratio=20, device="own", peak=100, devices=8)[-1].data
    assert made.tokens == pytest.approx(160e9)
    assert made.peak == 100e12
    assert (made.device, made.source) == ("own peak", "")
    assert not made.reference.shown


def test_each_device_has_its_source(view: View) -> None:
    peaks = {key: view("compute.cost", device=key)[-1].data for key in ("a100", "h100", "h800", "tpu_v4")}
    assert [round(each.peak / 1e12, 1) for each in peaks.values()] == [312, 989.5, 989.5, 275]
    assert all(each.source and each.address for each in peaks.values())
    assert peaks["h800"].note


def test_published_figures(view: View) -> None:
    rows = {each.model: each for each in view("compute.published")[-1].data.rows}
    assert rows["GPT-3, Megatron"].calculated == pytest.approx(33.9, abs=0.05)
    assert rows["Megatron 1T"].calculated == pytest.approx(83.9, abs=0.05)
    assert rows["PaLM 540B"].calculated == pytest.approx(46.2, abs=0.05)
    assert rows["PaLM 540B, weights alone"].calculated == pytest.approx(45.7, abs=0.05)
    assert rows["Llama 3.1 405B, all hours"].error == pytest.approx(26.325 / 30.84 - 1)
    assert not rows["Llama 3.1 405B, all hours"].met
    assert "34.6 % of the BF16 peak and 17.3 % of the FP8 peak" in rows["DeepSeek-V3, 1T tokens"].note
    assert rows["SmolLM2 135M"].error is None
    assert all(each.source and each.note for each in rows.values())


def test_a_budget_by_each_law(view: View) -> None:
    made = view("compute.budget")[-1].data
    ratios = {each.key: each.tokens / each.parameters for each in made.laws}
    assert [round(each, 1) for each in ratios.values()] == [1.6, 92.6, 59.1, 18.4, 19.6]
    for each in made.laws:
        assert each.parameters * each.tokens * 6 == pytest.approx(5.76e23)
        assert len(each.ratios) == len(made.exponents)
    assert [round(each.worth, 3) for each in made.repeated] == [1, 0.984, 0.931, 0.828, 0.661, 0.379]


@pytest.mark.parametrize("budget", [1e15, 1e18, 3.8e25, 1e28])
def test_any_budget(view: View, budget: float) -> None:
    assert all(check.holds for check in view("compute.budget", budget=budget)[-1].checks)


def test_the_models_parts(view: View) -> None:
    short, long = (view("compute.modules", length=length)[-1].data for length in (128, 8192))
    assert sum(each.share for each in long.parts) == pytest.approx(1)
    scores = [next(each.flops for each in made.parts if each.name == "scores") for made in (short, long)]
    assert scores[1] == 64 * scores[0]
    assert short.six_n == 6 * short.parameters
    assert short.torchs == short.formula


@pytest.mark.parametrize("tied", [True, False])
def test_a_table_that_embeds_and_unembeds_counts_once(tied: bool) -> None:
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}
    theirs = LlamaForCausalLM(LlamaConfig(vocab_size=50, tie_word_embeddings=tied, **sizes))
    assert experiment.used(Decoder.from_pretrained(theirs)) == theirs.num_parameters()


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("compute.cost", r"^6 N D and attention = torch’s count of a training step")
def test_a_backward_pass_that_is_forgotten(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mechanism, "six_n_d", lambda parameters, tokens: 2 * parameters * tokens)
    assert not check("compute.cost", "torch’s count").holds


@pytest.mark.breaks("compute.published", r"^\d+ published figures whose inputs are printed = the calculator’s")
def test_days_without_the_second_forward_pass(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_trainings, "RECOMPUTED", 6)
    assert not check("compute.published", "within their rounding").holds


@pytest.mark.breaks("compute.budget", r"^The formula’s parameters = those with the least loss in a search")
def test_exponents_that_are_exchanged(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Law, "exponent", property(lambda law: law.alpha / (law.alpha + law.beta)))
    assert not check("compute.budget", "the least loss").holds


@pytest.mark.breaks("compute.budget", r"^The formula’s parameters = those with the least loss in a search")
def test_kaplans_form_read_as_a_sum(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = KaplanLaw.best
    monkeypatch.setattr(
        KaplanLaw, "best", lambda law, compute: Split(2 * real(law, compute).parameters, real(law, compute).tokens / 2)
    )
    assert not check("compute.budget", "the least loss").holds


@pytest.mark.breaks("compute.modules", r"^The parts = torch’s count of a forward pass")
def test_a_table_that_is_counted_though_it_is_looked_up(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = experiment.parts

    def twice(*given: object) -> tuple[Part, ...]:
        return tuple(replace(each, flops=2 * each.flops) if each.name == "unembedding" else each
                     for each in real(*given))  # pyright: ignore[reportArgumentType]  # fmt: skip

    monkeypatch.setattr(experiment, "parts", twice)
    assert not check("compute.modules", "torch’s count").holds
