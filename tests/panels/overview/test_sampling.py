import torch
from hypothesis import given
from hypothesis import strategies as st

from explorer.figures.overview import sampling as figure
from explorer.stack.inference.decoding.sampling import Sampler


def logits(n: int = 400, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, generator=torch.Generator().manual_seed(seed)) * 4


def test_proved_probabilities_are_torchs_softmax() -> None:
    row = logits()
    ids, probabilities = figure.proved_probabilities(row)
    assert ids.shape == probabilities.shape == (figure.PROVED,)
    torch.testing.assert_close(probabilities, row.double().softmax(-1)[ids])
    assert ids[0] == row.argmax()


def test_small_vocabularies_are_shown_whole() -> None:
    ids, _ = figure.proved_probabilities(logits(7))
    assert len(ids) == 7
    assert sorted(figure.named_ids(logits(7), [1, 2])) == list(range(7))


@given(penalty=st.floats(1, 2), previous=st.lists(st.integers(0, 399), max_size=120), seed=st.integers(0, 50))
def test_names_cover_what_a_penalty_brings_up(penalty: float, previous: list[int], seed: int) -> None:
    row = logits(seed=seed)
    named = set(figure.named_ids(row, previous, k=20))
    after = Sampler(repetition_penalty=penalty).stages(row, previous, len(previous)).penalised
    assert {i for i in after.topk(20).indices.tolist() if i not in previous} <= named


def test_kept_counts_fall_step_by_step() -> None:
    sampler = Sampler(temperature=2.5, top_k=40, top_p=0.9, min_p=0.02, typical_p=0.5, presence_penalty=0.5)
    kept = figure.kept_after(sampler, logits(), [3, 3, 7], 1)
    counts = list(kept.values())
    assert list(kept) == ["penalty", "presence", "frequency", "temperature", "top_k", "top_p", "min_p", "typical"]
    assert counts == sorted(counts, reverse=True)
    assert (kept["frequency"], kept["temperature"], kept["top_k"]) == (400, 400, 40)
    assert 1 <= kept["typical"] < kept["min_p"] < kept["top_p"] < 40


def test_kept_counts_follow_the_samplers_order() -> None:
    order = ("penalty", "presence", "frequency", "top_k", "typical", "top_p", "min_p", "temperature")
    kept = figure.kept_after(Sampler(temperature=0.0, top_k=40, typical_p=0.8, order=order), logits(), [], 0)
    assert tuple(kept) == order
    assert kept["top_k"] == 40
    assert 1 < kept["typical"] < 40
    assert kept["temperature"] == 1  # greedy, but of what the cuts have left


def test_greedy_keeps_one() -> None:
    assert figure.kept_after(Sampler(temperature=0.0), logits(), [], 0)["temperature"] == 1
