"""The unigram model: the cuts that sentencepiece and tokenizers find, their n best, and their draws."""

from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pytest
import sentencepiece
import tokenizers
from hypothesis import given
from hypothesis import strategies as st
from sentencepiece import sentencepiece_model_pb2 as proto

from explorer.corpora import passages
from explorer.stack.tokenization.unigram import PENALTY, Unigram
from explorer.stack.tokenization.unigram_lattice import Lattice, lattice

UNKNOWN, TYPE_UNKNOWN, TYPE_BYTE, UNIGRAM = 0, 2, 6, 1
TEXTS = [excerpt.text for each in passages.read() for excerpt in each.excerpts]


def scored(words: list[str], seed: int = 0) -> tuple[tuple[bytes, ...], np.ndarray]:
    """Tokens after <unk>, with log-probabilities drawn at random."""
    tokens = (b"<unk>", *(word.encode() for word in words))
    drawn = np.random.default_rng(seed).uniform(-12, -2, len(tokens)).astype(np.float32)
    return tokens, np.where(np.arange(len(tokens)) == UNKNOWN, 0, drawn).astype(np.float32)


def real_words() -> list[str]:
    """Stretches of the passages as a vocabulary: all characters but é, and the most frequent longer ones."""
    seen = Counter(
        text[i : i + size] for text in TEXTS for size in (2, 3, 4, 6, 9) for i in range(0, len(text) - size, 2)
    )
    characters = sorted(set("".join(TEXTS)) - {"é"})
    return [*characters, *(word for word, _ in seen.most_common(3000))]


@pytest.fixture(scope="module")
def model() -> Unigram:
    return Unigram(*scored(real_words()), unknown=UNKNOWN)


def peer(model: Unigram, byte_fallback: bool = False) -> sentencepiece.SentencePieceProcessor:
    """The same vocabulary in sentencepiece, which is given the text as it is."""
    made = proto.ModelProto()  # type: ignore[attr-defined]
    names = [*model.tokens, *([b"<0x%02X>" % i for i in range(256)] if byte_fallback else [])]
    for i, name in enumerate(names):
        kind = TYPE_UNKNOWN if i == UNKNOWN else TYPE_BYTE if i >= len(model.tokens) else 1
        score = float(model.log_probabilities[i]) if i < len(model.tokens) else 0.0
        made.pieces.add(piece=name.decode().replace(" ", "▁"), score=score, type=kind)
    made.trainer_spec.model_type = UNIGRAM
    made.trainer_spec.unk_id = UNKNOWN
    made.trainer_spec.byte_fallback = byte_fallback
    made.normalizer_spec.name = "identity"
    made.normalizer_spec.add_dummy_prefix = False
    made.normalizer_spec.remove_extra_whitespaces = False
    return sentencepiece.SentencePieceProcessor(model_proto=made.SerializeToString())


def encode(model: Unigram, text: str) -> list[int]:
    data = text.encode()
    return model.encode(data, np.array([0, len(data)] if data else [0])).ids.tolist()


def test_the_hand_worked_cut_and_where_its_tokens_lie() -> None:
    model = Unigram((b"", b"a", b"b", b"ab", b"ba"), np.array([0, -1.0, -2.0, -2.5, -1.5]), UNKNOWN)
    found = model.encode(b"abab", np.array([0, 4]))
    assert found.ids.tolist() == [1, 4, 2]  # -1 -1.5 -2 = -4.5; ab ab costs 5, a b ab 5.5
    assert (found.starts.tolist(), found.ends.tolist()) == ([0, 1, 3], [1, 3, 4])
    cut = model.encode(b"abab", np.array([0, 2, 4]))  # nothing lies across a cut
    assert cut.ids.tolist() == [3, 3]


def test_sentencepiece_finds_the_same_cuts(model: Unigram) -> None:
    library = peer(model)
    odd = ["", " ", "é", "éé é", "👩‍🚀" * 3, "\u200f שלום", "<unk>", "a" * 3000, "xyz" * 500 + "é"]
    for text in [*TEXTS, *odd, " ".join(TEXTS) * 3]:
        assert encode(model, text) == library.encode(text)
    assert sum(len(text) for text in TEXTS) * 3 > 100_000  # long enough that the sum begins anew


def test_sentencepiece_writes_the_same_bytes(model: Unigram) -> None:
    size = len(model.tokens)
    tokens = (*model.tokens, *(bytes([i]) for i in range(256)))
    scores = np.concatenate([model.log_probabilities, np.zeros(256, np.float32)])
    ours = Unigram(tokens, scores, UNKNOWN, byte_fallback=range(size, size + 256))
    library = peer(model, byte_fallback=True)
    for text in ("café", "éé", "👩‍🚀 é", "aéa"):
        found = ours.encode(text.encode(), np.array([0, len(text.encode())]))
        assert found.ids.tolist() == library.encode(text)
        assert b"".join(tokens[i] for i in found.ids) == text.encode()
        assert found.starts.tolist() == [0, *found.ends[:-1].tolist()]


