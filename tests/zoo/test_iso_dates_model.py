"""The encoder-decoder of the shelf: transformers and the explorer's own compute the same, and it does its task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer.corpora.iso_dates import rewrite
from explorer.stack.transformer.encoder_decoder import EncoderDecoder
from explorer.stack.transformer.writing import write
from explorer.zoo.card import read_card, shelf

FOLDER = Path(__file__).parents[2] / "models" / "iso-dates"
SOURCE = "On the 14th of March 1823 the ship left Boston with twenty-three men."


@pytest.fixture(scope="module")
def theirs() -> Any:
    from transformers import T5ForConditionalGeneration

    model: Any = T5ForConditionalGeneration.from_pretrained(FOLDER, dtype=torch.float32)
    return model.eval()


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(FOLDER)


def test_equal_logits(theirs: Any, tokenizer: Any) -> None:
    ids, read = tokenizer(SOURCE, return_tensors="pt").input_ids, tokenizer(rewrite(SOURCE)).input_ids
    read = torch.tensor([[0, *read]])
    with torch.inference_mode():
        expected = theirs(ids, decoder_input_ids=read).logits
        logits = EncoderDecoder.from_pretrained(theirs)(ids, read)
    assert float((logits - expected).abs().max()) < 1e-5 * float(expected.abs().max())


def test_it_does_its_task_and_looks_where_it_copies_from(theirs: Any, tokenizer: Any) -> None:
    ids = tokenizer(SOURCE, return_tensors="pt").input_ids[0]
    made = write(EncoderDecoder.from_pretrained(theirs), ids, 64, start=0, end=tokenizer.eos_token_id)
    assert made.ended
    assert tokenizer.decode(made.ids[:-1]) == rewrite(SOURCE)
    tokens, source = tokenizer.convert_ids_to_tokens(made.ids.tolist()), tokenizer.convert_ids_to_tokens(ids.tolist())
    # Where a word is copied, some head of the last layer rests on it in the source.
    copied = [step for step, token in enumerate(tokens) if token.strip("Ġ").isalpha() and source.count(token) == 1]
    assert len(copied) > 6
    assert all(made.cross[-1, :, step, source.index(tokens[step])].max() > 0.8 for step in copied)
    # The month's two digits are read from its name, and the year, written first, from where it stands.
    year, at = tokens.index("1"), source.index("8") - 1
    assert all(made.cross[-1, :, year + n, at + n].max() > 0.8 for n in range(1, 4))
    name = [n for n in range(at) if "arch" in source[n]]
    assert all(made.cross[-1, :, year + n, name].sum(-1).max() > 0.8 for n in (5, 6))


def test_the_card_is_no_causal_model_and_names_what_was_measured() -> None:
    card = read_card(FOLDER / "model.toml")
    about = json.loads((FOLDER / "training.json").read_text())
    assert card.kind == "encoder-decoder"
    assert card.name not in shelf()
    assert about["held_out_scores"]["iso-dates exact"] > 0.9
    assert f"{100 * about['held_out_scores']['iso-dates exact']:.1f} %" in card.weights_note
