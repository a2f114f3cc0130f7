"""A unigram training: seeds, rounds and prunings by hand, and the whole of it against sentencepiece's."""

from __future__ import annotations

import io
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.corpora import passages
from explorer.stack.tokenization.unigram import Unigram
from explorer.stack.tokenization.unigram_expectation import alternatives
from explorer.stack.tokenization.unigram_lattice import lattice
from explorer.stack.tokenization.unigram_pruning import pruned
from explorer.stack.tokenization.unigram_seeds import is_piece, seeds
from explorer.stack.tokenization.unigram_training import (
    Pruned,
    Round,
    Seeded,
    Trained,
    digamma,
    log_likelihood,
    retold,
    train,
    words_of,
)
from explorer.stack.tokenization.unigram_vocabulary import Vocabulary, Words

TEXT = "\n".join(excerpt.text for each in passages.read() for excerpt in each.excerpts)
WORDS = words_of(TEXT)
COUNTED = st.dictionaries(st.text("abcé", min_size=1, max_size=7).map(str.encode), st.integers(1, 4), min_size=1)


@given(COUNTED)
def test_seeds_are_the_stretches_that_nothing_longer_replaces(words: dict[bytes, int]) -> None:
    times: Counter[str] = Counter()
    for word, count in words.items():
        text = word.decode()
        for i in range(len(text)):
            for j in range(i + 1, len(text) + 1):
                times[text[i:j]] += count
    maximal = {
        piece: count * len(piece)
        for piece, count in times.items()
        if len(piece) > 1 and count > 1 and not any(times.get(piece + one) == count for one in "abcé")
    }
    found = seeds(words, limit=9999)
    assert {piece.decode(): score for piece, score in _longer(found)} == maximal
    assert [score for _, score in _longer(found)] == sorted(maximal.values(), reverse=True)
    singles = dict(zip(found.pieces[: found.characters], found.scores.tolist(), strict=False))
    assert {piece.decode(): score for piece, score in singles.items()} == {p: n for p, n in times.items() if len(p) < 2}
    assert list(_longer(seeds(words, limit=2))) == list(_longer(found))[:2]


def _longer(found):
    return list(zip(found.pieces, found.scores.tolist(), strict=True))[found.characters :]


def test_pieces_keep_to_one_script_and_begin_with_their_space() -> None:
    assert [is_piece(text) for text in ("ひらカタ漢", "e\u0301", "ab1", "!?", "a b", " ")] == [1, 1, 0, 1, 0, 1]
    assert max(seeds({b"x" * 40: 2}, 99).pieces, key=len) == b"x" * 16  # no piece is longer


def test_digamma_is_torchs() -> None:
    numbers = np.geomspace(1e-3, 1e6, 200)
    np.testing.assert_allclose(digamma(numbers), torch.digamma(torch.from_numpy(numbers)).numpy(), rtol=1e-9, atol=1e-9)


@given(words=COUNTED, seed=st.integers(0, 99))
def test_uses_are_the_lattices_and_alternatives_its_second_best(words: dict[bytes, int], seed: int) -> None:
    pieces = (b"", *(one.encode() for one in ("a", "b", "c", "ab", "bc", "abc", "aé", "éa", "cab")))
    scores = np.append([0.0], np.random.default_rng(seed).uniform(-9, -1, len(pieces) - 1))
    vocabulary = Vocabulary.of(pieces, scores)
    model = Unigram(pieces, scores, 0, single=False, fuses=False)
    expected, likelihood = vocabulary.uses(Words.of(words))
    uses, best, total = np.zeros(len(pieces)), np.zeros(len(pieces)), 0.0
    for word, count in words.items():
        found = lattice(model, word)
        np.add.at(uses, found.ids, count * found.marginals)
        np.add.at(best, found.ids[list(found.n_best(1)[0].edges)], count)
        total += count * found.total
    assert expected[1:] == pytest.approx(uses[1:], abs=1e-9)
    assert likelihood == pytest.approx(total)
    assert vocabulary.best_uses(Words.of(words))[1:] == pytest.approx(best[1:])
    bounds = np.cumsum([0, *map(len, pieces)])
    ids, begins, found_scores = alternatives(
        np.frombuffer(b"".join(pieces), np.uint8), bounds, vocabulary.trie.nodes, scores
    )
    for i, piece in enumerate(pieces[1:], 1):
        cuts = [cut for cut in lattice(model, piece).best_first() if len(cut.edges) > 1]
        known = [cut for cut in cuts if 0 not in lattice(model, piece).ids[list(cut.edges)]]
        assert begins[i + 1] > begins[i] if known else begins[i + 1] == begins[i]
        if known:
            assert found_scores[i] == pytest.approx(known[0].log_probability)
            assert scores[ids[begins[i] : begins[i + 1]]].sum() == pytest.approx(found_scores[i])


