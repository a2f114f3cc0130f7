"""Merges replayed, against the tokenizers library that learned them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from explorer.stack.tokenization import bpe


@pytest.fixture(scope="module")
def backend() -> Tokenizer:
    """A small byte-level BPE, trained here."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # pyright: ignore
    corpus = ["the cat sat on the mat and the other cat sat there", "größer größte naïve 😀 😀 hello hello"] * 5
    trainer = trainers.BpeTrainer(
        vocab_size=330, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(corpus, trainer)
    return tokenizer


@pytest.fixture(scope="module")
def table(backend: Tokenizer) -> bpe.MergeTable:
    found = bpe.merge_table(backend.to_str())
    assert found is not None
    return found


@given(text=st.text(max_size=40))
def test_replayed_merges_end_in_the_tokenizers_ids(backend: Tokenizer, table: bpe.MergeTable, text: str) -> None:
    cut = backend.pre_tokenizer.pre_tokenize_str(text)  # pyright: ignore
    ours = [i for piece, _ in cut for i in bpe.merge_path(piece, table).ids]
    assert ours == backend.encode(text).ids


def test_merges_spell_the_pretoken(table: bpe.MergeTable) -> None:
    path = bpe.merge_path("Ġthere", table)
    assert path.steps
    assert all(s.rank >= 0 for s in path.steps)
    assert "".join(path.symbols) == "Ġthere"


def test_ignore_merges_takes_a_known_pretoken_whole() -> None:
    table = bpe.MergeTable({("a", "b"): 0}, {"abc": 7, "ab": 3, "c": 2}, ignore_merges=True)
    assert bpe.merge_path("abc", table).ids == (7,)
    assert bpe.merge_path("abcc", table).ids == (3, 2, 2)


def test_no_merge_table_for_unigram() -> None:
    assert bpe.merge_table(Tokenizer(models.Unigram([("a", 0.0)], 0, False)).to_str()) is None


def test_pretoken_of_finds_the_word_and_its_tokens(backend: Tokenizer) -> None:
    text = " the hellothe größer"
    pieces = [bpe.symbol_bytes(t) for t in backend.encode(text).tokens]
    assert b"".join(pieces) == text.encode()
    for at in range(len(pieces)):
        found = bpe.pretoken_of(pieces, at, backend)
        assert found is not None
        assert found.canonical
        assert found.first <= at <= found.last
        assert b"".join(pieces[found.first : found.last + 1]) == bpe.symbol_bytes(found.symbols)


def test_a_token_across_pretokens_is_not_canonical(backend: Tokenizer) -> None:
    found = bpe.pretoken_of([b" the ca", b"t"], 0, backend)
    assert found is not None
    assert not found.canonical


def test_half_a_character_has_no_pretoken(backend: Tokenizer) -> None:
    assert bpe.pretoken_of([b"\xf0\x9f"], 0, backend) is None


@given(data=st.binary(max_size=40))
def test_byte_alphabet_is_a_bijection(data: bytes) -> None:
    back = {b: c for c, b in bpe.byte_alphabet().items()}
    assert len(back) == 256
    assert bpe.symbol_bytes("".join(back[b] for b in data)) == data
