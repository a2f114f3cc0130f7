"""The Triton kernels in Triton's interpreter, against the reference and torch, and compiled for GPUs.

On a GPU nothing has been run.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections import defaultdict
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.embeddings import alibi
from explorer.stack.systems import triton_attention as kernels
from explorer.stack.systems.attention_kernels import fastest, named
from explorer.stack.systems.flash_attention import flash_attention_2
from explorer.stack.systems.flash_backward import flash_backward
from explorer.stack.systems.online_softmax import Partial
from explorer.stack.systems.tile_mask import TileMask
from explorer.stack.transformer.attention import Visibility
from tests.tiers import spread

needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None or not kernels.interpreted(),
    reason='Triton is not installed (its wheels are for Linux): pip install "triton>=3.5"',
)


def heads(n: int, *, query: int | None = None, d: int = 16, h: int = 4, kv: int = 2, batch: int = 1) -> list[Tensor]:
    generator = torch.Generator().manual_seed(0)
    shapes = ((batch, h, n if query is None else query, d), (batch, kv, n, d), (batch, kv, n, d))
    return [torch.randn(shape, generator=generator) for shape in shapes]


MASKS = {
    "all": TileMask(),
    "causal": TileMask(causal=True),
    "window": TileMask(causal=True, window=19),
    "slopes": TileMask(causal=True, slopes=alibi.slopes(4)),
    "cap": TileMask(causal=True, window=30, cap=1.5),
    "wide": TileMask(causal=True, window=50, slopes=alibi.slopes(4), cap=3.0),
}


#: The larger one costs more in the interpreter than all others: each time with the mask that has all of the others'.
SIZES = [(1, 1, 16), (35, 35, 24), (40, 20, 16)]
CASES = [
    *spread(product(MASKS, SIZES), 6),
    *(pytest.param(each, (115, 115, 16), marks=() if each == "wide" else pytest.mark.thorough) for each in MASKS),
]


@needs_triton
@pytest.mark.parametrize(("name", "sizes"), CASES)
def test_equals_the_reference_with_gradients(name: str, sizes: tuple[int, int, int]) -> None:
    """Ragged tiles, a head size that is no power of two, queries that are the last of the keys, shared keys.

    At 115 tokens there are whole tiles and masked ones before and after them, behind the window too.
    """
    n, query, d = sizes
    q, k, v = heads(n, query=query, d=d)
    made, expected = kernels.triton_attention(q, k, v, MASKS[name]), flash_attention_2(q, k, v, MASKS[name])
    assert (made.out - expected.out).abs().max() < 1e-5
    assert (made.lse - expected.lse).abs().max() < 1e-5
    d_out = torch.randn(q.shape, generator=torch.Generator().manual_seed(9))
    ours = kernels.triton_backward(q, k, v, made, d_out, MASKS[name])
    theirs = flash_backward(q, k, v, expected, d_out, MASKS[name])
    for part in ("dq", "dk", "dv"):
        assert (getattr(ours, part) - getattr(theirs, part)).abs().max() < 1e-4


@needs_triton
def test_equals_torch_on_tensors_with_gaps() -> None:
    """As the decoder gives them: heads and positions exchanged, keys a part of a cache."""
    q, k, v = heads(30, h=2, kv=2, batch=2)
    q, k, v = q.transpose(1, 2).contiguous().transpose(1, 2), k[:, :, :24], v[:, :, :24]
    made = kernels.triton_attention(q, k, v)
    assert (made.out - F.scaled_dot_product_attention(q, k, v)).abs().max() < 1e-5


@needs_triton
def test_rows_that_see_nothing() -> None:
    q, k, v = heads(20)
    made = kernels.triton_attention(q, k, v, TileMask(causal=True), shift=-7)
    expected = flash_attention_2(q, k, v, TileMask(causal=True), shift=-7)
    assert made.lse[:, :, :7].isinf().all()
    assert (made.out - expected.out).abs().max() < 1e-5
    gradients = kernels.triton_backward(q, k, v, made, torch.ones_like(q), TileMask(causal=True), shift=-7)
    assert gradients.dq[:, :, :7].abs().max() == 0
    assert gradients.dk.isfinite().all()


@needs_triton
def test_short_numbers_add_up_in_float32() -> None:
    """In float16: the interpreter multiplies bfloat16 numbers' bits as if they were integers."""
    q, k, v = (each.half() for each in heads(30, d=32))
    exact = F.scaled_dot_product_attention(q.double(), k.double(), v.double(), is_causal=True, enable_gqa=True)
    made = kernels.triton_attention(q, k, v, TileMask(causal=True))
    assert made.out.dtype == torch.float16
    assert (made.out - exact).abs().max() <= 2**-9
    gradients = kernels.triton_backward(q, k, v, made, torch.ones_like(q), TileMask(causal=True))
    q, k, v = (each.double() for each in (q, k, v))
    expected = flash_backward(q, k, v, Partial(exact, made.lse.double()), torch.ones_like(exact), TileMask(True))
    assert (gradients.dk - expected.dk).abs().max() <= 2**-7


