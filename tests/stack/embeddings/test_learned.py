"""Learned positions equal GPT-2's and OPT's tables; the token embedding equals Gemma's scaled one."""

from __future__ import annotations

import pytest
import torch

from explorer.errors import PromptTooLongError
from explorer.stack.embeddings.learned import LearnedPositions
from explorer.stack.embeddings.token_embedding import TokenEmbedding


def test_rows_are_gpt2s() -> None:
    from transformers import GPT2Config, GPT2Model

    gpt2 = GPT2Model(GPT2Config(vocab_size=11, n_positions=16, n_embd=8, n_layer=0, n_head=2)).eval()
    table, embed = LearnedPositions(16, 8), TokenEmbedding(11, 8)
    table.load_state_dict(gpt2.wpe.state_dict())
    embed.load_state_dict(gpt2.wte.state_dict())
    ids, positions = torch.tensor([[3, 1, 4]]), torch.tensor([[0, 1, 2]])
    with torch.inference_mode():
        seen = gpt2.ln_f(embed(ids) + table(positions))
        torch.testing.assert_close(seen, gpt2(ids).last_hidden_state)


def test_offset_is_opts() -> None:
    from transformers.models.opt.modeling_opt import OPTLearnedPositionalEmbedding

    theirs = OPTLearnedPositionalEmbedding(6, 4)
    table = LearnedPositions(6, 4, offset=2)
    table.load_state_dict(theirs.state_dict())
    positions = torch.tensor([[0, 3, 5]])
    assert torch.equal(table(positions), theirs(torch.ones(1, 3, dtype=torch.long), position_ids=positions))
    assert table.n_ctx == 6


def test_past_the_table_says_so() -> None:
    table = LearnedPositions(4, 2)
    with pytest.raises(PromptTooLongError) as caught:
        table(torch.tensor([3, 4]))
    assert caught.value.facts == {"tokens": 5, "limit": 4}
    assert torch.equal(table(torch.tensor([-1])), table(torch.tensor([0])))  # padding


def test_scale_is_gemmas() -> None:
    from transformers.models.gemma3.modeling_gemma3 import Gemma3TextScaledWordEmbedding

    theirs = Gemma3TextScaledWordEmbedding(7, 8, padding_idx=0, embed_scale=8**0.5)
    for dtype in (torch.float32, torch.bfloat16):
        theirs = theirs.to(dtype)
        ours = TokenEmbedding(7, 8, scale=8**0.5).to(dtype)
        ours.load_state_dict({"weight": theirs.weight})
        assert torch.equal(ours(torch.arange(7)), theirs(torch.arange(7)))


def test_the_generator_decides_the_table() -> None:
    tables = [LearnedPositions(4, 2, generator=torch.Generator().manual_seed(s)).weight for s in (1, 1, 2)]
    assert torch.equal(tables[0], tables[1])
    assert not torch.equal(tables[0], tables[2])
