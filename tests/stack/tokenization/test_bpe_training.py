"""Training of byte-level BPE: by hand, against the textbook form and Hugging Face's trainer, and what always holds."""

from __future__ import annotations

import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.corpora import passages
from explorer.stack.tokenization import byte_level_training
from explorer.stack.tokenization.bpe import byte_alphabet
from explorer.stack.tokenization.bpe_training import Learned, Training, Words, textbook
from explorer.stack.tokenization.bpe_word_counts import counted
from explorer.stack.tokenization.patterns import GPT_2, O200K
from explorer.stack.tokenization.pre_tokenization import Digits, InTurn, Split, Whole
from explorer.stack.tokenization.tokenizer import PreTokenizer
from tests.tiers import spread

BYTES = [bytes([byte]) for byte in range(256)]
few_letters = st.text(alphabet="ab ", max_size=60)
any_text = st.text(max_size=60)


def pairs(training: Training, events: list[Learned]) -> list[tuple[bytes, bytes]]:
    return [(training.tokens[event.left], training.tokens[event.right]) for event in events]


def library(documents: list[str], merges: int, pattern: str | None = None) -> tuple[list[tuple[str, str]], list[int]]:
    """Hugging Face's merges of these texts, and its ids of the first text."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    coder = Tokenizer(models.BPE())
    cut = [pre_tokenizers.Split(Regex(pattern), "isolated")] if pattern else []
    coder.pre_tokenizer = pre_tokenizers.Sequence(
        [*cut, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    coder.train_from_iterator(
        documents, trainers.BpeTrainer(vocab_size=256 + merges, show_progress=False, initial_alphabet=alphabet)
    )
    return [tuple(each) for each in json.loads(coder.to_str())["model"]["merges"]], coder.encode(documents[0]).ids


def written(training: Training, events: list[Learned]) -> list[tuple[str, str]]:
    letters = {byte: letter for letter, byte in byte_alphabet().items()}
    spelled = [
        ("".join(letters[b] for b in left), "".join(letters[b] for b in right))
        for left, right in pairs(training, events)
    ]
    return [(left, right) for left, right in spelled]


def test_merges_by_hand():
    """hug 10, pug 5, pun 12, bun 4, hugs 5: u g 20 times, then u n 16, h ug 15, p un 12, p ug and hug s 5 each."""
    training = Training(Words.of({b"hug": 10, b"pug": 5, b"pun": 12, b"bun": 4, b"hugs": 5}), BYTES)
    events = list(training.events(100))
    assert [(*each, event.count) for each, event in zip(pairs(training, events), events, strict=True)] == [
        (b"u", b"g", 20), (b"u", b"n", 16), (b"h", b"ug", 15), (b"p", b"un", 12), (b"p", b"ug", 5), (b"hug", b"s", 5),
        (b"b", b"un", 4),
    ]  # fmt: skip
    assert [event.after for event in events] == [93, 77, 62, 50, 45, 40, 36]
    assert training.length == 36 == 10 + 5 + 12 + 4 + 5  # every word is a token


def test_overlapping_pairs_count_and_join_from_the_left():
    training = Training(Words.of({b"aaaaa": 1}), BYTES)
    assert [(event.count, event.before, event.after) for event in training.events(5)] == [
        (4, 5, 3),
        (1, 3, 2),
        (1, 2, 1),
    ]
    assert training.tokens[256:] == [b"aa", b"aaa", b"aaaaa"]  # of equals, aa a has the older token


def test_a_token_that_two_pairs_spell_is_one():
    training = Training(Words.of({b"abc": 3, b"abx": 1, b"xbc": 5, b"abcd": 1}), BYTES)
    events = list(training.events(100))
    assert len(set(training.tokens)) == len(training.tokens)
    assert {event.token for event in events} == set(range(256, len(training.tokens)))


def test_nothing_to_learn():
    for words in ({}, {b"": 3}, {b"x": 7}):
        training = Training(Words.of(words), BYTES)
        assert not list(training.events(10))
        assert training.most_frequent(12) == ()


def test_the_reference_s_example_needs_s_s_first():
    """ "ss" is made of s and s before e and ss can be joined: a list of merges without s s never holds "ess"."""
    training = Training(Words.of({b"less": 4, b"mess": 2, b"hiss": 3}), BYTES)
    learned = pairs(training, list(training.events(5)))
    assert learned.index((b"s", b"s")) < learned.index((b"e", b"ss"))


@given(st.lists(few_letters, max_size=6))
def test_the_textbook_form_counts_anew_and_learns_the_same(texts: list[str]):
    data = [word.encode() for text in texts for word in text.split(" ")]
    words: dict[bytes, int] = {}
    for word in data:
        words[word] = words.get(word, 0) + 1
    training = Training(Words.of(words), BYTES)
    learned = [(event.left, event.right) for event in training.events(12)]
    expected = textbook(data, 12)
    # A token that two pairs spell has one id here, and two there: compared while none is.
    spelled = [bytes([i]) for i in range(256)]
    for n, (left, right) in enumerate(expected):
        if spelled[left] + spelled[right] in spelled:
            expected, learned = expected[:n], learned[:n]
            break
        spelled.append(spelled[left] + spelled[right])
    assert learned == expected


@given(st.lists(st.one_of(few_letters, any_text), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_hugging_face_s_merges_on_any_text(texts: list[str]):
    training = byte_level_training.begin(texts, Whole())
    events = list(training.events(40))
    merges, ids = library(texts, 40)
    assert written(training, events) == merges
    assert byte_level_training.tokenizer_of("", training.tokens, events, Whole()).encode(texts[0]).ids.tolist() == ids


@pytest.mark.parametrize(("cut", "pattern"), spread([(Split(GPT_2), GPT_2), (Split(O200K), O200K)], 1))
def test_hugging_face_s_merges_on_prose_and_code(cut: PreTokenizer, pattern: str):
    for kept in passages.read():
        texts = [each.text for each in kept.excerpts]
        training = byte_level_training.begin(texts, cut)
        events = list(training.events(400))
        merges, ids = library(texts, 400, pattern)
        assert written(training, events) == merges
        tokenizer = byte_level_training.tokenizer_of("", training.tokens, events, cut)
        assert tokenizer.encode(texts[0]).ids.tolist() == ids
        assert tokenizer.decode(tokenizer.encode("naïve 🙂").ids) == "naïve 🙂"


def test_stopped_and_gone_on_with_is_the_same_training():
    texts = [each.text for each in passages.read()[0].excerpts]
    at_once = list(byte_level_training.begin(texts, Split(GPT_2)).events(60, watched=12))
    training = byte_level_training.begin(texts, Split(GPT_2))
    in_parts = [event for part in (1, 19, 40) for event in training.events(part, watched=12)]
    assert in_parts == at_once
    assert [event.number for event in at_once] == list(range(1, 61))
    assert all(event.ranked[0] == (event.left, event.right, event.count) for event in at_once)
    assert training.most_frequent(1) == tuple(e.ranked[0] for e in training.events(1, watched=1))


def test_the_leading_pairs_are_those_that_counting_finds():
    text = passages.read()[0].excerpts[0].text
    words = byte_level_training.words_of([text], Split(GPT_2))
    training = Training(words, byte_level_training.alphabet())
    list(training.events(20))
    counts: dict[tuple[int, int], int] = {}
    ids = byte_level_training.tokenizer_of("", training.tokens, [], Split(GPT_2))
    again = Training(words, byte_level_training.alphabet())
    rows = again_joined(words, list(again.events(20)))
    for row, count in rows:
        for pair in itertools.pairwise(row):
            counts[pair] = counts.get(pair, 0) + count
    ranked = sorted(counts, key=lambda pair: (-counts[pair], pair))[:12]
    assert training.most_frequent(12) == tuple((*pair, counts[pair]) for pair in ranked)
    assert len(ids) == 256


def again_joined(words: Words, events: list[Learned]) -> list[tuple[list[int], int]]:
    """The words after these merges, one by one, by the plainest means."""
    from explorer.stack.tokenization.bpe_training import joined

    rows = [word.tolist() for word in np.split(words.tokens, words.ends[:-1])]
    for event in events:
        rows = [joined(row, (event.left, event.right), event.token) for row in rows]
    return list(zip(rows, words.counts.tolist(), strict=True))


def test_another_text_follows():
    learned_on, other = (each.text for each in passages.read()[0].excerpts[:2])
    training = byte_level_training.begin([learned_on], Split(GPT_2))
    events = list(training.events(50))
    lengths = list(byte_level_training.begin([other], Split(GPT_2)).follow(events))
    for merges in (1, 25, 50):
        cut = byte_level_training.tokenizer_of("", training.tokens, events[:merges], Split(GPT_2))
        assert lengths[merges - 1] == len(cut.encode(other).ids)


def test_words_do_not_reach_over_texts_and_special_tokens_come_first():
    cut = InTurn((Digits(), Split(GPT_2)))
    training = byte_level_training.begin(["ab", "cd", "ab"], cut, ["<|end|>"])
    assert training.tokens[0] == b"<|end|>"
    assert training.tokens[1:] == byte_level_training.alphabet()
    assert pairs(training, list(training.events(9))) == [(b"a", b"b"), (b"c", b"d")]


@given(st.binary(max_size=200), st.sets(st.integers(1, 199), max_size=40))
def test_pieces_are_counted(data: bytes, inner: set[int]):
    cuts = [0, *sorted(at for at in inner if at < len(data)), len(data)] if data else [0]
    pieces = [data[a:b] for a, b in itertools.pairwise(cuts)]
    tokens, ends, counts = counted(data, np.array(cuts))
    found = [bytes(piece.astype(np.uint8)) for piece in np.split(tokens, ends[:-1])] if len(ends) else []
    assert dict(zip(found, counts.tolist(), strict=True)) == {piece: pieces.count(piece) for piece in pieces}
    assert len(set(found)) == len(found)


def test_more_pieces_than_the_first_table_holds():
    pieces = [str(i % 30_000).encode() + b"." * (i % 9) for i in range(70_000)]
    cuts = np.cumsum([0, *map(len, pieces)])
    tokens, ends, counts = counted(b"".join(pieces), cuts)
    assert len(ends) == len(set(pieces))
    assert counts.sum() == 70_000
    assert bytes(tokens[: ends[0]].astype(np.uint8)) == b"0"


def test_a_long_run_of_one_letter_takes_no_longer_than_its_length_allows():
    training = byte_level_training.begin(["a" * 200_000, "ab" * 50_000], Whole())
    assert [event.after for event in training.events(3)][-1] == 100_000