@needs_triton
def test_the_kernel_of_this_name_has_gradients_and_leaves_tensors_to_torch() -> None:
    q, k, v = (each.requires_grad_() for each in heads(20))
    seen = torch.rand(1, 1, 20, 20, generator=torch.Generator().manual_seed(2)) < 0.9
    seen[..., 0] = True
    for visible in (Visibility(causal=True), Visibility(seen)):
        out, expected = (named(name)(q, k, v, visible, 0.25).z for name in ("triton", "sdpa"))
        assert (out - expected).abs().max() < 1e-5
        grads = (torch.autograd.grad(each.sin().sum(), (q, k, v)) for each in (out, expected))
        for ours, theirs in zip(*grads, strict=True):
            assert (ours - theirs).abs().max() < 1e-4


def test_where_it_cannot_run_it_says_what_can(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "triton", None)
    q, k, v = heads(4)
    with pytest.raises(NotApplicableError, match="GPU") as caught:
        kernels.triton_attention(q, k, v)
    assert "tiled" in caught.value.hint
    with pytest.raises(NotApplicableError, match="GPU"):
        kernels.triton_backward(q, k, v, Partial(q, q[..., 0]), q)


def test_what_is_chosen_by_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    assert fastest(torch.device("cpu")) == "tiled"
    assert fastest(torch.device("cpu"), queries=64) == "sdpa"
    monkeypatch.setattr(kernels, "triton", object())
    assert fastest(torch.device("cuda")) == "triton"
    monkeypatch.setattr(kernels, "triton", None)
    assert fastest(torch.device("cuda")) == "sdpa"


#: Bytes of shared memory that one block may have, by compute capability: an A100's and an H100's.
SHARED = {80: 166_912, 90: 232_448}
COMPILED = pytest.mark.skipif(
    sys.platform != "linux" or importlib.util.find_spec("triton") is None, reason="Triton's compiler is for Linux"
)


def compiled(kinds: list[list[int]], count: int, folder: Path) -> list[tuple[int, int, str, dict[str, Any]]]:
    """In a process of its own: this one's Triton interprets."""
    settings = {key: value for key, value in os.environ.items() if key != "TRITON_INTERPRET"}
    told = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "tests.stack.systems.compiled_for", json.dumps(kinds), str(count)],
        check=True, capture_output=True, text=True, env={**settings, "TRITON_CACHE_DIR": str(folder)},
    )  # fmt: skip
    return [tuple(json.loads(line)) for line in told.stdout.splitlines()]


def whole_is_shorter(loops: list[tuple[int, int]]) -> None:
    """The loop over whole tiles makes none of a mask's choices, and is shorter by far."""
    assert len(loops) == 2
    (whole, few), (masked, many) = sorted(loops, key=lambda loop: loop[1])
    assert few < many / 2
    assert whole < 0.85 * masked


@COMPILED
@pytest.mark.thorough
def test_it_compiles_for_an_h100(tmp_path: Path) -> None:
    made = compiled([[90, 64]], 1, tmp_path)
    assert [kernel for _, _, kernel, _ in made] == ["_forward", "_key_gradients", "_query_gradients"]
    for _, _, _, told in made:
        assert told["shared"] <= SHARED[90]
        whole_is_shorter(told["loops"])


@COMPILED
@pytest.mark.thorough
def test_on_each_gpu_each_kernel_has_a_tile_that_fits_its_registers(tmp_path: Path) -> None:
    fits: dict[tuple[int, int, str], list[bool]] = defaultdict(list)
    for capability, d, kernel, told in compiled([[80, 64], [80, 128], [90, 64], [90, 128]], 6, tmp_path):
        fits[capability, d, kernel].append(told["shared"] <= SHARED[capability] and told["spilled"] <= 32)
        whole_is_shorter(told["loops"])
    assert len(fits) == 12
    assert all(any(each) for each in fits.values()), fits
