"""The fused step against the decoder from scratch, weight format by weight format, and its team of threads."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from explorer.errors import NotApplicableError
from explorer.stack.inference.engine import Engine
from explorer.stack.inference.fused_decode import FusedDecoder
from explorer.stack.inference.fused_team import Team, compiled, share
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder
from explorer.stack.transformer.kv_cache import ContiguousCache
from explorer.stack.transformer.linear import eight_bits, four_bits, row_bits

if TYPE_CHECKING:
    from explorer.zoo import Model

LLAMA: dict[str, Any] = {}
#: Norms of queries and keys, norms after the sublayers, a window in every other layer, GELU, a scaled embedding.
GEMMA: dict[str, Any] = {
    "qk_norm": True, "placement": "sandwich", "activation": "gelu_tanh", "windows": (5, None), "embed_scale": 8.0,
    "norm_offset": 1.0,
}  # fmt: skip
IDS = [7, 3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]


def decoder(**settings: Any) -> Decoder:
    """Two layers; the sizes are no multiples of a tile, and the three heads share one pair of keys and values."""
    torch.manual_seed(0)
    made = Decoder(DecoderConfig(2, 96, 3, 1, 32, 160, 70, 64, **settings))
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.15)
    return made.eval().requires_grad_(False)


def rounded(made: Decoder, fmt: str) -> Decoder:
    """The decoder with every matrix replaced by what the format keeps of it."""
    keeps = {
        "float32": lambda w: w,
        "bfloat16": lambda w: w.bfloat16().float(),
        "int8": lambda w: row_bits(w).weight(),
        "int4": lambda w: four_bits(w).weight(),
    }
    twin = copy.deepcopy(made)
    for name, linear in twin.named_modules():
        if isinstance(linear, torch.nn.Linear):
            keep = (lambda w: eight_bits(w).weight()) if (name, fmt) == ("unembed", "int4") else keeps[fmt]
            linear.weight = torch.nn.Parameter(keep(linear.weight.detach().clone()), requires_grad=False)
    return twin


def steps(made: Decoder, fast: FusedDecoder, ids: list[int], prompt: int) -> torch.Tensor:
    """Logits of every token after the prompt, one step each."""
    cache = ContiguousCache(made.config, 1, len(ids))
    with torch.inference_mode():
        made(torch.tensor([ids[:prompt]]), cache=cache, last_only=True)
        return torch.cat([fast(torch.tensor([[token]]), cache=cache)[0] for token in ids[prompt:]])


@pytest.mark.parametrize("settings", [LLAMA, GEMMA], ids=["llama", "gemma"])
@pytest.mark.parametrize("fmt", ["float32", "bfloat16", "int8", "int4"])
def test_equal_to_the_decoder_with_rounded_weights(fmt: Any, settings: dict[str, Any]) -> None:
    plain = decoder(**settings)
    if fmt == "int4":
        plain = rounded(plain, fmt)  # the prompt's keys and values too
    twin = rounded(plain, fmt)
    got = steps(twin, FusedDecoder(plain, fmt, capacity=4), IDS, 3)
    with torch.inference_mode():
        want = twin(torch.tensor([IDS]))[0, 3:]
    assert float((got - want).abs().max()) < 1e-4 * float(want.abs().max())


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_any_team_gives_the_same_and_a_second_text_begins_anew(threads: int) -> None:
    plain = decoder()
    fast = FusedDecoder(plain, "float32", threads=threads)
    first = steps(plain, fast, IDS, 3)
    steps(plain, fast, IDS[::-1], 5)
    assert torch.equal(steps(plain, fast, IDS, 3), first)


def test_no_team_is_larger_than_torchs() -> None:
    """A process whose threads are bounded bounds the team as well."""
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(1)
        assert FusedDecoder(decoder()).threads == FusedDecoder(decoder(), threads=3).threads == 1
    finally:
        torch.set_num_threads(before)


def test_greedy_text_of_the_real_model(model: Model) -> None:
    """Its stored 4-bit weights come back exactly: no format but 8 bits a row and bfloat16 may change anything."""
    ids = model.vocabulary.encode("The capital of France is")
    (want,) = Engine(model.decoder).generate([ids], 12)
    for fmt in ("float32", "int4"):
        fast = FusedDecoder(model.decoder, fmt)
        (made,) = Engine(fast).generate([ids], 12)
        assert made.new_ids == want.new_ids
        assert made.logprobs == pytest.approx(want.logprobs, abs=1e-4)
    assert fast.nbytes < 0.2 * sum(p.numel() for p in model.decoder.parameters()) * 4


def test_called_like_the_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prompt, a batch and other caches are the decoder's; the next few tokens of one row are not."""
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
        (1, 2),
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
