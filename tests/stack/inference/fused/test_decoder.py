"""The fused step against the decoder from scratch, weight format by weight format, and its team of threads."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.stack.inference.decoding.engine import Engine
from explorer.stack.inference.fused.decoder import MOST_PACKED_TOKENS, FusedDecoder, in_format
from explorer.stack.inference.fused.integers import multiplies_bytes
from explorer.stack.inference.fused.team import Team, compiled, share
from explorer.stack.systems.quantization.format import Packed
from explorer.stack.systems.quantization.formats import FORMATS
from explorer.stack.systems.quantization.matrices import matrices, packed_in, quantized
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache
from tests.stack.inference.fused.test_weights import TWO_BYTES
from tests.tiers import spread

if TYPE_CHECKING:
    from explorer.zoo import Model

LLAMA: dict[str, Any] = {"tied": False}
#: Norms of queries and keys, norms after the sublayers, a window in every other layer, GELU, a scaled embedding.
GEMMA: dict[str, Any] = {
    "qk_norm": True, "placement": "sandwich", "activation": "gelu_tanh", "windows": (5, None), "embed_scale": 8.0,
    "norm_offset": 1.0,
}  # fmt: skip
IDS = [7, 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]


def decoder(**settings: Any) -> Decoder:
    """Two layers; the vocabulary is no multiple of a tile, and the two heads share one pair of keys and values."""
    torch.manual_seed(0)
    made = Decoder(DecoderConfig(2, 64, 2, 1, 32, 128, 70, 64, **settings))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    return made.eval().requires_grad_(False)


def steps(fast: FusedDecoder, ids: list[int], prompt: int) -> torch.Tensor:
    """Logits of a prompt read at once and of every token after it, one step each."""
    cache = ContiguousCache(fast.config, 1, len(ids))
    with torch.inference_mode():
        read = fast(torch.tensor([ids[:prompt]]), cache=cache)[0]
        return torch.cat([read, *(fast(torch.tensor([[token]]), cache=cache)[0] for token in ids[prompt:])])


def parity(plain: Decoder, weights: Any, packed: dict[str, Packed]) -> None:
    """Levels in two bytes (see `fused.integers`) are off by a quarter of what float16 rows would cost."""
    coarse = multiplies_bytes() and any(each.format.name.startswith(TWO_BYTES) for each in packed.values())
    twin = quantized(plain, packed)
    got = steps(FusedDecoder(plain, weights, capacity=4), IDS, 3)
    with torch.inference_mode():
        want = twin(torch.tensor([IDS]))[0]
    assert float((got - want).abs().max()) < (5e-4 if coarse else 1e-4) * float(want.abs().max())


@pytest.mark.parametrize("settings", [LLAMA, pytest.param(GEMMA, marks=pytest.mark.thorough)], ids=["llama", "gemma"])
@pytest.mark.parametrize("name", spread(["float32", "bf16", "int8", "q4_1"], 4))
def test_equal_to_the_decoder_on_packed_matrices(name: str, settings: dict[str, Any]) -> None:
    plain = decoder(**settings)
    parity(plain, name, in_format(plain, name))


def test_a_prompt_that_is_unpacked_for_and_one_read_in_steps_are_the_same() -> None:
    plain, ids = decoder(), [*IDS * 4][: MOST_PACKED_TOKENS + 2]
    fast = FusedDecoder(plain, "int4")
    want = quantized(plain, in_format(plain, "int4"))(torch.tensor([ids]))[0]
    for prompt in (MOST_PACKED_TOKENS, MOST_PACKED_TOKENS + 1):
        assert torch.allclose(steps(fast, ids, prompt), want, atol=1e-4 * float(want.abs().max()))


@pytest.mark.parametrize("name", spread(FORMATS, 12))
def test_every_format_that_has_a_number_for_each_weight(name: str) -> None:
    plain, fmt = decoder(), FORMATS[name]
    if fmt.misfit(64) or fmt.misfit(128):
        pytest.skip(f"{fmt.title} does not fit rows of 64")
    packed = packed_in(plain, fmt)
    if fmt.vector > 1:
        with pytest.raises(NotApplicableError, match="single numbers"):
            FusedDecoder(plain, packed)
    else:
        parity(plain, packed, packed)


def test_a_plan_of_many_formats() -> None:
    """Layer by layer and matrix by matrix another, some not packed at all."""
    plain, names = decoder(), itertools.cycle(["int8", "nf4", "int4_affine", None, "fp8_e4m3", "bf16", "int3"])
    packed = {
        each.name: FORMATS[name].quantize(each.weight)
        for each, name in zip(matrices(plain), names, strict=False)
        if name is not None
    }
    parity(plain, packed, packed)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_team_gives_the_same_and_a_second_text_begins_anew(threads: int) -> None:
    plain = decoder()
    fast = FusedDecoder(plain, "float32", threads=threads)
    first = steps(fast, IDS, 3)
    steps(fast, IDS[::-1], 5)
    assert torch.equal(steps(fast, IDS, 3), first)


def test_no_team_is_larger_than_torchs() -> None:
    """A process whose threads are bounded bounds the team as well."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        assert FusedDecoder(decoder()).threads == FusedDecoder(decoder(), threads=3).threads == 1
    finally:
        torch.set_num_threads(before)


