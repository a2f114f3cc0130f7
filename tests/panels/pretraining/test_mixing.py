"""Mixing and batches: counts by hand, packings of real documents, published shares, and what breaks each check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from explorer.errors import NotApplicableError
from explorer.experiments.pretraining import mixing as experiment
from explorer.experiments.pretraining import published_mixes
from explorer.panels.protocol import Check, Rendered
from explorer.stack.pretraining.data import mixing, packing

View = Callable[..., list[Rendered]]
Find = Callable[..., Check]


def test_by_size_all_are_read_alike(view: View) -> None:
    made = view("mixing.draws", temperature=1)[-1].data
    assert len({round(each.epochs, 9) for each in made.sources}) == 1
    assert sum(each.count for each in made.sources) == made.rows == 50 * 32
    for each in made.sources:
        assert each.share == pytest.approx(each.natural)
        assert each.expected == pytest.approx(each.share * made.rows)
        half = 1.959964 * (made.rows * each.share * (1 - each.share)) ** 0.5
        assert (each.low, each.high) == pytest.approx((each.expected - half, each.expected + half), rel=1e-5)
        assert each.inside == (each.low <= each.count <= each.high)


def test_a_high_temperature_reads_small_sources_often(view: View) -> None:
    novel = [view("mixing.draws", temperature=t)[-1].data.sources[0].epochs for t in (1, 3, 10)]
    assert novel[0] < novel[1] < novel[2]
    capped = view("mixing.draws", temperature=10, most=2, millions=20)[-1].data.sources
    assert capped[0].epochs == pytest.approx(2)
    assert sum(each.share for each in capped) == pytest.approx(1)


def test_too_little_text(view: View) -> None:
    with pytest.raises(NotApplicableError, match="too little text"):
        view("mixing.draws", millions=80, most=1)


def test_intervals_hold_what_they_say() -> None:
    inside = [
        each.low <= each.count <= each.high
        for seed in range(60)
        for each in experiment.drawn("size", 2.0, 0, 10**6, 20, seed)
    ]
    assert 0.92 < sum(inside) / len(inside) < 0.98


@pytest.mark.parametrize("how", experiment.PACKINGS)
@pytest.mark.parametrize("length", [128, 2048])
def test_a_batch_is_made_of_its_documents(how: str, length: int, view: View) -> None:
    shown = view("mixing.batch", packing=how, length=length, seed=3)[-1]
    assert all(check.holds for check in shown.checks)
    made = shown.data
    documents = {each.name: each.ids for each in experiment.documents()}
    for row in made.shown:
        assert len(row.ids) <= length
        ids = [token for piece in row.pieces for token in documents[piece.name][piece.start : piece.stop]]
        assert row.ids.tolist() == ids
    for way in made.ways:
        assert way.kept + way.cropped == made.tokens
        assert way.kept + way.padded == way.rows * length


def test_published_shares() -> None:
    gpt3 = published_mixes.MIXES[0]
    assert sum(gpt3.shares.values()) == 101  # as printed
    assert published_mixes.beyond_rounding(gpt3) <= 0
    assert all(mix.source for mix in published_mixes.MIXES)


def test_calculated_epochs(view: View) -> None:
    [first, second, *_] = view("mixing.published")[-1].data.mixes[0].shares
    assert first.calculated == pytest.approx(300 * 0.6 / 410)
    assert second.calculated == pytest.approx(300 * 0.22 / 19)  # 3.5, where the paper prints 2.9
    assert second.epochs == 2.9
    assert first.asked is None, "the share’s rounding explains it"
    assert second.asked == pytest.approx(100 * 2.9 * 19 / 300)


# ---- each check fails when what it is about is broken ----------------------------------------------------------------


@pytest.mark.breaks("mixing.draws", r"^Counts of [\d,]+ rows = their expectations")
def test_draws_that_know_no_weights(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = mixing.drawn
    monkeypatch.setattr(mixing, "drawn", lambda shares, *given: real([1 / len(shares)] * len(shares), *given))
    assert not check("mixing.draws", "their expectations").holds


@pytest.mark.breaks("mixing.draws", r"^Epochs times sizes = the characters to read")
def test_shares_that_do_not_sum_to_one(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = mixing.epochs
    monkeypatch.setattr(mixing, "epochs", lambda *given: [each * 1.01 for each in real(*given)])
    assert not check("mixing.draws", "Epochs times sizes").holds


@pytest.mark.breaks("mixing.batch", r"^Each of [\d,]+ tokens is kept once or lost")
def test_a_document_that_is_packed_twice(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    real = packing.greedy_pad

    def twice(lengths: Sequence[int], length: int) -> packing.Packed:
        made = real(lengths, length)
        return replace(made, rows=(*made.rows, made.rows[0]))

    monkeypatch.setitem(experiment.PACKINGS, "greedy_pad", twice)
    assert not check("mixing.batch", "kept once or lost").holds


@pytest.mark.breaks("mixing.batch", r"^Pairs within documents = those of the mask")
def test_pairs_over_borders(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(row: packing.Row) -> int:
        tokens = sum(piece.tokens for piece in row)
        return tokens * (tokens + 1) // 2

    monkeypatch.setattr(packing, "blocks", without)
    assert not check("mixing.batch", "those of the mask", length=2048).holds


@pytest.mark.breaks("mixing.published", r"^The shares of each mix sum to 100 %")
def test_a_share_that_is_mistyped(check: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [replace(mix, shares=dict(mix.shares) | {"Books": 31}) for mix in published_mixes.MIXES]
    monkeypatch.setattr(published_mixes, "MIXES", tuple(wrong))
    assert not check("mixing.published", "sum to 100 %").holds