def test_tokenizers_finds_the_same_cuts_in_double_precision(model: Unigram) -> None:
    vocabulary = [(t.decode(), float(p)) for t, p in zip(model.tokens, model.log_probabilities, strict=True)]
    library = tokenizers.Tokenizer(tokenizers.models.Unigram(vocabulary, UNKNOWN, False))
    ours = Unigram(model.tokens, model.log_probabilities, UNKNOWN, single=False)
    for text in [*TEXTS, "éé é", " ".join(TEXTS)]:
        assert encode(ours, text) == library.encode(text).ids


def test_n_best_and_scores_are_sentencepieces(model: Unigram) -> None:
    library = peer(model)
    for text in ("wilderness", "the whale, the", "naïve é"):
        ours = lattice(model, text.encode()).n_best(20)
        theirs = library.nbest_encode(text, nbest_size=20, return_type="proto")
        assert len(ours) == len(theirs.nbests)
        for cut, other in zip(ours, theirs.nbests, strict=True):
            assert cut.log_probability == pytest.approx(other.score, abs=1e-4)
        found = lattice(model, text.encode())
        assert ["".join(found.texts(cut)) for cut in ours] == [text] * len(ours)


def every_cut(found: Lattice) -> list[float]:
    """The log-probability of each cut, by listing all: the sums and the order are checked against it."""
    paths = [(0, 0.0)]
    done = []
    while paths:
        place, score = paths.pop()
        if place == len(found.data):
            done.append(score)
            continue
        for edge in np.flatnonzero(found.starts == place).tolist():
            paths.append((int(found.ends[edge]), score + float(found.scores[edge])))
    return sorted(done, reverse=True)


WORDS = [*"abcdé", "ab", "bc", "abc", "éa", "cab", "aa"]


@given(text=st.text("abcdéx\x00", max_size=9), seed=st.integers(0, 99))
def test_sums_order_and_marginals_are_those_of_all_cuts_listed(text: str, seed: int) -> None:
    model = Unigram(*scored(WORDS, seed), unknown=UNKNOWN, single=False, fuses=False)
    found = lattice(model, text.encode())
    listed = every_cut(found)
    assert found.cuts == len(listed)
    assert found.total == pytest.approx(math.log(math.fsum(map(math.exp, listed))), abs=1e-9)
    assert found.backward[0] == pytest.approx(found.total, abs=1e-9)
    assert [cut.log_probability for cut in found.best_first()] == pytest.approx(listed, abs=1e-9)
    assert found.best[-1] == pytest.approx(listed[0], abs=1e-9)
    for place in range(len(text.encode())):  # one token lies over each byte
        over = (found.starts <= place) & (found.ends > place)
        assert found.marginals[over].sum() == pytest.approx(1)
    assert encode(model, text) == ([int(found.ids[i]) for i in found.n_best(1)[0].edges] if text else [])


@given(data=st.binary(max_size=40), seed=st.integers(0, 9))
def test_any_bytes_are_cut_from_end_to_end(data: bytes, seed: int) -> None:
    model = Unigram(*scored(WORDS, seed), unknown=UNKNOWN)
    found = model.encode(data, np.array([0, len(data)] if data else [0]))
    assert [0, *found.ends.tolist()] == [*found.starts.tolist(), len(data)]


@pytest.mark.parametrize("alpha", [0.1, 0.5, 1.0])
def test_draws_have_their_shares_here_and_in_sentencepiece(model: Unigram, alpha: float) -> None:
    found = lattice(model, b"the whale")
    sums = found.sums(alpha)[-1]
    share = {found.texts(cut): math.exp(alpha * cut.log_probability - sums) for cut in found.best_first()}
    assert sum(share.values()) == pytest.approx(1)
    draws = 4000
    ours = Counter(
        tuple(found.piece(edge) for edge in edges) for edges in found.sample(draws, alpha, np.random.default_rng(1))
    )
    library = peer(model)
    sentencepiece.set_random_generator_seed(1)
    theirs: Counter[tuple[str, ...]] = Counter()
    for _ in range(draws):
        pieces = library.encode("the whale", out_type=str, enable_sampling=True, nbest_size=-1, alpha=alpha)
        theirs[tuple(piece.replace("▁", " ") for piece in pieces)] += 1
    for drawn in (ours, theirs):
        for cut, p in itertools.islice(share.items(), 8):
            assert drawn[cut] / draws == pytest.approx(p, abs=5 * math.sqrt(p * (1 - p) / draws) + 1e-9)


def test_an_unknown_character_costs_more_than_any_token() -> None:
    model = Unigram(*scored(WORDS), unknown=UNKNOWN)
    assert model.unknown_log_probability == pytest.approx(model.log_probabilities[1:].min() - PENALTY)
    with pytest.raises(ValueError, match="2 tokens have 1"):
        Unigram((b"", b"a"), np.zeros(1), UNKNOWN)
    with pytest.raises(ValueError, match="256"):
        Unigram((b"", b"a"), np.zeros(2), UNKNOWN, byte_fallback=(1,))
