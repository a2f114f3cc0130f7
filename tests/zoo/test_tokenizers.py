"""The shelf of tokenizers: ids equal to the field's libraries' on ten thousand lines, decoding, offsets, specials."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import jaxtyping
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from explorer.errors import UnknownModelError
from explorer.stack.tokenization.text import utf8, well_formed
from explorer.stack.tokenization.tokenizer import Tokenizer
from explorer.zoo import tokenizers as shelf
from tests.tiers import spread
from tests.zoo import tokenizer_peers as peers
from tests.zoo.mixed_lines import NEWER, broken, lines

BYTE_LEVEL = ("gpt2", "cl100k", "o200k", "llama3")
"""Whose tokens are bytes, every one of them, and who change nothing: any bytes come back. SmolLM2 lacks six bytes."""
PREFIXED = ("llama2", "mistral", "xlmr")
"""Who put a space before a text."""
#: What the libraries say of "Hello world", so that a wrong file is noticed whatever else agrees.
KNOWN = {
    "gpt2": [15496, 995],
    "cl100k": [9906, 1917],
    "o200k": [13225, 2375],
    "llama2": [15043, 3186],
    "mistral": [22557, 1526],
    "llama3": [9906, 1917],
    "gemma3": [9259, 1902],
    "qwen2": [9707, 1879],
    "smollm2": [19556, 905],
    "minilm": [7592, 2088],
    "xlmr": [35378, 8999],
}


@pytest.fixture(autouse=True)
def unchecked() -> Iterator[None]:
    """No checking of shapes: a hundred thousand short texts are encoded."""
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", False)


def _ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """All texts in one call: between them stands a token of our own, and what is between two such is a text."""
    end, mark = b"\x00<end of line>\x00", 1 << 30
    apart = replace(tokenizer, specials={end: mark})
    found = apart.encode(end.join(map(utf8, texts)), allowed=[end]).ids
    return [each[each != mark].tolist() for each in np.split(found, np.flatnonzero(found == mark))]


@cache
def _lines(every: int = 1) -> tuple[str, ...]:
    return lines()[::every]


@pytest.mark.parametrize("name", spread(shelf.NAMES, 2))
def test_ids_are_the_librarys_on_ten_thousand_lines(name: str) -> None:
    texts = _lines()
    ours, theirs = _ids(shelf.load(name), texts), peers.ids(name, texts)
    wrong = [(text, a, b) for text, a, b in zip(texts, ours, theirs, strict=True) if a != b]
    assert not wrong, (len(wrong), wrong[0])


@pytest.mark.parametrize("name", spread(shelf.NAMES, 4))
def test_the_file_is_the_one_that_is_meant(name: str) -> None:
    tokenizer = shelf.load(name)
    assert tokenizer.encode("Hello world").ids.tolist() == KNOWN[name]
    assert len(tokenizer) == shelf.find(name).vocabulary


@pytest.mark.parametrize("name", spread(shelf.NAMES, 4))
def test_a_long_line_without_spaces(name: str) -> None:
    """A megabyte; the library, some of which are quadratic there, is asked about the first 20,000 characters."""
    word = "".join(_lines(3)).replace(" ", "").replace("\n", "")
    word = (well_formed(word) * 3)[: 20_000 if name != "minilm" else 90]
    tokenizer = shelf.load(name)
    if unicodedata.is_normalized("NFC", word):
        assert _ids(tokenizer, [word]) == peers.ids(name, [word])
    long = ("abcdefghij" * 100_000).encode()
    begun = time.perf_counter()
    found = tokenizer.encode(long)
    assert time.perf_counter() - begun < 20
    if name != "minilm":  # a word of over 100 characters is [UNK] there
        assert tokenizer.decode_bytes(found.ids) == long


@settings(max_examples=60)
@given(text=some.text(some.characters(max_codepoint=0x1F6FF, exclude_categories=("Cn", "Co", "Cs")), max_size=30))
@pytest.mark.parametrize("name", spread(["gpt2", "o200k", "llama2", "llama3", "smollm2", "gemma3"], 3))
def test_ids_are_the_librarys_on_any_text(name: str, text: str) -> None:
    assert [shelf.load(name).encode(text).ids.tolist()] == peers.ids(name, [text])


@pytest.mark.parametrize("name", BYTE_LEVEL)
def test_any_bytes_come_back(name: str) -> None:
    tokenizer = shelf.load(name)
    for data in (*broken(), *map(utf8, _lines(20)), bytes(range(256)), b""):
        found = tokenizer.encode(data)
        assert tokenizer.decode_bytes(found.ids) == data
        assert found.starts.tolist() == [0, *found.ends.tolist()][: len(found.ids)]


@settings(max_examples=60)
@given(data=some.binary(max_size=40))
@pytest.mark.parametrize("name", BYTE_LEVEL)
def test_any_bytes_come_back_in_general(name: str, data: bytes) -> None:
    tokenizer = shelf.load(name)
    assert tokenizer.decode_bytes(tokenizer.encode(data).ids) == data


@pytest.mark.parametrize("name", ["llama2", "gemma3", "mistral", "xlmr", "minilm"])
def test_bytes_that_are_no_text_are_read_as_replacement_characters(name: str) -> None:
    """As sentencepiece reads them: each byte by itself."""
    tokenizer = shelf.load(name)
    for data in broken(60):
        text = "".join("\ufffd" if "\udc80" <= c <= "\udcff" else c for c in data.decode("utf-8", "surrogateescape"))
        if name != "xlmr":  # whose map writes U+FFFD as a space, but not what stands for a byte
            assert tokenizer.encode(data).ids.tolist() == tokenizer.encode(text).ids.tolist()
        if name in peers.SENTENCEPIECE:
            assert tokenizer.encode(data).ids.tolist() == peers.of_sentencepiece(name).encode(data)


@pytest.mark.parametrize("name", ["llama2", "gemma3", "mistral"])
def test_byte_fallback_gives_texts_back(name: str) -> None:
    tokenizer = shelf.load(name)
    for text in map(well_formed, _lines(20)):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text.replace("▁", " ")


# ---- offsets ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", spread(peers.TOKENIZERS, 3))
def test_offsets_are_tokenizers(name: str) -> None:
    """Two differences are known, and kept out here. The space that is put before a text stands for nothing of it, while
    tokenizers gives it the first character's place. And é that was composed of e and an accent, or the e that is left
    of it, stands for both, while tokenizers gives it the place of e alone.
    """
    tokenizer = shelf.load(name)
    texts = [well_formed(text) for text in _lines(2)]
    if name in ("qwen2", "minilm"):
        texts = [each for each in texts if unicodedata.normalize("NFC", each) == each]
    if name == "minilm":  # nor what has a mark, of which some are newer than tokenizers' tables
        marked = (any(unicodedata.category(c)[0] == "M" for c in unicodedata.normalize("NFD", each)) for each in texts)
        texts = [each for each, has in zip(texts, marked, strict=True) if not has]
    assert len(texts) > 2000
    for text, peer in zip(texts, peers.of_tokenizers(name).encode_batch(texts, add_special_tokens=False), strict=True):
        found = tokenizer.encode(text)
        begins, ends = found.characters(text)
        skipped = int(name in PREFIXED and len(found.ids) > 0 and found.ends[0] == 0)
        assert list(zip(begins.tolist(), ends.tolist(), strict=True))[skipped:] == peer.offsets[skipped:], text


def test_offsets_are_sentencepieces() -> None:
    """In bytes; its places of single bytes are left out, of which it gives all to the last."""
    tokenizer, peer = shelf.load("xlmr"), peers.of_sentencepiece("xlmr")
    for text in map(well_formed, _lines(10)):
        found = tokenizer.encode(text)
        pieces = peer.encode(text, return_type="proto").pieces
        assert list(zip(found.starts.tolist(), found.ends.tolist(), strict=True)) == [(p.begin, p.end) for p in pieces]


# ---- special tokens --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gpt2", "cl100k", "o200k"])
def test_special_tokens_are_read_where_they_are_allowed_as_in_tiktoken(name: str) -> None:
    tokenizer, peer = shelf.load(name), peers.of_tiktoken(name)
    names = sorted(tokenizer.specials)
    assert {each.decode(): i for each, i in tokenizer.specials.items()} == {
        each: peer.encode_single_token(each) for each in peer.special_tokens_set
    }
    text = "a <|endoftext|>b<|fim_prefix|><|endofprompt|> <|endof<|endoftext|>text|>"
    for allowed in ((), names[:1], names):
        wanted = peer.encode(text, allowed_special={each.decode() for each in allowed}, disallowed_special=())
        assert tokenizer.encode(text, allowed=allowed).ids.tolist() == wanted


@pytest.mark.parametrize("name", peers.TOKENIZERS)
def test_special_tokens_are_text_unless_allowed_as_in_tokenizers(name: str) -> None:
    tokenizer, peer = shelf.load(name), peers.of_tokenizers(name)
    names = sorted(tokenizer.specials)[:40]
    text = "one " + " and ".join(each.decode() for each in names) + " two"
    try:
        assert tokenizer.encode(text).ids.tolist() == peer.encode(text, add_special_tokens=False).ids
        peer.encode_special_tokens = False
        found = tokenizer.encode(text, allowed=tokenizer.specials)
        assert found.ids.tolist() == peer.encode(text, add_special_tokens=False).ids
        assert {*tokenizer.specials.values()} >= {tokenizer.specials[each] for each in names}
        assert tokenizer.encode(text, frame=True, allowed=tokenizer.specials).ids.tolist() == peer.encode(text).ids
    finally:
        peer.encode_special_tokens = True


def test_a_special_tokens_place_in_the_text() -> None:
    tokenizer = shelf.load("llama2")
    found = tokenizer.encode("é</s>a", allowed=[b"</s>"], frame=True)
    assert found.ids.tolist() == [1, 904, 2, 263]
    assert (found.starts.tolist(), found.ends.tolist()) == ([0, 0, 2, 6], [0, 2, 6, 7])


# ---- what differs, and the shelf -------------------------------------------------------------------------------------


def test_marks_that_are_newer_than_tokenizers_tables() -> None:
    """tokenizers leaves them where they stand, Unicode orders them: the ids are tokenizers'."""
    text = f"a\u0301{NEWER[0]}\u0323"
    ours = shelf.load("qwen2")
    assert ours.decode(ours.encode(text).ids) != unicodedata.normalize("NFC", text)
    assert ours.encode(text).ids.tolist() == peers.of_tokenizers("qwen2").encode(text).ids


def test_another_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownModelError, match="Did you mean gpt2"):
        shelf.load("gpt-2")


@pytest.mark.thorough
def test_a_tokenizer_is_made_once_and_quickly_the_second_time() -> None:
    from explorer.zoo.tokenizers.shelf import _opened

    first = shelf.load("gemma3")
    assert shelf.load("gemma3") is first
    _opened.pop("gemma3")
    begun = time.perf_counter()
    assert np.array_equal(shelf.load("gemma3").encode("x y").ids, first.encode("x y").ids)
    assert time.perf_counter() - begun < 8  # its JSON of 33 MB takes ten times as long as the arrays
