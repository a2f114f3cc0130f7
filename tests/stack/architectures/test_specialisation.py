"""Mutual information of experts and labels: by hand, against an independent sum, and what shuffling leaves in place."""

from __future__ import annotations

import math
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.stack.architectures import expert_shares, specialisation
from explorer.stack.architectures.mutual_information import entropy, miller_madow, mutual_information, purity
from explorer.stack.architectures.token_classes import CLASSES, classes

tables = st.integers(1, 5).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(0, 30), min_size=columns, max_size=columns), min_size=1, max_size=6
    ).filter(lambda rows: any(map(any, rows)))
)
seeds = st.integers(0, 2**31 - 1)


def plain_information(pairs: list[tuple[int, int]]) -> float:
    """By counting pairs in Python, in nats' logarithm turned to bits: no tensor in it."""
    n, joint = len(pairs), Counter(pairs)
    first, second = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    return math.fsum(c / n * math.log2(c * n / (first[a] * second[b])) for (a, b), c in joint.items())


@given(tables)
def test_information_is_that_of_the_counted_pairs(rows: list[list[int]]) -> None:
    pairs = [(a, b) for a, row in enumerate(rows) for b, n in enumerate(row) for _ in range(n)]
    found = mutual_information(torch.tensor(rows, dtype=torch.float64))
    assert float(found.bits) == pytest.approx(plain_information(pairs), abs=1e-9)
    assert found.identity_error < 1e-9
    assert -1e-12 <= float(found.bits) <= min(float(found.row_entropy), float(found.column_entropy)) + 1e-9


@given(st.lists(st.integers(1, 20), min_size=1, max_size=6), st.lists(st.integers(1, 20), min_size=1, max_size=6))
def test_a_product_of_margins_has_none(rows: list[int], columns: list[int]) -> None:
    table = torch.outer(torch.tensor(rows).double(), torch.tensor(columns).double())
    assert float(mutual_information(table).bits) == pytest.approx(0, abs=1e-10)


@given(st.integers(1, 12), seeds)
def test_a_bijection_tells_all(n: int, seed: int) -> None:
    table = torch.eye(n)[torch.randperm(n, generator=torch.Generator().manual_seed(seed))]
    assert float(mutual_information(table).bits) == pytest.approx(math.log2(n), abs=1e-9)
    assert float(purity(table)) == 1


def test_miller_madow_takes_off_the_bias_of_independent_draws() -> None:
    g = torch.Generator().manual_seed(3)
    plain, corrected = [], []
    for _ in range(200):
        cells = torch.randint(0, 36, (400,), generator=g)
        table = torch.bincount(cells, minlength=36).view(6, 6).double()
        plain.append(float(mutual_information(table).bits))
        corrected.append(float(miller_madow(table, 400)))
    # (6 - 1)(6 - 1) / (2 n ln 2), and what is left of it
    assert sum(plain) / 200 == pytest.approx(25 / (800 * math.log(2)), rel=0.1)
    assert abs(sum(corrected) / 200) < 0.003


def routing(seed: int, tokens: int = 60, layers: int = 2, experts: int = 4, k: int = 2):
    g = torch.Generator().manual_seed(seed)
    weights, indices = torch.rand(layers, tokens, experts, generator=g).softmax(-1).topk(k, -1)
    return indices, weights / weights.sum(-1, keepdim=True)


@pytest.mark.parametrize("counting", ["pairs", "weight", "first"])
def test_every_token_has_mass_one(counting: specialisation.Counting) -> None:
    indices, weights = routing(1)
    routed = specialisation.mass(indices, weights, 4, counting)
    assert routed.shape == (60, 2, 4)
    assert (routed.sum(-1) - 1).abs().max() < 1e-6
    assert torch.equal(routed.argmax(-1).T, indices[..., 0]) or counting == "pairs"
    carried = specialisation.available(routed)
    labels = torch.arange(60)  # the occurrence itself: nothing tells more
    most = mutual_information(specialisation.tabulate(routed, labels, 60)).bits
    assert (carried - most).abs().max() < 1e-9