@pytest.mark.thorough
def test_greedy_text_of_the_real_model(model: Model) -> None:
    """Its stored 4-bit weights come back exactly: neither format may change anything."""
    ids = model.vocabulary.encode("The capital of France is")
    (want,) = Engine(model.decoder).generate([ids], 12)
    for name in ("float32", "q4_1"):
        fast = FusedDecoder(model.decoder, name)
        (made,) = Engine(fast).generate([ids], 12)
        assert made.new_ids == want.new_ids
        assert made.logprobs == pytest.approx(want.logprobs, abs=1e-4)
    assert fast.nbytes < 0.2 * sum(p.numel() for p in model.decoder.parameters()) * 4


def test_called_like_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long prompt, a batch and other caches are the decoder's; the next few tokens of one row are not."""
    plain = decoder()
    fast, handed_on = FusedDecoder(plain), []

    class Watched:
        def __call__(self, ids: torch.Tensor, *args: Any, **settings: Any) -> torch.Tensor:
            handed_on.append(ids.shape)
            return plain(ids, *args, **settings)

    monkeypatch.setattr(fast, "decoder", Watched())
    with torch.inference_mode():
        ids = torch.tensor([IDS])
        want = plain(ids)
        cache = ContiguousCache(plain.config, 1, len(IDS))
        parts = [fast(ids[:, :2], cache=cache), fast(ids[:, 2:5], cache=cache), fast(ids[:, 5:], cache=cache)]
        assert torch.allclose(torch.cat(parts, 1), want, atol=1e-4)
        cache.truncate(3)
        again = fast(ids[:, 3:6], torch.arange(3, 6)[None], cache, last_only=True)
        assert torch.allclose(again, want[:, 5:6], atol=1e-4)
        batch = ContiguousCache(plain.config, 2, 8)
        for step in range(2):
            fast(ids[:, step : step + 1].repeat(2, 1), cache=batch)
        halved = ContiguousCache(plain.config, 1, 8, dtype=torch.bfloat16)
        for step in range(2):
            fast(ids[:, step : step + 1], cache=halved)
        fast(ids)
    assert handed_on == [
        *([(1, len(IDS) - 5)] if len(IDS) > 9 else []),
        (2, 1),
        (2, 1),
        (1, 1),
        (1, 1),
        ids.shape,
    ]


@pytest.mark.parametrize(
    ("settings", "what"),
    [({"norm": "layer"}, "its norm"), ({"score_cap": 50.0}, "capped"), ({"attention_bias": True}, "biases")],
)
def test_what_it_is_not_written_for_is_refused(settings: dict[str, Any], what: str) -> None:
    with pytest.raises(NotApplicableError, match=what):
        FusedDecoder(decoder(**settings))


def test_a_share_for_everyone() -> None:
    for n in range(20):
        for size in range(1, 6):
            shares = [share(n, member, size) for member in range(size)]
            assert [at for first, last in shares for at in range(first, last)] == list(range(n))


def test_a_member_that_fails_lets_nobody_wait() -> None:
    @compiled
    def out_of_bounds(values: Any, gate: Any, member: Any, size: Any) -> None:
        if member == 0:
            raise IndexError("none")

    team = Team(2)
    with pytest.raises(IndexError):
        team.run(out_of_bounds, np.zeros(2))


def test_a_cache_whose_rows_were_chosen_anew_is_read_where_it_lies_now() -> None:
    plain = decoder()
    fast, cache = FusedDecoder(plain, capacity=4), ContiguousCache(plain.config, 1, len(IDS))
    with torch.inference_mode():
        fast(torch.tensor([IDS[:3]]), cache=cache)
        for rows in ([0, 0], [1]):
            cache.reorder(torch.tensor(rows))
        got = fast(torch.tensor([[IDS[3]]]), cache=cache)[0, -1]
        assert torch.allclose(got, plain(torch.tensor([IDS[:4]]))[0, -1], atol=1e-4)
        assert not torch.equal(cache.keys[0, 0, 0, 3], torch.zeros(32))
