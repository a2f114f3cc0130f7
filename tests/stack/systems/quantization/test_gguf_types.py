"""GGUF's types: the bytes are ggml's own, through its library where it is installed, and by their digests everywhere.

`python tests/stack/systems/quantization/test_gguf_types.py` prints the digests anew, from ggml.
"""

from __future__ import annotations

import ctypes
import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import NotApplicableError
from explorer.stack.systems.quantization import bits
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.gguf_blocks import Blocks, Plane

TYPES = {each.name: each for each in FORMATS.values() if isinstance(each, Blocks)}
NUMBERS = {"q4_0": 2, "q4_1": 3, "q5_0": 6, "q5_1": 7, "q8_0": 8, "q2_k": 10, "q3_k": 11, "q4_k": 12, "q5_k": 13,
           "q6_k": 14}  # fmt: skip
"""ggml's own."""
BITS = {"q4_0": 4.5, "q4_1": 5, "q5_0": 5.5, "q5_1": 6, "q8_0": 8.5, "q2_k": 2.625, "q3_k": 3.4375, "q4_k": 4.5,
        "q5_k": 5.5, "q6_k": 6.5625}  # fmt: skip
GOLDEN = {
    "q4_0": ("f018b82df3ddab65", "9bb8cb87150f48a8"),
    "q4_1": ("e0b382dbee5f9870", "aa6178dd34a98f1a"),
    "q5_0": ("6b785bc9464fd8d4", "1421369e7735f0cc"),
    "q5_1": ("a33fa3b5f99db24a", "710914e245781dfc"),
    "q8_0": ("eae535b4502387ec", "eae535b4502387ec"),
    "q2_k": ("b04514db10c6f458", "32671c0476dae12e"),
    "q3_k": ("98014e1860a041e7", "8367c3861a2112d1"),
    "q4_k": ("695e52deb4cc4933", "b411c6e841b017d1"),
    "q5_k": ("6242fff6cee95968", "cf1cd2742b59381e"),
    "q6_k": ("e6f0ae114d3c360e", "3055d5c2dccfe59b"),
}
"""Of all kinds of weights one after the other, without and with an importance."""


