"""The bidirectional encoder equals transformers' BERT; every token reads both ways, and padding is read by nobody."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from explorer.errors import BadRequestError, NotApplicableError, PromptTooLongError
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.encoder import Encoder, mean_pooled
from explorer.stack.transformer.encoder_config import EncoderConfig

VOCAB = 60


def randomised(theirs: Any) -> Any:
    """Weights large enough to matter, biases and norms too."""
    with torch.no_grad():
        for name, parameter in theirs.named_parameters():
            if parameter.ndim > 1 or "bias" in name:
                parameter.normal_(std=0.2)
            else:
                parameter.uniform_(0.5, 1.5)
    return theirs.eval()


@pytest.fixture(scope="module")
def pair() -> tuple[Any, Encoder]:
    from transformers import BertConfig, BertForMaskedLM

    config = BertConfig(
        vocab_size=VOCAB, hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=40,
        max_position_embeddings=40,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(5)
        theirs = randomised(BertForMaskedLM(config))
    theirs.set_attn_implementation("eager")
    return theirs, Encoder.from_pretrained(theirs)


IDS = torch.randint(1, VOCAB, (2, 17), generator=torch.Generator().manual_seed(0))
SEGMENTS = (torch.arange(17)[None] > 8).long().expand(2, -1)
SEEN = torch.arange(17)[None] < torch.tensor([[17], [11]])


def test_parity_with_transformers(pair: tuple[Any, Encoder]) -> None:
    theirs, ours = pair
    with torch.inference_mode():
        expected = theirs(
            IDS, attention_mask=SEEN.long(), token_type_ids=SEGMENTS, output_attentions=True, output_hidden_states=True
        )
        read = ours.read(IDS, SEEN, SEGMENTS)
        logits = ours.fill(read.states)
        plain = ours(IDS, SEEN, SEGMENTS)
    assert read.hidden.shape == (4, 2, 17, 24)
    assert read.patterns.shape == (3, 2, 4, 17, 17)
    for row, n in enumerate((17, 11)):  # what stands on padding is read by nobody
        assert float((read.hidden[:, row, :n] - torch.stack(expected.hidden_states)[:, row, :n]).abs().max()) < 1e-5
        assert float((read.patterns - torch.stack(expected.attentions))[:, row, :, :n].abs().max()) < 1e-5
        assert float((logits - expected.logits)[row, :n].abs().max()) < 1e-5
        assert float((plain - read.states)[row, :n].abs().max()) < 1e-5
    assert float(expected.logits.std()) > 0.1
    assert float(read.patterns[:, 1, :, :, 11:].abs().max()) == 0
    assert float((read.patterns.sum(-1) - 1).abs().max()) < 1e-6


def test_the_plain_model_without_a_head(pair: tuple[Any, Encoder]) -> None:
    theirs, _ = pair
    ours = Encoder.from_pretrained(theirs.bert)
    with torch.inference_mode():
        assert float((ours(IDS) - theirs.bert(IDS).last_hidden_state).abs().max()) < 1e-5
        with pytest.raises(BadRequestError, match="no head"):
            ours.fill(ours(IDS))


@given(st.integers(1, 17), st.integers(0, 9), st.booleans())
@settings(max_examples=25)
def test_padding_changes_nothing_at_either_side(pair: tuple[Any, Encoder], n: int, padding: int, left: bool) -> None:
    _, ours = pair
    ids, empty = IDS[:1, :n], torch.full((1, padding), 7)
    seen = torch.ones(1, n, dtype=torch.bool)
    parts = (empty, ids) if left else (ids, empty)
    masks = (seen.new_zeros(1, padding), seen) if left else (seen, seen.new_zeros(1, padding))
    with torch.inference_mode():
        alone, padded = ours.read(ids), ours.read(torch.cat(parts, 1), torch.cat(masks, 1))
    at = slice(padding, None) if left else slice(0, n)
    assert float((padded.states[:, at] - alone.states).abs().max()) < 1e-5
    assert float((padded.pooled() - alone.pooled()).abs().max()) < 1e-5


def test_every_token_reads_both_ways(pair: tuple[Any, Encoder]) -> None:
    _, ours = pair
    for at in (0, 16):
        other = IDS.clone()
        other[:, at] = IDS[:, at] % (VOCAB - 1) + 1
        with torch.inference_mode():
            moved = (ours(other) - ours(IDS)).abs().amax(-1)
        assert bool((moved > 1e-5).all())


def test_embeddings_are_means_of_length_one(pair: tuple[Any, Encoder]) -> None:
    _, ours = pair
    with torch.inference_mode():
        made, read = ours.embedding(IDS, SEEN), ours.read(IDS, SEEN)
    by_hand = read.states[1, :11].mean(0)
    assert float((made[1] - by_hand / by_hand.norm()).abs().max()) < 1e-6
    assert made.norm(dim=-1).tolist() == pytest.approx([1, 1], abs=1e-6)
    assert torch.equal(mean_pooled(read.states[:1, :1], SEEN[:1, :1]), read.states[:1, 0])


def test_attention_by_hand() -> None:
    """One head of one number, no causal mask: keys 0 and ln 3 share the first token's attention as 1/4 and 3/4."""
    encoder = Encoder(
        EncoderConfig(
            DecoderConfig(
                1, 1, 1, 1, 1, 1, 3, 4, norm="layer", placement="post", positions="learned", gated=False, causal=False
            )
        )
    )
    assert [name for name, _ in encoder.named_parameters() if "bias" in name] == [
        "ln_embed.bias", "blocks.0.ln1.bias", "blocks.0.ln2.bias",
    ]  # fmt: skip
    from explorer.stack.transformer.block import Pass

    attn: Any = encoder.blocks[0].get_submodule("attn")
    for linear in (attn.W_Q, attn.W_K, attn.W_V, attn.W_O):
        linear.weight.data.fill_(1.0)
    kept: dict[int, Tensor] = {}
    at = Pass(torch.tensor([[0, 1]]), patterns=kept)
    z = attn(torch.tensor([[[1.0], [math.log(3) + 1]]]), at)
    assert kept[0][0, 0, 0].tolist() == pytest.approx([0.25, 0.75], abs=1e-6)
    assert z[0, 0, 0].item() == pytest.approx(0.25 + 0.75 * (math.log(3) + 1), abs=1e-6)


def test_what_cannot_be_put_together(pair: tuple[Any, Encoder]) -> None:
    from transformers import BertConfig, GPT2Config

    theirs, ours = pair
    with pytest.raises(BadRequestError, match="causal"):
        EncoderConfig(DecoderConfig(1, 8, 2, 2, 4, 16, 10, 16, positions="learned"))
    with pytest.raises(NotApplicableError, match="gpt2"):
        EncoderConfig.from_hf(GPT2Config())
    with pytest.raises(NotApplicableError, match="decoder"):
        EncoderConfig.from_hf(BertConfig(is_decoder=True))
    state = {name: tensor for name, tensor in theirs.state_dict().items() if "layer.1.output" not in name}
    with pytest.raises(NotApplicableError, match=r"layer\.1\.output"):
        Encoder.from_pretrained(theirs.config, state)
    with pytest.raises(BadRequestError, match="no token"):
        ours.read(IDS, torch.zeros_like(IDS, dtype=torch.bool))
    with pytest.raises(PromptTooLongError, match="40"):
        ours.read(torch.ones(1, 41, dtype=torch.long))
