"""The cache panel's views on a small model, and their checks on broken caches."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.errors import NotApplicableError
from explorer.experiments.inference.cache import cache_corpus as over_texts
from explorer.experiments.inference.cache import kv_growth
from explorer.figures.inference.cache import kv_cache as figure
from explorer.figures.overview.compared import Compared
from explorer.figures.overview.two_places import Run
from explorer.figures.payload import pack
from explorer.panels.inference import kv_cache_views as panel
from explorer.panels.protocol import Check, Rendered
from explorer.panels.scene import Scene
from explorer.panels.selection import Focus
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.serving.memory_calculator import FORMATS
from explorer.stack.systems.generation_work import uncached
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.changes.interventions import parse_intervention
from explorer.zoo.model import Model
from tests.panels.both_runs import drawn

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]
TOKEN = 2 * 6 * 2 * 48 * 4 + 8  # key and value, layers, kv heads, d_head, float32; its position


def test_the_cache_of_a_run_is_read_from_it(small: Model, run: Trace) -> None:
    made = panel.blocks(Scene(small, run, None, Focus(position=3)))
    assert all(check.holds for check in made.checks)
    assert made.data.bytes == tuple(TOKEN * n for n in range(1, len(run) + 1))
    assert made.data.read.shape == (6, 2, 4)
    most = run.pattern[5, 2:4, 3, 0].max()
    assert int(made.data.read[5, 1, 0]) == round(float(most) * 255)


def test_a_changed_run_is_held_against_the_unchanged_one(small: Model, run: Trace) -> None:
    key = TraceKey(small.name, run.key.text, interventions=(parse_intervention("mlp:0:zero"),))
    changed = capture(small, key)
    scene = Scene(small, changed, run, Focus(position=4))
    made, _, there = drawn("kv_cache", "blocks", scene)
    assert there is not None
    for data, trace in ((made.data, changed), (there.made.data, run)):
        read = figure.reads(trace.pattern[:, :, 4, :5], 2)
        assert float((data.read / 255 - read).abs().max()) < 1 / 255
    assert not torch.equal(made.data.read, there.made.data.read)
    assert "not applied" in scene.left_out


def test_growth_and_what_it_says_on_the_way(view: View, run: Trace) -> None:
    shown = view("kv_cache.growth")
    whole = shown[-1]
    assert all(check.holds for check in whole.checks), whole.checks
    assert len(whole.checks) == 3
    assert whole.data.bytes == whole.data.formula
    assert len(whole.data.steps) == whole.data.n_steps == len(run) - whole.data.start
    assert whole.data.rounds == whole.data.of_rounds
    assert 0 < whole.data.cache_share < 0.1
    assert [len(part.data.steps) for part in shown[: whole.data.n_steps]] == list(range(1, whole.data.n_steps + 1))


@pytest.mark.thorough
def test_growth_of_another_run_is_made_in_turns(small: Model, run: Trace) -> None:
    """A mixture of the same blocks and heads, on a shorter text: as many bytes a token, and times round by round."""
    mixture = zoo.load("six-kinds-moe")
    short = capture(mixture, TraceKey(mixture.name, "Then Mary", max_new_tokens=4))
    told: list[str] = []
    compared = Compared(Run(small, run), Run(mixture, short))
    shown = list(panel.growth(Scene(small, run, other=compared, progress=lambda what, *_: told.append(what))))
    turns = [what for what, before in zip(told, [None, *told], strict=False) if what != before]
    assert turns == ["Steps", "Steps of the other run"] * kv_growth.ROUNDS
    whole, base = shown[-1].data, shown[-1].data.base
    assert base is not None
    assert base.bytes == base.formula
    assert base.bytes[1] - base.bytes[0] == whole.bytes[1] - whole.bytes[0] == TOKEN
    assert len(base.steps) == len(short) - base.start
    assert base.times is not None
    assert base.times.low <= base.times.median <= base.times.high
    assert len(shown[-1].checks) == 3
    assert all(check.holds and check.statement.endswith(", in both runs") for check in shown[-1].checks)
    assert not any(part.checks for part in shown[:-1])
    one = capture(small, TraceKey(small.name, "a"))
    with pytest.raises(NotApplicableError, match="one token"):
        next(panel.growth(Scene(small, run, other=Compared(Run(small, run), Run(small, one)))))


def test_policies_step_by_step(view: View) -> None:
    shown = view("kv_cache.policies", budget=2)
    whole = shown[-1].data
    assert all(check.holds for check in shown[-1].checks), shown[-1].checks
    assert len(shown) == whole.n_steps
    assert [p.name for p in whole.policies] == ["full", "int8", "int4", "window", "heavy"]
    assert whole.policies[3].bytes[-1] < whole.policies[0].bytes[-1]
    assert whole.evicts is True
    # 4 bits, and a 16-bit scale and zero for each 8 numbers; the calculator's format has a scale for each 32
    assert [p.bytes_each for p in whole.policies] == [4.0, 1.5, 1.0, 4.0, 4.0]
    assert whole.q4_bytes_each == FORMATS["int4"].bytes_each == 0.5625


def wrong_values(monkeypatch: pytest.MonkeyPatch) -> None:
    update = ContiguousCache.update

    def wrong(self: ContiguousCache, layer: int, k: torch.Tensor, v: torch.Tensor, positions: torch.Tensor) -> Any:
        return update(self, layer, k, v.roll(1, -1) if k.shape[2] == 1 else v, positions)

    monkeypatch.setattr(ContiguousCache, "update", wrong)


def forgets_a_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    update = ContiguousCache.update

    def wrong(self: ContiguousCache, layer: int, k: torch.Tensor, v: torch.Tensor, positions: torch.Tensor) -> Any:
        held = update(self, layer, k, v, positions)
        if layer == 1:
            self.v[1][:, 1:] = torch.nan  # as if only one of its heads were stored
        return held

    monkeypatch.setattr(ContiguousCache, "update", wrong)


@pytest.mark.breaks("kv_cache.blocks", "Bytes written into the tensors")
def test_a_cache_that_stores_less_than_it_says_is_seen(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("kv_cache.blocks", "Bytes written").holds
    forgets_a_layer(monkeypatch)
    assert not check("kv_cache.blocks", "Bytes written").holds


@pytest.mark.breaks("kv_cache.growth", "Bytes written into the tensors")
def test_and_while_it_grows(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    forgets_a_layer(monkeypatch)
    assert not check("kv_cache.growth", "Bytes written").holds


@pytest.mark.breaks("kv_cache.growth", "Cached logits = logits recomputed")
@pytest.mark.breaks("kv_cache.growth", "Paged cache = contiguous cache")
def test_a_cache_that_keeps_wrong_values_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong_values(monkeypatch)
    held = [each.holds for each in view("kv_cache.growth")[-1].checks]
    assert held == [True, False, False]  # as many bytes, but wrong ones


@pytest.mark.breaks("kv_cache.growth", "Paged cache = contiguous cache")
def test_a_wrong_slot_is_seen(check: Find, run: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    index = PagedCache._read_index

    def wrong(self: PagedCache, rows: Any) -> Any:
        read, positions = index(self, rows)
        if read.shape[1] == len(run):  # in the last step
            read = read.clone()
            read[:, 2] = read[:, 6]
        return read, positions

    monkeypatch.setattr(PagedCache, "_read_index", wrong)
    assert not check("kv_cache.growth", "Paged cache").holds


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(over_texts, "LENGTH", 20)
    monkeypatch.setattr(over_texts, "START", 8)


@pytest.mark.usefixtures("short")
def test_perplexity_over_texts(view: View) -> None:
    shown = view("kv_cache.corpus", kept=12, texts=1)
    made = shown[-1].data
    assert all(each.holds for each in shown[-1].checks), shown[-1].checks
    assert [part.data.steps for part in shown] == [4, 8, 11]
    by_name = {each.name: each for each in made.policies}
    assert list(by_name) == ["float32", "bfloat16", "float16", "int8", "int4", "window", "sinks", "heavy"]
    # 19 tokens at the end: keys and values of 6 blocks and 2 heads of 48 in 4 or 2 bytes, and 8 bytes for a position
    assert by_name["float32"].bytes == 19 * (2 * 6 * 2 * 48 * 4 + 8)
    assert by_name["float16"].bytes == by_name["bfloat16"].bytes == 19 * (2 * 6 * 2 * 48 * 2 + 8)
    assert by_name["window"].bytes == by_name["sinks"].bytes == 12 * (2 * 6 * 2 * 48 * 2 + 8)
    assert by_name["float32"].full.verdict == by_name["float16"].half.verdict == "same"
    # What is rounded changes little, what is forgotten much: for better or worse in texts as short as these.
    assert abs(by_name["float16"].full.over.mean) < 1e-3 < abs(by_name["window"].full.over.mean)


@pytest.mark.usefixtures("short")
def test_a_window_that_holds_the_text_loses_nothing(view: View) -> None:
    made = view("kv_cache.corpus", kept=48, texts=1)[-1].data
    half, window, sinks, heavy = (made.policies[at].perplexity for at in (2, 5, 6, 7))
    assert window == pytest.approx(half, rel=1e-6)
    assert sinks == pytest.approx(half, rel=1e-6)
    assert heavy == pytest.approx(half, rel=1e-5)  # another kernel, whose rounding 16 bits may turn


@pytest.mark.usefixtures("short")
@pytest.mark.breaks("kv_cache.corpus", r"^Losses of \d+ tokens, full cache = the loaded model")
def test_a_full_cache_that_is_none_is_seen_over_texts(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong_values(monkeypatch)
    assert not check("kv_cache.corpus", "Losses of", texts=1).holds


@pytest.mark.breaks("kv_cache.policies", "Full cache = one pass over the whole text")
@pytest.mark.breaks("kv_cache.policies", "Full cache = the logits of this run")
def test_a_full_cache_that_is_none_is_seen(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong_values(monkeypatch)
    assert [each.holds for each in view("kv_cache.policies")[-1].checks] == [False, False]


def test_the_example_is_counted_for_the_model(view: Callable[..., list[Rendered]]) -> None:
    (made,) = view("kv_cache.example")
    assert (made.data.cached.token_passes, made.data.uncached.token_passes) == (1499, 624750)
    (other,) = view("kv_cache.example", prompt="<b>", answer=-3)
    assert (other.data.prompt, other.data.new) == (1000, 1)
    assert other.data.cached.token_passes == other.data.uncached.token_passes == 1000
    (most,) = view("kv_cache.example", prompt=10**6, answer=10**6)
    assert (most.data.prompt, most.data.new) == (4096, 4096)
    # of a larger model they are more operations than JavaScript has whole numbers, and the request failed
    work = uncached(DecoderConfig(30, 576, 9, 3, 64, 1536, 49152, 8192), 4096, 4096)
    assert pack(work)["attention_flops"] > 2**53


@pytest.mark.breaks("kv_cache.example", r"^Bytes a token of a cache")
def test_a_formula_that_forgets_the_values(check: Callable[..., Check], monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.figures.inference.cache import uncached_growth as figure

    made = figure.example
    monkeypatch.setattr(figure, "example", lambda *of: replace(made(*of), cache_bytes=made(*of).cache_bytes // 2))
    assert not check("kv_cache.example", "Bytes a token").holds


@pytest.mark.breaks("kv_cache.scaling", r"^Both ways write the same tokens")
@pytest.mark.thorough
def test_a_cache_that_loses_keys_is_seen(check: Callable[..., Check], monkeypatch: pytest.MonkeyPatch) -> None:
    assert check("kv_cache.scaling", "Both ways", longest="16").holds
    update = ContiguousCache.update

    def wrong(self: ContiguousCache, layer: int, k: torch.Tensor, v: torch.Tensor, positions: torch.Tensor) -> Any:
        return update(self, layer, -k, torch.zeros_like(v), positions)

    monkeypatch.setattr(ContiguousCache, "update", wrong)
    assert not check("kv_cache.scaling", "Both ways", longest="16").holds


@pytest.mark.breaks("kv_cache.scaling", r"^Operations by formula")
@pytest.mark.breaks("kv_cache.scaling", r"^Tokens fed by formula")
@pytest.mark.thorough
def test_a_formula_of_half_the_pairs_and_a_token_more(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    from explorer.stack.systems import generation_work

    work = generation_work.work

    def wrong(*of: Any, **more: Any) -> Any:
        made = work(*of, **more)
        return replace(made, attention_flops=made.attention_flops // 2, tokens=made.tokens + 1)

    monkeypatch.setattr(generation_work, "work", wrong)
    held = [each.holds for each in view("kv_cache.scaling", longest="16")[-1].checks]
    assert held == [True, False, False]
