from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from explorer.figures.overview import tokens


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
def table(backend: Tokenizer) -> tokens.MergeTable:
    found = tokens.merge_table(backend.to_str())
    assert found is not None
    return found


@given(text=st.text(max_size=40))
def test_replayed_merges_end_in_the_tokenizers_ids(backend: Tokenizer, table: tokens.MergeTable, text: str) -> None:
    cut = backend.pre_tokenizer.pre_tokenize_str(text)  # pyright: ignore
    ours = [i for piece, _ in cut for i in tokens.merge_path(piece, table).ids]
    assert ours == backend.encode(text).ids


def test_merges_spell_the_pretoken(table: tokens.MergeTable) -> None:
    path = tokens.merge_path("Ġthere", table)
    assert path.steps
    assert all(s.rank >= 0 for s in path.steps)
    assert "".join(path.symbols) == "Ġthere"


def test_ignore_merges_takes_a_known_pretoken_whole() -> None:
    table = tokens.MergeTable({("a", "b"): 0}, {"abc": 7, "ab": 3, "c": 2}, ignore_merges=True)
    assert tokens.merge_path("abc", table).ids == (7,)
    assert tokens.merge_path("abcc", table).ids == (3, 2, 2)


def test_no_merge_table_for_unigram() -> None:
    assert tokens.merge_table(Tokenizer(models.Unigram([("a", 0.0)], 0, False)).to_str()) is None


@given(text=st.text(max_size=30), cuts=st.lists(st.integers(0, 120), max_size=20))
def test_shared_characters_are_those_that_a_cut_divides(text: str, cuts: list[int]) -> None:
    stream = text.encode("utf-8", "replace")
    text = stream.decode()
    edges = sorted({0, len(stream), *(c for c in cuts if c < len(stream))})
    pieces = [stream[a:b] for a, b in pairwise(edges)]
    inside, at = [], 0
    for character in text:
        end = at + len(character.encode())
        if any(at < e < end for e in edges):
            inside.append(character)
        at = end
    found = tokens.shared_characters(pieces)
    assert [s.text for s in found] == inside
    assert all(s.text in b"".join(pieces[s.first : s.last + 1]).decode("utf-8", "ignore") for s in found)


def test_broken_bytes_complete_nothing() -> None:
    assert tokens.shared_characters([b"\xf0", b"a", b"\x9f", b"\xff"]) == []


def test_pretoken_of_finds_the_word_and_its_tokens(backend: Tokenizer) -> None:
    text = " the hellothe größer"
    pieces = [tokens.symbol_bytes(t) for t in backend.encode(text).tokens]
    assert b"".join(pieces) == text.encode()
    for at in range(len(pieces)):
        found = tokens.pretoken_of(pieces, at, backend)
        assert found is not None
        assert found.canonical
        assert found.first <= at <= found.last
        assert b"".join(pieces[found.first : found.last + 1]) == tokens.symbol_bytes(found.symbols)


def test_a_token_across_pretokens_is_not_canonical(backend: Tokenizer) -> None:
    found = tokens.pretoken_of([b" the ca", b"t"], 0, backend)
    assert found is not None
    assert not found.canonical


def test_half_a_character_has_no_pretoken(backend: Tokenizer) -> None:
    assert tokens.pretoken_of([b"\xf0\x9f"], 0, backend) is None


@given(data=st.binary(max_size=40))
def test_byte_alphabet_is_a_bijection(data: bytes) -> None:
    back = {b: c for c, b in tokens.byte_alphabet().items()}
    assert len(back) == 256
    assert tokens.symbol_bytes("".join(back[b] for b in data)) == data


def test_differences() -> None:
    assert tokens.differences(b"same", b"same") == 0
    assert tokens.differences(b"", b"abc") == 3


@given(one=st.lists(st.integers(0, 2), max_size=8), other=st.lists(st.integers(0, 2), max_size=8))
def test_shared_prefix_is_the_longest(one: list[int], other: list[int]) -> None:
    n = tokens.shared_prefix(one, other)
    assert one[:n] == other[:n]
    assert n == min(len(one), len(other)) or one[n] != other[n]


def test_continuation_knows_where_two_runs_part() -> None:
    assert tokens.continuation([1, 2, 3], [1, 2, 3], 1) == tokens.Continuation([2, 3], None)
    assert tokens.continuation([1, 2, 9], [1, 2, 3], 1) == tokens.Continuation([2, 9], 2)
    assert tokens.continuation([1, 2], [1, 2, 3], 1) == tokens.Continuation([2], 2)  # it stopped earlier
    assert tokens.continuation([1], [1], 1).first is None
