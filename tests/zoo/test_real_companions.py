"""The companions themselves: equal to transformers on the same weights, and good at what they are for.

The weights of MiniLM are downloaded if need be; those of the others are used where they lie in the cache already, or
where EXPLORER_TEST_COMPANIONS asks for them.
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from explorer import zoo
from explorer.errors import (
    BadRequestError,
    SourceMissingError,
)
from explorer.zoo import loading
from explorer.zoo.card import read_card, shelf_folder
from explorer.zoo.companions import open_card
from explorer.zoo.speech_model import Heard, SpeechModel
from explorer.zoo.text_encoder import TextEncoder
from explorer.zoo.vision_encoder import VisionEncoder, sample_pictures


def real(name: str, download: bool = False) -> Any:
    card = zoo.find(name)
    if not (download or zoo.is_cached(card) or os.environ.get("EXPLORER_TEST_COMPANIONS")):
        pytest.skip(f"{name} is not cached: `python -m explorer fetch {name}`, or set EXPLORER_TEST_COMPANIONS=1")
    try:
        return open_card(card) if zoo.is_cached(card) else (zoo.fetch(card), open_card(card))[1]
    except SourceMissingError as error:
        pytest.skip(f"{name} could not be downloaded: {error.message}")


def folder_of(name: str) -> Path:
    folder = loading.converted_folder(zoo.find(name))
    assert folder is not None
    return folder


def test_minilm_equals_transformers() -> None:
    from transformers import AutoTokenizer, BertModel

    ours: TextEncoder = real("minilm-l6", download=True)
    theirs: Any = BertModel.from_pretrained(folder_of("minilm-l6"), attn_implementation="eager")
    texts = ["The bank of the river was steep.", "The bank raised its interest rates, unsurprisingly."]
    read = ours.read(texts)
    tokenizer: Any = AutoTokenizer.from_pretrained(folder_of("minilm-l6"))
    batch = tokenizer(texts, return_tensors="pt", padding=True)
    assert batch["input_ids"].tolist() == read.ids.tolist()
    with torch.inference_mode():
        expected = theirs(**batch, output_hidden_states=True, output_attentions=True)
    for i in range(2):
        n = len(read.tokens[i])
        hidden, patterns = torch.stack(expected.hidden_states), torch.stack(expected.attentions)
        assert float((read.hidden(i) - hidden[:, i, :n]).abs().max()) < 1e-5
        assert float((read.pattern(i) - patterns[:, i, :, :n, :n]).abs().max()) < 1e-5


def test_minilm_knows_what_is_alike() -> None:
    ours: TextEncoder = real("minilm-l6", download=True)
    likeness = ours.similarity(["A man eats food.", "Someone is having a meal.", "Shares fell sharply in London."])
    assert likeness[0, 1] > 0.5 > 0.2 > likeness[0, 2]
    with pytest.raises(BadRequestError, match="no head"):
        ours.model.fill(ours.read(["a [MASK] b"]).encoded.states)


@pytest.mark.thorough
def test_dinov2_equals_transformers() -> None:
    """In float64 within 1e-5; in float32, where transformers itself is 4e-5 off, within 1e-5 of the largest number."""
    from transformers import Dinov2Model

    ours: VisionEncoder = real("dinov2-small")
    theirs: Any = Dinov2Model.from_pretrained(folder_of("dinov2-small"), attn_implementation="eager")
    view = ours.look(sample_pictures()["cat"])
    pixels = view.picture.pixels
    with torch.inference_mode():
        expected = theirs(pixels).last_hidden_state
        fine, finely = copy.deepcopy(ours.model).double(), theirs.double()
        looked, precise = fine.look(pixels.double()), finely(pixels.double(), output_attentions=True)
    assert view.looked.grid == (16, 16)
    assert float((view.looked.states - expected).abs().max()) < 1e-5 * float(expected.abs().max())
    assert float((looked.states - precise.last_hidden_state).abs().max()) < 1e-5
    assert float((looked.patterns - torch.stack(precise.attentions)).abs().max()) < 1e-5


def test_moonshine_hears_dickens() -> None:
    ours: SpeechModel = real("moonshine-tiny")
    heard: Heard = ours.hear(ours.sample)
    assert heard.text.lower().startswith("it was the best of times")
    assert "foolishness" in heard.text
    assert heard.cross.shape[:2] == (6, 8)
    assert float((heard.cross.sum(-1) - 1).abs().max()) < 1e-5
    # The words were heard in the order in which they were said; each sentence begins with "It" behind a pause.
    at = np.array(heard.word_seconds)
    assert bool((np.diff(at) >= 0).all())
    begins = [second for word, second in zip(heard.words, at, strict=True) if word.text == "It"]
    assert begins == pytest.approx([0.4, 3.0, 4.9, 6.6], abs=0.5)


def test_cards_of_the_real_ones_are_true() -> None:
    for name in ("minilm-l6", "dinov2-small", "moonshine-tiny"):
        card = read_card(shelf_folder() / name / "model.toml")
        assert card.weights is not None
        if zoo.is_cached(card):
            from safetensors import safe_open

            with safe_open(folder_of(name) / "model.safetensors", "pt") as tensors:
                sizes = [np.prod(tensors.get_slice(key).get_shape()) for key in tensors.keys() if "_ids" not in key]  # noqa: SIM118
            assert sum(sizes) == card.parameters
            assert json.loads((folder_of(name) / "config.json").read_text())["architectures"] == [card.architecture]
