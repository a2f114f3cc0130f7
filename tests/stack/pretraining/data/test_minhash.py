"""MinHash against datasketch and datatrove, bit for bit; LSH against its formula."""

from __future__ import annotations

import hashlib
from itertools import product

import numpy as np
import pytest
from datasketch import MinHash, MinHashLSH
from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
from datatrove.utils import hashing
from datatrove.utils.text import simplify_text
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.pretraining.data import minhash
from explorer.stack.pretraining.data.sha1 import hashes
from explorer.stack.pretraining.data.words import simplified

TEXTS = (
    "Where the river bends, in 1872, a hall was built of stone; and it burned twice before 3.5 years had gone.",
    "L’été à Zürich: 12,5 °C … le Café était «fermé» — depuis ٣٫٥ ans, et personne n’y alla plus jamais ensuite.",
    "five words are just here",
    "too few",
    "",
)


class _Words:
    """datatrove's word tokenizer of English is spaCy's; hashes are compared on words that spaces part."""

    def word_tokenize(self, text: str) -> list[str]:
        return text.split()


def _datatrove(monkeypatch: pytest.MonkeyPatch) -> MinhashDedupSignature:
    monkeypatch.setattr("datatrove.pipeline.dedup.minhash.load_word_tokenizer", lambda language: _Words())
    config = MinhashConfig(hash_config=hashing.HashConfig(precision=64, hash_fc="sha1"))
    return MinhashDedupSignature("unused", config)


def test_signatures_are_datatroves(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs, permutations = _datatrove(monkeypatch), minhash.Permutations.datatrove()
    for text in TEXTS[:3]:
        shingles = theirs.get_shingles(text)
        assert set(shingles[:, 0].tolist()) == set(minhash.shingles(text).tolist())
        want = [value for band in theirs.get_signature(shingles) for value in band]
        assert minhash.signature(minhash.shingles(text), permutations).tolist() == want


def test_signatures_are_datasketchs() -> None:
    permutations = minhash.Permutations.datasketch(128)
    for text in TEXTS:
        words = simplified(text).split()
        theirs = MinHash(128, scheme="legacy")
        theirs.update_batch([" ".join(words[i : i + 5]).encode() for i in range(len(words) - 4)])
        assert minhash.signatures([text], permutations)[0].tolist() == theirs.hashvalues.tolist()


@given(st.text(max_size=80))
def test_simplified_text_is_datatroves(text: str) -> None:
    assert simplified(text) == simplify_text(text)


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=5))
@settings(deadline=None)
def test_sha1_is_hashlibs(pieces: list[bytes]) -> None:
    stops = np.cumsum([len(piece) for piece in pieces]).astype(np.int64)
    starts = np.concatenate(([0], stops[:-1]))
    found = hashes(b"".join(pieces), starts, stops, bits=64)
    assert [int(each) for each in found] == [
        int.from_bytes(hashlib.sha1(piece).digest()[:8], "little") for piece in pieces
    ]


def test_texts_without_a_shingle_are_no_candidates() -> None:
    for permutations in (minhash.Permutations.datatrove(), minhash.Permutations.datasketch(112)):
        made = minhash.signatures(["too few", "", "one and two and three", "one and two and three"], permutations)
        assert list(minhash.candidates(made)) == [(2, 3)]


def test_the_product_wraps_around_before_the_modulus() -> None:
    permutations = minhash.Permutations.datatrove(1)
    value = minhash.shingles(TEXTS[2])
    a, b, h = int(permutations.a[0]), int(permutations.b[0]), int(value[0])
    exact, wrapped = (a * h + b) % minhash.PRIME, ((a * h + b) % 2**64) % minhash.PRIME
    assert int(minhash.signature(value, permutations)[0]) == wrapped != exact


def test_equal_entries_estimate_the_similarity() -> None:
    every = np.random.default_rng(1).integers(0, 2**64, 4000, dtype=np.uint64)
    a, b = every[:3000], every[1000:]
    permutations = minhash.Permutations.datatrove(2000)
    equal = np.mean(minhash.signature(a, permutations) == minhash.signature(b, permutations))
    assert minhash.jaccard(a, b) == 0.5
    assert equal == pytest.approx(0.5, abs=4 * (0.25 / 2000) ** 0.5)


def test_the_curve_is_what_bands_do() -> None:
    generator = np.random.default_rng(1)
    equal = generator.random((4000, 112)) < 0.7
    made = np.where(equal, 1, 2).astype(np.uint64)
    found = sum(bool(minhash.candidates(np.stack([row, np.ones(112, np.uint64)]), rows=8, bands=14)) for row in made)
    assert found / 4000 == pytest.approx(minhash.found_with(0.7, 8, 14), abs=0.03)


def test_known_values_of_the_curve() -> None:
    at = {0.5: 0.0533, 0.6: 0.2111, 0.7: 0.5645, 0.75: 0.7716, 0.8: 0.9235, 0.85: 0.9884, 0.9: 0.9996}
    assert {s: round(minhash.found_with(s, 8, 14), 4) for s in at} == at
    assert round(minhash.found_with(0.75, 20, 450), 4) == 0.7605
    lsh = MinHashLSH(threshold=0.8, num_perm=128)
    assert (lsh.b, lsh.r) == (9, 13)
    assert round(minhash.found_with(0.8, lsh.r, lsh.b), 4) == 0.3988


def test_candidates_are_those_that_datasketch_finds() -> None:
    words = ["".join(pair) for pair in product("bcdfghklmnpr", "aeiouxyzqw")]
    base = " ".join(words)
    texts = [base.replace("cu ", "other "), base, " ".join(reversed(words)), base + " and more of it"]
    permutations = minhash.Permutations.datasketch(112)
    lsh = MinHashLSH(num_perm=112, params=(14, 8))
    found = set()
    for at, text in enumerate(texts):
        sketch = MinHash(112, scheme="legacy", hashvalues=minhash.signatures([text], permutations)[0])
        found |= {(other, at) for other in lsh.query(sketch)}
        lsh.insert(at, sketch)
    made = minhash.candidates(minhash.signatures(texts, permutations))
    assert minhash.clusters(made, 4) == minhash.clusters(found, 4) == [0, 0, 2, 0]
    assert set(made) <= found
