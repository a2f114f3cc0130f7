"""The encoder-decoder equals transformers' T5 and BART; its memory is read whole, its decoder is causal."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError
from explorer.stack.embeddings.relative_buckets import RelativeBuckets, bucket
from explorer.stack.transformer.block import Pass
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.encoder_decoder import CrossAttention, EncoderDecoder, Memory
from explorer.stack.transformer.encoder_decoder_config import EncoderDecoderConfig
from explorer.stack.transformer.kv_cache import ContiguousCache

VOCAB = 60


def t5(**changed: Any) -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=VOCAB, d_model=24, d_kv=8, d_ff=40, num_layers=2, num_decoder_layers=3, num_heads=4,
        relative_attention_num_buckets=8, relative_attention_max_distance=20, **changed,
    )  # fmt: skip
    return T5ForConditionalGeneration(config)


def bart(**changed: Any) -> Any:
    from transformers import BartConfig, BartForConditionalGeneration

    config = BartConfig(
        vocab_size=VOCAB, d_model=24, encoder_layers=2, decoder_layers=3, encoder_ffn_dim=40, decoder_ffn_dim=32,
        encoder_attention_heads=4, decoder_attention_heads=3, max_position_embeddings=40, **changed,
    )  # fmt: skip
    return BartForConditionalGeneration(config)


KINDS = {
    "t5": lambda: t5(),
    "t5 1.1": lambda: t5(feed_forward_proj="gated-gelu", tie_word_embeddings=False),
    "bart": lambda: bart(),
    "bart, scaled embedding": lambda: bart(scale_embedding=True),
}


@pytest.fixture(scope="module", params=KINDS)
def pair(request: pytest.FixtureRequest) -> tuple[Any, EncoderDecoder]:
    """Theirs with random weights, large enough to matter, biases and norms too; ours on the same ones."""
    with torch.random.fork_rng():
        torch.manual_seed(5)
        theirs = KINDS[request.param]().eval()
        with torch.no_grad():
            for name, parameter in theirs.named_parameters():
                if parameter.ndim > 1 or "bias" in name:
                    parameter.normal_(std=0.2)
                else:
                    parameter.uniform_(0.5, 1.5)
    return theirs, EncoderDecoder.from_pretrained(theirs)


def ids(rows: int, length: int, seed: int) -> Tensor:
    return torch.randint(2, VOCAB, (rows, length), generator=torch.Generator().manual_seed(seed))


SOURCE, TARGET = ids(2, 30, 0), ids(2, 11, 1)  # 30: far enough for the shared buckets


@pytest.mark.parametrize("kernel", ["sdpa", "eager"])
def test_parity_with_transformers(pair: tuple[Any, EncoderDecoder], kernel: Any) -> None:
    theirs, ours = pair
    with torch.inference_mode():
        expected = theirs(SOURCE, decoder_input_ids=TARGET)
        memory = ours.encode(SOURCE, kernel=kernel)
        logits = ours(SOURCE, TARGET, kernel=kernel)
    assert float((memory.states - expected.encoder_last_hidden_state).abs().max()) < 1e-5
    assert float(expected.logits.std()) > 0.1
    assert float((logits - expected.logits).abs().max()) < 1e-5


def test_parity_with_padding(pair: tuple[Any, EncoderDecoder]) -> None:
    theirs, ours = pair
    seen = torch.ones_like(SOURCE)
    seen[1, 18:] = 0
    positions = torch.arange(30).expand(2, -1).where(seen.bool(), -1)
    with torch.inference_mode():
        expected = theirs(SOURCE, attention_mask=seen, decoder_input_ids=TARGET).logits
        assert float((ours(SOURCE, TARGET, positions) - expected).abs().max()) < 1e-5


def test_token_by_token_equals_all_at_once(pair: tuple[Any, EncoderDecoder]) -> None:
    _, ours = pair
    with torch.inference_mode():
        memory, cache = ours.encode(SOURCE), ContiguousCache(ours.config.decoder, 2, TARGET.shape[1])
        steps = [ours.decode(TARGET[:, :4], memory, cache)]
        steps += [ours.decode(TARGET[:, i : i + 1], memory, cache) for i in range(4, TARGET.shape[1])]
        assert float((torch.cat(steps, 1) - ours(SOURCE, TARGET)).abs().max()) < 1e-5


def test_the_source_is_seen_whole_and_the_target_is_not(pair: tuple[Any, EncoderDecoder]) -> None:
    _, ours = pair
    other_source, other_target = SOURCE.clone(), TARGET.clone()
    other_source[:, -1] = (SOURCE[:, -1] + 1) % VOCAB
    other_target[:, 6] = (TARGET[:, 6] + 1) % VOCAB
    with torch.inference_mode():
        plain = ours(SOURCE, TARGET)
        assert bool(((ours.encode(other_source).states - ours.encode(SOURCE).states).abs().amax(-1) > 0).all())
        assert bool(((ours(other_source, TARGET) - plain).abs().amax(-1) > 0).all())
        changed = (ours(SOURCE, other_target) - plain).abs().amax(-1)
    assert float(changed[:, :6].max()) < 1e-6
    assert bool((changed[:, 6:] > 1e-4).all())


def test_cross_attention_can_be_watched(pair: tuple[Any, EncoderDecoder]) -> None:
    theirs, ours = pair
    seen: list[Tensor] = []
    hooks: list[Any] = [("decoder.blocks.1.cross.hook_pattern", lambda t, hook: seen.append(t))]
    theirs.set_attn_implementation("eager")
    with torch.inference_mode():
        ours.run_with_hooks(SOURCE, TARGET, fwd_hooks=hooks)
        expected = theirs(SOURCE, decoder_input_ids=TARGET, output_attentions=True).cross_attentions[1]
    assert float((seen[0] - expected).abs().max()) < 1e-5


def test_cross_attention_by_hand() -> None:
    """One head of one number. Query 1, source 0 and ln 3: scores 0 and ln 3, shares 1/4 and 3/4 of 0 and ln 3."""
    config = DecoderConfig(1, 1, 1, 1, 1, 1, 4, 8, positions="none", attention_scale=1.0)
    cross = CrossAttention(config, 0)
    for linear in (cross.W_Q, cross.W_K, cross.W_V, cross.W_O):
        linear.weight.data.fill_(1.0)
    memory = Memory(torch.tensor([[[0.0], [math.log(3)]]]), torch.tensor([[0, 1]]))
    z = cross(torch.ones(1, 1, 1), memory, Pass(torch.tensor([[0]])))
    assert z.item() == pytest.approx(0.75 * math.log(3), abs=1e-6)


@given(st.integers(2, 16), st.integers(17, 200), st.booleans())
@settings(max_examples=30)
def test_buckets_are_t5s(half: int, longest: int, causal: bool) -> None:
    from transformers.models.t5.modeling_t5 import T5Attention

    distances = torch.arange(-300, 301)
    theirs = T5Attention._relative_position_bucket(distances, not causal, 4 * half, 2 * longest)
    assert torch.equal(bucket(distances, 4 * half, 2 * longest, causal), theirs)


def test_the_bias_depends_on_distance_alone() -> None:
    table = RelativeBuckets(3, 8, 20)
    table.weight.data.normal_(generator=torch.Generator().manual_seed(0))
    near, far = torch.arange(6)[None], torch.arange(100, 106)[None]
    assert torch.equal(table(near, near), table(far, far))
    assert not torch.equal(table(near, near), table(near, far))


def test_what_cannot_be_put_together() -> None:
    from transformers import GPT2Config

    stack = DecoderConfig(1, 8, 2, 2, 4, 16, 10, 16, positions="none")
    with pytest.raises(BadRequestError, match="causal"):
        EncoderDecoderConfig(stack, stack)
    with pytest.raises(BadRequestError, match="positions"):
        EncoderDecoderConfig(
            DecoderConfig(1, 8, 2, 2, 4, 16, 10, 16, causal=False), DecoderConfig(1, 8, 2, 2, 4, 16, 10, 16)
        )
    with pytest.raises(NotApplicableError, match="gpt2"):
        EncoderDecoderConfig.from_hf(GPT2Config())
    theirs = bart()
    state = dict(theirs.state_dict())
    state["final_logits_bias"] = torch.ones_like(state["final_logits_bias"])
    with pytest.raises(NotApplicableError, match="bias"):
        EncoderDecoder.from_pretrained(theirs.config, state)
    del state["model.shared.weight"]
    state["final_logits_bias"].zero_()
    with pytest.raises(NotApplicableError, match=r"model\.shared\.weight"):
        EncoderDecoder.from_pretrained(theirs.config, state)
