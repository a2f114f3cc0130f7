"""Near duplicates: two texts by hand, a crawl whose copies are known, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from explorer.experiments.pretraining import near_duplicates as experiment
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.data import minhash, suffix_array

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_two_texts_by_hand(view: View) -> None:
    one = "The cat sat on the mat, and slept until noon."
    made = view("near_duplicates.sides", text=one, other="the cat sat on the mat and slept until NINE")[-1].data
    assert (made.both, made.every) == (5, 7)
    assert made.jaccard == pytest.approx(5 / 7)
    assert made.words[-1] == "noon"
    assert made.shared.tolist() == made.other_shared.tolist() == [True] * 9 + [False]
    assert made.equal.shape == (14, 8)
    assert made.chance == pytest.approx(minhash.found_with(5 / 7, 8, 14))


def test_a_text_reworded_by_nothing_is_itself(view: View) -> None:
    made = view("near_duplicates.sides", change=0)[-1].data
    assert (made.jaccard, made.estimate, made.chance) == (1, 1, 1)
    more = [view("near_duplicates.sides", change=change)[-1].data.jaccard for change in (2, 10, 40)]
    assert 1 > more[0] > more[1] > more[2]


def test_texts_without_five_words(view: View) -> None:
    made = view("near_duplicates.sides", text="too few", other="no")[-1].data
    assert (made.every, made.jaccard, made.estimate, made.equal.any()) == (0, 0, 0, False)


def test_a_crawl_whose_copies_are_known(view: View) -> None:
    told: list[tuple[str, int, int]] = []
    shown = view("near_duplicates.curve", documents=200, progress=lambda *said: told.append(said))[-1]
    made = shown.data
    assert all(check.holds for check in shown.checks)
    assert len(made.jaccard) == 20 + 52
    assert made.caught[made.jaccard == 1].all()
    assert made.removed >= 20
    assert ("Pages read", 200, 200) in told


def test_fewer_rows_find_more(view: View) -> None:
    found = [view("near_duplicates.curve", bands=cut)[-1].data.caught.mean() for cut in ("20x5", "14x8", "5x20")]
    assert found[0] > found[1] > found[2]


def test_menus_and_copies_stand_twice(view: View) -> None:
    shown = view("near_duplicates.passages", documents=200, least=50)[-1]
    made = shown.data
    assert all(check.holds for check in shown.checks)
    assert 0 < made.covered < made.bytes
    assert any("All rights reserved" in each.text and each.count > 10 for each in made.passages)
    more = [view("near_duplicates.passages", documents=200, least=least)[-1].data.covered for least in (50, 100, 200)]
    assert more == sorted(more, reverse=True)


@pytest.mark.breaks("near_duplicates.passages", r"^The suffix array says of \d+ places what a plain search says")
def test_lengths_of_the_wrong_neighbour(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = suffix_array.shared_lengths
    monkeypatch.setattr(suffix_array, "shared_lengths", lambda text, order: np.roll(real(text, order), 1))
    assert not check("near_duplicates.passages", "plain search", documents=200).holds


@pytest.mark.breaks("near_duplicates.sides", r"^The Jaccard similarity of hashed shingles")
def test_hashes_of_a_few_bits(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = minhash.hashes
    monkeypatch.setattr(minhash, "hashes", lambda *given: real(*given) & np.uint64(15))
    assert not check("near_duplicates.sides", "hashed shingles", change=20).holds


@pytest.mark.breaks("near_duplicates.curve", r"^The mean share of equal entries")
def test_signatures_of_other_shingles(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = minhash.signatures
    monkeypatch.setattr(minhash, "signatures", lambda texts, permutations: real(texts, permutations, n=2))
    assert not check("near_duplicates.curve", "equal entries", documents=200).holds


@pytest.mark.breaks("near_duplicates.curve", r"^The share of planted pairs found")
def test_a_band_that_forgives_a_row(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def forgiving(equal: np.ndarray, rows: int, bands: int) -> np.ndarray:
        return (equal.reshape(-1, bands, rows).sum(2) >= rows - 2).any(1)

    monkeypatch.setattr(experiment, "agreeing", forgiving)
    assert not check("near_duplicates.curve", "planted pairs found", bands="5x20").holds