def weights(kind: str, rows: int = 16, d_in: int = 512) -> Tensor:
    """Made of whole numbers, so that they are the same on every machine."""
    generator = torch.Generator().manual_seed(5)
    spread = torch.randint(-50, 51, (4, rows, d_in), generator=generator).sum(0).float() / 1024
    scale = 2.0 ** torch.randint(-20, 1, (rows, d_in // 16), generator=generator).float()
    kept = torch.randint(0, 10, (rows, d_in), generator=generator) == 0
    return {
        "normal": spread,
        "outliers": spread * spread * spread * 64,
        "sparse": spread * kept,
        "uneven": spread * scale.repeat_interleave(16, 1),
        "above": spread.abs() + 0.125,
        "equal": torch.full((rows, d_in), -0.3125),
        "zeros": torch.zeros(rows, d_in),
        "tiny": spread * 2.0**-24,
    }[kind]


KINDS = ("normal", "outliers", "sparse", "uneven", "above", "equal", "zeros", "tiny")


def importance(d_in: int = 512) -> Tensor:
    return torch.randint(1, 1000, (d_in,), generator=torch.Generator().manual_seed(6)).float() / 64


def digest(blocks: np.ndarray) -> str:
    return hashlib.sha256(blocks.tobytes()).hexdigest()[:16]


def ggml() -> ctypes.CDLL:
    """ggml's library, as llama_cpp brings it."""
    folder = Path(pytest.importorskip("llama_cpp").__file__).parent / "lib"
    found = next(
        (folder / name for name in ("libggml-base.so", "libggml-base.dylib") if (folder / name).is_file()), None
    )
    if found is None:
        pytest.skip("llama_cpp without ggml's library")
    library = ctypes.CDLL(str(found))
    library.ggml_quantize_chunk.restype = ctypes.c_size_t
    library.ggml_quantize_chunk.argtypes = [
        ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p
    ]  # fmt: skip
    return library


def theirs(library: ctypes.CDLL, made: Blocks, weight: Tensor, weigh: Tensor | None) -> np.ndarray:
    source, each = weight.contiguous().numpy(), None if weigh is None else weigh.contiguous().numpy()
    target = np.zeros((len(weight), weight.shape[1] // made.block * made.block_bytes), np.uint8)
    written = library.ggml_quantize_chunk(
        NUMBERS[made.name], source.ctypes.data, target.ctypes.data, 0, *weight.shape,
        None if each is None else each.ctypes.data,
    )  # fmt: skip
    assert written == target.size
    return target


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("name", TYPES)
def test_the_bytes_are_ggmls(name: str, weighed: bool) -> None:
    library, made, weigh = ggml(), TYPES[name], importance() if weighed else None
    for kind in KINDS:
        ours = made.quantize(weights(kind), weigh).parts["blocks"].numpy()
        differ = (ours != theirs(library, made, weights(kind), weigh)).reshape(-1, made.block_bytes).any(1)
        assert not differ.any(), f"{kind}: {differ.sum()} of {len(differ)} blocks"


@pytest.mark.parametrize("name", TYPES)
def test_the_bytes_are_those_that_ggml_gave(name: str) -> None:
    made = TYPES[name]
    for weigh, expected in zip((None, importance()), GOLDEN[name], strict=True):
        ours = np.concatenate([made.quantize(weights(kind), weigh).parts["blocks"].numpy() for kind in KINDS])
        assert digest(ours) == expected


@pytest.mark.parametrize("name", TYPES)
def test_the_way_back_is_ggufs(name: str) -> None:
    from gguf.constants import GGMLQuantizationType
    from gguf.quants import dequantize

    made = TYPES[name]
    anything = np.random.default_rng(3).integers(0, 256, (8, 3 * made.block_bytes), np.uint8)
    for blocks in (made.quantize(weights("normal")).parts["blocks"].numpy(), anything):
        with np.errstate(invalid="ignore"):  # bytes that are anything have scales that are no numbers
            expected = dequantize(blocks, GGMLQuantizationType(NUMBERS[name]))
        assert np.array_equal(made.of_bytes(torch.from_numpy(blocks)).dequantize().numpy(), expected, equal_nan=True)


@pytest.mark.parametrize("name", TYPES)
def test_what_is_packed_comes_back_and_has_its_bytes(name: str) -> None:
    made, weight = TYPES[name], weights("uneven")
    packed = made.quantize(weight)
    assert packed.bits_per_weight == BITS[name]
    codes, scales = made.unpack(packed)
    again = made.pack(codes, scales)
    assert torch.equal(again.parts["blocks"], packed.parts["blocks"])
    assert torch.equal(made.decode(codes, scales), packed.dequantize())
    assert torch.equal(packed.rows(3, 5).dequantize(), packed.dequantize()[3:5])
    fitted = made.fit(weight)
    assert torch.equal(fitted.step, scales.step)


@pytest.mark.parametrize("name", TYPES)
def test_codes_are_the_nearest_levels(name: str) -> None:
    """`encode`, which other methods call: no other code is nearer."""
    made, weight = TYPES[name], weights("normal", 2)
    scales = made.fit(weight)
    chosen = (made.decode(made.encode(weight, scales), scales) - weight).abs()
    for code in range(2**made.bits):
        other = (made.decode(torch.full(weight.shape, code, dtype=torch.int32), scales) - weight).abs()
        assert bool((chosen <= other + 1e-7).all())


def test_errors_on_normal_numbers() -> None:
    """Root mean square errors: of ggml itself, whose bytes these are."""
    x = torch.randn(64, 4096, generator=torch.Generator().manual_seed(0))
    for name, expected in {"q4_0": 0.0861, "q4_k": 0.0713, "q6_k": 0.0178}.items():
        error = float((FORMATS[name].quantize(x).dequantize() - x).square().mean().sqrt())
        assert error == pytest.approx(expected, rel=0.01)


def test_an_importance_lowers_the_error_that_it_weighs() -> None:
    weight, weigh = weights("normal", 64), importance() ** 3
    for name in set(TYPES) - {"q8_0"}:
        plain, weighed = (
            float(((TYPES[name].quantize(weight, each).dequantize() - weight).square() * weigh).sum())
            for each in (None, weigh)
        )
        assert weighed < plain, name


def test_rows_that_do_not_fit_and_numbers_that_are_none() -> None:
    with pytest.raises(NotApplicableError, match="576 weights cannot be cut into blocks of 256"):
        FORMATS["q4_k"].quantize(torch.zeros(2, 576))
    with pytest.raises(NotApplicableError, match="no numbers"):
        FORMATS["q4_0"].quantize(torch.full((2, 32), torch.nan))
    with pytest.raises(NotApplicableError, match="float16"):
        FORMATS["q4_0"].quantize(torch.full((2, 32), 1e6))


@settings(max_examples=30)
@given(st.sampled_from([(1, 32), (2, 32), (4, 64), (4, 16), (8, 32)]), st.integers(0, 999))
def test_planes_hold_every_bit(shape: tuple[int, int], seed: int) -> None:
    plane = Plane(*shape)
    codes = torch.randint(0, 2**plane.bits, (3, 256), generator=torch.Generator().manual_seed(seed), dtype=torch.int32)
    packed = plane.pack(codes)
    assert packed.shape == (3, plane.nbytes(256))
    assert torch.equal(plane.unpack(packed), codes)
    assert sorted(packed.unique().tolist()) == sorted(set(packed.flatten().tolist()))
    assert bits.pack(codes, plane.bits).numel() == packed.numel()


if __name__ == "__main__":
    for each in TYPES.values():
        both = [
            digest(np.concatenate([theirs(ggml(), each, weights(kind), weigh) for kind in KINDS]))
            for weigh in (None, importance())
        ]
        print(f'    "{each.name}": {tuple(both)},'.replace("'", '"'))