@settings(max_examples=30)
@given(seeds, st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_shuffles_leave_in_place_what_they_promise(seed: int, lengths: list[int]) -> None:
    g = torch.Generator().manual_seed(seed)
    passage = torch.repeat_interleave(torch.arange(len(lengths)), torch.tensor(lengths))
    labels = torch.randint(0, 3, (len(passage),), generator=g)
    again = specialisation.turned(labels, passage, g)
    for at in range(len(lengths)):
        before, after = labels[passage == at].tolist(), again[passage == at].tolist()
        assert after in [before[by:] + before[:by] for by in range(len(before))]
    within = specialisation.shuffled_within(labels, passage, g)
    key = passage * 3
    assert torch.equal(torch.sort(key + labels).values, torch.sort(key + within).values)
    kinds = torch.randint(0, 3, (len(lengths),), generator=g)
    moved = specialisation.passages_shuffled(kinds, passage, g)
    per_passage = [set(moved[passage == at].tolist()) for at in range(len(lengths))]
    assert all(len(each) == 1 for each in per_passage)
    assert sorted(next(iter(each)) for each in per_passage) == sorted(kinds.tolist())


def test_a_turn_moves_every_label_of_two_or_more() -> None:
    passage = torch.repeat_interleave(torch.arange(3), torch.tensor([2, 5, 1]))
    labels = torch.arange(8)
    for seed in range(20):
        again = specialisation.turned(labels, passage, torch.Generator().manual_seed(seed))
        assert (again[:7] != labels[:7]).all()
        assert again[7] == 7


def passages_of(n_passages: int, length: int, seed: int = 0):
    """Passages of two kinds in turn, tokens of six ids, routing that the caller decides."""
    g = torch.Generator().manual_seed(seed)
    passage = torch.arange(n_passages).repeat_interleave(length)
    return passage, torch.arange(n_passages) % 2, torch.randint(0, 6, (n_passages * length,), generator=g)


def measured(indices: torch.Tensor, labels: torch.Tensor, n: int, shuffle: specialisation.Shuffle):
    routed = specialisation.mass(indices, torch.ones(indices.shape), 2, "first")
    return specialisation.measure("x", routed, labels, n, shuffle, 100, torch.Generator().manual_seed(1))


def test_experts_that_follow_the_kind_stand_above_the_control() -> None:
    passage, kinds, _ = passages_of(16, 20)
    kind = kinds[passage]
    found = measured(
        kind[None, :, None], kind, 2, lambda g: specialisation.passages_shuffled(kinds, passage, g)
    )  # expert = kind
    assert found.bits.tolist() == pytest.approx([1.0])
    assert bool(found.beyond.all())
    assert float(found.of_label) > 0.8
    assert float(found.chance) < 0.2


def test_experts_that_follow_the_passage_alone_do_not() -> None:
    """Each passage has an expert of its own, whatever its kind: token by token this looks like specialisation."""
    passage, kinds, _ = passages_of(16, 20)
    expert = torch.randint(0, 2, (16,), generator=torch.Generator().manual_seed(5))[passage]
    found = measured(
        expert[None, :, None], kinds[passage], 2, lambda g: specialisation.passages_shuffled(kinds, passage, g)
    )
    assert not bool(found.beyond.any())
    naive = measured(
        expert[None, :, None],
        kinds[passage],
        2,
        lambda g: kinds[passage][torch.randperm(len(passage), generator=g)],
    )
    assert float(found.high) > 5 * float(naive.high)  # shuffling single tokens would take it for a finding


def test_kind_once_the_token_is_known() -> None:
    """The kind decides which tokens occur and the token decides the expert: nothing is left for the kind."""
    passage, kinds, token = passages_of(20, 30)
    kind = kinds[passage]
    token = token + 3 * kind  # ids 0 to 5 or 3 to 8
    g = torch.Generator().manual_seed(2)
    by_token = specialisation.mass((token % 2)[None, :, None], torch.ones(1, 600, 1), 2, "first")
    left = specialisation.measure_given("x", by_token, kind, token, 50, g)
    assert float(left.bits.abs().max()) < 1e-12
    by_kind = specialisation.mass(kind[None, :, None], torch.ones(1, 600, 1), 2, "first")
    found = specialisation.measure_given("x", by_kind, kind, token, 50, g)
    assert float(found.bits) == pytest.approx(found.label_entropy)
    assert bool(found.beyond.all())
    both = mutual_information(specialisation.tabulate(by_kind, token * 2 + kind, 18)).bits
    alone = mutual_information(specialisation.tabulate(by_kind, token, 9)).bits
    assert float(found.bits) == pytest.approx(float(both - alone))


def test_lifts_have_the_mean_one_and_name_the_expert_of_a_token() -> None:
    indices, weights = routing(7)
    labels = torch.randint(0, 5, (60,), generator=torch.Generator().manual_seed(0))
    routed = specialisation.mass(indices, weights, 4, "weight")
    found = expert_shares.lifts(specialisation.tabulate(routed, labels, 5))
    assert found.mean_error < 1e-12
    assert (found.share.sum(-1) - 1).abs().max() < 1e-12
    load = routed.sum(0) / 60
    assert torch.allclose(found.lift, found.share / load[:, None])


def test_shares_and_their_bands() -> None:
    passage, kinds, _ = passages_of(16, 20)
    kind = kinds[passage]
    routed = specialisation.mass(kind[None, :, None], torch.ones(1, 320, 1), 2, "first")

    def shuffle(g: torch.Generator) -> torch.Tensor:
        return specialisation.passages_shuffled(kinds, passage, g)

    found = expert_shares.shares(routed, kind, 2, shuffle, 60, torch.Generator().manual_seed(0))
    assert found.share[0].tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert found.sum_error == 0
    assert bool(found.beyond.all())
    assert bool((found.low <= found.high).all())


@given(st.lists(st.binary(min_size=1, max_size=6), max_size=12))
def test_every_token_has_a_class(tokens: list[bytes]) -> None:
    assert all(0 <= found < len(CLASSES) for found in classes(tokens))


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([b"def", b" depth", b"_", b"first", b"():", b"\n   "], "word word symbol word symbol newline"),
        ([b"L", b"\xe2\x80", b"\x99", b" \xc3\xa9", b"t"], "capital continuation continuation word continuation"),
        ([b"  ", b" 1", b"9", b"a", b",\"", b"\xc2\xa0"], "space digit digit continuation punctuation space"),
        ([b"HEN", b"RY", b"\n", b"My", b" lord", b"'s"], "capital continuation newline capital word continuation"),
    ],
)  # fmt: skip
def test_classes_by_hand(tokens: list[bytes], expected: str) -> None:
    assert [CLASSES[i] for i in classes(tokens)] == expected.split()


def test_entropy_of_a_batch() -> None:
    assert entropy(torch.tensor([[1.0, 1.0], [5.0, 0.0]])).tolist() == [1.0, 0.0]
