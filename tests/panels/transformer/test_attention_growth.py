"""Attention against the length of the text, on short texts, and its checks on broken mechanisms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import torch

from explorer.experiments.timing import Ratio, Timing
from explorer.experiments.transformer import attention_growth as experiment
from explorer.figures.transformer import attention_growth as figure
from explorer.panels.protocol import Check, Rendered
from explorer.panels.transformer.attention_steps import PANEL
from explorer.stack.transformer.attention import Attended, eager
from explorer.stack.transformer.block_work import BlockWork, block_work
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
LENGTHS = (16, 32, 64)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = replace(PANEL.settings["longest"], default=LENGTHS[-1], choices=(), range=(LENGTHS[0], LENGTHS[-1]))
    monkeypatch.setitem(PANEL.settings, "longest", longest)  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr(experiment, "LENGTHS", LENGTHS)
    monkeypatch.setattr(experiment, "LONG", 16)
    monkeypatch.setattr(experiment, "BUSY", 1e9)
    monkeypatch.setattr(experiment, "ROUNDS", 2)
    monkeypatch.setattr(experiment, "MOST", 3)


def test_length_by_length(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("attention_steps.growth", progress=lambda *at: told.append(at), longest=64)
    assert [part.data.lengths[-1] for part in shown] == [16, 32, 64, 64]
    whole = shown[-1].data
    assert whole.whole
    assert whole.stopped == ""
    for part in whole.parts:
        assert len(part.ms) == 3
        assert all(low <= ms <= high for low, ms, high in zip(part.low, part.ms, part.high, strict=True))
        assert isinstance(part.power, float)
    assert all(each.holds for each in shown[-1].checks)
    assert len(shown[-1].checks) == 2
    assert all(done < total == 6 for _, done, total in told)


def test_no_square_is_made_that_does_not_fit(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "BYTES", 3 * 4 * 4 * 32**2)  # three squares of four heads
    whole = view("attention_steps.growth", longest=64)[-1].data
    assert (whole.lengths, whole.stopped, whole.longest) == ([16, 32], "memory", 64)


def test_time_that_is_up(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "SECONDS", 0.0)
    whole = view("attention_steps.growth", longest=64)[-1].data
    assert (whole.lengths, whole.stopped) == ([16], "time")


@pytest.mark.parametrize(("said", "longest"), [("many", 64), ("-1", 16), ("9e99", 64), ("<b>", 64), (40, 40)])
def test_what_a_link_may_say(view: View, said: str | int, longest: int) -> None:
    made = view("attention_steps.growth", longest=said)[0].data
    assert made.longest == longest


def test_learned_positions_end_where_they_were_learned() -> None:
    tiny = DecoderConfig(1, 8, 2, 2, 4, 16, 32, n_ctx=40, positions="learned")
    assert experiment.lengths_of(Decoder(tiny), 64) == (16, 32)
    assert experiment.lengths_of(Decoder(replace(tiny, n_ctx=10)), 64) == (10,)
    assert experiment.lengths_of(Decoder(replace(tiny, positions="rope")), 64) == LENGTHS


def at(n: int, median: float, *, clear: bool = True) -> experiment.Length:
    timing = Timing(1.0, 1.0, 1.0, 5)
    ratio = Ratio(median, 0.0, 9.0, clear)
    return experiment.Length(n, dict.fromkeys(experiment.PARTS, timing), ratio, ratio, {}, 0.0)


def test_a_busy_machine_says_no_power(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths = [at(n, 1.0) for n in (16, 32, 64)]
    taken = {n: Timing(n * n / 256, n * n / 256, n * n / 256 * 1.4, 5) for n in (16, 32, 64)}
    lengths = [replace(each, taken=dict.fromkeys(experiment.PARTS, taken[each.n])) for each in lengths]
    fitted = experiment.powers(lengths)["attention"]
    assert fitted is not None
    assert (fitted.at, fitted.within) == (pytest.approx(2), pytest.approx(0, abs=1e-6))
    monkeypatch.setattr(experiment, "BUSY", 0.3)
    assert experiment.powers(lengths)["attention"] is None


def test_a_power_says_how_far_it_may_be_off() -> None:
    """In doublings 0, 1, 1, 2 over 0, 1, 2, 3: slope 3 / 5, residuals ±.1 and ±.3, so s² = .2 / 2; t(2) = 4.303."""
    taken = dict(zip((16, 32, 64, 128), (1.0, 2.0, 2.0, 4.0), strict=True))
    lengths = [replace(at(n, 1.0), taken=dict.fromkeys(experiment.PARTS, Timing(t, t, t, 5))) for n, t in taken.items()]
    fitted = experiment.powers(lengths)["attention"]
    assert fitted is not None
    assert fitted.at == pytest.approx(0.6)
    assert fitted.within == pytest.approx(4.303 * (0.1 / 5) ** 0.5, rel=1e-3)


def test_where_the_clock_says_that_attention_takes_over() -> None:
    found = experiment.crossing([at(128, 0.25), at(256, 0.5), at(512, 1.0, clear=False), at(1024, 2.0)])
    assert (found.below, found.above) == (256, 1024)
    assert found.at == pytest.approx(512)


def test_where_the_clock_does_not_say() -> None:
    never = experiment.crossing([at(128, 0.2), at(256, 0.9, clear=False)])
    assert (never.below, never.above, never.at) == (128, None, None)
    always = experiment.crossing([at(128, 1.0, clear=False), at(256, 1.5), at(512, 3.0)])
    assert (always.below, always.above, always.at) == (None, 256, None)
    back = experiment.crossing([at(128, 1.5), at(256, 0.8), at(512, 3.0)])  # a disturbance
    assert (back.below, back.above) == (256, 512)


@pytest.mark.parametrize(("fused", "clear"), [((0.5, 0.6, 0.4), True), ((0.5, 1.9, 1.5), False)])
def test_the_fused_kernel_against_plain_attention(
    view: View, monkeypatch: pytest.MonkeyPatch, fused: tuple[float, ...], clear: bool
) -> None:
    seconds = {key: [1.0, 1.0, 1.0] for key in experiment.PARTS} | {"feed_forward": [4.0, 2.0, 4.0], "fused": [*fused]}
    monkeypatch.setattr(experiment, "interleaved", lambda *_: iter([seconds]))
    data = view("attention_steps.growth", longest=16)[-1].data
    assert (data.fused.median, data.fused.clear) == (sorted(fused)[1], clear)
    assert (data.slower.median, data.slower.clear) == (0.25, True)


@pytest.mark.breaks("attention_steps.growth", "^Formula = FLOPs that torch’s FlopCounterMode counts")
def test_a_formula_that_halves_the_square(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def causal(config: DecoderConfig, n: int) -> BlockWork:
        work = block_work(config, n)
        return replace(work, scores=work.scores // 2, mix=work.mix // 2)

    assert check("attention_steps.growth", "Formula = FLOPs", longest=32).error == 0
    monkeypatch.setattr(figure, "block_work", causal)
    assert not check("attention_steps.growth", "Formula = FLOPs", longest=32).holds


@pytest.mark.breaks("attention_steps.growth", "^The timed parts together write what")
def test_scores_that_are_not_scaled(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def unscaled(*arguments: object) -> Attended:
        q, k, v, visible, _, *rest = arguments
        return eager(q, k, v, visible, 1.0, *rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(experiment, "eager", unscaled)
    assert not check("attention_steps.growth", "timed parts together", longest=32).holds


def test_hooks_are_gone_afterwards(small: object) -> None:
    decoder: Decoder = small.decoder  # pyright: ignore[reportAttributeAccessIssue]
    experiment.read(decoder, torch.arange(8)[None])
    block = decoder.blocks[0]
    assert not block.get_submodule("attn")._forward_hooks
    assert not block.get_submodule("mlp")._forward_pre_hooks