def test_what_is_lost_least_goes() -> None:
    vocabulary = Vocabulary.of((b"", b"a", b"b", b"c", b"ab", b"bc"), np.log([1, 0.2, 0.2, 0.1, 0.3, 0.2]))
    left, removed = pruned(vocabulary, Words.of({b"a": 2, b"b": 2, b"c": 1, b"ab": 30, b"bc": 2}), target=4)
    assert left.pieces == (b"", b"a", b"b", b"c", b"ab")
    assert [one.piece for one in removed] == [b"bc"]
    # p(bc) (log p(bc) - log of b, c each with two uses more, of 37 + 2)
    assert removed[0].loss == pytest.approx(2 / 37 * (np.log(2 / 37) - np.log(4 / 39) - np.log(3 / 39)))


def test_the_training_tells_what_it_does() -> None:
    events = list(train(WORDS, 600))
    assert isinstance(events[0], Seeded)
    rounds = [event for event in events if isinstance(event, Round)]
    prunings = [event for event in events if isinstance(event, Pruned)]
    last = events[-1]
    assert isinstance(last, Trained)
    assert [each.number for each in rounds] == list(range(1, len(rounds) + 1))
    for first, second in zip(rounds[::2], rounds[1::2], strict=True):
        assert second.log_likelihood > first.log_likelihood  # EM, but for the prior and what was dropped
        assert second.pieces == first.pieces - first.dropped
    for before, pruning in zip(rounds[1::2], prunings, strict=True):
        assert pruning.pieces == before.pieces - before.dropped - len(pruning.removed)
        losses = [one.loss for one in pruning.removed]
        assert losses == sorted(losses, reverse=True) or min(losses) < 0
    assert len(last.model.tokens) == 600
    assert set(TEXT) - {"\n"} <= {token.decode() for token in last.model.tokens}
    assert len(retold(prunings[0], 5).removed) == 5  # type: ignore[union-attr]
    assert len(list(zip(range(3), train(WORDS, 600), strict=False))) == 3  # stopped after three


def test_more_characters_than_tokens_is_said() -> None:
    with pytest.raises(ValueError, match="5 tokens do not hold"):
        list(train(WORDS, 5))


def sentencepiece_trained(size: int, seed_sentencepieces_file: str = "") -> Unigram:
    """The vocabulary that sentencepiece learns on the same words."""
    made = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT.split("\n")),
        model_writer=made,
        vocab_size=size,
        model_type="unigram",
        normalization_rule_name="identity",
        character_coverage=1.0,
        num_threads=1,
        minloglevel=2,
        bos_id=-1,
        eos_id=-1,
        seed_sentencepieces_file=seed_sentencepieces_file,
    )
    library = sentencepiece.SentencePieceProcessor(model_proto=made.getvalue())
    ids = range(library.get_piece_size())
    tokens = tuple(library.id_to_piece(i).replace("▁", " ").encode() if i != library.unk_id() else b"" for i in ids)
    return Unigram(tokens, np.array([library.get_score(i) for i in ids]), library.unk_id())


def test_from_the_same_seeds_sentencepiece_learns_nearly_the_same(tmp_path: Path) -> None:
    found = seeds(WORDS, 10**6)
    rows = [
        f"{text.replace(' ', '▁')}\t{round(score / len(text))}"
        for piece, score in _longer(found)
        for text in [piece.decode()]
    ]
    (tmp_path / "seeds.tsv").write_text("\n".join(rows), encoding="utf-8")
    theirs = sentencepiece_trained(1000, seed_sentencepieces_file=str(tmp_path / "seeds.tsv"))
    *_, last = train(WORDS, 1000)
    assert isinstance(last, Trained)
    assert last.log_likelihood == pytest.approx(log_likelihood(theirs, WORDS), rel=0.01)
    assert len(set(theirs.tokens) & set(last.model.tokens)) > 900


def test_from_its_own_seeds_sentencepiece_is_not_better() -> None:
    *_, last = train(WORDS, 1000)
    assert isinstance(last, Trained)
    assert last.log_likelihood > 1.01 * log_likelihood(sentencepiece_trained(1000), WORDS)  # both are below 0
