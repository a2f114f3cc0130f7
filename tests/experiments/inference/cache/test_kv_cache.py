"""What a cache holds, reads and loses, on a small decoder."""

from __future__ import annotations

import pytest
import torch

from explorer.experiments.inference.cache import kv_cache as experiment
from explorer.experiments.inference.cache import kv_growth, write_counts
from explorer.figures.inference.cache import kv_cache as figure
from explorer.stack.inference.cache.heavy_hitter_cache import HeavyHitterCache
from explorer.stack.inference.cache.paged_cache import PagedCache
from explorer.stack.inference.cache.quantized_cache import QuantizedCache
from explorer.stack.inference.cache.sliding_window_cache import SlidingWindowCache
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

SMALL = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)


@pytest.fixture(scope="module")
def tiny() -> Decoder:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        made = Decoder(SMALL).eval().requires_grad_(False)
        for weight in made.parameters():
            if weight.ndim == 2:
                weight.mul_(4)
    return made


def test_bytes_of_each_length_are_the_formula() -> None:
    k, v = torch.randn(2, 2, 5, 2, 4)  # key or value, layer pos kv_head d_head
    cache = experiment.filled(SMALL, k, v)
    assert torch.equal(cache.k[1][0, 0, 3], k[1, 3, 0])
    assert experiment.bytes_by_length(cache) == [experiment.formula_bytes(SMALL, n) for n in range(1, 6)]


def test_a_read_is_the_most_that_a_query_head_of_the_group_gives() -> None:
    pattern = torch.tensor([[[0.1, 0.9], [0.6, 0.4], [1.0, 0.0], [0.2, 0.8]]])  # layer head key, two heads a group
    torch.testing.assert_close(figure.reads(pattern, 2), torch.tensor([[[0.6, 0.9], [1.0, 0.8]]]))


def test_kl_is_torchs() -> None:
    a, b = torch.randn(2, 30, generator=torch.Generator().manual_seed(1))
    expected = torch.nn.functional.kl_div(b.log_softmax(-1), a.log_softmax(-1), log_target=True, reduction="sum")
    assert experiment.kl_nats(a, b) == pytest.approx(float(expected), rel=1e-4)
    assert experiment.kl_nats(a, a) == 0


def test_policies_side_by_side(tiny: Decoder) -> None:
    ids, start = torch.randint(0, 40, (20,), generator=torch.Generator().manual_seed(2)), 12
    caches = {
        "full": ContiguousCache(SMALL, 1, 20),
        "paged": PagedCache.for_batch(SMALL, 1, 20),
        "wide": SlidingWindowCache(SMALL, 1, 20, 20, 0),
        "codes": QuantizedCache(SMALL, 1, 20, 8, 4, 4),
        "window": SlidingWindowCache(SMALL, 1, 20, 5, 2),
        "heavy": HeavyHitterCache(SMALL, 1, 20, 4, 3),
    }
    told: list[tuple[int, int]] = []
    *partial, made = experiment.policies(tiny, ids, start, caches, lambda *at: told.append(at))
    assert made.whole
    assert not any(part.whole for part in partial)
    assert told[-1] == (48, 48)
    whole = tiny(ids[None])[0, start - 1 :]
    torch.testing.assert_close(made.logits, whole, atol=1e-4, rtol=1e-4)
    full = made.courses["full"]
    assert full.nbytes == [experiment.formula_bytes(SMALL, n) for n in range(12, 21)]
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


def test_what_was_written_is_counted_in_the_tensors_alone(tiny: Decoder) -> None:
    ids = torch.randint(0, 40, (2, 9), generator=torch.Generator().manual_seed(1))
    for dtype, size in ((torch.float32, 4), (torch.bfloat16, 2)):
        cache = write_counts.marked(ContiguousCache(SMALL, 2, 12, dtype))
        tiny(ids, None, cache, last_only=True)
        assert write_counts.written_bytes(cache) == 2 * SMALL.n_layers * SMALL.n_kv_heads * SMALL.d_head * 2 * 9 * size
        assert int(write_counts.written_by_slot(cache).sum()) == cache.nbytes
        cache.lengths = [0] * SMALL.n_layers  # what a cache says of itself is not asked
        assert write_counts.written_by_slot(cache)[9:].tolist() == [0, 0, 0]
        assert write_counts.written_bytes(cache) > cache.nbytes
    paged = write_counts.marked(PagedCache.for_batch(SMALL, 1, 12, 4))
    tiny(ids[:1], None, paged, last_only=True)
    of_token = 2 * SMALL.n_layers * SMALL.n_kv_heads * SMALL.d_head * 4
    assert (write_counts.written_bytes(paged), write_counts.taken_blocks(paged)) == (9 * of_token, 12 * of_token)


def test_growth_step_by_step_and_round_by_round(tiny: Decoder) -> None:
    ids, told = torch.randint(0, 40, (14,), generator=torch.Generator().manual_seed(4)), list[tuple[int, int]]()
    shown = list(kv_growth.growth(tiny, ids, 8, (8, 11, 13), lambda *at: told.append(at), rounds=3))
    assert [(part.rounds, len(part.steps)) for part in shown] == [
        *((0, n) for n in range(1, 6)),
        (1, 6),
        (2, 6),
        (3, 6),
    ]
    made = shown[-1]
    assert told[-1] == (18, 18)
    assert made.nbytes == tuple(experiment.formula_bytes(SMALL, n) for n in range(8, 15))
    assert {t.rounds for t in (made.prefill, *made.steps, *made.uncached)} == {3}
    assert made.later is not None
    assert made.saved is not None
    assert max(made.paged_error, made.whole_error) < 1e-4
