"""What a cache holds, reads and loses, on a small decoder; the panel's three views on the real model."""

from __future__ import annotations

import pytest
import torch

from explorer.figures.inference import kv_cache as figure
from explorer.figures.payload import pack
from explorer.panels.inference import kv_cache_views as panel
from explorer.panels.protocol import Focus, Scene
from explorer.stack.inference.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.paged_cache import PagedCache
from explorer.stack.inference.quantised_cache import QuantisedCache
from explorer.stack.inference.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.tracing import Trace, TraceKey, capture
from explorer.tracing.interventions import parse_intervention
from explorer.zoo.model import Model

SMALL = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)
TEXT = "The capital of France is"


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Decoder(SMALL).eval().requires_grad_(False)
        for weight in made.parameters():
            if weight.ndim == 2:
                weight.mul_(4)
    return made


@pytest.fixture(scope="module")
def trace(model: Model) -> Trace:
    return capture(model, TraceKey(model.name, TEXT))


def test_bytes_of_each_length_are_the_formula_and_the_cache_ends_empty() -> None:
    k, v = torch.randn(2, 2, 5, 2, 4)  # key or value, layer pos kv_head d_head
    cache = figure.filled(SMALL, k, v)
    assert torch.equal(cache.k[1][0, 0, 3], k[1, 3, 0])
    assert figure.bytes_by_length(cache) == [figure.formula_bytes(SMALL, n) for n in range(1, 6)]
    assert cache.seen == 0


def test_a_read_is_the_most_that_a_query_head_of_the_group_gives() -> None:
    pattern = torch.tensor([[[0.1, 0.9], [0.6, 0.4], [1.0, 0.0], [0.2, 0.8]]])  # layer head key, two heads a group
    torch.testing.assert_close(figure.reads(pattern, 2), torch.tensor([[[0.6, 0.9], [1.0, 0.8]]]))


def test_kl_is_torchs() -> None:
    a, b = torch.randn(2, 30, generator=torch.Generator().manual_seed(1))
    expected = torch.nn.functional.kl_div(b.log_softmax(-1), a.log_softmax(-1), log_target=True, reduction="sum")
    assert figure.kl_nats(a, b) == pytest.approx(float(expected), rel=1e-4)
    assert figure.kl_nats(a, a) == 0


def test_policies_side_by_side(tiny: Decoder) -> None:
    ids, start = torch.randint(0, 40, (20,), generator=torch.Generator().manual_seed(2)), 12
    caches = {
        "full": ContiguousCache(SMALL, 1, 20),
        "paged": PagedCache.for_batch(SMALL, 1, 20),
        "wide": SlidingWindowCache(SMALL, 1, 20, 20, 0),
        "codes": QuantisedCache(SMALL, 1, 20, 8, 4, 4),
        "window": SlidingWindowCache(SMALL, 1, 20, 5, 2),
        "heavy": HeavyHitterCache(SMALL, 1, 20, 4, 3),
    }
    told: list[tuple[int, int]] = []
    made = figure.compare(tiny, ids, start, caches, lambda *at: told.append(at))
    assert told[-1] == (48, 48)
    whole = tiny(ids[None])[0, start - 1 :]
    torch.testing.assert_close(made.logits, whole, atol=1e-4, rtol=1e-4)
    full = made.courses["full"]
    assert full.nbytes == [figure.formula_bytes(SMALL, n) for n in range(12, 21)]
    for name in ("paged", "wide"):
        assert max(made.courses[name].kl) < 1e-6
        assert made.courses[name].top == full.top
    for name in ("window", "heavy"):
        course = made.courses[name]
        assert {int(held.sum()) for held in course.held[1:]} == {7 * SMALL.n_layers * SMALL.n_kv_heads}
        assert course.nbytes[-1] < full.nbytes[-1]
        assert max(course.kl) > 1e-3  # what was dropped was read
    window = made.courses["window"].held[-1][0, 0]  # 20 fed, so the first two and the last five
    assert window.nonzero().flatten().tolist() == [0, 1, 15, 16, 17, 18, 19]
    assert 0 < max(made.courses["codes"].kl) < 1e-2
    assert made.courses["codes"].codes[-1] > 0


def test_the_cache_of_a_run_is_read_from_it(model: Model, trace: Trace) -> None:
    made = panel.blocks(Scene(model, trace, None, Focus(position=3)))
    assert all(check.holds for check in made.checks)
    assert made.data["bytes"] == [46_088 * n for n in range(1, len(trace) + 1)]
    assert made.data["read"].shape == (30, 3, 4)
    assert made.data["base"] is None
    most = trace.pattern[29, 3:6, 3, 0].max()
    assert int(made.data["read"][29, 1, 0]) == round(float(most) * 255)


def test_a_changed_run_is_held_against_the_unmodified_one(model: Model, trace: Trace) -> None:
    changed = capture(model, TraceKey(model.name, TEXT, interventions=(parse_intervention("mlp:0:zero"),)))
    scene = Scene(model, changed, trace, Focus(position=4))
    base = panel.blocks(scene).data["base"]
    before = figure.reads(trace.pattern[:, :, 4, :5], 3)
    now = figure.reads(changed.pattern[:, :, 4, :5], 3)
    assert abs(base["now"] - base["before"]) == pytest.approx(float((now - before).abs().max()))
    assert base["before"] == float(before[base["layer"], base["head"], base["at"]])
    assert "not applied" in str(panel._note(scene))


def test_growth_on_some_of_the_real_weights(model: Model, trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(model.__dict__, "decoder", model.decoder.shallow(4))
    grown = panel.growth(Scene(model, trace, None))
    assert all(check.holds for check in grown.checks), grown.checks
    assert grown.data["bytes"] == grown.data["formula"]
    assert len(grown.data["ms"]) == len(trace) - grown.data["start"]


def test_policies_on_the_real_model(model: Model, trace: Trace) -> None:
    made = panel.policies(Scene(model, trace, None, controls={"budget": 2}))
    assert all(check.holds for check in made.checks), made.checks
    assert [p["name"] for p in made.data["policies"]] == ["full", "int8", "int4", "window", "heavy"]
    assert made.data["policies"][3]["bytes"][-1] < made.data["policies"][0]["bytes"][-1]
    assert pack(made.data)["evicts"] is True
