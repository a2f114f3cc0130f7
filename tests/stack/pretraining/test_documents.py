"""Rows of documents: by hand, against transformers' attention, and properties of any row."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from explorer.stack.pretraining.documents import BEGIN, counts, document_of, over_borders, reads, within
from explorer.stack.transformer.config import DecoderConfig
from explorer.stack.transformer.decoder import Decoder

CONFIG = DecoderConfig(
    n_layers=2, d_model=16, n_heads=2, n_kv_heads=2, d_head=8, d_mlp=24, d_vocab=9, n_ctx=32, tied=False
)


def decoder() -> Decoder:
    return Decoder(CONFIG).initialise(torch.Generator().manual_seed(0)).eval()


ROWS = st.lists(st.lists(st.integers(1, 8), min_size=1, max_size=5), min_size=1, max_size=4)


def row_of(documents: list[list[int]], padding: int = 0) -> Tensor:
    return torch.tensor([[each for one in documents for each in (BEGIN, *one)] + [BEGIN] * padding])


@given(ROWS)
def test_a_document_reads_as_many_pairs_as_it_has(documents: list[list[int]]) -> None:
    row = row_of(documents)
    pairs = sum((len(one) + 1) * (len(one) + 2) // 2 for one in documents)
    places = row.shape[1]
    assert int(reads(row).sum()) == pairs
    assert over_borders(row) == places * (places + 1) // 2 - pairs
    assert document_of(row)[0].max() == len(documents) - 1


@given(ROWS, st.integers(1, 4))
def test_every_token_and_every_end_is_a_target(documents: list[list[int]], padding: int) -> None:
    """The mark behind the last document is its end; padding behind it is none."""
    inside = sum(len(one) for one in documents)
    assert int(counts(row_of(documents, padding)).sum()) == inside + len(documents)


@torch.no_grad()
def test_a_document_costs_what_it_costs_alone() -> None:
    model, documents = decoder(), [[3, 4, 5], [6, 7], [8, 1, 2, 3]]
    row = row_of(documents)
    together = model(row, kernel=within(row))
    at = 0
    for one in documents:
        alone = model(row_of([one]))
        assert torch.allclose(together[:, at : at + alone.shape[1]], alone, atol=1e-5)
        at += alone.shape[1]
    assert not torch.allclose(model(row)[:, 4:], together[:, 4:], atol=1e-5)  # without the mask it does not


@torch.no_grad()
def test_the_mask_is_the_one_that_transformers_takes() -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    model, row = decoder(), row_of([[3, 4, 5], [6, 7]])
    config = LlamaConfig(**model.hf_config(), attn_implementation="eager")  # pyright: ignore[reportArgumentType]
    theirs = LlamaForCausalLM(config).eval()
    theirs.load_state_dict(model.hf_state_dict())
    added = torch.zeros(reads(row).shape).masked_fill(~reads(row), torch.finfo(torch.float32).min)
    said = theirs(row, attention_mask=added, position_ids=torch.arange(row.shape[1])[None]).logits
    assert torch.allclose(said, model(row, kernel=within(row)), atol=1e-5)
