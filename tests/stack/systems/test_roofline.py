from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from explorer.stack.systems.roofline import Machine, block_matrices, probes, work
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache

SMALL = DecoderConfig(2, 16, 4, 2, 4, 24, 40, 64)


def counted(config: DecoderConfig, new: int, past: int, batch: int, last_only: bool) -> int:
    """torch's own count of the same forward (it does not count the CPU's fused attention, so the plain kernel)."""
    decoder = Decoder(config).eval()
    cache = ContiguousCache(config, batch, past + new)
    with torch.inference_mode():
        if past:
            decoder(torch.zeros(batch, past, dtype=torch.long), None, cache)
        with FlopCounterMode(display=False) as counter:
            decoder(torch.zeros(batch, new, dtype=torch.long), None, cache, kernel="eager", last_only=last_only)
    return counter.get_total_flops()


@pytest.mark.parametrize("config", [SMALL, replace(SMALL, gated=False, n_kv_heads=4), replace(SMALL, tied=False)])
@pytest.mark.parametrize(
    ("new", "past", "batch", "last_only"), [(7, 0, 1, True), (1, 9, 1, True), (5, 3, 2, False), (1, 4, 3, True)]
)
def test_flops_are_those_that_torch_counts(
    config: DecoderConfig, new: int, past: int, batch: int, last_only: bool
) -> None:
    assert work(config, new, past, batch, last_only=last_only).flops == counted(config, new, past, batch, last_only)


@pytest.mark.parametrize("tied", [True, False])
def test_bytes_are_those_of_the_tensors(tied: bool) -> None:
    config = replace(SMALL, tied=tied)
    decoder, cache = Decoder(config), ContiguousCache(config, 1, 8)
    matrices = sum(p.nbytes for name, p in decoder.named_parameters() if p.ndim == 2 and not name.startswith("embed."))
    read = work(config, new=2, past=5)
    rows = 0 if tied else 2 * decoder.embed.weight[0].nbytes
    assert read.weight_bytes == (matrices + decoder.embed.weight.nbytes if tied else matrices + rows)
    token = sum(t[:, :, :1].nbytes for t in (*cache.k, *cache.v))
    assert read.cache_bytes == token * (5 + 2 + 2)  # seven are read, two of them written first


def test_the_hand_worked_token() -> None:
    """One layer, d_model 2, one head of 2, d_mlp 3, 5 words, 1 new token behind 3: counted by hand."""
    tiny = DecoderConfig(1, 2, 1, 1, 2, 3, 5, 8)
    assert block_matrices(tiny) == 4 * 4 + 3 * 6
    made = work(tiny, new=1, past=3)
    assert (made.block_flops, made.unembed_flops, made.attention_flops) == (68, 20, 32)
    assert made.bytes == 4 * (34 + 10) + 4 * (4 * 5)
    assert made.intensity == 120 / 256


def test_the_roof_has_its_ridge_where_both_limits_meet() -> None:
    machine = Machine(flops=100.0, bandwidth=20.0)
    assert machine.ridge == 5.0
    assert [machine.attainable(i) for i in (1.0, 5.0, 50.0)] == [20.0, 100.0, 100.0]


@given(
    new=st.integers(1, 300), past=st.integers(0, 300), batch=st.integers(1, 40),
    flops=st.floats(1e9, 1e15), bandwidth=st.floats(1e9, 1e13),
)  # fmt: skip
def test_no_pass_is_faster_than_either_limit(new: int, past: int, batch: int, flops: float, bandwidth: float) -> None:
    machine, of = Machine(flops, bandwidth), work(SMALL, new, past, batch)
    assert machine.seconds(of) == pytest.approx(of.flops / machine.attainable(of.intensity))
    assert (machine.bound(of) == "memory") == (of.bytes / bandwidth > of.flops / flops)
    assert of.flops * 2 == work(SMALL, new, past, 2 * batch).flops
    assert of.weight_bytes == work(SMALL, new, past, 2 * batch).weight_bytes  # a batch shares one reading


def test_a_pass_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        work(SMALL, new=0)


def test_each_round_of_the_probe_measures_both_limits() -> None:
    found = probes(3, side=128, megabytes=4)
    assert len(found) == 3
    assert all(1e7 < each.flops < 1e14 and 1e7 < each.bandwidth < 1e14 for each in found)
